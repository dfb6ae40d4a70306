"""Securing a lot by a pooled deposit: chosen, given up, looked at again, and let go."""

from __future__ import annotations

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
from biaobao.platform.db import action

DAY = timedelta(days=1)
# Whatever its lot does, it is covered no more: its membership is suspended, below its floor, or has less than
# is held of it. Each of these fails a check, and what fails lapses: looked at twice is only what stands on
# after others lapsed.
_UNCOVERED = Q(state=HoldState.RESERVED) & (
    Q(membership__state=MembershipState.SUSPENDED)
    | Q(membership__balance_fen__lt=F("membership__tier__terms__floor_fen"))
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
    is_over = Q(lot__state=LotState.TERMINATED) | Q(lot__failed_at__isnull=False)
    is_opened = Q(state=HoldState.RESERVED, lot__opened_at__isnull=False)
    is_moved = Q(state=HoldState.RESERVED) & ~Q(lot__changed_at=F("lot_as_of"))
    due = _undisputed().filter(is_over | is_opened | is_moved | _UNCOVERED, state__in=LIVE_HOLDS)
    ids = [*due.order_by("pk").values_list("pk", flat=True)[:limit], *_let_go(limit, at=at)]
    found = holds.lock(ids[:limit])
    free = set(_undisputed().filter(pk__in=ids).values_list("pk", flat=True))
    lots = tenders.lots(lot_ids={hold.lot_id for hold in found}, actor=SYSTEM)
    former = tenders.former_winners(lot_ids=lots, actor=SYSTEM)
    # What was held last goes first, where not all is covered any more.
    for hold in sorted(found, key=lambda each: each.reserved_at, reverse=True):
        lot, was_winner = lots[hold.lot_id], (hold.lot_id, hold.bidder_id) in former
        if hold.pk not in free:
            continue
        if hold.state == HoldState.HELD and lot.failed_at is None:
            why = rules.why_released(lot, hold.bidder_id, was_winner=was_winner, at=at)
            if why:
                holds.end(hold, HoldState.RELEASED, why, lot, at=at, actor=actor)
        elif hold.state in LIVE_HOLDS:
            _follow(hold, lot, at=at, actor=actor)
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
    """Return holds that their lot's result lets go, or whose bids bind no more; those of former winners wait
    for the contract.
    """
    held = _undisputed().filter(state=HoldState.HELD)
    first_free = F("lot__deadline_at") + F("lot__validity_days") * Value(DAY)
    ended = held.annotate(ends_at=ExpressionWrapper(first_free, DateTimeField()))
    contracted = Q(lot__state=LotState.CONTRACTED)
    over = ended.filter(contracted | Q(ends_at__lt=at - DAY)).values_list("pk", flat=True)
    lost = held.filter(lot__state=LotState.AWARDED).exclude(bidder=F("lot__winner"))
    losers = list(lost.order_by("pk").values_list("pk", "lot", "bidder"))
    former = tenders.former_winners(lot_ids={lot for _, lot, _ in losers}, actor=SYSTEM)
    free = [pk for pk, lot, bidder in losers if (lot, bidder) not in former]
    return [*over.order_by("pk")[:limit], *free]


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
