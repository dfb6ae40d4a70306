"""Securing a lot by a pooled deposit: chosen, given up, looked at again, and let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse, require
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Hold, Membership
from biaobao.domain.pools.states import (
    LIVE_HOLDS,
    OVER,
    ForfeitureState,
    HoldState,
    MembershipState,
)
from biaobao.domain.pools.steps import holds, memberships
from biaobao.domain.pools.types import Coverage
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action

DAY = timedelta(days=1)
# Whatever its lot does, it is covered no more: its membership is suspended, below its floor, or has less than
# is held of it. Each of these fails a check, and what fails lapses: looked at twice is only what stands on
# after others lapsed.
_UNCOVERED = Q(state=HoldState.RESERVED) & (
    Q(membership__state=MembershipState.SUSPENDED)
    | Q(
        membership__balance_fen__lt=F("membership__tier__terms__floor_fen")
        - F("membership__shared_fen")
    )
    | Q(
        membership__scheme__coverage=Coverage.POOL_BALANCE,
        membership__reserve__held_fen__gt=F("membership__balance_fen"),
    )
)


@action
def choose(*, lot_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Secure a lot by the actor's membership, checked at once; return the hold's id. Twice is once.

    :raises Refused: REGISTRATION_MISSING, WAY_NOT_OFFERED, OTHER_WAY_CHOSEN, DEADLINE_PASSED, LOT_SUSPENDED,
        LOT_TERMINATED, or each check of ``types.Check`` that fails.
    """
    require(rules.may_join(actor), "secure a lot by a pooled deposit")
    bidder_id = actor.organisation_id
    if bidder_id is None:
        raise NotAllowed("secure a lot without an organisation")
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    _check_taking_part(lot, bidder_id, at=at, actor=actor)
    security_id, way = securities.require_by(
        lot_id=lot_id, bidder_id=bidder_id, way=Way.POOL, at=at
    )
    if way != Way.POOL:
        raise refuse("OTHER_WAY_CHOSEN", way=way)
    live = Hold.objects.filter(security_id=security_id, state__in=LIVE_HOLDS).first()
    if live is not None:
        return live.pk
    row = _locked_membership(bidder_id)
    if objections := rules.objections(holds.judge(row, lot)):
        raise Refused(*objections)
    if row is None:
        raise refuse("NOT_MEMBER")
    return holds.reserve(row, security_id, lot, at=at, actor=actor).pk


@action
def give_up(*, lot_id: UUID, at: datetime, actor: Actor) -> None:
    """Give the pooled deposit up as the way to secure a lot, before its deadline: another can be chosen.

    :raises NotFound: if the actor has nothing held for the lot.
    :raises Refused: DEADLINE_PASSED or LOT_OPENED.
    """
    require(rules.may_join(actor), "give a hold up")
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    own = Hold.objects.filter(lot_id=lot_id, bidder_id=actor.organisation_id)
    found = own.filter(state__in=LIVE_HOLDS).first()
    if found is None:
        raise NotFound(f"hold for lot {lot_id}")
    if lot.opened_at is not None:
        raise refuse("LOT_OPENED")
    # A suspended lot holds nobody: there the clock does not count.
    if lot.state is LotState.PUBLISHED and at > lot.deadline_at:
        raise refuse("DEADLINE_PASSED")
    (hold,) = holds.lock([found.pk])
    if hold.state == HoldState.RESERVED:
        holds.end(hold, HoldState.RELEASED, "GIVEN_UP", lot, at=at, actor=actor)


