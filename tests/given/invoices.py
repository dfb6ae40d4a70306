"""Invoices for tests: applied for by the real steps, and answered as their partner would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.invoices import actions, queries, steps
from biaobao.domain.invoices.models import Invoice as InvoiceRow
from biaobao.domain.invoices.states import LIVE
from biaobao.domain.invoices.types import Errand, Invoice, Issued, Item, Seller, Task
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import InvoiceData, InvoiceKind
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.given import guarantees as given_guarantees
from tests.given import parties as given_parties

T = TypeVar("T")
AT = given_parties.AT
# Longer than any pause between two tries.
LATER = timedelta(days=1)
WHY = "SURRENDERED"
PRICE = Money.yuan(300)
_numbers = count(1)


def seller() -> Seller:
    """Return a guarantor that sells."""
    own = parties.organisation(organisation_id=given_guarantees.guarantor(), actor=SYSTEM)
    return Seller(own.id, own.name, own.uscc, "衢州市柯城区示例路1号", "0570-3000001")


def within(work: Callable[[], T]) -> T:
    """Run a step as the action of some upper context would."""
    with seeing_as(SYSTEM):
        return work()


def details(**changes: Any) -> InvoiceData:
    values: dict[str, Any] = {"email": "finance@example.com"}
    return InvoiceData(**(values | changes))


def special(**changes: Any) -> InvoiceData:
    values: dict[str, Any] = {
        "kind": InvoiceKind.SPECIAL,
        "bank_name": "中国建设银行衢州分行",
        "account": "33050168620800000123",
        "address": "衢州市柯城区示例路9号",
        "phone": "0570-3811136",
        "email": "finance@example.com",
    }
    return InvoiceData(**(values | changes))


def item(amount: Money = PRICE, *, key: str = "") -> Item:
    number = next(_numbers)
    return Item(key or f"order:{number}", f"DH{number:010d}", "投标保函担保费", amount)


def applied(
    *items: Item,
    buyer: Actor | None = None,
    by: Seller | None = None,
    told: InvoiceData | None = None,
    at: datetime = AT,
) -> Invoice:
    """Return an invoice that was just applied for, over one order unless given."""
    actor = buyer or given_parties.bidder()
    organisation = parties.organisation(organisation_id=actor.organisation_id, actor=SYSTEM)
    selling = by or seller()
    invoice_id = within(
        lambda: steps.apply(
            items or (item(),),
            told or details(),
            seller=selling,
            buyer=organisation,
            at=at,
            actor=actor,
        )
    )
    return queries.invoice(invoice_id=invoice_id, actor=actor)


def now(invoice: Invoice) -> Invoice:
    """Return the invoice as it stands now."""
    found = within(lambda: queries.of_orders(order_keys=[invoice.items[0].order_key], actor=SYSTEM))
    return next(each for each in found[invoice.items[0].order_key] if each.id == invoice.id)


def live_of(keys: Iterable[str]) -> set[str]:
    """Return which of these orders are in a live invoice."""
    found = queries.of_orders(order_keys=list(keys), actor=SYSTEM)
    return {key for key, known in found.items() if any(each.state in LIVE for each in known)}


def claimed(invoice: Invoice, *, at: datetime = AT) -> Task:
    """Let a worker take the invoice; it must be the only one that is due."""
    (task,) = actions.claim(limit=9, at=at, actor=SYSTEM)
    assert task.invoice_id == invoice.id
    return task


def answer(task: Task, **changes: Any) -> Issued:
    """Return what the partner issues for a task: the same under the same key."""
    is_red = task.errand in (Errand.REVERSE, Errand.ASK_RED)
    key, sign = (task.reversal.key, -1) if is_red else (task.order.key, 1)
    drawn = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**17
    values: dict[str, Any] = {
        "number": f"263{drawn:017d}",
        "issued_at": AT + timedelta(minutes=5),
        "title": task.order.title,
        "tax_number": task.order.tax_number,
        "total": Money(sign * task.order.total.fen),
        "tax": Money(sign * task.order.tax.fen),
        "pdf": f"%PDF-1.7 {key}".encode(),
        "xml": f"<EInvoice>{key}</EInvoice>".encode(),
    }
    return Issued(**(values | changes))


def kept(task: Task, *, at: datetime = AT, **changes: Any) -> None:
    """Let the partner do what the task says, at once."""
    if task.errand is Errand.CONFIRM:
        confirmation = hashlib.sha256(task.reversal.key.encode()).hexdigest()[:32]
        actions.keep_confirmation(task=task, confirmation=confirmation, at=at, actor=SYSTEM)
        return
    is_red = task.errand in (Errand.REVERSE, Errand.ASK_RED)
    keep = actions.keep_reversed if is_red else actions.keep_issued
    keep(invoice_id=task.invoice_id, issued=answer(task, **changes), at=at, actor=SYSTEM)


def carried(*, at: datetime = AT) -> None:
    """Let workers and partner do all that is due, until nothing is."""
    while due := actions.claim(limit=9, at=at, actor=SYSTEM):
        for task in due:
            kept(task, at=at)


def due_now(invoice: Invoice) -> None:
    """Let the time come at which the partner is to be told or asked next."""
    within(
        lambda: InvoiceRow.objects.filter(pk=invoice.id, next_at__isnull=False).update(
            next_at=clock.now()
        )
    )


def issued(*items: Item, at: datetime = AT, **changes: Any) -> Invoice:
    """Return an invoice that has its number."""
    invoice = applied(*items, at=at, **changes)
    kept(claimed(invoice, at=at), at=at)
    return now(invoice)


def reversing(invoice: Invoice, *, why: str = WHY, at: datetime = AT) -> bool:
    """Ask for the invoice of its first order to be reversed, and return whether that is to be waited for."""
    keys = [invoice.items[0].order_key]
    return within(lambda: steps.reverse(keys, why=why, at=at, actor=SYSTEM))
