"""Claiming money that fits nothing, or lies at the wrong lot: said by one, confirmed by another.

Operators see the money and not the lots; bidders know their lots and not the money of others. So a
claim always has one of each, but for money of the bidder's own: there it is two of its people.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core import uploads
from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.core.states import check_move
from biaobao.core.uploads import Upload
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Claim, ClaimTarget, Credit, Deposit
from biaobao.domain.deposits.states import (
    CLAIM,
    ClaimState,
    DepositState,
    Outcome,
    RefundState,
)
from biaobao.domain.deposits.steps import assessing
from biaobao.domain.deposits.types import HeldDeposit, Told
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.platform import files
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def claim(*, lot_id: UUID, told: Told, slip: Upload, at: datetime, actor: Actor) -> UUID:
    """Claim, with a bank slip, money that did not arrive at the actor's deposit for a lot.

    An operator looks for it in suspense and confirms.

    :raises NotFound: if the actor has no deposit for the lot.
    :raises Refused: LOT_OPENED, ALREADY_RELEASED, AMOUNT_NOT_POSITIVE, CLAIM_UNDER_WAY, SLIP_MISSING,
        SLIP_TOO_LARGE or SLIP_NOT_READABLE.
    """
    require(rules.may_choose(actor), "claim money")
    rules.check_slip(slip)
    if told.amount.fen <= 0:
        raise refuse("AMOUNT_NOT_POSITIVE", field="amount")
    deposit = _own_deposit(lot_id, actor)
    if ClaimTarget.objects.filter(
        deposit_id=deposit.id, claim__state=ClaimState.PROPOSED, claim__amount_fen=told.amount.fen
    ).exists():
        raise refuse("CLAIM_UNDER_WAY")
    made = Claim.objects.create(
        bidder_id=deposit.bidder_id,
        by_operator=False,
        amount_fen=told.amount.fen,
        paid_on=told.paid_on,
        payer_account=told.payer_account.strip(),
        note=told.note.strip(),
        slip_name=slip.name,
        slip_type=slip.media_type,
        slip_sha256=files.keep(slip.content, limit=uploads.BYTES_MAX),
        proposed_at=at,
        proposed_by_id=rules.person_of(actor),
    )
    _aim(made, deposit)
    _record("claim.made", made, deposit.lot_id, at=at, actor=actor)
    return made.pk


@action
def offer(*, credit_id: UUID, uscc: str, note: str, at: datetime, actor: Actor) -> UUID:
    """Say, as an operator, whose money in suspense is; the bidder says for which lot.

    :raises NotFound: if no such credit is in suspense.
    :raises Refused: NO_SUCH_BIDDER, OFFER_NOT_CNY, CLAIM_UNDER_WAY, REFUND_UNDER_WAY or NOTHING_TO_MOVE.
    """
    require(rules.may_decide_suspense(actor), "say whose money is")
    credit = _in_suspense(credit_id)
    if credit.currency != chart.HOME:
        # A deposit is held in fen: money of another currency can only go back.
        raise refuse("OFFER_NOT_CNY", currency=credit.currency)
    bidder = parties.organisation_with_code(uscc=uscc.strip().upper(), actor=actor)
    if bidder is None or bidder.role is not Role.BIDDER:
        raise refuse("NO_SUCH_BIDDER", field="uscc", uscc=uscc)
    made = Claim.objects.create(
        bidder_id=bidder.id,
        credit=credit,
        by_operator=True,
        amount_fen=credit.amount_minor,
        note=note.strip(),
        proposed_at=at,
        proposed_by_id=rules.person_of(actor),
    )
    _record("claim.offered", made, None, at=at, actor=actor)
    return made.pk


@action
def ask_to_move(*, credit_id: UUID, lot_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Ask that the actor's own money, which does not count where it lies, counts for another lot of his.

    :raises NotFound: if the credit is not the actor's, or he has no deposit for the lot.
    :raises Refused: LOT_OPENED, ALREADY_RELEASED, NOTHING_TO_MOVE, CLAIM_UNDER_WAY or REFUND_UNDER_WAY.
    """
    require(rules.may_choose(actor), "move money")
    deposit = _own_deposit(lot_id, actor)
    credit = Credit.objects.filter(pk=credit_id, bidder_id=deposit.bidder_id).first()
    if credit is None or credit.deposit_id is None:
        raise NotFound(f"credit {credit_id}")
    assessing.lock([credit.deposit_id])
    credit = Credit.objects.select_for_update().get(pk=credit_id)
    # Of another currency it lies in suspense, wherever it was paid to: it can only go back.
    is_foreign = credit.currency != chart.HOME
    is_idle = credit.refundable_minor == credit.amount_minor
    if credit.deposit_id == deposit.id or is_foreign or not is_idle:
        raise refuse("NOTHING_TO_MOVE")
    _refuse_if_busy(credit)
    made = Claim.objects.create(
        bidder_id=deposit.bidder_id,
        credit=credit,
        by_operator=False,
        amount_fen=credit.amount_minor,
        proposed_at=at,
        proposed_by_id=rules.person_of(actor),
    )
    _aim(made, deposit)
    _record("claim.made", made, deposit.lot_id, at=at, actor=actor)
    return made.pk


