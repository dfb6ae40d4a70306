"""Giving money back: proposed by one, approved by another, carried out by the bank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.core.states import check_move
from biaobao.domain.banking.rules import same_name
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Payout
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit, LotReturn, PayeeChange, Refund
from biaobao.domain.deposits.states import (
    PAYEE,
    REFUND,
    Outcome,
    PayeeState,
    RefundState,
)
from biaobao.domain.deposits.steps import assessing, refunding
from biaobao.domain.deposits.types import HeldDeposit, RefundReason
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot
from biaobao.platform.audit import log
from biaobao.platform.db import action

REMITTANCE = "退还投标保证金"


@action
def ask_back(*, credit_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Propose that what does not count of the actor's own credit goes back where it came from.

    :raises NotFound: if the credit is not the actor's.
    :raises Refused: NOTHING_TO_RETURN or REFUND_UNDER_WAY.
    """
    require(rules.may_choose(actor), "ask for money back")
    credit = _own_credit(credit_id, actor)
    if not credit.refundable_minor:
        raise refuse("NOTHING_TO_RETURN")
    _refuse_a_second(credit)
    reason = "OVER" if credit.outcome == Outcome.COUNTED else credit.reason
    return refunding.propose(
        credit,
        credit.refundable_minor,
        rules.refund_reason(reason),
        proposer=actor.person_id,
        at=at,
        actor=actor,
    )


@action
def propose_release(
    *, lot_id: UUID, bidder_id: UUID, reason: RefundReason, note: str, at: datetime, actor: Actor
) -> int:
    """Propose that all that lies for a bidder of an opened lot goes back; return how many refunds.

    :raises NotFound: if the actor neither runs the lot nor operates, or the lot is not opened.
    :raises Refused: NOTHING_TO_RETURN or REASON_NOT_FITTING.
    """
    return _release(lot_id, {bidder_id}, reason, note, at=at, actor=actor)


@action
def propose_releases(
    *,
    lot_id: UUID,
    bidder_ids: Collection[UUID],
    reason: RefundReason,
    note: str,
    at: datetime,
    actor: Actor,
) -> int:
    """Propose for several bidders of an opened lot at once what ``propose_release`` does for one.

    Of whom nothing lies here any more, or all is proposed, is passed over.

    :raises NotFound: if the actor neither runs the lot nor operates, the lot is not opened, or one of them
        has no deposit for it.
    :raises Refused: NOTHING_TO_RETURN, if that goes for all of them, or REASON_NOT_FITTING.
    """
    return _release(lot_id, set(bidder_ids), reason, note, at=at, actor=actor)


@action
def return_unplaced(*, credit_id: UUID, note: str, at: datetime, actor: Actor) -> UUID:
    """Propose that money which fits nothing goes back to its payer.

    :raises NotFound: if no such credit is in suspense.
    :raises Refused: NOTHING_TO_RETURN, REFUND_UNDER_WAY or CLAIM_UNDER_WAY.
    """
    require(rules.may_decide_suspense(actor), "return money in suspense")
    credit = Credit.objects.select_for_update().filter(pk=credit_id, deposit=None).first()
    if credit is None:
        raise NotFound(f"credit {credit_id} in suspense")
    if not credit.refundable_minor:
        raise refuse("NOTHING_TO_RETURN")
    _refuse_a_second(credit)
    if credit.claims.filter(state="PROPOSED").exists():
        raise refuse("CLAIM_UNDER_WAY")
    return refunding.propose(
        credit,
        credit.refundable_minor,
        RefundReason.UNMATCHED,
        note=note.strip(),
        proposer=actor.person_id,
        at=at,
        actor=actor,
    )


@action
def propose_due(*, limit: int, at: datetime, actor: Actor) -> int:
    """Propose, by rule, what must go back unasked; return how many refunds.

    After the opening that is all that does not secure its lot; after a termination everything, in the
    name of who terminated the lot (Implementing Regulations of the Bidding Law, art. 31).
    """
    require(rules.may_work(actor), "propose refunds by rule")
    due = refunding.due(limit)
    lots = tenders.lots(lot_ids={credit.lot_id for credit in due if credit.lot_id}, actor=SYSTEM)
    assessing.lock({credit.deposit_id for credit in due if credit.deposit_id})
    done = 0
    for credit in Credit.objects.filter(pk__in=[c.pk for c in due]).order_by("pk"):
        lot = lots[credit.lot_id] if credit.lot_id else None
        amount = _left(credit) if lot and lot.opened_at else credit.refundable_minor
        if lot is None or not amount or _has_proposal(credit):
            continue
        reason = "OVER" if credit.outcome == Outcome.COUNTED else credit.reason
        if credit.outcome == Outcome.COUNTED and not credit.refundable_minor:
            reason = "UNDER"
        amount = credit.refundable_minor or amount
        proposer = lot.terminated_by if lot.state is LotState.TERMINATED else None
        refunding.propose(
            credit, amount, rules.refund_reason(reason), proposer=proposer, at=at, actor=actor
        )
        done += 1
    return done


