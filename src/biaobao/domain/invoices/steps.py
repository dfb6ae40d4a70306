"""Invoices, inside the actions of whoever sells: applied for, and reversed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotAllowed
from biaobao.core.states import check_move
from biaobao.domain.invoices import queries, rules
from biaobao.domain.invoices.models import Invoice, InvoiceLine
from biaobao.domain.invoices.states import INVOICE, InvoiceState
from biaobao.domain.invoices.types import Item, Seller
from biaobao.domain.parties.types import InvoiceData, Organisation
from biaobao.platform import reads, wake
from biaobao.platform.audit import log
from biaobao.platform.db import step

WITHDRAWN = "WITHDRAWN"


@step
def apply(
    items: Sequence[Item],
    details: InvoiceData,
    *,
    seller: Seller,
    buyer: Organisation,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Apply for one invoice over these orders, in the buyer's own name; the worker has it issued.

    :raises django.db.IntegrityError: if one of the orders is in a live invoice.
    """
    if actor.person_id is None:
        raise NotAllowed("apply for an invoice without a person")
    total = Money(sum(item.amount.fen for item in items))
    rate_ppm = queries.rate_on(day=day_of(at), actor=SYSTEM)
    row = Invoice.objects.create(
        number=f"FP{drawn(10)}",
        buyer_id=buyer.id,
        title=buyer.name,
        tax_number=buyer.uscc,
        seller_id=seller.id,
        seller_name=seller.name,
        seller_uscc=seller.uscc,
        seller_address=seller.address,
        seller_phone=seller.phone,
        kind=details.kind,
        bank_name=details.bank_name,
        account=details.account,
        address=details.address,
        phone=details.phone,
        email=details.email,
        total_fen=total.fen,
        tax_fen=rules.tax_in(total, rate_ppm).fen,
        rate_ppm=rate_ppm,
        applied_at=at,
        applied_by_id=actor.person_id,
        next_at=at,
    )
    for item in items:
        InvoiceLine.objects.create(
            invoice=row,
            order_key=item.order_key,
            order_number=item.order_number,
            description=item.description,
            amount_fen=item.amount.fen,
        )
    record("invoice.applied", row, at=at, actor=actor)
    wake.worker("invoices")
    return row.pk


@step
def reverse(order_keys: Collection[str], *, why: str, at: datetime, actor: Actor) -> bool:
    """See that these orders are in no invoice any more, and return whether that is to be waited for.

    An issued one is reversed whole, with all its orders; one that the partner was told of already, as soon
    as it is issued; one that nobody was told of is withdrawn at once.
    """
    live = InvoiceLine.objects.filter(order_key__in=reads.among("text", order_keys), is_live=True)
    ids = set(live.values_list("invoice_id", flat=True))
    waits = False
    for row in lock(ids):
        if row.state == InvoiceState.APPLIED:
            fail(row, WITHDRAWN, at=at, actor=actor)
            continue
        waits = waits or row.is_live
        if row.reversal_asked_at is None and row.is_live:
            row.reversal_asked_at, row.reversal_why = at, why
            _begin_reversal(row, at=at)
            row.save()
            record("invoice.reversal-asked", row, reason=why, at=at, actor=actor)
            wake.worker("invoices")
    return waits


@step
def lock(ids: Collection[UUID]) -> list[Invoice]:
    """Lock invoices, after the orders that they are for."""
    if not ids:
        return []
    wanted = Invoice.objects.filter(pk__in=reads.among("uuid", ids))
    return list(wanted.select_for_update().order_by("pk"))


@step
def move(row: Invoice, state: InvoiceState) -> None:
    """Let a locked invoice follow its table; the caller saves it."""
    check_move(INVOICE, InvoiceState(row.state), state)
    row.state = state


@step
def fail(row: Invoice, why: str, *, words: str = "", at: datetime, actor: Actor) -> None:
    """Note that no invoice comes of a locked application: its orders can be applied for anew."""
    move(row, InvoiceState.FAILED)
    row.failed_at, row.why, row.words = at, why, words
    row.next_at, row.problem = None, ""
    row.save()
    record("invoice.failed", row, reason=why, at=at, actor=actor)


@step
def issued(row: Invoice, *, number: str, issued_at: datetime, at: datetime, actor: Actor) -> None:
    """Note that a locked invoice is issued; if it is to be reversed, that begins at once."""
    move(row, InvoiceState.ISSUED)
    row.issued_at, row.invoice_number = issued_at, number
    row.next_at, row.problem, row.words = None, "", ""
    _begin_reversal(row, at=at)
    row.save()
    record("invoice.issued", row, at=at, actor=actor)


@step
def record(name: str, row: Invoice, *, reason: str = "", at: datetime, actor: Actor) -> None:
    """Write down what happened to an invoice, for its buyer alone: it is of several lots."""
    facts = {"number": row.number, "invoice_number": row.invoice_number, "red": row.red_number}
    event = log.Event(
        name,
        f"invoice:{row.pk}",
        reason=reason,
        facts={name: value for name, value in facts.items() if value},
        organisation_id=row.buyer_id,
    )
    log.record(event, at=at, actor=actor)


def _begin_reversal(row: Invoice, *, at: datetime) -> None:
    if row.state == InvoiceState.ISSUED and row.reversal_asked_at is not None:
        move(row, InvoiceState.RED_PENDING)
        row.next_at, row.tries = at, 0
