"""Which of a bidder's letters may be invoiced, and why others may not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import QuerySet, Sum

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound
from biaobao.domain.documents.types import Paper
from biaobao.domain.guarantees.models import (
    Application,
    PremiumCredit,
    Product,
    read_application,
    read_guarantor,
)
from biaobao.domain.guarantees.rules import applying, invoicing
from biaobao.domain.guarantees.states import LetterState, PremiumOutcome
from biaobao.domain.guarantees.types import Billing, Purchase
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.invoices.states import LIVE
from biaobao.domain.invoices.types import Invoice
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform import reads
from biaobao.platform.db import query


@query
def purchases(*, actor: Actor) -> tuple[Purchase, ...]:
    """Return the actor's letters whose premium was earned and is in no live invoice, the newest first."""
    own = _bought().filter(bidder_id=applying.bidder_of(actor), letter__isnull=False)
    found = own.exclude(letter__state__in=[LetterState.VOID, LetterState.SURRENDERED])
    return tuple(
        each for each in _read(found.order_by("-issued_at", "pk"), actor) if not each.is_invoiced
    )


@query
def purchase(*, application_id: UUID, actor: Actor) -> Purchase:
    """Return how an application of the actor's own stands to be invoiced.

    :raises NotFound: if there is none for him, or nothing was bought yet.
    """
    own = _bought().filter(pk=application_id, bidder_id=applying.bidder_of(actor))
    for each in _read(own, actor):
        return each
    raise NotFound(f"purchase {application_id}")


@query
def purchases_of(*, application_ids: Collection[UUID], actor: Actor) -> tuple[Purchase, ...]:
    """Return how these applications stand to be invoiced, in the order of their numbers."""
    wanted = _bought().filter(pk__in=reads.among("uuid", application_ids))
    return _read(wanted.order_by("number"), actor)


def _bought() -> QuerySet[Application]:
    bought = Application.objects.filter(product__isnull=False, premium_fen__isnull=False)
    return bought.select_related("product__guarantor__organisation", "letter")


def _read(found: QuerySet[Application], actor: Actor) -> tuple[Purchase, ...]:
    applications = list(found)
    lots = tenders.lots(lot_ids={row.lot_id for row in applications}, actor=actor)
    keys = [invoicing.order_key(row.pk) for row in applications]
    known = invoices.of_orders(order_keys=keys, actor=actor)
    paid = _paid([row.pk for row in applications])
    purchases = []
    for row in applications:
        invoice = next(iter(known.get(invoicing.order_key(row.pk), ())), None)
        billing = _billing(row, lots[row.lot_id], paid.get(row.pk, 0), invoice)
        if row.product:
            purchases.append(_purchase(row, row.product, billing, invoice))
    return tuple(purchases)


def _paid(application_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return what counts of each premium, in fen, and was not taken back by the bank."""
    credits = PremiumCredit.objects.filter(application__in=reads.among("uuid", application_ids))
    stands = credits.exclude(outcome=PremiumOutcome.REVERSED).values_list("application")
    return dict(stands.annotate(Sum("counted_fen")).order_by())


def _billing(row: Application, lot: Lot, paid_fen: int, invoice: Invoice | None) -> Billing:
    letter = getattr(row, "letter", None)
    return Billing(
        order_number=row.number,
        lot=lot,
        letter_state=LetterState(letter.state) if letter else None,
        is_ended=letter is not None and letter.ended_at is not None,
        premium=Money(row.premium_fen or 0),
        paid=Money(paid_fen),
        invoice_number=invoice.number if invoice and invoice.state in LIVE else "",
    )


def _purchase(
    row: Application, product: Product, billing: Billing, invoice: Invoice | None
) -> Purchase:
    return Purchase(
        application=read_application(row),
        lot=billing.lot,
        guarantor=read_guarantor(product.guarantor),
        paper=Paper(product.paper),
        premium=billing.premium,
        why_not=invoicing.objection_to(billing),
        invoice=invoice,
        is_invoiced=bool(billing.invoice_number),
    )
