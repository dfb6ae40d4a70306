"""Interest, inside the actions that pay money back and that book what banks report.

A fund's sub-account and an order that pays interest both have the purpose ``PURPOSE``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.states import check_move
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.rules import same_account
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import NoticeRow, Order
from biaobao.domain.interest import rules
from biaobao.domain.interest.models import Fund, FundCredit, Interest, write_changes
from biaobao.domain.interest.states import INTEREST, OPEN, STUCK, InterestState
from biaobao.domain.interest.types import Change, Owed, Payee
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.platform import reads, wake
from biaobao.platform.audit import log
from biaobao.platform.db import step

PURPOSE = "interest"
_AFTER = {
    OrderState.PAID: InterestState.PAID,
    OrderState.REFUSED: InterestState.FAILED,
    OrderState.RETURNED: InterestState.RETURNED,
}


@step
def owe(owed: Sequence[Owed], *, at: datetime, actor: Actor) -> None:
    """Owe interest on money that orders paid back, each once; it goes to the account that the money went to.

    Earlier interest on the same money that did not reach its payee follows it there. What came back in
    between lay here again from that day on. What is not in CNY bears none.
    """
    for each in owed:
        order = each.order
        if order.currency != chart.HOME:
            continue
        if order.paid_at is None:
            raise LookupError(f"order {order.id} is not paid")
        changes, until = each.changes, day_of(order.paid_at)
        if order.attempt > 1 and (back := banking.came_back(order, actor=SYSTEM)):
            changes = (Change(day_of(back), order.amount_minor),)
        row, is_new = Interest.objects.get_or_create(
            on_order_id=order.id,
            defaults={
                "number": f"LX{drawn(10)}",
                "purpose": order.purpose,
                "purpose_id": order.purpose_id,
                "bank_id": order.bank,
                "holder_id": each.holder_id,
                "lot_id": each.lot_id,
                "changes": write_changes(changes),
                # By a bank's clock that is wrong money may leave before it came.
                "since": min(until, *(change.day for change in changes)),
                "until": until,
                "payee_name": order.payee_name,
                "payee_account": order.payee_account,
                "payee_bank": each.payee_bank,
                "owed_at": at,
            },
        )
        if is_new:
            record("interest.owed", row, at=at, actor=actor)
            _redirect(row, at=at, actor=actor)
            wake.worker(PURPOSE)


@step
def take_in(
    notices: Sequence[NoticeRow], *, at: datetime, actor: Actor
) -> tuple[set[int], list[Move]]:
    """Take money in that is for a fund; return which notices those were, and their moves.

    It counts in CNY, from the bank itself or from an operator; of others it fits nothing. What the bank took
    back after it was paid on is made good first.
    """
    to_funds = [n for n in notices if n.currency == chart.HOME]
    if not to_funds:
        return set(), []
    operators = {o.name for o in parties.organisations_with_role(role=Role.OPERATOR, actor=SYSTEM)}
    banks = {bank.code: bank.name for bank in banking.banks(actor=SYSTEM)}
    by_account = {fund.sub_account_id: fund for fund in _lock({n.bank for n in to_funds})}
    taken: set[int] = set()
    moves = []
    for notice in to_funds:
        fund = by_account.get(notice.sub_account_id)
        known = {*operators, banks[notice.bank]}
        if fund is None or not rules.is_for_the_fund(
            notice.payer_name, notice.payer_account, known
        ):
            continue
        made_good = min(fund.owed_fen, notice.amount_minor)
        FundCredit.objects.create(
            notice_id=notice.id, fund=fund, amount_fen=notice.amount_minor, booked_at=at
        )
        _change(fund, notice.amount_minor - made_good, owed=-made_good)
        _tell("interest.came", fund, Money(notice.amount_minor), at=at, actor=actor)
        taken.add(notice.id)
        parts = [
            (notice.amount_minor - made_good, chart.interest(notice.bank), "credit"),
            (made_good, chart.taken_back(notice.bank), "made-good"),
        ]
        moves += [
            Move(
                Money(fen),
                debit=chart.bank(notice.bank),
                credit=credit,
                key=f"{key}:{notice.key}",
                effective_at=notice.credited_at,
            )
            for fen, credit, key in parts
            if fen
        ]
    if taken:
        wake.worker(PURPOSE)
    return taken, moves


@step
def take_back(
    pairs: Sequence[tuple[NoticeRow, NoticeRow]], *, at: datetime, actor: Actor
) -> dict[int, list[Move]]:
    """Take back what the bank reversed of credits of funds; return the moves by the reversal's id.

    What was paid on meanwhile is owed to the house, and made good by what comes next.
    """
    if not pairs:
        return {}
    funds = {fund.pk: fund for fund in _lock({original.bank for _, original in pairs})}
    wanted = reads.among("bigint", (original.id for _, original in pairs))
    found = FundCredit.objects.filter(notice__in=wanted, reversed_at=None)
    credits = {credit.notice_id: credit for credit in found.select_for_update().order_by("pk")}
    moves: dict[int, list[Move]] = {}
    for reversal, original in pairs:
        credit = credits.get(original.id)
        if credit is None:
            continue
        fund = funds[credit.fund_id]
        lost = min(credit.amount_fen, fund.balance_fen)
        gone = credit.amount_fen - lost
        _change(fund, -lost, owed=gone)
        credit.reversed_at = at
        credit.save(update_fields=["reversed_at"])
        _tell("interest.reversed", fund, Money(credit.amount_fen), at=at, actor=actor)
        parts = [
            (lost, chart.interest(reversal.bank), "reversal"),
            (gone, chart.taken_back(reversal.bank), "reversal-of-returned"),
        ]
        moves[reversal.id] = [
            Move(
                Money(fen),
                debit=debit,
                credit=chart.bank(reversal.bank),
                key=f"{key}:{reversal.key}",
                effective_at=reversal.credited_at,
            )
            for fen, debit, key in parts
            if fen
        ]
    return moves


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let interest, by id, follow what became of its orders: PAID, REFUSED or RETURNED."""
    locked = Interest.objects.select_for_update().filter(pk__in=orders_).order_by("pk")
    for row in locked:
        move(row, _AFTER[became])
        orders.note_outcome(row, orders_[row.pk], became, at=at)
        row.save()
        record(f"interest.{row.state.lower()}", row, at=at, actor=actor)
        if row.state in STUCK:
            _follow_the_money(row, at=at, actor=actor)


