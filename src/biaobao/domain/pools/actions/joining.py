"""Becoming a member: applying, being reviewed, and paying in."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotAllowed, NotFound, refuse, require
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.rules import same_account, same_name
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Membership, PoolRefund, Scheme, SchemeTerms, Tier
from biaobao.domain.pools.states import (
    OVER,
    UNDECIDED,
    MembershipState,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.pools.steps import funding, memberships
from biaobao.domain.pools.types import Coverage
from biaobao.platform.db import action

# A bank is asked about one sub-account at most this often.
BETWEEN_QUESTIONS = timedelta(seconds=10)


@action
def apply(
    *, scheme_id: UUID, tier: str, consents_to_share: bool, at: datetime, actor: Actor
) -> UUID:
    """Apply for membership of a scheme, under its terms of the day; return its id. Twice is once.

    :param consents_to_share: that others' defaults are borne together; a mutual scheme asks for it.
    :raises NotFound: if there is no such scheme.
    :raises Refused: POOL_NOT_OPEN, POOL_TIER_MISSING, POOL_CONSENT_MISSING, BASIC_ACCOUNT_NOT_CONFIRMED or
        MEMBER_ALREADY.
    """
    require(rules.may_join(actor), "join a scheme")
    if actor.organisation_id is None or actor.person_id is None:
        raise NotAllowed("join a scheme without an organisation")
    scheme = Scheme.objects.filter(pk=scheme_id).first()
    if scheme is None:
        raise NotFound(f"scheme {scheme_id}")
    if known := _live_of(actor.organisation_id):
        return _same_application(known, scheme_id)
    chosen = _tier(scheme, tier, consents_to_share=consents_to_share, at=at)
    account = parties.basic_account(organisation_id=actor.organisation_id, actor=SYSTEM)
    if account is None or account.confirmed_at is None:
        raise refuse("BASIC_ACCOUNT_NOT_CONFIRMED")
    member = parties.organisation(organisation_id=actor.organisation_id, actor=SYSTEM)
    row = Membership(
        number=f"LB{drawn(10)}",
        scheme=scheme,
        tier=chosen,
        member_id=actor.organisation_id,
        member_name=member.name,
        applied_at=at,
        applied_by_id=actor.person_id,
        consented_at=at if consents_to_share else None,
    )
    Membership.objects.bulk_create([row], ignore_conflicts=True)
    # Of two windows at once one was first.
    first = _live_of(actor.organisation_id)
    if first is not None and first.pk != row.pk:
        return _same_application(first, scheme_id)
    memberships.record("membership.applied", row, at=at, actor=actor, tier=tier)
    return row.pk


@action
def withdraw(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Withdraw an application before the membership begins: what was paid goes back. Twice is once.

    :raises NotFound: if it is not the actor's.
    :raises Refused: MEMBERSHIP_BEGUN.
    """
    require(rules.may_join(actor), "withdraw an application")
    row = _own(membership_id, actor)
    if row.state == MembershipState.WITHDRAWN:
        return
    if row.state not in (*UNDECIDED, MembershipState.PAYMENT_PENDING):
        raise refuse("MEMBERSHIP_BEGUN", number=row.number)
    memberships.move(row, MembershipState.WITHDRAWN)
    row.save(update_fields=["state"])
    memberships.record("membership.withdrawn", row, at=at, actor=actor)
    ledger.move(funding.give_back(row, "WITHDRAWN", at=at, actor=actor), at=at)


