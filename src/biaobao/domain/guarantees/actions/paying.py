"""保函支付: where to pay the premium and until when, and leaving after it is paid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotFound, Refused, refuse, require
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.rules import same_account, same_name
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.guarantees.models import (
    Application,
    PremiumRefund,
    read_product,
)
from biaobao.domain.guarantees.rules import applying, pricing
from biaobao.domain.guarantees.rules import premiums as rules
from biaobao.domain.guarantees.states import ApplicationState, PremiumOutcome, PremiumRefundState
from biaobao.domain.guarantees.steps import applications, premiums
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.types import Lot
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action


@action
def acknowledge(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Note that the declaration was read to its end (我已知晓): from now on there is an account to pay to.

    Acknowledging again changes nothing.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: NOT_SIGNED, AGREEMENT_CHANGED, TOO_LATE_TO_ISSUE, DEADLINE_PASSED, LOT_SUSPENDED or
        LOT_TERMINATED.
    """
    require(applying.may_apply(actor), "pay a premium")
    row = applications.lock_own(application_id, actor)
    if row.state == ApplicationState.PAY_PENDING:
        return
    if row.state != ApplicationState.SIGNED:
        raise refuse("NOT_SIGNED")
    lot = tenders.lot(lot_id=row.lot_id, actor=SYSTEM)
    if objection := objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at):
        raise Refused(objection)
    if lot.changed_at != row.agreed_as_of:
        raise refuse("AGREEMENT_CHANGED")
    if objection := applying.objection_to_time_left(_latest(row, lot), at=at):
        raise Refused(objection)
    applications.move(row, ApplicationState.PAY_PENDING)
    row.acknowledged_at = at
    row.save(update_fields=["state", "acknowledged_at"])
    applications.record("application.acknowledged", row, at=at, actor=actor)
    _assign(row, lot, at=at, actor=actor)


@action
def assign_waiting(*, limit: int, at: datetime, actor: Actor) -> int:
    """Give sub-accounts to applications that wait for one, oldest first; return how many got theirs."""
    require(applying.may_work(actor), "assign sub-accounts")
    waiting = list(
        Application.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=ApplicationState.PAY_PENDING, sub_account=None)
        .order_by("acknowledged_at", "pk")[:limit]
    )
    lots = tenders.lots(lot_ids={row.lot_id for row in waiting}, actor=SYSTEM)
    return sum(_assign(row, lots[row.lot_id], at=at, actor=actor) for row in waiting)


@action
def ask_bank(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask the bank now what is on the premium's sub-account.

    :raises NotFound: if the application is not the actor's, or has no sub-account.
    :raises Refused: ASKED_JUST_NOW, with the seconds to wait.
    """
    require(applying.may_apply(actor), "ask the bank")
    row = applications.lock_own(application_id, actor)
    if row.sub_account_id is None:
        raise NotFound(f"sub-account for application {application_id}")
    found = bank_queries.sub_accounts(ids={row.sub_account_id}, actor=SYSTEM)
    asked_at = found[row.sub_account_id].asked_at
    if asked_at and at - asked_at < rules.BETWEEN_QUESTIONS:
        wait = rules.BETWEEN_QUESTIONS - (at - asked_at)
        raise refuse("ASKED_JUST_NOW", seconds=str(wait.seconds + 1))
    banking.ask(row.sub_account_id, at=at)
    applications.record("bank.asked", row, at=at, actor=actor)


@action
def revoke(*, application_id: UUID, at: datetime, actor: Actor) -> None:
    """Leave a paid application before its letter is made (撤单): the premium goes back. Twice is once.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: NOT_PAID, BEING_ISSUED, LETTER_ISSUED or APPLICATION_OVER.
    """
    require(applying.may_apply(actor), "revoke an application")
    row = applications.lock_own(application_id, actor)
    if row.why == "REVOKED":
        return
    if row.state != ApplicationState.PAID:
        raise refuse(applying.why_not_revoked(ApplicationState(row.state)))
    applications.end(row, ApplicationState.REVOKED, "REVOKED", at=at, actor=actor)
    ledger.move(premiums.give_back(row, at=at, actor=actor), at=at)


@action
def order_again(*, limit: int, at: datetime, actor: Actor) -> int:
    """Order premium back to the bidder's confirmed basic account where the paying account would not do.

    Only what the bidder itself paid, and never twice to an account that failed; return how many.
    """
    require(applying.may_work(actor), "order premiums back")
    stuck = PremiumRefund.objects.filter(
        state__in=[
            PremiumRefundState.WAITING,
            PremiumRefundState.FAILED,
            PremiumRefundState.RETURNED,
        ],
        bidder__basic_account__confirmed_at__isnull=False,
    ).exclude(credit__outcome=PremiumOutcome.REVERSED)
    due = dict(stuck.order_by("made_at", "pk").values_list("pk", "application")[:limit])
    # In the house's order: who books what the bank took back locks application, credit and refund too.
    applications.lock(list(due.values()))
    locked = stuck.filter(pk__in=due).select_for_update(of=("self",))
    found = list(locked.select_related("credit", "application").order_by("made_at", "pk"))
    accounts = parties.basic_accounts(
        organisation_ids={refund.bidder_id for refund in found}, actor=SYSTEM
    )
    moves = []
    for refund in found:
        account = accounts[refund.bidder_id]
        is_own = same_name(refund.credit.payer_name, account.account_name)
        if is_own and not same_account(refund.payee_account, account.number):
            moves.append(premiums.order_again(refund, account, at=at, actor=actor))
    ledger.move(moves, at=at)
    return len(moves)


@action
def settle(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let ended applications follow their refunds: REFUNDED when all are paid; return how many moved."""
    require(applying.may_work(actor), "settle applications")
    open_ = PremiumRefund.objects.exclude(state=PremiumRefundState.PAID).exclude(
        credit__outcome=PremiumOutcome.REVERSED
    )
    with_open = list(open_.values_list("application", flat=True))
    ended = Application.objects.select_for_update(of=("self",), skip_locked=True)
    done = ended.filter(state=ApplicationState.PREMIUM_REFUNDING).exclude(pk__in=with_open)
    back = ended.filter(state=ApplicationState.REFUNDED, pk__in=with_open)
    moved = 0
    for rows, state in (
        (done, ApplicationState.REFUNDED),
        (back, ApplicationState.PREMIUM_REFUNDING),
    ):
        for row in rows.order_by("pk")[:limit]:
            applications.move(row, state)
            row.save(update_fields=["state"])
            applications.record(f"application.{state.lower()}", row, at=at, actor=actor)
            moved += 1
    return moved


def _latest(row: Application, lot: Lot) -> datetime | None:
    if row.product is None:
        return None
    product = read_product(row.product, None)
    return pricing.latest_at(
        product.terms,
        lot.deadline_at,
        is_working_day=is_working_day,
        closures=product.guarantor.closures,
    )


def _assign(row: Application, lot: Lot, *, at: datetime, actor: Actor) -> bool:
    latest = _latest(row, lot)
    if latest is None or at > latest:
        return False
    row.sub_account_id = banking.take_sub_account(
        purpose=premiums.PURPOSE,
        purpose_id=row.pk,
        holder_id=row.bidder_id,
        lot_id=row.lot_id,
        at=at,
    )
    if row.sub_account_id is None:
        return False
    row.pay_due_at = rules.due_at(latest, at=at)
    row.save(update_fields=["sub_account", "pay_due_at"])
    applications.record("sub-account.assigned", row, at=at, actor=actor)
    return True
