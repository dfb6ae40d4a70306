"""Premiums paid and given back, for tests: banks report, and the steps of booking follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.states import NoticeState, OrderState
from biaobao.domain.banking.steps import notices as banking
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind, Message, ReadFile
from biaobao.domain.guarantees.states import PremiumRefundState
from biaobao.domain.guarantees.steps import premiums
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.platform.db import action
from tests.given import banking as given_banking
from tests.given.guarantees import Applied


def pays(applied: Applied, amount: Money | None = None, **how: Any) -> Entry:
    """Return the bank's entry of a premium's payment: what is missing, at once, from the basic account."""
    organisation = parties.organisation(
        organisation_id=applied.bidder.organisation_id, actor=SYSTEM
    )
    basic = parties.basic_account(organisation_id=organisation.id, actor=SYSTEM)
    payment = applied.payment
    given: dict[str, Any] = {
        "account": payment.sub_account.number if payment.sub_account else "",
        "amount": payment.missing if amount is None else amount,
        "at": applied.at + timedelta(minutes=5),
        "payer_name": organisation.name,
        "payer_account": basic.number if basic else "",
    }
    return given_banking.entry(**(given | how))


def reversal_of(credit: Entry, *, at: datetime | None = None) -> Entry:
    assert credit.credited_at
    return given_banking.entry(
        account=credit.account,
        amount=Money(credit.amount_minor),
        at=at or credit.credited_at + timedelta(minutes=1),
        kind=Kind.REVERSAL,
        original_serial=credit.serial,
        currency=credit.currency,
    )


def booked(*entries: Entry, at: datetime | None = None) -> int:
    """Let the bank report these entries in one file, and return how many were new."""
    at = at or max(e.credited_at for e in entries if e.credited_at)
    return _book(files=[given_banking.file(*entries, at=at)], at=at, actor=SYSTEM)


def refused(key: str, *, at: datetime, reason: str = "AC04") -> None:
    """Let the bank refuse an order (pain.002)."""
    said = Answer(key, AnswerStatus.REFUSED, reason, "账户已销户")
    file = given_banking.file(at=at)
    message = Message("pain.002.001.10", "A1", answers=(said,))
    _book(files=[ReadFile(file.id, message)], at=at, actor=SYSTEM)


@action
def _book(*, files: Sequence[ReadFile], at: datetime, actor: Actor) -> int:
    """Book notices all of which are for premiums, as the action that books bank notices does."""
    unread = banking.open_files(files)
    banking.take_turns(unread, files)
    fresh = banking.read_files(unread, files, at=at)
    moves: list[Move] = []
    for file in files:
        bank = unread[file.id].bank_id
        for order in orders.take_answers(bank, file.message.answers, at=at):
            _follow(order, PremiumRefundState.FAILED, at, actor)
            moves.append(
                Move(
                    Money(order.amount_minor),
                    debit=chart.in_transit(order.id, order.currency),
                    credit=chart.returned(order.id, order.currency),
                    key=f"refused:{order.id}",
                    effective_at=at,
                )
            )
    kinds = {kind: [n for n in fresh if n.kind is kind] for kind in Kind}
    debits = {debit.id: debit for debit in kinds[Kind.DEBIT]}
    for debit_id, order in orders.paid_by(kinds[Kind.DEBIT]).items():
        _follow(order, PremiumRefundState.PAID, at, actor)
        lies_at = chart.returned if order.state is OrderState.REFUSED else chart.in_transit
        moves.append(_move_out(debits[debit_id], lies_at(order.id, order.currency)))
    returned = orders.returned_by(kinds[Kind.CREDIT], at=at)
    for credit in kinds[Kind.CREDIT]:
        if order := returned.get(credit.id):
            _follow(order, PremiumRefundState.RETURNED, at, actor)
            account = chart.returned(order.id, order.currency)
            moves.append(_move_in(credit, account))
    credits = [credit for credit in kinds[Kind.CREDIT] if credit.id not in returned]
    moves += premiums.take_in(credits, at=at, actor=actor)
    reversals = [*kinds[Kind.REVERSAL], *banking.waiting_reversals_of(credits)]
    originals = banking.originals_of(reversals)
    pairs = [(r, originals[r.id]) for r in reversals if r.id in originals]
    banking.let_wait(
        r for r in reversals if r.id not in originals and r.state is NoticeState.BOOKED
    )
    banking.move_notices(
        (r for r, _ in pairs if r.state is NoticeState.WAITING), NoticeState.BOOKED
    )
    banking.move_notices((original for _, original in pairs), NoticeState.REVERSED)
    moves += premiums.take_back(pairs, at=at, actor=actor)
    ledger.move(moves, at=at)
    return len(fresh)


def _follow(order: Any, state: PremiumRefundState, at: datetime, actor: Actor) -> None:
    assert order.purpose == premiums.REFUND_PURPOSE
    premiums.follow_orders({order.purpose_id: order}, state, at=at, actor=actor)


def _move_in(credit: Any, account: str) -> Move:
    return Move(
        Money(credit.amount_minor),
        debit=chart.bank(credit.bank, credit.currency),
        credit=account,
        key=f"return:{credit.key}",
        effective_at=credit.credited_at,
    )


def _move_out(debit: Any, account: str) -> Move:
    return Move(
        Money(debit.amount_minor),
        debit=account,
        credit=chart.bank(debit.bank, debit.currency),
        key=f"debit:{debit.key}",
        effective_at=debit.credited_at,
    )