@action
def confirm(*, claim_id: UUID, credit_id: UUID, at: datetime, actor: Actor) -> None:
    """Confirm, as an operator, a bidder's claim: this money in suspense is the money it means.

    :raises NotFound: if there is no such claim, or no such money in suspense.
    :raises Refused: CLAIM_DECIDED, OWN_PROPOSAL, CLAIM_UNDER_WAY, REFUND_UNDER_WAY, LOT_OPENED or
        AMOUNT_OTHER_THAN_CLAIMED.
    """
    require(rules.may_decide_suspense(actor), "confirm a claim")
    made = Claim.objects.filter(pk=claim_id, by_operator=False, credit=None).first()
    if made is None:
        made = Claim.objects.filter(pk=claim_id, by_operator=False).first()
        if made is None or made.state == ClaimState.PROPOSED:
            raise NotFound(f"claim {claim_id}")
        raise refuse("CLAIM_DECIDED")
    target = ClaimTarget.objects.get(claim=made)
    (deposit,) = assessing.lock([target.deposit_id])
    credit = _in_suspense(credit_id)
    if credit.amount_minor != made.amount_fen or credit.currency != chart.HOME:
        raise refuse("AMOUNT_OTHER_THAN_CLAIMED", claimed=str(Money(made.amount_fen or 0)))
    _confirm(made, credit, deposit, [], at=at, actor=actor)