@action
def approve(*, refund_id: UUID, at: datetime, actor: Actor) -> None:
    """Approve a proposed refund: its money leaves the deposit and its order goes to the bank.

    :raises NotFound: if the refund is not for the actor to see.
    :raises Refused: REFUND_NOT_WAITING, OWN_PROPOSAL, APPROVED_BY_PLATFORM, PAYEE_MISSING, PAYEE_UNCONFIRMED,
        CREDIT_REVERSED or NOTHING_TO_RETURN.
    """
    require(rules.may_approve_refunds(actor), "approve refunds")
    refund = Refund.objects.filter(pk=refund_id).first()
    if refund is None:
        raise NotFound(f"refund {refund_id}")
    lot = tenders.lot(lot_id=refund.lot_id, actor=SYSTEM) if refund.lot_id else None
    why_not = rules.cannot_approve(
        actor,
        proposed_by=refund.proposed_by_id,
        bidder_id=refund.bidder_id,
        has_lot=lot is not None,
        is_over=lot is not None and lot.opened_at is not None,
    )
    if why_not in ("SEALED", "NOT_YOURS", "NOT_A_PERSON"):
        raise NotFound(f"refund {refund_id}")
    if why_not:
        raise refuse(why_not)
    _approve(refund, lot, at=at, actor=actor)


