"""What a bidder does with the deposit of a lot: choose it, ask the bank, give it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotFound, Refused, refuse, require
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.deposits.steps import assessing, refunding
from biaobao.domain.deposits.types import HeldDeposit, Purpose
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.audit import log
from biaobao.platform.db import action

# A bank is asked about one sub-account at most this often.
BETWEEN_QUESTIONS = timedelta(seconds=10)


@action
def choose(*, lot_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Secure a lot by deposit: from now on there is a sub-account to pay to.

    Choosing again changes nothing and returns the same deposit. One that was given up is taken up again:
    money that has not gone back yet counts again.

    :raises Refused: REGISTRATION_MISSING, WAY_NOT_OFFERED, OTHER_WAY_CHOSEN, DEADLINE_PASSED,
        LOT_SUSPENDED or LOT_TERMINATED.
    """
    require(rules.may_choose(actor), "secure a lot by deposit")
    bidder_id = rules.organisation_of(actor)
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    pair = (lot_id, bidder_id)
    if pair not in tenders.registered_at(pairs={pair}, actor=actor):
        raise refuse("REGISTRATION_MISSING")
    if Way.DEPOSIT not in lot.ways:
        raise refuse("WAY_NOT_OFFERED", way=Way.DEPOSIT)
    if objection := objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at):
        raise Refused(objection)

    security_id, way = securities.require_by(
        lot_id=lot_id, bidder_id=bidder_id, way=Way.DEPOSIT, at=at
    )
    if way != Way.DEPOSIT:
        raise refuse("OTHER_WAY_CHOSEN", way=way)
    row, is_new = Deposit.objects.get_or_create(
        security_id=security_id,
        defaults={
            "lot_id": lot_id,
            "bidder_id": bidder_id,
            "chosen_at": at,
            "assessed_at": at,
            "lot_as_of": lot.changed_at,
        },
    )
    (deposit,) = assessing.lock([row.pk])
    if is_new:
        _record("deposit.chosen", deposit, at=at, actor=actor)
        _assign(deposit, lot, at=at, actor=actor)
        # From whom the money must come is known from here on, whatever is told later.
        assessing.assess([deposit], at=at, actor=actor)
    elif deposit.released_at is not None:
        _record("deposit.chosen", deposit, at=at, actor=actor)
        assessing.assess([assessing.take_up(deposit)], at=at, actor=actor)
    return deposit.id


@action
def assign_waiting(*, limit: int, at: datetime, actor: Actor) -> int:
    """Give sub-accounts to deposits that wait for one, oldest first, and return how many got theirs."""
    require(rules.may_work(actor), "assign sub-accounts")
    waiting = assessing.without_account(limit)
    lots = tenders.lots(lot_ids={deposit.lot_id for deposit in waiting}, actor=SYSTEM)
    return sum(_assign(deposit, lots[deposit.lot_id], at=at, actor=actor) for deposit in waiting)