@action
def accept(*, claim_id: UUID, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Confirm, as the bidder, an operator's offer: this money is ours, and it is for this lot.

    :raises NotFound: if there is no such offer to the actor, or he has no deposit for the lot.
    :raises Refused: CLAIM_DECIDED, OWN_PROPOSAL, LOT_OPENED, ALREADY_RELEASED or REFUND_UNDER_WAY.
    """
    require(rules.may_choose(actor), "accept an offer")
    made = _own_claim(claim_id, actor)
    if not made.by_operator or made.credit_id is None:
        raise NotFound(f"offer {claim_id}")
    deposit = _own_deposit(lot_id, actor)
    credit = Credit.objects.select_for_update().get(pk=made.credit_id)
    if made.state == ClaimState.PROPOSED:
        _aim(made, deposit)
    _confirm(made, credit, deposit, [], at=at, actor=actor)


@action
def confirm_move(*, claim_id: UUID, at: datetime, actor: Actor) -> None:
    """Confirm that the bidder's own money counts for another lot: by another person than who asked.

    :raises NotFound: if there is no such claim of the actor's organisation.
    :raises Refused: CLAIM_DECIDED, OWN_PROPOSAL, LOT_OPENED, ALREADY_RELEASED or NOTHING_TO_MOVE.
    """
    require(rules.may_choose(actor), "confirm a move")
    made = _own_claim(claim_id, actor)
    credit = made.credit
    if made.by_operator or credit is None or credit.deposit_id is None:
        raise NotFound(f"claim {claim_id}")
    target = ClaimTarget.objects.get(claim=made)
    locked = {d.id: d for d in assessing.lock({target.deposit_id, credit.deposit_id})}
    credit = Credit.objects.select_for_update().get(pk=credit.pk)
    if made.state == ClaimState.PROPOSED and credit.refundable_minor != credit.amount_minor:
        raise refuse("NOTHING_TO_MOVE")
    others = [d for d in locked.values() if d.id != target.deposit_id]
    _confirm(made, credit, locked[target.deposit_id], others, at=at, actor=actor)


@action
def decline(*, claim_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Decline a claim, or take one's own back; the money stays where it is.

    :raises NotFound: if the claim is not for the actor to see.
    :raises Refused: CLAIM_DECIDED or TEXT_MISSING.
    """
    require(rules.may_approve_refunds(actor), "decline a claim")
    if not reason.strip():
        raise refuse("TEXT_MISSING", field="reason")
    made = _own_claim(claim_id, actor) if actor.role is Role.BIDDER else _any_claim(claim_id)
    made = Claim.objects.select_for_update().get(pk=made.pk)
    if made.state != ClaimState.PROPOSED:
        raise refuse("CLAIM_DECIDED")
    _decide(made, ClaimState.DECLINED, at=at, actor=actor, why=reason.strip())
    target = ClaimTarget.objects.filter(claim=made).first()
    _record("claim.declined", made, target.lot_id if target else None, at=at, actor=actor)


def _confirm(
    made: Claim,
    credit: Credit,
    deposit: HeldDeposit,
    others: list[HeldDeposit],
    *,
    at: datetime,
    actor: Actor,
) -> None:
    """Let a locked credit count for a locked deposit, and judge all that it touches."""
    made = Claim.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if made.state != ClaimState.PROPOSED:
        raise refuse("CLAIM_DECIDED")
    if made.proposed_by_id == actor.person_id:
        raise refuse("OWN_PROPOSAL")
    _check_open(deposit)
    _refuse_if_busy(credit, but=made)
    source = (
        chart.deposit(others[0].security_id)
        if others
        else chart.suspense(credit.bank_id, credit.currency)
    )
    made.credit = credit
    _decide(made, ClaimState.CONFIRMED, at=at, actor=actor)
    credit.deposit_id = deposit.id
    credit.lot_id, credit.bidder_id = deposit.lot_id, deposit.bidder_id
    credit.claimed_at = at
    credit.save(update_fields=["deposit", "lot", "bidder", "claimed_at"])
    _record("claim.confirmed", made, deposit.lot_id, at=at, actor=actor)
    assessing.assess([deposit, *others], at=at, actor=actor)
    ledger.move(
        [
            Move(
                Money(credit.amount_minor),
                debit=source,
                credit=chart.deposit(deposit.security_id),
                key=f"claim:{made.pk}",
                effective_at=at,
            )
        ],
        at=at,
    )


def _decide(made: Claim, state: ClaimState, *, at: datetime, actor: Actor, why: str = "") -> None:
    check_move(CLAIM, ClaimState(made.state), state)
    made.state = state
    made.decided_at = at
    made.decided_by_id = actor.person_id
    made.decline_reason = why
    made.save()


def _own_deposit(lot_id: UUID, actor: Actor) -> HeldDeposit:
    """Lock and return the actor's deposit for a lot that is not opened yet.

    :raises NotFound: if there is none.
    :raises Refused: LOT_OPENED or ALREADY_RELEASED.
    """
    found = Deposit.objects.filter(lot_id=lot_id, bidder_id=rules.organisation_of(actor)).first()
    if found is None:
        raise NotFound(f"deposit for lot {lot_id}")
    (deposit,) = assessing.lock([found.pk])
    _check_open(deposit)
    return deposit


def _check_open(deposit: HeldDeposit) -> None:
    lot = tenders.lot(lot_id=deposit.lot_id, actor=SYSTEM)
    if lot.opened_at is not None:
        # What the opening found stands; the money goes back instead.
        raise refuse("LOT_OPENED")
    if deposit.state == DepositState.RELEASED or lot.state is LotState.TERMINATED:
        raise refuse("ALREADY_RELEASED")


def _in_suspense(credit_id: UUID) -> Credit:
    """Lock and return money in suspense that nothing is under way for.

    :raises NotFound: if there is none.
    :raises Refused: CLAIM_UNDER_WAY, REFUND_UNDER_WAY or NOTHING_TO_MOVE.
    """
    credit = Credit.objects.select_for_update().filter(pk=credit_id, deposit=None).first()
    if credit is None:
        raise NotFound(f"credit {credit_id} in suspense")
    _refuse_if_busy(credit)
    return credit


def _refuse_if_busy(credit: Credit, *, but: Claim | None = None) -> None:
    if credit.outcome == Outcome.REVERSED or credit.returned_minor:
        raise refuse("NOTHING_TO_MOVE")
    if credit.refunds.filter(state=RefundState.PROPOSED).exists():
        raise refuse("REFUND_UNDER_WAY")
    claims = credit.claims.filter(state=ClaimState.PROPOSED)
    if (claims.exclude(pk=but.pk) if but else claims).exists():
        raise refuse("CLAIM_UNDER_WAY")


def _own_claim(claim_id: UUID, actor: Actor) -> Claim:
    found = Claim.objects.filter(pk=claim_id, bidder_id=rules.organisation_of(actor)).first()
    if found is None:
        raise NotFound(f"claim {claim_id}")
    return found


def _any_claim(claim_id: UUID) -> Claim:
    # Operators decide on money in suspense only; money of a lot is its bidder's business.
    found = Claim.objects.filter(pk=claim_id).select_related("credit").first()
    if found is None or (found.credit is not None and found.credit.deposit_id is not None):
        raise NotFound(f"claim {claim_id}")
    return found


def _aim(made: Claim, deposit: HeldDeposit) -> None:
    ClaimTarget.objects.create(
        claim=made, deposit_id=deposit.id, bidder_id=deposit.bidder_id, lot_id=deposit.lot_id
    )


def _record(name: str, made: Claim, lot_id: UUID | None, *, at: datetime, actor: Actor) -> None:
    facts = {"amount": str(Money(made.amount_fen))} if made.amount_fen else {}
    log.record(
        log.Event(
            name,
            f"claim:{made.pk}",
            reason=made.decline_reason,
            facts=facts,
            organisation_id=made.bidder_id,
            lot_id=lot_id,
        ),
        at=at,
        actor=actor,
    )
