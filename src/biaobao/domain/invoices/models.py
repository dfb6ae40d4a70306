"""Tables of invoices, their lines and files, and of the tax rates that they were reckoned by."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q

from biaobao.core.money import Money
from biaobao.domain.invoices import types
from biaobao.domain.invoices.states import LIVE, MOVING, InvoiceState
from biaobao.domain.parties.types import InvoiceData, InvoiceKind

TIMES = ("sent_at", "issued_at", "failed_at", "red_issued_at")


def _has(*times: str) -> Q:
    """Return the condition that an invoice has these of its times, and no other."""
    return Q(**{f"{time}__isnull": time not in times for time in TIMES})


class TaxRate(models.Model):
    """What of a price is tax, from a day on. Never changed: another follows it."""

    valid_from = models.DateField(primary_key=True)
    rate_ppm = models.IntegerField()
    note = models.TextField(blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rate_ppm__gte=0, rate_ppm__lt=1_000_000),
                name="invoices_taxrate_is_a_rate",
            ),
        ]


class Invoice(models.Model):
    """An invoice of one seller for one buyer, the buyer's and the seller's to read.

    What was applied for is frozen. ``next_at`` is when the partner is told or asked next; while that is being
    done, it is the lease. A red one that the partner refused is tried again under another key:
    ``red_attempt`` counts these.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    title = models.TextField()
    tax_number = models.CharField(max_length=18)
    seller = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    seller_name = models.TextField()
    seller_uscc = models.CharField(max_length=18)
    seller_address = models.TextField(blank=True)
    seller_phone = models.TextField(blank=True)
    kind = models.TextField()
    bank_name = models.TextField(blank=True)
    account = models.TextField(blank=True)
    address = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    total_fen = models.BigIntegerField()
    tax_fen = models.BigIntegerField()
    rate_ppm = models.IntegerField()
    state = models.TextField(default=InvoiceState.APPLIED)
    is_live = models.GeneratedField(
        expression=Q(state__in=[state.value for state in LIVE]),  # type: ignore[arg-type]  # it is one, though the stubs say not
        output_field=models.BooleanField(),
        db_persist=True,
    )
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    invoice_number = models.CharField(max_length=20, blank=True)
    failed_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True)
    words = models.TextField(blank=True)
    reversal_asked_at = models.DateTimeField(null=True)
    reversal_why = models.TextField(blank=True)
    red_attempt = models.IntegerField(default=1)
    red_confirmation = models.TextField(blank=True)
    red_sent_at = models.DateTimeField(null=True)
    red_issued_at = models.DateTimeField(null=True)
    red_number = models.CharField(max_length=20, blank=True)
    next_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="APPLIED", reversal_asked_at=None) & _has())
                | (Q(state="ISSUING") & _has("sent_at"))
                | (Q(state="ISSUED", reversal_asked_at=None) & _has("sent_at", "issued_at"))
                | (Q(state="FAILED") & (_has("failed_at") | _has("sent_at", "failed_at")))
                | (
                    Q(state="RED_PENDING", reversal_asked_at__isnull=False)
                    & _has("sent_at", "issued_at")
                )
                | (
                    Q(state="RED_ISSUED", reversal_asked_at__isnull=False)
                    & _has("sent_at", "issued_at", "red_issued_at")
                ),
                name="invoices_invoice_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in MOVING], next_at__isnull=False)
                | (~Q(state__in=[state.value for state in MOVING]) & Q(next_at=None)),
                name="invoices_invoice_goes_on_while_it_can",
            ),
            models.CheckConstraint(
                condition=Q(issued_at=None, invoice_number="")
                | Q(issued_at__isnull=False, invoice_number__regex="^[0-9]{20}$"),
                name="invoices_invoice_is_issued_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(red_issued_at=None, red_number="")
                | Q(red_issued_at__isnull=False, red_number__regex="^[0-9]{20}$"),
                name="invoices_invoice_is_reversed_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None, why="") | (Q(failed_at__isnull=False) & ~Q(why="")),
                name="invoices_invoice_fails_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(total_fen__gt=0, tax_fen__gte=0, tax_fen__lt=F("total_fen")),
                name="invoices_invoice_is_over_something",
            ),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.ORDINARY.value)
                | (
                    Q(kind=InvoiceKind.SPECIAL.value)
                    & ~Q(bank_name="")
                    & ~Q(account="")
                    & ~Q(address="")
                    & ~Q(phone="")
                ),
                name="invoices_invoice_special_with_complete_data",
            ),
            models.UniqueConstraint(
                fields=["invoice_number"],
                condition=~Q(invoice_number=""),
                name="invoices_invoice_number_is_one_invoices",
            ),
            models.UniqueConstraint(
                fields=["red_number"],
                condition=~Q(red_number=""),
                name="invoices_invoice_red_number_is_one_invoices",
            ),
            # What a line's own word of being live refers to.
            models.UniqueConstraint(fields=["id", "is_live"], name="invoices_invoice_lives_or_not"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="invoices_invoice_due",
            ),
            models.Index(fields=["buyer", "-applied_at"], name="invoices_invoice_by_buyer"),
            models.Index(fields=["seller", "-applied_at"], name="invoices_invoice_by_seller"),
        ]


