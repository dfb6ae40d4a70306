"""Carrying payment orders to their banks: what is to be told, asked or looked for, and what went wrong."""

from __future__ import annotations

from datetime import datetime

from biaobao.core.actor import Actor
from biaobao.core.refusal import require
from biaobao.core.states import check_move
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import PaymentOrder
from biaobao.domain.banking.states import ORDER, OrderState
from biaobao.domain.banking.types import Errand, OrderErrand, Payment
from biaobao.platform.audit import log
from biaobao.platform.db import action

ERRANDS = {
    OrderState.READY: Errand.PAY,
    OrderState.SENT: Errand.ASK,
    OrderState.ACCEPTED: Errand.LOOK,
}


@action
def claim_orders(*, limit: int, at: datetime, actor: Actor) -> tuple[OrderErrand, ...]:
    """Take orders whose time has come, oldest first; nobody else gets them until their next time.

    One that was never told is SENT from here on: whatever happens to the caller, the bank may have heard
    it, and it is asked about before it is told again.
    """
    require(rules.may_keep_bank_matters(actor), "carry payment orders")
    due = list(
        PaymentOrder.objects.select_for_update(skip_locked=True)
        .filter(state__in=ERRANDS, next_at__lte=at)
        .order_by("next_at", "id")[:limit]
    )
    errands, sent = [], []
    for row in due:
        errand = ERRANDS[OrderState(row.state)]
        if errand is Errand.PAY:
            check_move(ORDER, OrderState.READY, OrderState.SENT)
            row.state = OrderState.SENT
            row.sent_at = at
            sent.append(_event("order.sent", row))
        row.tries += 1
        row.next_at = at + rules.wait_before_asking(row.tries)
        row.save(update_fields=["state", "sent_at", "tries", "next_at"])
        errands.append(OrderErrand(row.bank_id, errand, _payment(row)))
    log.record_all(sent, at=at, actor=actor)
    return tuple(errands)


@action
def keep_problem(*, key: str, problem: str, at: datetime, actor: Actor) -> None:
    """Record why a bank could not be told or asked about an order; empty when it could."""
    require(rules.may_keep_bank_matters(actor), "carry payment orders")
    row = PaymentOrder.objects.select_for_update().get(key=key)
    if row.problem != problem:
        row.problem = problem
        row.save(update_fields=["problem"])
        log.record(_event("order.asked", row, reason=problem), at=at, actor=actor)


def _event(name: str, row: PaymentOrder, *, reason: str = "") -> log.Event:
    return log.Event(
        name,
        f"order:{row.pk}",
        reason=reason,
        facts={"for": f"{row.purpose}:{row.purpose_id}", "tries": str(row.tries)},
        organisation_id=row.holder_id,
        lot_id=row.lot_id,
    )


def _payment(row: PaymentOrder) -> Payment:
    return Payment(
        key=row.key,
        from_account=row.from_account,
        amount_minor=row.amount_minor,
        currency=row.currency,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        remittance=row.remittance,
        ordered_at=row.ordered_at,
    )
