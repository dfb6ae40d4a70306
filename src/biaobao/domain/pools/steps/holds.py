"""What is held of a pool for lots, inside the actions that hold it and let it go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Sum

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH, drawn
from biaobao.core.states import check_move
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Hold, Membership, Reserve, read_membership
from biaobao.domain.pools.states import COVERING, HOLD, LIVE_HOLDS, HoldState
from biaobao.domain.pools.steps import memberships
from biaobao.domain.pools.types import Coverage, CoverVerdict, LotFacts, MemberFacts
from biaobao.domain.securities import steps as securities
from biaobao.domain.securities.types import Cover
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import one, step


@step
def lock(ids: Collection[UUID]) -> list[Hold]:
    """Lock holds, after their securities and memberships."""
    if not ids:
        return []
    wanted = Hold.objects.filter(pk__in=reads.among("uuid", ids))
    pairs = list(wanted.values_list("security", "membership"))
    securities.lock([security for security, _ in pairs])
    memberships.lock([membership for _, membership in pairs])
    related = ("membership__scheme", "membership__tier__terms", "membership__member")
    locked = wanted.select_for_update(of=("self",)).select_related(*related)
    return list(locked.order_by("pk"))


@step
def judge(row: Membership | None, lot: Lot, *, own: Hold | None = None) -> tuple[CoverVerdict, ...]:
    """Check whether a locked membership covers a lot; what it holds for that lot already does not count."""
    facts = LotFacts(
        region=lot.region,
        kind=lot.kind,
        amount=lot.amount,
        opening_on=day_of(lot.opening_at),
        valid_until=rules.valid_until(lot.deadline_at, lot.validity_days),
    )
    return rules.check(None if row is None else _facts(row, own), facts)


@step
def reserve(row: Membership, security_id: UUID, lot: Lot, *, at: datetime, actor: Actor) -> Hold:
    """Hold a lot's amount of a locked membership; from now on its security is secured.

    :raises django.db.IntegrityError: if that is more than there is.
    """
    is_bounded = row.scheme.coverage == Coverage.POOL_BALANCE
    Reserve.objects.get_or_create(
        membership=row, defaults={"limit_fen": row.balance_fen if is_bounded else None}
    )
    amount = lot.amount.fen
    _change_reserve(row, amount, lots=1)
    hold = Hold.objects.create(
        number=f"LD{drawn(10)}",
        code=drawn(CODE_LENGTH),
        membership=row,
        security_id=security_id,
        lot_id=lot.id,
        bidder_id=row.member_id,
        amount_fen=amount,
        reserved_at=at,
        lot_as_of=lot.changed_at,
    )
    securities.follow([Cover(security_id, Way.POOL, at)])
    _record("hold.reserved", hold, at=at, actor=actor)
    return hold


@step
def keep(hold: Hold, lot: Lot, *, at: datetime, actor: Actor) -> None:
    """Let a locked hold that still covers stand for its lot as that is now; after its opening it is held."""
    hold.lot_as_of = lot.changed_at
    if hold.state == HoldState.RESERVED and hold.amount_fen != lot.amount.fen:
        more, hold.amount_fen = lot.amount.fen - hold.amount_fen, lot.amount.fen
        _change_reserve(hold.membership, more)
        _record("hold.amount-followed", hold, at=at, actor=actor)
    if lot.opened_at is not None and hold.state == HoldState.RESERVED:
        _move(hold, HoldState.HELD)
        hold.held_at = at
        _record("hold.held", hold, at=at, actor=actor)
    hold.save(update_fields=["lot_as_of", "amount_fen", "state", "held_at"])


@step
def end(hold: Hold, state: HoldState, why: str, lot: Lot, *, at: datetime, actor: Actor) -> None:
    """End a locked hold: what it took is free, and it covers its security no more.

    Before the opening another way can be chosen at once; after it the record of the opening stands.
    """
    _move(hold, state)
    hold.ended_at, hold.ended_why = at, why
    hold.save(update_fields=["state", "ended_at", "ended_why"])
    _change_reserve(hold.membership, -hold.amount_fen, lots=-1)
    if lot.opened_at is None:
        securities.give_up_way(hold.security_id)
    else:
        is_given_back = state is not HoldState.LAPSED
        uncovered = Cover(hold.security_id, Way.POOL, None, is_given_back=is_given_back)
        securities.follow([uncovered])
    _record(f"hold.{state.lower()}", hold, reason=why, at=at, actor=actor)


def _change_reserve(row: Membership, fen: int, *, lots: int = 0) -> None:
    reserve = Reserve.objects.filter(membership=row)
    reserve.update(held_fen=F("held_fen") + fen, lots=F("lots") + lots)
    if fen < 0:
        memberships.follow_limit(row)


def _facts(row: Membership, own: Hold | None) -> MemberFacts:
    kept = one(Reserve.objects.filter(membership=row))
    is_live = own is not None and own.state in LIVE_HOLDS
    held = (kept.held_fen if kept else 0) - (own.amount_fen if own and is_live else 0)
    lots = (kept.lots if kept else 0) - is_live
    membership, group = read_membership(row), _group(row)
    return MemberFacts(membership, row.member.name, is_live, Money(held), lots, group)


def _group(row: Membership) -> Money:
    """Return what lies here of all members of a scheme where they answer for each other, else nothing."""
    if row.scheme.coverage != Coverage.MUTUAL:
        return Money(0)
    of_scheme = Membership.objects.filter(scheme=row.scheme, state__in=COVERING)
    return Money(of_scheme.aggregate(fen=Sum("balance_fen"))["fen"] or 0)


def _move(hold: Hold, state: HoldState) -> None:
    check_move(HOLD, HoldState(hold.state), state)
    hold.state = state


def _record(name: str, hold: Hold, *, reason: str = "", at: datetime, actor: Actor) -> None:
    event = log.Event(
        name,
        f"hold:{hold.pk}",
        reason=reason,
        facts={"number": hold.number, "amount": str(Money(hold.amount_fen))},
        organisation_id=hold.bidder_id,
        lot_id=hold.lot_id,
    )
    log.record(event, at=at, actor=actor)
