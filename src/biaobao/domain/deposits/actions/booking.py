"""Booking what banks report, and judging what it means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import require
from biaobao.domain.banking.states import NoticeState, OrderState
from biaobao.domain.banking.steps import notices as banking
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Kind, NoticeRow, Order, ReadFile
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.deposits.states import RefundState
from biaobao.domain.deposits.steps import assessing, refunding
from biaobao.domain.deposits.types import Arrival, HeldDeposit, Judged, Payer, Purpose
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.platform import rows
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def book(*, files: Sequence[ReadFile], at: datetime, actor: Actor) -> int:
    """Book what banks report and judge what it means; return how many notices were new.

    Money that arrived is always booked, whatever it was for. The same notice again, in this file or
    another, at once or later, moves nothing. Debits and answers carry our payment orders on, and with
    them the refunds that they are for.

    :raises NotAllowed: if the actor may not book bank notices.
    """
    require(rules.may_book(actor), "book bank notices")
    unread = banking.open_files(files)
    banking.take_turns(unread, files)
    fresh = banking.read_files(unread, files, at=at)
    refused: list[Order] = []
    for file in files:
        if file.id in unread and file.message.answers:
            bank = unread[file.id].bank_id
            refused += orders.take_answers(bank, file.message.answers, at=at)
    read = [log.Event("file.read", f"file:{f.id}") for f in files if f.id in unread and f.is_last]
    log.record_all(read, at=at, actor=actor)
    sides: dict[Kind, list[NoticeRow]] = {kind: [] for kind in Kind}
    for notice in fresh:
        sides[notice.kind].append(notice)

    # All locks are taken here, in the order of the house; the ledger's own come last.
    moves = _refuse(refused, at=at, actor=actor)
    paid, debit_moves = _pay_out(sides[Kind.DEBIT], at=at, actor=actor)
    credits, return_moves = _bring_back(sides[Kind.CREDIT], paid, at=at, actor=actor)
    reversals = [*sides[Kind.REVERSAL], *banking.waiting_reversals_of(credits)]
    originals = banking.originals_of(reversals)
    deposits = _lock_deposits(credits, originals.values())
    moves += debit_moves + return_moves
    moves += _take_in(credits, deposits, at=at, actor=actor)
    moves += _take_back(reversals, originals, deposits, at=at, actor=actor)
    ledger.move(moves, at=at)
    return len(fresh)


def _refuse(refused: Sequence[Order], *, at: datetime, actor: Actor) -> list[Move]:
    """Let refunds follow orders that the bank refused, and return the moves that keep the money owed."""
    _let_refunds_follow(refused, RefundState.FAILED, at=at, actor=actor)
    return [
        Move(
            Money(order.amount_minor),
            debit=chart.in_transit(order.id, order.currency),
            credit=chart.returned(order.id, order.currency),
            key=f"refused:{order.id}",
            effective_at=at,
        )
        for order in refused
    ]


def _pay_out(
    debits: Sequence[NoticeRow], *, at: datetime, actor: Actor
) -> tuple[list[tuple[NoticeRow, Order]], list[Move]]:
    """Let orders and refunds follow the debits that carried them out; a debit without one waits."""
    paid_by = orders.paid_by(debits)
    paid = [(debit, paid_by[debit.id]) for debit in debits if debit.id in paid_by]
    banking.let_wait(debit for debit in debits if debit.id not in paid_by)
    _let_refunds_follow([order for _, order in paid], RefundState.PAID, at=at, actor=actor)
    return paid, [
        Move(
            Money(debit.amount_minor),
            debit=_lies_at(order),
            credit=chart.bank(debit.bank, debit.currency),
            key=f"debit:{debit.key}",
            effective_at=debit.credited_at,
        )
        for debit, order in paid
    ]


def _bring_back(
    credits: Sequence[NoticeRow],
    paid: Sequence[tuple[NoticeRow, Order]],
    *,
    at: datetime,
    actor: Actor,
) -> tuple[list[NoticeRow], list[Move]]:
    """Take in money of our orders that came back (退汇); return the other credits, and the moves.

    One that came before its order's debit was heard of waits for it.
    """
    waiting = banking.waiting_returns_of(
        [debit for debit, _ in paid], [order.key for _, order in paid]
    )
    named = [c for c in credits if c.order_key or c.original_serial]
    returned_by = orders.returned_by([*waiting, *named], at=at)
    early = orders.may_still_return([c for c in named if c.id not in returned_by])
    banking.let_wait(c for c in named if c.id in early)
    back = [c for c in (*waiting, *named) if c.id in returned_by]
    banking.move_notices((c for c in waiting if c.id in returned_by), NoticeState.BOOKED)
    _let_refunds_follow(returned_by.values(), RefundState.RETURNED, at=at, actor=actor)
    moves = [
        Move(
            Money(credit.amount_minor),
            debit=chart.bank(credit.bank, credit.currency),
            credit=chart.returned(returned_by[credit.id].id, credit.currency),
            key=f"return:{credit.key}",
            effective_at=credit.credited_at,
        )
        for credit in back
    ]
    others = [c for c in credits if c.id not in returned_by and c.id not in early]
    return others, moves


def _let_refunds_follow(
    orders_: Iterable[Order], state: RefundState, *, at: datetime, actor: Actor
) -> None:
    of_refunds = {o.purpose_id: o for o in orders_ if o.purpose == refunding.PURPOSE}
    if of_refunds:
        refunding.follow_orders(of_refunds, state, at=at, actor=actor)


def _lies_at(order: Order) -> str:
    """Return where the money of an order lies until its debit is booked."""
    if order.state is OrderState.REFUSED:
        return chart.returned(order.id, order.currency)
    return chart.in_transit(order.id, order.currency)


def _lock_deposits(
    credits: Sequence[NoticeRow], originals: Collection[NoticeRow]
) -> list[HeldDeposit]:
    """Lock the deposits that these notices pay to, or were claimed for."""
    paid = (*credits, *originals)
    accounts = {notice.sub_account_id for notice in paid if notice.sub_account_id}
    found = set(
        Deposit.objects.filter(sub_account__in=rows.among("uuid", accounts)).values_list(
            "pk", "security_id"
        )
        if accounts
        else ()
    )
    if originals:
        claimed = Credit.objects.filter(
            notice__in=[notice.id for notice in originals], claimed_at__isnull=False
        )
        found |= set(claimed.values_list("deposit", "deposit__security_id"))
    return assessing.lock_with(dict(found))


def _take_in(
    notices: Sequence[NoticeRow], deposits: Sequence[HeldDeposit], *, at: datetime, actor: Actor
) -> list[Move]:
    """Judge and store credits, and return the moves that book them."""
    place = _Places(deposits, notices)
    arrivals = [Arrival(uuid4(), notice, place.deposit_of(notice)) for notice in notices]
    placed = [arrival for arrival in arrivals if arrival.deposit]
    unplaced = [arrival for arrival in arrivals if not arrival.deposit]
    reasons = {a.notice.id: place.why_none(a.notice) for a in unplaced}
    judged = assessing.assess(deposits, placed, at=at, actor=actor)
    judged |= assessing.store_unplaced(unplaced, reasons, at=at)
    log.record_all([_booked(a, judged[a.notice.id]) for a in arrivals], at=at, actor=actor)
    return [
        Move(
            Money(a.notice.amount_minor),
            debit=chart.bank(a.notice.bank, a.notice.currency),
            credit=_holder(a.notice.bank, a.notice.currency, a.deposit),
            key=f"credit:{a.notice.key}",
            effective_at=a.notice.credited_at,
        )
        for a in arrivals
    ]


def _take_back(
    reversals: Sequence[NoticeRow],
    originals: Mapping[int, NoticeRow],
    deposits: Sequence[HeldDeposit],
    *,
    at: datetime,
    actor: Actor,
) -> list[Move]:
    """Take back what the bank reversed, and return the moves that book it; the rest waits.

    What had gone back to its payer before is owed to the house from then on.
    """
    credits = {
        credit.notice_id: credit
        for credit in Credit.objects.select_for_update()
        .filter(notice__in=[o.id for o in originals.values()])
        .order_by("pk")
    }
    found = [r for r in reversals if r.id in originals and originals[r.id].id in credits]
    banking.let_wait(r for r in reversals if r not in found and r.state is NoticeState.BOOKED)
    if not found:
        return []
    banking.move_notices((r for r in found if r.state is NoticeState.WAITING), NoticeState.BOOKED)
    banking.move_notices((originals[r.id] for r in found), NoticeState.REVERSED)
    assessing.take_back(credits.values(), at=at, actor=actor)
    touched = {credit.deposit_id for credit in credits.values()}
    assessing.assess([d for d in deposits if d.id in touched], at=at, actor=actor)
    log.record_all(map(_reversed, credits.values()), at=at, actor=actor)
    by_id: dict[UUID | None, HeldDeposit] = {deposit.id: deposit for deposit in deposits}
    return [
        move
        for reversal in found
        for credit in (credits[originals[reversal.id].id],)
        for move in _moves_back(reversal, credit, by_id.get(credit.deposit_id))
    ]


def _moves_back(reversal: NoticeRow, credit: Credit, deposit: HeldDeposit | None) -> list[Move]:
    gone = credit.returned_minor
    account = _holder(credit.bank_id, credit.currency, deposit)
    parts = (
        (reversal.amount_minor - gone, account, f"reversal:{reversal.key}"),
        (
            gone,
            chart.taken_back(reversal.bank, reversal.currency),
            f"reversal-of-returned:{reversal.key}",
        ),
    )
    return [
        Move(
            Money(minor),
            debit=debit,
            credit=chart.bank(reversal.bank, reversal.currency),
            key=key,
            effective_at=reversal.credited_at,
        )
        for minor, debit, key in parts
        if minor
    ]


@dataclass(frozen=True, slots=True)
class _Bidder:
    deposit: HeldDeposit
    payer: Payer


class _Places:
    """Which deposit a credit is for: by the sub-account alone, or by its payer where all pay to one."""

    def __init__(self, deposits: Sequence[HeldDeposit], notices: Iterable[NoticeRow]) -> None:
        of_lots = {n.sub_account_id for n in notices if n.purpose == Purpose.LOT}
        shared = [d for d in deposits if d.sub_account_id in of_lots]
        self._own = {d.sub_account_id: d for d in deposits if d.sub_account_id not in of_lots}
        self._sharing: dict[UUID | None, dict[UUID, _Bidder]] = defaultdict(dict)
        for deposit, payer in _payers(shared):
            self._sharing[deposit.sub_account_id][deposit.id] = _Bidder(deposit, payer)

    def deposit_of(self, notice: NoticeRow) -> HeldDeposit | None:
        if notice.sub_account_id is None or notice.is_to_closed:
            return None
        sharing = self._sharing.get(notice.sub_account_id)
        if sharing is None:
            return self._own.get(notice.sub_account_id)
        found = rules.find_payer(
            notice.payer_name,
            notice.payer_account,
            {deposit_id: bidder.payer for deposit_id, bidder in sharing.items()},
        )
        return sharing[found].deposit if found else None

    def why_none(self, notice: NoticeRow) -> str:
        if notice.sub_account_id is None:
            return "UNKNOWN_SUB_ACCOUNT"
        if notice.is_to_closed:
            return "CLOSED"
        return "PAYER_UNKNOWN" if notice.sub_account_id in self._sharing else "NOT_IN_USE"


def _payers(deposits: Collection[HeldDeposit]) -> Iterable[tuple[HeldDeposit, Payer]]:
    if not deposits:
        return
    bidders = {d.bidder_id for d in deposits}
    accounts = parties.basic_accounts(organisation_ids=bidders, actor=SYSTEM)
    names = parties.organisations(ids=bidders, actor=SYSTEM)
    for deposit in deposits:
        account = accounts.get(deposit.bidder_id)
        name = account.account_name if account else names[deposit.bidder_id].name
        yield deposit, Payer(name, account.number if account else "", is_confirmed=False)


def _holder(bank: str, currency: str, deposit: HeldDeposit | None) -> str:
    """Return the account that holds money that came for a deposit, or for none."""
    if deposit and currency == chart.HOME:
        return chart.deposit(deposit.security_id)
    return chart.suspense(bank, currency)


def _booked(arrival: Arrival, judged: Judged) -> log.Event:
    notice, deposit = arrival.notice, arrival.deposit
    return log.Event(
        "credit.booked",
        f"credit:{arrival.credit_id}",
        reason=judged.reason,
        facts={
            "amount": str(Money(notice.amount_minor)),
            "currency": notice.currency,
            "outcome": judged.outcome,
            "serial": notice.serial,
        },
        organisation_id=deposit.bidder_id if deposit else None,
        lot_id=deposit.lot_id if deposit else None,
    )


def _reversed(credit: Credit) -> log.Event:
    return log.Event(
        "credit.reversed",
        f"credit:{credit.pk}",
        facts={"amount": str(Money(credit.amount_minor)), "serial": credit.serial},
        organisation_id=credit.bidder_id,
        lot_id=credit.lot_id,
    )