class InvoiceLine(models.Model):
    """An order in an invoice. ``is_live`` follows the invoice by a foreign key of both columns."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    order_key = models.TextField()
    order_number = models.TextField()
    description = models.TextField()
    amount_fen = models.BigIntegerField()
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_key"],
                condition=Q(is_live=True),
                name="invoices_invoiceline_order_is_in_one_live_invoice",
            ),
            models.UniqueConstraint(
                fields=["invoice", "order_key"], name="invoices_invoiceline_order_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="invoices_invoiceline_is_over_something"
            ),
        ]
        indexes = [models.Index(fields=["order_key"], name="invoices_invoiceline_by_order")]


class InvoiceFile(models.Model):
    """A file of an invoice as the partner made it, kept encrypted. Never changed."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="files")
    kind = models.TextField()
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind"], name="invoices_invoicefile_is_one_for_each_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in types.FileKind]),
                name="invoices_invoicefile_is_of_a_known_kind",
            ),
        ]


def read_details(row: Invoice) -> InvoiceData:
    return InvoiceData(
        InvoiceKind(row.kind), row.bank_name, row.account, row.address, row.phone, row.email
    )


def read_seller(row: Invoice) -> types.Seller:
    return types.Seller(
        row.seller_id, row.seller_name, row.seller_uscc, row.seller_address, row.seller_phone
    )


def read_items(lines: Iterable[InvoiceLine]) -> tuple[types.Item, ...]:
    return tuple(
        types.Item(line.order_key, line.order_number, line.description, Money(line.amount_fen))
        for line in sorted(lines, key=lambda line: line.pk)
    )


def read_invoice(row: Invoice) -> types.Invoice:
    """Return an invoice with its lines, which must have been read with it."""
    return types.Invoice(
        id=row.pk,
        number=row.number,
        state=InvoiceState(row.state),
        seller=read_seller(row),
        title=row.title,
        tax_number=row.tax_number,
        details=read_details(row),
        items=read_items(row.lines.all()),
        total=Money(row.total_fen),
        tax=Money(row.tax_fen),
        rate_ppm=row.rate_ppm,
        applied_at=row.applied_at,
        issued_at=row.issued_at,
        invoice_number=row.invoice_number,
        failed_at=row.failed_at,
        why=row.why,
        words=row.words,
        reversal_asked_at=row.reversal_asked_at,
        reversal_why=row.reversal_why,
        red_issued_at=row.red_issued_at,
        red_number=row.red_number,
        problem=row.problem,
    )
