"""Reading invoices: a buyer what it bought, a seller what it sold."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q

from biaobao.core.actor import Actor, Role
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound
from biaobao.domain.invoices import models, types
from biaobao.domain.invoices.models import read_invoice
from biaobao.platform import reads, vault
from biaobao.platform.db import query

PAGE_SIZE = 20
_MISMATCHES = """
SELECT 'invoice ' || i.number, 'is over ' || i.total_fen || ' fen, its lines over '
       || coalesce(sum(l.amount_fen), 0)
  FROM invoices_invoice i LEFT JOIN invoices_invoiceline l ON l.invoice_id = i.id
 GROUP BY i.id HAVING i.total_fen <> coalesce(sum(l.amount_fen), 0)
UNION ALL
SELECT 'invoice ' || i.number, 'is ' || i.state || ', has ' || count(f.id) || ' files'
  FROM invoices_invoice i LEFT JOIN invoices_invoicefile f ON f.invoice_id = i.id
 GROUP BY i.id
HAVING count(f.id) <> CASE WHEN i.state = 'RED_ISSUED' THEN 4
                           WHEN i.state IN ('ISSUED', 'RED_PENDING') THEN 2 ELSE 0 END
"""


@query
def rate_on(*, day: date, actor: Actor) -> int:  # noqa: ARG001 - tax rates are public
    """Return the tax rate of a day, in parts of a million.

    :raises NotFound: if none was set by then.
    """
    rate = models.TaxRate.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    if rate is None:
        raise NotFound(f"a tax rate on {day}")
    return rate.rate_ppm


@query
def mine(
    *, search: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.Invoice]:
    """Return the invoices that the actor's organisation bought by, or sold by, the newest first."""
    own = models.Invoice.objects.filter(_own(actor))
    if state:
        own = own.filter(state=state)
    if search:
        own = own.filter(
            Q(number__icontains=search)
            | Q(invoice_number__icontains=search)
            | Q(title__icontains=search)
        )
    total = own.count()
    shown, first, pages = slice_of(page, total, size)
    found = own.order_by("-applied_at", "pk").prefetch_related("lines")
    listed = found[first : first + size]
    return Page(tuple(read_invoice(row) for row in listed), shown, pages, total)


@query
def invoice(*, invoice_id: UUID, actor: Actor) -> types.Invoice:
    """Return an invoice of the actor's organisation.

    :raises NotFound: if there is none for him.
    """
    return read_invoice(_found(invoice_id, actor))


@query
def file(*, invoice_id: UUID, kind: types.FileKind, actor: Actor) -> bytes:
    """Return a file of an invoice of the actor's organisation, byte for byte.

    :raises NotFound: if there is none for him.
    :raises CannotOpen: if the house's key does not open it.
    """
    kept = models.InvoiceFile.objects.filter(invoice=_found(invoice_id, actor), kind=kind).first()
    if kept is None:
        raise NotFound(f"{kind} of invoice {invoice_id}")
    return vault.read(vault.Kept(kept.sha256, kept.stored_sha256, bytes(kept.wrapped_key)))


@query
def of_orders(*, order_keys: Collection[str], actor: Actor) -> dict[str, list[types.Invoice]]:  # noqa: ARG001 - the scope reads it
    """Return all invoices of each order that was ever in one, the newest first."""
    lines = models.InvoiceLine.objects.filter(order_key__in=reads.among("text", order_keys))
    pairs = list(lines.values_list("order_key", "invoice_id"))
    known = _invoices({invoice_id for _, invoice_id in pairs})
    found: dict[str, list[types.Invoice]] = {}
    for key, invoice_id in pairs:
        found.setdefault(key, []).append(known[invoice_id])
    for invoices in found.values():
        invoices.sort(key=lambda each: each.applied_at, reverse=True)
    return found


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return where invoices, their lines and their files disagree: each its subject and what is wrong."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _invoices(ids: Iterable[UUID]) -> dict[UUID, types.Invoice]:
    found = models.Invoice.objects.filter(pk__in=reads.among("uuid", ids)).prefetch_related("lines")
    return {row.pk: read_invoice(row) for row in found}


def _found(invoice_id: UUID, actor: Actor) -> models.Invoice:
    own = models.Invoice.objects.filter(_own(actor), pk=invoice_id)
    row = own.prefetch_related("lines").first()
    if row is None:
        raise NotFound(f"invoice {invoice_id}")
    return row


def _own(actor: Actor) -> Q:
    """Return the condition that an invoice is the actor's organisation's own."""
    side = {Role.BIDDER: "buyer", Role.GUARANTOR: "seller"}.get(actor.role)
    if side is None or actor.organisation_id is None:
        raise NotFound("a buyer or seller to act for")
    return Q(**{side: actor.organisation_id})