@action
def take_up(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Take an application up for review; its applicant sees it. Twice is once.

    :raises NotFound: if there is no such application.
    :raises Refused: MEMBERSHIP_DECIDED.
    """
    row = _to_decide(membership_id, actor)
    if row.state == MembershipState.UNDER_REVIEW:
        return
    if row.state != MembershipState.APPLIED:
        raise refuse("MEMBERSHIP_DECIDED", number=row.number)
    memberships.move(row, MembershipState.UNDER_REVIEW)
    row.save(update_fields=["state"])
    memberships.record("membership.under_review", row, at=at, actor=actor)


@action
def approve(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Approve an application: from now on there is an account to pay the contribution to. Twice is once.

    :raises NotFound: if there is no such application.
    :raises Refused: MEMBERSHIP_DECIDED.
    """
    row = _to_decide(membership_id, actor)
    if row.state == MembershipState.PAYMENT_PENDING:
        return
    _decide(row, MembershipState.PAYMENT_PENDING, at=at, actor=actor)
    memberships.record("membership.approved", row, at=at, actor=actor)
    _assign(row, at=at, actor=actor)


@action
def reject(*, membership_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Reject an application, and say why. Twice is once.

    :raises NotFound: if there is no such application.
    :raises Refused: MEMBERSHIP_DECIDED or TEXT_MISSING.
    """
    row = _to_decide(membership_id, actor)
    if row.state == MembershipState.REJECTED:
        return
    if not words.strip() or len(words) > rules.TEXT_MAX:
        raise refuse("TEXT_MISSING", field="words")
    row.why = words.strip()
    _decide(row, MembershipState.REJECTED, at=at, actor=actor)
    memberships.record("membership.rejected", row, at=at, actor=actor, words=row.why)


@action
def assign_waiting(*, limit: int, at: datetime, actor: Actor) -> int:
    """Give sub-accounts to memberships that wait for one, oldest first; return how many got theirs."""
    require(rules.may_work(actor), "assign sub-accounts")
    waiting = Membership.objects.filter(state=MembershipState.PAYMENT_PENDING, sub_account=None)
    due = list(waiting.order_by("decided_at", "pk").values_list("pk", flat=True)[:limit])
    locked = memberships.lock(due)
    return sum(
        _assign(row, at=at, actor=actor)
        for row in locked
        if row.state == MembershipState.PAYMENT_PENDING
    )


@action
def ask_bank(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask the bank now what is on the membership's sub-account.

    :raises NotFound: if it is not the actor's, or has no sub-account.
    :raises Refused: ASKED_JUST_NOW, with the seconds to wait.
    """
    require(rules.may_join(actor), "ask the bank")
    row = _own(membership_id, actor)
    if row.sub_account_id is None:
        raise NotFound(f"sub-account for membership {membership_id}")
    found = bank_queries.sub_accounts(ids={row.sub_account_id}, actor=SYSTEM)
    asked_at = found[row.sub_account_id].asked_at
    if asked_at and at - asked_at < BETWEEN_QUESTIONS:
        wait = BETWEEN_QUESTIONS - (at - asked_at)
        raise refuse("ASKED_JUST_NOW", seconds=str(wait.seconds + 1))
    banking.ask(row.sub_account_id, at=at)
    memberships.record("bank.asked", row, at=at, actor=actor)


@action
def order_again(*, limit: int, at: datetime, actor: Actor) -> int:
    """Order money back to the member's confirmed basic account where the last payee would not do.

    Only what the member itself paid, and never twice to an account that failed; return how many.
    """
    require(rules.may_work(actor), "order money back")
    stuck = (
        PoolRefund.objects.filter(
            state__in=[PoolRefundState.WAITING, PoolRefundState.FAILED, PoolRefundState.RETURNED],
            membership__member__basic_account__confirmed_at__isnull=False,
        )
        .exclude(credit__state=PoolCreditState.REVERSED)
        .order_by("made_at", "pk")
    )
    due = dict(stuck.values_list("pk", "membership")[:limit])
    memberships.lock(list(due.values()))
    locked = funding.lock_refunds(list(due))
    accounts = parties.basic_accounts(
        organisation_ids={refund.membership.member_id for refund in locked}, actor=SYSTEM
    )
    moves = []
    for refund in locked:
        account = accounts.get(refund.membership.member_id)
        is_stuck = refund.state not in (PoolRefundState.ORDERED, PoolRefundState.PAID)
        if account is None or account.confirmed_at is None or not is_stuck:
            continue
        is_own = same_name(refund.payee_name, account.account_name)
        if is_own and not same_account(refund.payee_account, account.number):
            moves.append(funding.order_again(refund, account, at=at, actor=actor))
    ledger.move(moves, at=at)
    return len(moves)


def _tier(scheme: Scheme, name: str, *, consents_to_share: bool, at: datetime) -> Tier:
    dated = SchemeTerms.objects.filter(scheme=scheme, valid_from__lte=day_of(at))
    terms = dated.order_by("-valid_from").first()
    if terms is None:
        raise refuse("POOL_NOT_OPEN", name=scheme.name)
    tier = Tier.objects.filter(terms=terms, name=name).first()
    if tier is None:
        raise refuse("POOL_TIER_MISSING", field="tier")
    if scheme.coverage == Coverage.MUTUAL and not consents_to_share:
        raise refuse("POOL_CONSENT_MISSING", field="consents_to_share")
    return tier


def _live_of(organisation_id: UUID) -> Membership | None:
    held = Membership.objects.filter(member_id=organisation_id)
    return held.exclude(state__in=[each.value for each in OVER]).first()


def _same_application(known: Membership, scheme_id: UUID) -> UUID:
    if known.scheme_id == scheme_id and known.state in UNDECIDED:
        return known.pk
    raise refuse("MEMBER_ALREADY", number=known.number)


def _own(membership_id: UUID, actor: Actor) -> Membership:
    for row in memberships.lock([membership_id]):
        if row.member_id == actor.organisation_id:
            return row
    raise NotFound(f"membership {membership_id}")


def _to_decide(membership_id: UUID, actor: Actor) -> Membership:
    require(rules.may_keep_schemes(actor), "review members")
    for row in memberships.lock([membership_id]):
        return row
    raise NotFound(f"membership {membership_id}")


def _decide(row: Membership, state: MembershipState, *, at: datetime, actor: Actor) -> None:
    if row.state not in UNDECIDED:
        raise refuse("MEMBERSHIP_DECIDED", number=row.number)
    memberships.move(row, state)
    row.decided_at, row.decided_by_id = at, actor.person_id
    row.save(update_fields=["state", "decided_at", "decided_by", "why"])


def _assign(row: Membership, *, at: datetime, actor: Actor) -> bool:
    row.sub_account_id = banking.take_sub_account(
        purpose=funding.PURPOSE,
        purpose_id=row.pk,
        holder_id=row.member_id,
        lot_id=None,
        at=at,
    )
    if row.sub_account_id is None:
        return False
    row.save(update_fields=["sub_account"])
    memberships.record("sub-account.assigned", row, at=at, actor=actor)
    return True
