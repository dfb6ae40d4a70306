"""Money of memberships, inside the action that books it: judged once, and given back by rule.

A membership's sub-account has the purpose ``PURPOSE``, an order that gives money back ``REFUND_PURPOSE``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.states import check_move
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import NoticeRow, Order, Payout
from biaobao.domain.interest import steps as interest
from biaobao.domain.interest.types import Change, Owed
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Membership, PoolCredit, PoolRefund
from biaobao.domain.pools.states import (
    PAYABLE,
    POOL_CREDIT,
    POOL_REFUND,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.pools.steps import memberships
from biaobao.domain.pools.types import Expectation, Judged, PaidFacts
from biaobao.platform import reads, wake
from biaobao.platform.db import step

PURPOSE = "pool"
REFUND_PURPOSE = "pool-refund"
REMITTANCE = "退还联保金"
_AFTER = {
    OrderState.PAID: PoolRefundState.PAID,
    OrderState.REFUSED: PoolRefundState.FAILED,
    OrderState.RETURNED: PoolRefundState.RETURNED,
}


@step
def memberships_of(notices: Sequence[NoticeRow]) -> set[UUID]:
    """Return the memberships that these notices pay to."""
    accounts = {notice.sub_account_id for notice in notices if notice.sub_account_id}
    if not accounts:
        return set()
    found = Membership.objects.filter(sub_account__in=reads.among("uuid", accounts))
    return set(found.values_list("pk", flat=True))


@step
def take_in(
    notices: Sequence[NoticeRow], paid: Sequence[Membership], *, at: datetime, actor: Actor
) -> list[Move]:
    """Judge credits for locked memberships, order back what does not count; return the moves of both."""
    if not notices:
        return []
    by_account = {row.sub_account_id: row for row in paid}
    accounts = parties.basic_accounts(
        organisation_ids={row.member_id for row in paid}, actor=SYSTEM
    )
    moves: list[Move] = []
    for notice in sorted(notices, key=lambda each: (each.credited_at, each.serial)):
        row = by_account[notice.sub_account_id]
        judged = rules.judge(_expectation(row, accounts), _facts(notice))
        credit = _store(notice, row, judged, at=at)
        moves.append(_moved_in(notice, row))
        told = {"amount": str(Money(notice.amount_minor)), "currency": notice.currency}
        memberships.record("pool.booked", row, reason=judged.reason, at=at, actor=actor, **told)
        if judged.counted:
            row.balance_fen += judged.counted.fen
            memberships.follow_balance(row, at=at, actor=actor)
        if judged.back_minor:
            moves += _send_back(row, credit, judged, at=at, actor=actor)
    return moves


@step
def take_back(
    pairs: Sequence[tuple[NoticeRow, NoticeRow]],
    paid: Sequence[Membership],
    *,
    at: datetime,
    actor: Actor,
) -> dict[int, list[Move]]:
    """Take back what the bank reversed of credits for locked memberships; return the moves by the
    reversal's id.

    What has left meanwhile is owed to the house.
    """
    if not pairs:
        return {}
    by_id = {row.pk: row for row in paid}
    found = PoolCredit.objects.filter(notice__in=[original.id for _, original in pairs])
    credits = {c.notice_id: c for c in found.select_for_update().order_by("pk")}
    moves: dict[int, list[Move]] = {}
    for reversal, original in pairs:
        credit = credits.get(original.id)
        if credit is None:
            continue
        row = by_id[credit.membership_id]
        lost = min(credit.counted_fen, row.balance_fen)
        gone = credit.returned_minor + credit.counted_fen - lost
        moves[reversal.id] = _moves_back(reversal, row, gone)
        row.balance_fen -= lost
        # What it bore of this money was not its own.
        row.shared_fen = max(0, row.shared_fen - (credit.counted_fen - lost))
        memberships.follow_balance(row, at=at, actor=actor)
        _move_credit(credit, PoolCreditState.REVERSED)
        credit.save(update_fields=["state"])
        memberships.record("pool.reversed", row, at=at, actor=actor)
        wake.worker("pools")
    return moves


@step
def give_back(row: Membership, reason: str, *, at: datetime, actor: Actor) -> list[Move]:
    """Order all that lies here for a locked membership back to its member's basic account.

    Without a confirmed one it waits, and the sweep looks for it.
    """
    if not row.balance_fen:
        return []
    accounts = parties.basic_accounts(organisation_ids={row.member_id}, actor=SYSTEM)
    account = accounts.get(row.member_id)
    refund = PoolRefund(
        number=_number(),
        membership=row,
        amount_minor=row.balance_fen,
        currency=chart.HOME,
        reason=reason,
        payee_name=row.member_name,
        made_at=at,
    )
    row.balance_fen = 0
    row.save(update_fields=["balance_fen"])
    memberships.follow_limit(row)
    if account is None or account.confirmed_at is None:
        refund.save(force_insert=True)
        return []
    refund.payee_name = account.account_name
    refund.payee_account, refund.payee_bank = account.number, account.bank_name
    refund.save(force_insert=True)
    return [_order(refund, row, at=at, actor=actor)]


@step
def order_again(refund: PoolRefund, account: BasicAccount, *, at: datetime, actor: Actor) -> Move:
    """Order a locked refund to the member's basic account, and return the move that books it."""
    refund.payee_name = account.account_name
    refund.payee_account, refund.payee_bank = account.number, account.bank_name
    return _order(refund, refund.membership, at=at, actor=actor)


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let refunds, by id, follow what became of their orders: PAID, REFUSED or RETURNED."""
    state = _AFTER[became]
    locked = lock_refunds(orders_)
    for refund in locked:
        check_move(POOL_REFUND, PoolRefundState(refund.state), state)
        refund.state = state
        orders.note_outcome(refund, orders_[refund.pk], became, at=at)
        refund.save()
        name, why = f"pool-refund.{state.lower()}", refund.ended_why
        memberships.record(name, refund.membership, reason=why, at=at, actor=actor)
    if became is OrderState.PAID:
        # What the bank took back itself was never here.
        kept = [r for r in locked if not r.credit or r.credit.state != PoolCreditState.REVERSED]
        owed = [_owed(refund, orders_[refund.pk]) for refund in kept]
        interest.owe(owed, at=at, actor=actor)
    wake.worker("pools")


@step
def lock_refunds(ids: Collection[UUID]) -> list[PoolRefund]:
    """Lock refunds; who changes their memberships has locked these before."""
    wanted = PoolRefund.objects.filter(pk__in=reads.among("uuid", ids))
    locked = wanted.select_for_update(of=("self",)).select_related("membership", "credit")
    return list(locked.order_by("pk"))


def _expectation(row: Membership, accounts: Mapping[UUID, BasicAccount]) -> Expectation:
    is_payable = row.state in PAYABLE
    return Expectation(
        is_payable=is_payable,
        missing=rules.missing(
            is_payable=is_payable,
            contribution=Money(row.tier.contribution_fen),
            balance=Money(row.balance_fen),
        ),
        basic_account=accounts.get(row.member_id),
    )


def _facts(notice: NoticeRow) -> PaidFacts:
    return PaidFacts(notice.amount_minor, notice.currency, notice.payer_name, notice.payer_account)


def _store(notice: NoticeRow, row: Membership, judged: Judged, *, at: datetime) -> PoolCredit:
    return PoolCredit.objects.create(
        notice_id=notice.id,
        membership=row,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
        payer_bank=notice.payer_bank,
        serial=notice.serial,
        state=PoolCreditState.COUNTED if judged.counted else PoolCreditState.RETURNED,
        reason=judged.reason,
        judged_at=at,
        counted_fen=judged.counted.fen,
    )


def _moved_in(notice: NoticeRow, row: Membership) -> Move:
    return Move(
        Money(notice.amount_minor),
        debit=chart.bank(notice.bank, notice.currency),
        credit=chart.pool(row.pk, notice.currency),
        key=f"credit:{notice.key}",
        effective_at=notice.credited_at,
    )


def _moves_back(reversal: NoticeRow, row: Membership, gone_minor: int) -> list[Move]:
    parts = [
        (reversal.amount_minor - gone_minor, chart.pool(row.pk, reversal.currency), "reversal"),
        (gone_minor, chart.taken_back(reversal.bank, reversal.currency), "reversal-of-returned"),
    ]
    return [
        Move(
            Money(minor),
            debit=debit,
            credit=chart.bank(reversal.bank, reversal.currency),
            key=f"{key}:{reversal.key}",
            effective_at=reversal.credited_at,
        )
        for minor, debit, key in parts
        if minor
    ]


def _move_credit(credit: PoolCredit, state: PoolCreditState) -> None:
    check_move(POOL_CREDIT, PoolCreditState(credit.state), state)
    credit.state = state


def _send_back(
    row: Membership, credit: PoolCredit, judged: Judged, *, at: datetime, actor: Actor
) -> list[Move]:
    refund = PoolRefund.objects.create(
        number=_number(),
        membership=row,
        credit=credit,
        amount_minor=judged.back_minor,
        currency=credit.currency,
        reason=judged.reason,
        payee_name=credit.payer_name,
        payee_account=credit.payer_account,
        payee_bank=credit.payer_bank,
        made_at=at,
    )
    # Without an account it goes to the basic account, if it was the member's own; the sweep looks for it.
    return [_order(refund, row, at=at, actor=actor)] if refund.payee_account else []


def _order(refund: PoolRefund, row: Membership, *, at: datetime, actor: Actor) -> Move:
    source = (
        chart.returned(refund.order_id, refund.currency)
        if refund.order_id
        else chart.pool(row.pk, refund.currency)
    )
    if refund.order_id is None and refund.credit is not None:
        refund.credit.returned_minor += refund.amount_minor
        refund.credit.save(update_fields=["returned_minor"])
    check_move(POOL_REFUND, PoolRefundState(refund.state), PoolRefundState.ORDERED)
    refund.attempt += 1
    order = orders.order(_payout(refund, row), at=at)
    refund.state = PoolRefundState.ORDERED
    refund.order_id = order.id
    refund.ordered_at, refund.paid_at, refund.ended_at, refund.ended_why = at, None, None, ""
    refund.save()
    told = {"amount": str(Money(refund.amount_minor)), "refund": refund.number}
    reason = refund.reason
    memberships.record("pool-refund.ordered", row, reason=reason, at=at, actor=actor, **told)
    return Move(
        Money(refund.amount_minor),
        debit=source,
        credit=chart.in_transit(order.id, refund.currency),
        key=f"order:{order.id}",
        effective_at=at,
    )


def _payout(refund: PoolRefund, row: Membership) -> Payout:
    account = row.sub_account
    if account is None:
        raise LookupError(f"membership {row.pk} has money and no sub-account")
    return Payout(
        bank=account.bank_id,
        purpose=REFUND_PURPOSE,
        purpose_id=refund.pk,
        attempt=refund.attempt,
        holder_id=row.member_id,
        lot_id=None,
        from_account=account.number,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        payee_name=refund.payee_name,
        payee_account=refund.payee_account,
        payee_bank=refund.payee_bank,
        remittance=f"{REMITTANCE} {refund.number}",
    )


def _owed(refund: PoolRefund, order: Order) -> Owed:
    return Owed(
        order,
        payee_bank=refund.payee_bank,
        holder_id=refund.membership.member_id,
        lot_id=None,
        changes=_lay_here(refund),
    )


def _lay_here(refund: PoolRefund) -> tuple[Change, ...]:
    """Return how the money of a refund came to lie here: that of a credit, or all of a membership since it
    was last empty.
    """
    if refund.credit is not None:
        return (Change(day_of(refund.credit.credited_at), refund.amount_minor),)
    row, until = refund.membership, refund.made_at
    emptied = row.refunds.filter(credit=None, made_at__lt=until).order_by("made_at").last()
    since = emptied.made_at if emptied else row.applied_at
    counted = row.credits.filter(state=PoolCreditState.COUNTED, judged_at__range=(since, until))
    deducted = row.deductions.filter(forfeiture__decided_at__range=(since, until))
    came = counted.values_list("credited_at", "counted_fen")
    left = deducted.values_list("forfeiture__decided_at", "amount_fen")
    changes = [
        *(Change(day_of(at), fen) for at, fen in came),
        *(Change(day_of(at), -fen) for at, fen in left if at),
    ]
    changes.sort(key=lambda change: change.day)
    # Of credits that the bank took back only what still lay here was lost: it shows in what was left.
    if apart := refund.amount_minor - sum(change.fen for change in changes):
        changes.append(Change(changes[-1].day if changes else day_of(since), apart))
    return tuple(changes)


def _number() -> str:
    return f"LT{drawn(10)}"
