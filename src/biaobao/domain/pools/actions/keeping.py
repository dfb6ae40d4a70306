"""The life of a membership: suspended, renewed, expired, and left."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking.states import SubAccountState
from biaobao.domain.banking.steps import accounts as banking
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import (
    Deduction,
    Hold,
    Membership,
    PoolCredit,
    PoolRefund,
    SchemeTerms,
    Tier,
)
from biaobao.domain.pools.states import (
    COVERING,
    LEAVABLE,
    LIVE_HOLDS,
    RENEWABLE,
    STUCK,
    ForfeitureState,
    MembershipState,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.pools.steps import forfeiting, funding, memberships
from biaobao.platform import wake
from biaobao.platform.db import action

_UNPAID = [each for each in PoolRefundState if each is not PoolRefundState.PAID]
_LEAVING = (
    MembershipState.EXIT_REQUESTED,
    MembershipState.REFUNDING,
    MembershipState.EXITED,
)


@action
def suspend(*, membership_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Suspend a membership, and say why: it covers no lot that is not opened. Twice is once.

    Bidders of such lots can choose another way at once; what is held from an opening on stands.

    :raises NotFound: if there is no such membership.
    :raises Refused: TEXT_MISSING or MEMBERSHIP_NOT_RUNNING.
    """
    row = _kept(membership_id, actor)
    if not words.strip() or len(words) > rules.TEXT_MAX:
        raise refuse("TEXT_MISSING", field="words")
    if row.state == MembershipState.SUSPENDED:
        return
    if row.state not in COVERING:
        raise refuse("MEMBERSHIP_NOT_RUNNING", number=row.number)
    _suspend(row, words.strip(), at=at, actor=actor)