@step
def move(row: Interest, state: InterestState) -> None:
    """Let locked interest follow its table; the caller saves it."""
    check_move(INTEREST, InterestState(row.state), state)
    row.state = state


@step
def pay_to(row: Interest, payee: Payee, *, at: datetime, actor: Actor) -> None:
    """Let locked interest go to another account than it was to go to, or went to in vain."""
    row.payee_name, row.payee_account, row.payee_bank = payee.name, payee.account, payee.bank
    row.save(update_fields=["payee_name", "payee_account", "payee_bank"])
    record("interest.redirected", row, at=at, actor=actor)
    if row.state in STUCK:
        wait_again(row, at=at, actor=actor)


@step
def wait_again(row: Interest, *, at: datetime, actor: Actor) -> None:
    """Let locked interest that did not reach its payee be ordered once more."""
    move(row, InterestState.WAITING)
    row.paid_at = row.ended_at = None
    row.ended_why = ""
    row.save()
    record("interest.waits-again", row, at=at, actor=actor)
    wake.worker(PURPOSE)


@step
def record(name: str, row: Interest, *, at: datetime, actor: Actor) -> None:
    """Write down what happened to interest."""
    event = log.Event(
        name,
        f"interest:{row.pk}",
        reason=row.ended_why,
        facts={"number": row.number, "amount": str(Money(row.amount_fen))},
        organisation_id=row.holder_id,
        lot_id=row.lot_id,
    )
    log.record(event, at=at, actor=actor)


def _redirect(row: Interest, *, at: datetime, actor: Actor) -> None:
    """Let interest on the same money that did not reach its payee go where the money went at last."""
    same = Interest.objects.filter(purpose_id=row.purpose_id, state__in=OPEN).exclude(pk=row.pk)
    for earlier in same.select_for_update().order_by("pk"):
        pay_to(
            earlier, Payee(row.payee_name, row.payee_account, row.payee_bank), at=at, actor=actor
        )


def _follow_the_money(row: Interest, *, at: datetime, actor: Actor) -> None:
    """Let interest that did not reach its payee go where the money went since."""
    later = Interest.objects.filter(purpose_id=row.purpose_id, owed_at__gt=row.owed_at)
    last = later.order_by("owed_at").last()
    if last is not None and not same_account(last.payee_account, row.payee_account):
        payee = Payee(last.payee_name, last.payee_account, last.payee_bank)
        pay_to(row, payee, at=at, actor=actor)


def _lock(banks: set[str]) -> list[Fund]:
    return list(Fund.objects.select_for_update().filter(bank__in=banks).order_by("pk"))


def _change(fund: Fund, fen: int, *, owed: int) -> None:
    fund.balance_fen += fen
    fund.owed_fen += owed
    fund.save(update_fields=["balance_fen", "owed_fen"])


def _tell(name: str, fund: Fund, amount: Money, *, at: datetime, actor: Actor) -> None:
    event = log.Event(name, f"fund:{fund.pk}", facts={"bank": fund.bank_id, "amount": str(amount)})
    log.record(event, at=at, actor=actor)