@action
def ask_bank(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask the bank now what is on the bidder's sub-account (子账号转账结果查询).

    :raises NotFound: if the bidder has no sub-account for the lot.
    :raises Refused: ASKED_JUST_NOW, with the seconds to wait.
    """
    require(rules.may_choose(actor), "ask the bank")
    deposit = _own(lot_id, actor)
    if deposit.sub_account_id is None:
        raise NotFound(f"sub-account for lot {lot_id}")
    account = bank_queries.sub_accounts(ids={deposit.sub_account_id}, actor=SYSTEM)[
        deposit.sub_account_id
    ]
    if account.asked_at and at - account.asked_at < BETWEEN_QUESTIONS:
        wait = BETWEEN_QUESTIONS - (at - account.asked_at)
        raise refuse("ASKED_JUST_NOW", seconds=str(wait.seconds + 1))
    banking.ask(deposit.sub_account_id, at=at)
    _record("bank.asked", deposit, at=at, actor=actor)


@action
def give_up(*, lot_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Give the deposit up as the way to secure a lot: what lies there is proposed to go back.

    Implementing Regulations of the Bidding Law, art. 35: who withdraws before the deadline has it back
    within five days.

    :param reason: SWITCHED to secure the lot another way, WITHDRAWN not to bid.
    :raises NotFound: if the bidder has no deposit for the lot.
    :raises Refused: DEADLINE_PASSED, LOT_OPENED or ALREADY_RELEASED.
    """
    require(rules.may_choose(actor), "give a deposit up")
    if reason not in ("SWITCHED", "WITHDRAWN"):
        raise refuse("TEXT_MISSING", field="reason")
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    deposit = _own(lot_id, actor)
    if lot.opened_at is not None:
        raise refuse("LOT_OPENED")
    # A suspended lot holds nobody: there the clock does not count.
    if lot.state is LotState.PUBLISHED and at > lot.deadline_at:
        raise refuse("DEADLINE_PASSED")
    if deposit.state == DepositState.RELEASED:
        raise refuse("ALREADY_RELEASED")
    deposit = assessing.release(deposit, reason, at=at)
    securities.give_up_way(deposit.security_id)
    _record("deposit.given-up", deposit, reason=reason, at=at, actor=actor)
    assessing.assess([deposit], at=at, actor=actor)
    idle = Credit.objects.filter(deposit_id=deposit.id, outcome=Outcome.REFUNDABLE)
    for credit in idle.order_by("pk"):
        if not credit.refunds.filter(state="PROPOSED").exists():
            refunding.propose(
                credit,
                credit.refundable_minor,
                rules.refund_reason(credit.reason),
                proposer=actor.person_id,
                at=at,
                actor=actor,
            )


@action
def reassess(*, limit: int, at: datetime, actor: Actor) -> int:
    """Judge anew the deposits whose lot or basic account changed since, and return how many.

    A postponed deadline makes late money timely; a confirmed basic account makes its money count.
    """
    require(rules.may_work(actor), "assess deposits")
    lots, bidders = assessing.changed(limit)
    account = "bidder__basic_account__changed_at"
    of_lots = Q(lot__in=lots) & ~Q(lot__changed_at=F("lot_as_of"))
    of_bidders = Q(bidder__in=bidders) & (
        Q(basic_account_as_of=None) | ~Q(**{account: F("basic_account_as_of")})
    )
    # What was confirmed before the opening counts even when it is judged only after it.
    sealed = Q(lot__opened_at=None) | Q(**{f"{account}__lte": F("lot__opened_at")})
    stale = Deposit.objects.filter(of_lots | of_bidders, sealed).order_by("pk")[:limit]
    deposits = assessing.lock(list(stale.values_list("pk", flat=True)))
    assessing.assess(deposits, at=at, actor=actor)
    if len(deposits) < limit:
        assessing.note_assessed(lots, bidders)
    return len(deposits)


def _own(lot_id: UUID, actor: Actor) -> HeldDeposit:
    """Lock and return the actor's own deposit for a lot.

    :raises NotFound: if there is none.
    """
    found = Deposit.objects.filter(lot_id=lot_id, bidder_id=actor.organisation_id).first()
    if found is None:
        raise NotFound(f"deposit for lot {lot_id}")
    return assessing.lock([found.pk])[0]


def _assign(deposit: HeldDeposit, lot: Lot, *, at: datetime, actor: Actor) -> bool:
    if lot.shares_account:
        account_id = banking.take_sub_account(
            purpose=Purpose.LOT,
            purpose_id=deposit.lot_id,
            holder_id=None,
            lot_id=deposit.lot_id,
            at=at,
        )
    else:
        account_id = banking.take_sub_account(
            purpose=Purpose.DEPOSIT,
            purpose_id=deposit.id,
            holder_id=deposit.bidder_id,
            lot_id=deposit.lot_id,
            at=at,
        )
    if account_id is None:
        return False
    Deposit.objects.filter(pk=deposit.id).update(sub_account=account_id)
    _record("sub-account.assigned", deposit, at=at, actor=actor)
    return True


def _record(
    name: str, deposit: HeldDeposit, *, reason: str = "", at: datetime, actor: Actor
) -> None:
    log.record(
        log.Event(
            name,
            f"deposit:{deposit.id}",
            reason=reason,
            organisation_id=deposit.bidder_id,
            lot_id=deposit.lot_id,
        ),
        at=at,
        actor=actor,
    )
