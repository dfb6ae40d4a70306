"""Refunds, inside the actions that propose, approve and follow them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.refusal import refuse
from biaobao.core.states import check_move
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Order
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Refund
from biaobao.domain.deposits.states import REFUND, Outcome, RefundState
from biaobao.domain.deposits.types import RefundReason
from biaobao.domain.interest import steps as interest
from biaobao.domain.interest.types import Change, Owed
from biaobao.domain.tenders.states import LotState
from biaobao.platform.audit import log
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import step

PURPOSE = "refund"
_AFTER = {
    OrderState.PAID: RefundState.PAID,
    OrderState.REFUSED: RefundState.FAILED,
    OrderState.RETURNED: RefundState.RETURNED,
}


@step
def propose(  # noqa: PLR0913 - what, how much, why, and who says so
    credit: Credit,
    amount_minor: int,
    reason: RefundReason,
    *,
    note: str = "",
    proposer: UUID | None,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Propose that money of a locked credit goes back to the account that paid it."""
    refund = Refund(
        number=_number(),
        credit=credit,
        deposit_id=credit.deposit_id,
        lot_id=credit.lot_id,
        bidder_id=credit.bidder_id,
        amount_minor=amount_minor,
        currency=credit.currency,
        reason=reason,
        note=note,
        payee_name=credit.payer_name,
        payee_account=credit.payer_account,
        payee_bank=credit.payer_bank,
        due_at=rules.refund_due_at(at, is_working_day=is_working_day),
        proposed_at=at,
        proposed_by_id=proposer,
        proposed_as=actor.role,
    )
    refund.save(force_insert=True)
    record("refund.proposed", refund, at=at, actor=actor)
    return refund.pk


@step
def propose_again(refund: Refund, *, proposer: UUID | None, at: datetime, actor: Actor) -> None:
    """Propose a locked refund once more, after its order was refused or its money came back.

    :raises Refused: CREDIT_REVERSED, if the bank took the credit back meanwhile: it is owed no more.
    """
    if refund.credit.outcome == Outcome.REVERSED:
        raise refuse("CREDIT_REVERSED")
    check_move(REFUND, RefundState(refund.state), RefundState.PROPOSED)
    refund.state = RefundState.PROPOSED
    refund.attempt += 1
    refund.proposed_at, refund.proposed_by_id, refund.proposed_as = at, proposer, actor.role
    refund.approved_at = refund.approved_by_id = None
    refund.paid_at = refund.ended_at = None
    refund.ended_why = ""
    refund.save()
    record("refund.proposed", refund, at=at, actor=actor)


@step
def due(limit: int) -> list[Credit]:
    """Return credits of opened and terminated lots that nobody proposed to give back yet, but should.

    After the opening that is what does not count, and all of a deposit that was never complete.
    """
    idle = Credit.objects.exclude(refunds__state=RefundState.PROPOSED)
    over = Q(lot__opened_at__isnull=False) | Q(lot__state=LotState.TERMINATED)
    # One after the other: each has an index of the few it is about, and both at once have none.
    not_counting = idle.filter(over, refundable_minor__gt=0)
    never_complete = idle.filter(
        lot__opened_at__isnull=False,
        deposit__is_partial=True,
        amount_minor__gt=F("returned_minor"),
        refundable_minor=0,
    ).exclude(outcome=Outcome.REVERSED)
    found = list(not_counting.order_by("pk")[:limit])
    return found + list(never_complete.order_by("pk")[: limit - len(found)])


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let refunds, by id, follow what became of their orders: PAID, REFUSED or RETURNED."""
    state = _AFTER[became]
    wanted = Refund.objects.select_for_update(of=("self",)).filter(pk__in=orders_)
    locked = list(wanted.select_related("credit").order_by("pk"))
    for refund in locked:
        order = orders_[refund.pk]
        check_move(REFUND, RefundState(refund.state), state)
        refund.state = state
        orders.note_outcome(refund, order, became, at=at)
        refund.save()
        record(f"refund.{state.lower()}", refund, at=at, actor=actor, words=order.words)
    if became is OrderState.PAID:
        interest.owe(
            [_owed(refund, orders_[refund.pk]) for refund in locked if _bears_interest(refund)],
            at=at,
            actor=actor,
        )


@step
def record(name: str, refund: Refund, *, at: datetime, actor: Actor, words: str = "") -> None:
    """Write down what happened to a refund."""
    facts = {"number": refund.number, "amount": str(Money(refund.amount_minor))}
    if words:
        facts["words"] = words
    log.record(
        log.Event(
            name,
            f"refund:{refund.pk}",
            reason=refund.ended_why or refund.reason,
            facts=facts,
            organisation_id=refund.bidder_id,
            lot_id=refund.lot_id,
        ),
        at=at,
        actor=actor,
    )


def _bears_interest(refund: Refund) -> bool:
    # What fitted no deposit is none, and what the bank took back itself was never here.
    return refund.deposit_id is not None and refund.credit.outcome != Outcome.REVERSED


def _owed(refund: Refund, order: Order) -> Owed:
    return Owed(
        order,
        payee_bank=refund.payee_bank,
        holder_id=refund.bidder_id,
        lot_id=refund.lot_id,
        changes=(Change(day_of(refund.credit.credited_at), refund.amount_minor),),
    )


def _number() -> str:
    return f"TK{drawn(10)}"
