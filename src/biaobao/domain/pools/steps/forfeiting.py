"""Forfeitures, inside the actions that decide them: what is deducted, and how it gets to the tenderer.

An order that pays a deduction out has the purpose ``PURPOSE``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db.models import Max, Q

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.states import check_move
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Order, Payout
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Bearing, Deduction, Forfeiture, Hold, Membership
from biaobao.domain.pools.states import (
    COVERING,
    DEDUCTION,
    FORFEITURE,
    STUCK,
    DeductionState,
    ForfeitureState,
    HoldState,
    MembershipState,
)
from biaobao.domain.pools.steps import holds, memberships
from biaobao.domain.pools.types import Bearer, Coverage
from biaobao.domain.securities import steps as securities
from biaobao.domain.tenders.types import Lot
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import step

PURPOSE = "pool-forfeiture"
REMITTANCE = "不予退还联保金"
_LEFT = (MembershipState.REFUNDING, MembershipState.EXITED)
# These cover no new lot; what is held from an opening on stands.
_STOOD = (MembershipState.SUSPENDED, MembershipState.EXPIRED)
_AFTER = {
    OrderState.PAID: DeductionState.PAID,
    OrderState.REFUSED: DeductionState.FAILED,
    OrderState.RETURNED: DeductionState.RETURNED,
}


@step
def lock_hold(hold_id: UUID, *, today: date) -> tuple[Hold, list[Membership]] | None:
    """Lock a hold, after those who bear its default if it is proposed today, and all that is locked before;
    return both.
    """
    found = Hold.objects.select_related("membership__scheme").filter(pk=hold_id).first()
    if found is None:
        return None
    hold, locked = _lock(found, _bearers_of(found, today))
    # One of them may have left while this waited.
    still = _bearers_of(hold, today)
    return hold, [each for each in locked if each.pk in still]


@step
def lock(forfeiture_id: UUID) -> tuple[Forfeiture, list[Membership]] | None:
    """Lock a forfeiture, after the memberships that bear it, and all that is locked before; return both."""
    row = Forfeiture.objects.select_related("hold").filter(pk=forfeiture_id).first()
    if row is None:
        return None
    bearers = list(row.bearings.values_list("membership", flat=True))
    hold, bearing = _lock(row.hold, bearers)
    locked = Forfeiture.objects.select_for_update().get(pk=row.pk)
    locked.hold = hold
    return locked, bearing


@step
def bind(row: Forfeiture, bearing: Sequence[Membership]) -> None:
    """Let these locked memberships, and no others, bear a proposed forfeiture if it is approved, by what each
    was to pay in when one of its hold was proposed first.
    """
    earlier = Bearing.objects.filter(forfeiture__hold=row.hold_id)
    known = dict(earlier.values_list("membership", "contribution_fen"))
    Bearing.objects.bulk_create(
        Bearing(
            forfeiture=row,
            membership=each,
            contribution_fen=known.get(each.pk, each.tier.contribution_fen),
        )
        for each in bearing
    )


@step
def bound(ids: Collection[UUID]) -> dict[UUID, date]:
    """Return which of these memberships bear a forfeiture that is undecided, and until when at most."""
    undecided = Bearing.objects.filter(
        membership__in=reads.among("uuid", ids), forfeiture__state=ForfeitureState.PROPOSED
    )
    last = undecided.values("membership").annotate(until=Max("forfeiture__decide_by"))
    return dict(last.values_list("membership", "until"))


@step
def move(row: Forfeiture, state: ForfeitureState) -> None:
    """Let a locked forfeiture follow its table; the caller saves it."""
    check_move(FORFEITURE, ForfeitureState(row.state), state)
    row.state = state


@step
def shares_of(row: Forfeiture, bearing: Sequence[Membership]) -> dict[UUID, Money]:
    """Return what each of the locked memberships bears of a forfeiture: nothing, if nothing lies here."""
    weights = dict(row.bearings.values_list("membership", "contribution_fen"))
    bearers = [
        Bearer(each.pk, Money(weights[each.pk]), Money(each.balance_fen)) for each in bearing
    ]
    return rules.shares(Money(row.held_fen), bearers)


@step
def deduct(
    row: Forfeiture, bearing: Sequence[Membership], lot: Lot, *, at: datetime, actor: Actor
) -> list[Move]:
    """End the hold of an approved forfeiture, and order what its bearers bear to the tenderer; return the
    moves.
    """
    holds.end(row.hold, HoldState.DEDUCTED, row.cause, lot, at=at, actor=actor)
    borne = shares_of(row, bearing)
    moves = []
    for member in bearing:
        share = borne.get(member.pk)
        if share is None:
            continue
        deduction = Deduction(
            id=uuid4(),
            forfeiture=row,
            membership=member,
            lot_id=row.lot_id,
            membership_number=member.number,
            member_name=member.member_name,
            amount_fen=share.fen,
        )
        moves.append(_order(deduction, chart.pool(member.pk), at=at))
        member.balance_fen -= share.fen
        if member.pk != row.hold.membership_id:
            member.shared_fen += share.fen
        memberships.follow_balance(member, at=at, actor=actor)
        memberships.ask_to_top_up(member, at=at)
        told = {"amount": str(share), "forfeiture": row.number}
        memberships.record("membership.deducted", member, at=at, actor=actor, **told)
    return moves


@step
def order_again(row: Forfeiture, *, at: datetime, actor: Actor) -> list[Move]:
    """Order all that is stuck of a locked forfeiture to its payee's account, and return the moves."""
    stuck = Deduction.objects.filter(forfeiture=row, state__in=STUCK)
    locked = lock_deductions(list(stuck.values_list("pk", flat=True)))
    moves = []
    for deduction in locked:
        check_move(DEDUCTION, DeductionState(deduction.state), DeductionState.ORDERED)
        deduction.attempt += 1
        moves.append(_order(deduction, chart.returned(deduction.order_id), at=at))
        record("forfeiture.ordered-again", row, at=at, actor=actor)
    return moves