@action
def approve_lot(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Approve as a whole that the deposits of a terminated lot go back to their payers.

    Neither the payers nor their number show: the lot was never opened.

    :raises NotFound: if the lot is not terminated.
    :raises Refused: OWN_PROPOSAL.
    """
    require(rules.may_decide_suspense(actor), "approve refunds")
    lot = tenders.lot(lot_id=lot_id, actor=SYSTEM)
    if lot.state is not LotState.TERMINATED:
        raise NotFound(f"terminated lot {lot_id}")
    if lot.terminated_by == actor.person_id:
        raise refuse("OWN_PROPOSAL")
    LotReturn.objects.create(lot_id=lot_id, approved_at=at, approved_by_id=rules.person_of(actor))
    event = log.Event("lot.returned", f"lot:{lot_id}", facts={"lot": lot.code})
    log.record(event, at=at, actor=actor)
    for refund in Refund.objects.filter(lot_id=lot_id, state=RefundState.PROPOSED).order_by("pk"):
        told = refund.payee_changes.filter(state=PayeeState.PROPOSED).exists()
        if refund.proposed_by_id != actor.person_id and refund.payee_account and not told:
            _approve(refund, lot, at=at, actor=actor)


@action
def cancel(*, refund_id: UUID, at: datetime, actor: Actor) -> None:
    """Take a proposal back before it is approved; money that is due is proposed again by rule.

    :raises NotFound: if the refund is not for the actor to see.
    :raises Refused: REFUND_NOT_WAITING.
    """
    require(rules.may_approve_refunds(actor), "cancel refunds")
    refund = _visible(refund_id, actor)
    if refund.deposit_id:
        assessing.lock([refund.deposit_id])
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state != RefundState.PROPOSED or refund.attempt > 1:
        raise refuse("REFUND_NOT_WAITING")
    check_move(REFUND, RefundState.PROPOSED, RefundState.CANCELLED)
    refund.state = RefundState.CANCELLED
    refund.ended_at = at
    refund.ended_why = "TAKEN_BACK"
    refund.save(update_fields=["state", "ended_at", "ended_why"])
    refunding.record("refund.cancelled", refund, at=at, actor=actor)


@action
def propose_again(*, refund_id: UUID, at: datetime, actor: Actor) -> None:
    """Propose a refund that the bank refused or that came back once more, to the same account.

    :raises NotFound: if the refund is not for the actor to see.
    :raises Refused: REFUND_NOT_FAILED or CREDIT_REVERSED.
    """
    require(rules.may_approve_refunds(actor), "propose refunds")
    _visible(refund_id, actor)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state not in (RefundState.FAILED, RefundState.RETURNED):
        raise refuse("REFUND_NOT_FAILED")
    refunding.propose_again(refund, proposer=actor.person_id, at=at, actor=actor)


@action
def correct_payee(  # noqa: PLR0913 - an account has this many parts
    *,
    refund_id: UUID,
    account_name: str,
    number: str,
    bank_name: str,
    note: str,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Tell another account of the bidder's for a refund that could not reach its payer.

    :raises NotFound: if the refund is not the actor's own.
    :raises Refused: REFUND_NOT_FAILED, ACCOUNT_NAME_MISSING, ACCOUNT_NUMBER_INVALID, BANK_NAME_MISSING,
        PAYEE_OF_ANOTHER or PAYEE_TOLD.
    """
    require(rules.may_choose(actor), "correct a payee")
    refund = _visible(refund_id, actor)
    account = rules.check_payee(account_name, number, bank_name)
    organisation = parties.organisation(organisation_id=rules.organisation_of(actor), actor=SYSTEM)
    if not same_name(account.account_name, organisation.name):
        raise refuse("PAYEE_OF_ANOTHER", field="account_name", name=organisation.name)
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    lacks_account = refund.state == RefundState.PROPOSED and not refund.payee_account
    if refund.state not in (RefundState.FAILED, RefundState.RETURNED) and not lacks_account:
        raise refuse("REFUND_NOT_FAILED")
    if refund.payee_changes.filter(state=PayeeState.PROPOSED).exists():
        raise refuse("PAYEE_TOLD")
    change = PayeeChange.objects.create(
        refund=refund,
        bidder_id=refund.bidder_id,
        account_name=account.account_name,
        number=account.number,
        bank_name=account.bank_name,
        note=note.strip(),
        proposed_at=at,
        proposed_by_id=rules.person_of(actor),
    )
    refunding.record("payee.told", refund, at=at, actor=actor)
    return change.pk


@action
def confirm_payee(*, change_id: UUID, at: datetime, actor: Actor) -> None:
    """Confirm another account for a refund, which is thereby proposed again.

    :raises NotFound: if there is no such change.
    :raises Refused: PAYEE_DECIDED or OWN_PROPOSAL.
    """
    change, refund = _undecided(change_id, actor)
    _decide(change, PayeeState.CONFIRMED, "", at=at, actor=actor)
    refund.payee_name = change.account_name
    refund.payee_account = change.number
    refund.payee_bank = change.bank_name
    if refund.state == RefundState.PROPOSED:
        refund.save(update_fields=["payee_name", "payee_account", "payee_bank"])
    else:
        refunding.propose_again(refund, proposer=change.proposed_by_id, at=at, actor=actor)
    refunding.record("payee.confirmed", refund, at=at, actor=actor)


@action
def decline_payee(*, change_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Decline another account for a refund; the bidder reads why and may tell one anew.

    :raises NotFound: if there is no such change.
    :raises Refused: PAYEE_DECIDED, OWN_PROPOSAL or TEXT_MISSING.
    """
    if not reason.strip():
        raise refuse("TEXT_MISSING", field="reason")
    change, refund = _undecided(change_id, actor)
    _decide(change, PayeeState.DECLINED, reason.strip(), at=at, actor=actor)
    refunding.record("payee.declined", refund, at=at, actor=actor)


def _release(
    lot_id: UUID, bidders: set[UUID], reason: RefundReason, note: str, *, at: datetime, actor: Actor
) -> int:
    require(rules.may_propose_refunds(actor) and actor.role is not Role.BIDDER, "propose a release")
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    if reason not in rules.ENDS_THE_DUTY:
        raise refuse("REASON_NOT_FITTING", field="reason")
    found = list(Deposit.objects.filter(lot_id=lot_id, bidder_id__in=bidders))
    if len(found) != len(bidders):
        raise NotFound(f"deposits of {len(bidders)} bidders for lot {lot_id}")
    assessing.lock([deposit.pk for deposit in found])
    credits = [
        credit
        for credit in Credit.objects.filter(deposit__in=found).order_by("pk")
        if _left(credit) and not _has_proposal(credit)
    ]
    if not credits:
        raise refuse("NOTHING_TO_RETURN")
    for credit in credits:
        refunding.propose(
            credit,
            _left(credit),
            reason,
            note=note.strip(),
            proposer=actor.person_id,
            at=at,
            actor=actor,
        )
    return len(credits)


def _approve(refund: Refund, lot: Lot | None, *, at: datetime, actor: Actor) -> None:
    deposits = assessing.lock([refund.deposit_id]) if refund.deposit_id else []
    credit = Credit.objects.select_for_update().get(pk=refund.credit_id)
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if refund.state != RefundState.PROPOSED:
        raise refuse("REFUND_NOT_WAITING")
    if not refund.payee_account:
        raise refuse("PAYEE_MISSING")
    if refund.payee_changes.filter(state=PayeeState.PROPOSED).exists():
        raise refuse("PAYEE_UNCONFIRMED")
    if credit.outcome == Outcome.REVERSED:
        raise refuse("CREDIT_REVERSED")
    source = _source(refund, credit, deposits)
    if refund.attempt == 1 and refund.amount_minor > assessing.may_go_back(credit, lot):
        raise refuse("NOTHING_TO_RETURN")
    order = orders.order(_payout(refund, credit), at=at)
    check_move(REFUND, RefundState.PROPOSED, RefundState.APPROVED)
    refund.state = RefundState.APPROVED
    refund.approved_at = at
    refund.approved_by_id = actor.person_id
    refund.order_id = order.id
    refund.save(update_fields=["state", "approved_at", "approved_by", "order"])
    refunding.record("refund.approved", refund, at=at, actor=actor)
    if refund.attempt == 1:
        credit.returned_minor += refund.amount_minor
        credit.save(update_fields=["returned_minor"])
        _assess_what_is_left(deposits, credit, refund, at=at, actor=actor)
    ledger.move(
        [
            Move(
                Money(refund.amount_minor),
                debit=source,
                credit=chart.in_transit(order.id, refund.currency),
                key=f"order:{order.id}",
                effective_at=at,
            )
        ],
        at=at,
    )


def _assess_what_is_left(
    deposits: Sequence[HeldDeposit], credit: Credit, refund: Refund, *, at: datetime, actor: Actor
) -> None:
    if not deposits:
        assessing.judge_unplaced_again([credit], at=at, actor=actor)
        return
    (deposit,) = deposits
    if refund.reason in rules.ENDS_THE_DUTY and deposit.released_at is None:
        deposit = assessing.release(deposit, refund.reason, at=at)
    assessing.assess([deposit], at=at, actor=actor)


def _source(refund: Refund, credit: Credit, deposits: Sequence[HeldDeposit]) -> str:
    """Return the account where the money of a refund lies now."""
    if refund.attempt > 1 and refund.order_id:
        return chart.returned(refund.order_id, refund.currency)
    if deposits and credit.currency == chart.HOME:
        return chart.deposit(deposits[0].security_id)
    return chart.suspense(credit.bank_id, credit.currency)


def _payout(refund: Refund, credit: Credit) -> Payout:
    return Payout(
        bank=credit.bank_id,
        purpose=refunding.PURPOSE,
        purpose_id=refund.pk,
        attempt=refund.attempt,
        holder_id=refund.bidder_id,
        lot_id=refund.lot_id,
        from_account=credit.account,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        payee_name=refund.payee_name,
        payee_account=refund.payee_account,
        payee_bank=refund.payee_bank,
        remittance=f"{REMITTANCE} {refund.number}",
    )


def _own_credit(credit_id: UUID, actor: Actor) -> Credit:
    found = Credit.objects.filter(pk=credit_id, bidder_id=rules.organisation_of(actor)).first()
    if found is None:
        raise NotFound(f"credit {credit_id}")
    if found.deposit_id:
        assessing.lock([found.deposit_id])
    return Credit.objects.select_for_update().get(pk=credit_id)


def _visible(refund_id: UUID, actor: Actor) -> Refund:
    """Return a refund that the actor may see and act on.

    :raises NotFound: if there is none.
    """
    refund = Refund.objects.filter(pk=refund_id).first()
    if refund is not None:
        if actor.role is Role.BIDDER and refund.bidder_id == actor.organisation_id:
            return refund
        lot = tenders.lot(lot_id=refund.lot_id, actor=SYSTEM) if refund.lot_id else None
        if actor.role is Role.OPERATOR and (lot is None or lot.opened_at is not None):
            return refund
    raise NotFound(f"refund {refund_id}")


def _undecided(change_id: UUID, actor: Actor) -> tuple[PayeeChange, Refund]:
    require(rules.may_decide_suspense(actor), "decide on a payee")
    found = PayeeChange.objects.filter(pk=change_id).first()
    if found is None:
        raise NotFound(f"payee change {change_id}")
    refund = Refund.objects.select_for_update().get(pk=found.refund_id)
    change = PayeeChange.objects.select_for_update().get(pk=change_id)
    if change.state != PayeeState.PROPOSED:
        raise refuse("PAYEE_DECIDED")
    if change.proposed_by_id == actor.person_id:
        raise refuse("OWN_PROPOSAL")
    return change, refund


def _decide(
    change: PayeeChange, state: PayeeState, reason: str, *, at: datetime, actor: Actor
) -> None:
    check_move(PAYEE, PayeeState(change.state), state)
    change.state = state
    change.decided_at = at
    change.decided_by_id = actor.person_id
    change.decline_reason = reason
    change.save(update_fields=["state", "decided_at", "decided_by", "decline_reason"])


def _left(credit: Credit) -> int:
    return 0 if credit.outcome == Outcome.REVERSED else credit.amount_minor - credit.returned_minor


def _has_proposal(credit: Credit) -> bool:
    return bool(credit.refunds.filter(state=RefundState.PROPOSED).exists())


def _refuse_a_second(credit: Credit) -> None:
    if _has_proposal(credit):
        raise refuse("REFUND_UNDER_WAY")