@action
def resume(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Let a suspended membership cover lots again; one that lacks something has its time to top up anew.
    Twice is once.

    :raises NotFound: if there is no such membership.
    :raises Refused: MEMBERSHIP_NOT_RUNNING.
    """
    row = _kept(membership_id, actor)
    if row.state in COVERING:
        return
    if row.state != MembershipState.SUSPENDED:
        raise refuse("MEMBERSHIP_NOT_RUNNING", number=row.number)
    memberships.resume(row, at=at, actor=actor)


@action
def renew(*, membership_id: UUID, tier: str, at: datetime, actor: Actor) -> None:
    """Renew a membership near its end or after it, by the terms of the day: a further term under its number.

    A higher contribution is to be topped up. Renewed, it is too early to renew again.

    :raises NotFound: if it is not the actor's.
    :raises Refused: MEMBERSHIP_NOT_RUNNING, RENEWED_TOO_SOON, POOL_TIER_MISSING or POOL_TIER_TOO_LOW.
    """
    require(rules.may_join(actor), "renew a membership")
    row, today = _own(membership_id, actor), day_of(at)
    if row.state not in RENEWABLE or row.ends_on is None:
        raise refuse("MEMBERSHIP_NOT_RUNNING", number=row.number)
    opens_on = rules.renewed_from(row.ends_on, row.tier.terms.renewal_days)
    if today < opens_on:
        raise refuse("RENEWED_TOO_SOON", opens_on=opens_on.isoformat(), number=row.number)
    dated = SchemeTerms.objects.filter(scheme_id=row.scheme_id, valid_from__lte=today)
    terms = dated.order_by("-valid_from").first()
    chosen = Tier.objects.select_related("terms").filter(terms=terms, name=tier).first()
    if chosen is None:
        raise refuse("POOL_TIER_MISSING", field="tier")
    if chosen.contribution_fen < row.balance_fen:
        # Nothing of what secures lots goes back while they run.
        raise refuse("POOL_TIER_TOO_LOW", field="tier")
    first = max(today, row.ends_on + timedelta(days=1))
    if first == today:
        row.starts_on = today
    row.tier = chosen
    memberships.end_on(row, rules.last_day(first, chosen.terms.term_months))
    if row.state == MembershipState.EXPIRED:
        memberships.move(row, MembershipState.ACTIVE)
    memberships.record("membership.renewed", row, at=at, actor=actor, until=row.ends_on.isoformat())
    memberships.follow_balance(row, at=at, actor=actor)


@action
def request_exit(*, membership_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask to leave: from now on nothing is covered, and after the cooling time what is left goes back.
    Twice is once.

    :raises NotFound: if it is not the actor's.
    :raises Refused: MEMBERSHIP_NOT_RUNNING, LOTS_STILL_HELD while anything is held for a lot, or
        LOSS_UNDECIDED while it may have to bear another's default.
    """
    require(rules.may_join(actor), "leave a scheme")
    row = _own(membership_id, actor)
    if row.state in _LEAVING:
        return
    if row.state not in LEAVABLE:
        raise refuse("MEMBERSHIP_NOT_RUNNING", number=row.number)
    held = Hold.objects.filter(membership=row, state__in=LIVE_HOLDS).count()
    if held:
        raise refuse("LOTS_STILL_HELD", lots=str(held), number=row.number)
    if until := forfeiting.bound([row.pk]).get(row.pk):
        raise refuse("LOSS_UNDECIDED", until=until.isoformat(), number=row.number)
    memberships.move(row, MembershipState.EXIT_REQUESTED)
    row.leaves_on = day_of(at) + timedelta(days=row.tier.terms.cooling_days)
    row.save(update_fields=["state", "leaves_on"])
    memberships.record(
        "membership.exit_requested", row, at=at, actor=actor, until=row.leaves_on.isoformat()
    )


@action
def follow_days(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let memberships follow the calendar: expired after their last day, suspended when not topped up in
    time, given back after their cooling time, unless they may have to bear a default still. Return how many
    moved.
    """
    require(rules.may_work(actor), "follow memberships")
    today = day_of(at)
    expired = Q(state__in=COVERING, ends_on__lt=today)
    missed = Q(state=MembershipState.DEFICIT, top_up_by__lt=today)
    undecided = Q(bearings__forfeiture__state=ForfeitureState.PROPOSED)
    cooled = Q(state=MembershipState.EXIT_REQUESTED, leaves_on__lte=today) & ~undecided
    due = Membership.objects.filter(expired | missed | cooled).order_by("pk")
    moves = []
    locked = memberships.lock(list(due.values_list("pk", flat=True)[:limit]))
    # Another's default may have been proposed between looking and locking.
    bound = forfeiting.bound([row.pk for row in locked])
    for row in locked:
        if row.state == MembershipState.EXIT_REQUESTED and row.pk not in bound:
            memberships.move(row, MembershipState.REFUNDING)
            row.save(update_fields=["state"])
            memberships.record("membership.refunding", row, at=at, actor=actor)
            moves += funding.give_back(row, "LEFT", at=at, actor=actor)
        elif row.state in COVERING and row.ends_on is not None and row.ends_on < today:
            memberships.move(row, MembershipState.EXPIRED)
            row.save(update_fields=["state"])
            memberships.record("membership.expired", row, at=at, actor=actor)
        elif row.state == MembershipState.DEFICIT:
            _suspend(row, memberships.TOP_UP_MISSED, at=at, actor=actor)
    ledger.move(moves, at=at)
    return len(locked)


@action
def remind(*, limit: int, at: datetime, actor: Actor) -> int:
    """Write down, once in a term, that a membership can be renewed from now on; return how many.

    What is due shows on the pages of its company (``queries.reminders``): nobody is written to.
    """
    require(rules.may_work(actor), "remind members")
    due = Membership.objects.filter(remind_on__lte=day_of(at)).order_by("remind_on", "pk")
    locked = memberships.lock(list(due.values_list("pk", flat=True)[:limit]))
    for row in locked:
        if row.state in COVERING and row.remind_on is not None and row.ends_on is not None:
            until = row.ends_on.isoformat()
            memberships.record("membership.renewable", row, at=at, actor=actor, until=until)
        row.remind_on = None
        row.save(update_fields=["remind_on"])
    return len(locked)


@action
def settle_exits(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let those who leave follow their refunds: EXITED when all are paid; return how many moved."""
    require(rules.may_work(actor), "settle exits")
    unpaid = PoolRefund.objects.exclude(state=PoolRefundState.PAID).exclude(
        credit__state=PoolCreditState.REVERSED
    )
    waiting = list(unpaid.values_list("membership", flat=True))
    done = Q(state=MembershipState.REFUNDING) & ~Q(pk__in=waiting)
    back = Q(state=MembershipState.EXITED, pk__in=waiting)
    due = Membership.objects.filter(done | back).order_by("pk")
    locked = memberships.lock(list(due.values_list("pk", flat=True)[:limit]))
    for row in locked:
        is_done = row.state == MembershipState.REFUNDING
        state = MembershipState.EXITED if is_done else MembershipState.REFUNDING
        memberships.move(row, state)
        row.save(update_fields=["state"])
        memberships.record(f"membership.{state.lower()}", row, at=at, actor=actor)
    return len(locked)


@action
def close_left(*, limit: int, at: datetime, actor: Actor) -> int:
    """Close sub-accounts of memberships that were left or withdrawn, long after the last money moved there;
    return how many. What comes later is taken in all the same, and waits in suspense.
    """
    require(rules.may_work(actor), "close sub-accounts")
    before = at - rules.CLOSED_AFTER
    over = Q(state=MembershipState.EXITED, leaves_on__lte=day_of(before)) | Q(
        state=MembershipState.WITHDRAWN, decided_at__lte=before
    )
    owed = PoolRefund.objects.exclude(credit__state=PoolCreditState.REVERSED)
    moving = Q(paid_at=None) | Q(paid_at__gt=before)
    of_it = {"membership": OuterRef("pk")}
    in_use = (
        Exists(owed.filter(moving | Q(state__in=_UNPAID), **of_it))
        | Exists(Deduction.objects.filter(moving | Q(state__in=STUCK), **of_it))
        | Exists(PoolCredit.objects.filter(credited_at__gt=before, **of_it))
    )
    due = Membership.objects.filter(
        over, ~in_use, balance_fen=0, sub_account__state=SubAccountState.ASSIGNED
    )
    locked = memberships.lock(list(due.order_by("pk").values_list("pk", flat=True)[:limit]))
    # Money may have come between looking and locking.
    empty = [row for row in locked if not row.balance_fen]
    banking.close([row.sub_account_id for row in empty if row.sub_account_id], at=at)
    for row in empty:
        memberships.record("sub-account.closed", row, at=at, actor=actor)
    return len(empty)


def _suspend(row: Membership, why: str, *, at: datetime, actor: Actor) -> None:
    memberships.move(row, MembershipState.SUSPENDED)
    row.why = why
    row.save(update_fields=["state", "why"])
    wake.worker("pools")
    memberships.record("membership.suspended", row, reason=why, at=at, actor=actor)


def _kept(membership_id: UUID, actor: Actor) -> Membership:
    require(rules.may_keep_schemes(actor), "suspend members")
    for row in memberships.lock([membership_id]):
        return row
    raise NotFound(f"membership {membership_id}")


def _own(membership_id: UUID, actor: Actor) -> Membership:
    for row in memberships.lock([membership_id]):
        if row.member_id == actor.organisation_id:
            return row
    raise NotFound(f"membership {membership_id}")