@action
def follow_lots(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let holds follow their lots and memberships: looked at again when the lot moved or was opened or the
    membership covers less, released when the lot is terminated or failed, and by its result. Return how many
    were looked at.
    """
    require(rules.may_work(actor), "look at holds again")
    is_over = Q(lot__state=LotState.TERMINATED)
    is_opened = Q(lot__opened_at__isnull=False)
    is_moved = ~Q(lot__changed_at=F("lot_as_of"))
    reserved = Hold.objects.filter(state=HoldState.RESERVED)
    due = reserved.filter(is_over | is_opened | is_moved | _UNCOVERED).order_by("pk")
    ids = [*due.values_list("pk", flat=True)[:limit], *_let_go(limit, at=at)]
    found = holds.lock(ids[:limit])
    free = set(_undisputed().filter(pk__in=ids).values_list("pk", flat=True))
    why_let_go = _why_let_go([(hold.pk, hold.lot_id, hold.bidder_id) for hold in found], at=at)
    lots = tenders.lots(lot_ids={hold.lot_id for hold in found}, actor=SYSTEM)
    # What was held last goes first, where not all is covered any more.
    for hold in sorted(found, key=lambda each: each.reserved_at, reverse=True):
        lot, why = lots[hold.lot_id], why_let_go.get(hold.pk)
        if hold.state == HoldState.RESERVED:
            _follow(hold, lot, at=at, actor=actor)
        elif hold.state == HoldState.HELD and hold.pk in free and why:
            holds.end(hold, HoldState.RELEASED, why, lot, at=at, actor=actor)
    return len(found)


def _check_taking_part(lot: Lot, bidder_id: UUID, *, at: datetime, actor: Actor) -> None:
    pair = (lot.id, bidder_id)
    if pair not in tenders.registered_at(pairs={pair}, actor=actor):
        raise refuse("REGISTRATION_MISSING")
    if Way.POOL not in lot.ways:
        raise refuse("WAY_NOT_OFFERED", way=Way.POOL)
    if objection := objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at):
        raise Refused(objection)


def _undisputed() -> QuerySet[Hold]:
    """Return the holds of which no forfeiture waits for its decision; the others stay until then."""
    return Hold.objects.exclude(forfeitures__state=ForfeitureState.PROPOSED)


def _let_go(limit: int, *, at: datetime) -> list[UUID]:
    """Return holds that their lot's result lets go, or whose bids bind no more."""
    held = _undisputed().filter(state=HoldState.HELD)
    first_free = F("lot__deadline_at") + F("lot__validity_days") * Value(DAY)
    ended = held.annotate(ends_at=ExpressionWrapper(first_free, DateTimeField()))
    over = ended.filter(ends_at__lt=at - DAY).order_by("pk").values_list("pk", flat=True)
    has_result = Q(lot__state__in=[LotState.CONTRACTED, LotState.FAILED]) | (
        Q(lot__state=LotState.AWARDED) & ~Q(bidder=F("lot__winner"))
    )
    # Of these only who lost an award is kept for some days.
    decided = held.filter(has_result).order_by("pk").values_list("pk", "lot", "bidder")
    return [*over[:limit], *_why_let_go(list(decided), at=at)]


def _why_let_go(holds_: Sequence[tuple[UUID, UUID, UUID]], *, at: datetime) -> dict[UUID, str]:
    """Return of these (hold, lot, bidder) which the lot's result lets go, and why."""
    lots = tenders.lots(lot_ids={lot for _, lot, _ in holds_}, actor=SYSTEM)
    former = tenders.former_winners(lot_ids=lots, actor=SYSTEM)
    ended = tenders.ended(lot_ids=lots, actor=SYSTEM)
    found = {}
    for pk, lot, bidder in holds_:
        was_winner = (lot, bidder) in former
        until = rules.kept_until(
            lots[lot],
            bidder,
            was_winner=was_winner,
            ended_at=ended.get(lot),
            is_working_day=is_working_day,
        )
        if why := rules.why_released(lots[lot], bidder, kept_until=until, at=at):
            found[pk] = why
    return found


def _follow(hold: Hold, lot: Lot, *, at: datetime, actor: Actor) -> None:
    if lot.state is LotState.TERMINATED or lot.failed_at is not None:
        why = "TERMINATED" if lot.state is LotState.TERMINATED else "FAILED"
        holds.end(hold, HoldState.RELEASED, why, lot, at=at, actor=actor)
        return
    objections = rules.objections(holds.judge(hold.membership, lot, own=hold))
    if objections and hold.state == HoldState.RESERVED:
        why = objections[0].code
        holds.end(hold, HoldState.LAPSED, why, lot, at=at, actor=actor)
    else:
        holds.keep(hold, lot, at=at, actor=actor)


def _locked_membership(bidder_id: UUID) -> Membership | None:
    own = Membership.objects.filter(member_id=bidder_id).exclude(state__in=OVER)
    return next(iter(memberships.lock(list(own.values_list("pk", flat=True)))), None)