@step
def lock_deductions(ids: Collection[UUID]) -> list[Deduction]:
    """Lock deductions; their memberships stay as they are."""
    wanted = Deduction.objects.filter(pk__in=reads.among("uuid", ids))
    related = ("membership__sub_account", "forfeiture")
    locked = wanted.select_for_update(of=("self",)).select_related(*related)
    return list(locked.order_by("pk"))


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let deductions, by id, follow what became of their orders: PAID, REFUSED or RETURNED."""
    for deduction in lock_deductions(orders_):
        state = _AFTER[became]
        check_move(DEDUCTION, DeductionState(deduction.state), state)
        deduction.state = state
        orders.note_outcome(deduction, orders_[deduction.pk], became, at=at)
        deduction.save()
        why = deduction.ended_why
        record(f"forfeiture.{state.lower()}", deduction.forfeiture, reason=why, at=at, actor=actor)


@step
def record(
    name: str, row: Forfeiture, *, reason: str = "", at: datetime, actor: Actor, **facts: str
) -> None:
    """Write down what happened to a forfeiture; its bidder reads it."""
    event = log.Event(
        name,
        f"forfeiture:{row.pk}",
        reason=reason,
        facts={"number": row.number, **facts},
        organisation_id=row.bidder_id,
        lot_id=row.lot_id,
    )
    log.record(event, at=at, actor=actor)


def _lock(hold: Hold, bearers: Collection[UUID]) -> tuple[Hold, list[Membership]]:
    securities.lock([hold.security_id])
    bearing = memberships.lock(bearers)
    locked = Hold.objects.select_for_update().get(pk=hold.pk)
    locked.membership = next(each for each in bearing if each.pk == locked.membership_id)
    return locked, bearing


def _bearers_of(hold: Hold, today: date) -> set[UUID]:
    """Return who bears the default of a hold: who was to bear it when it was proposed first and has not left;
    before that its member, and in a mutual scheme all who consented and are covered, or leave later than
    today.
    """
    earlier = Bearing.objects.filter(forfeiture__hold=hold)
    stayed = earlier.exclude(membership__state__in=_LEFT)
    own = hold.membership
    if known := set(stayed.values_list("membership", flat=True)):
        return {own.pk, *known}
    if own.scheme.coverage != Coverage.MUTUAL:
        return {own.pk}
    standing = Membership.objects.filter(
        Q(state__in=COVERING)
        | Q(state=MembershipState.EXIT_REQUESTED, leaves_on__gt=today)
        | Q(state__in=_STOOD, holds__state=HoldState.HELD),
        scheme=own.scheme_id,
        consented_at__isnull=False,
    )
    return {own.pk, *standing.values_list("pk", flat=True)}


def _order(deduction: Deduction, source: str, *, at: datetime) -> Move:
    order = orders.order(_payout(deduction), at=at)
    deduction.state = DeductionState.ORDERED
    deduction.order_id = order.id
    deduction.payee_account = deduction.forfeiture.payee_account
    deduction.ordered_at = at
    deduction.paid_at, deduction.ended_at, deduction.ended_why = None, None, ""
    deduction.save()
    return Move(
        Money(deduction.amount_fen),
        debit=source,
        credit=chart.in_transit(order.id),
        key=f"order:{order.id}",
        effective_at=at,
    )


def _payout(deduction: Deduction) -> Payout:
    row, member = deduction.forfeiture, deduction.membership
    account = member.sub_account
    if account is None:
        raise LookupError(f"membership {member.pk} has money and no sub-account")
    return Payout(
        bank=account.bank_id,
        purpose=PURPOSE,
        purpose_id=deduction.pk,
        attempt=deduction.attempt,
        holder_id=member.member_id,
        lot_id=row.lot_id,
        from_account=account.number,
        amount_minor=deduction.amount_fen,
        currency=chart.HOME,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        remittance=f"{REMITTANCE} {row.number}",
    )
