"""One file of a bank tells of deposits, premiums and what fits nothing, and each goes to its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Message, ReadFile
from biaobao.domain.booking import actions as booking
from biaobao.domain.deposits.actions import refunds
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState, PremiumRefundState
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db
FEN, PREMIUM = Money(1), Money.yuan(300)
HOUR = timedelta(hours=1)
# As many as before premiums were booked: this is the hottest path of the product.
STATEMENTS = 29


@dataclass(frozen=True)
class Mixed:
    """Whom a file is about, and what it says."""

    deposit: Chosen
    paid: Applied
    taken_back: Applied
    overpaid: Applied
    closed: Applied
    entries: Sequence[Entry]

    @property
    def at(self) -> datetime:
        return self.paid.at + HOUR


@pytest.fixture
def mixed() -> Mixed:
    """Return a deposit, a premium, one that is reversed, one whose surplus goes back and comes back, money
    to a closed account and to an unknown one: all still to be booked, but for the surplus's order.
    """
    given_banking.bank()
    deposit = given_deposits.chosen()
    paid, taken_back, overpaid, closed = (given.payable() for _ in range(4))
    at = paid.at + HOUR
    given_deposits.booked(premiums.pays(overpaid, PREMIUM + FEN))
    (surplus,) = given_refunds.told(at=at)
    sent = given_refunds.debit(surplus, at=at)
    to_closed, reversed_ = premiums.pays(closed), premiums.pays(taken_back)
    _close(to_closed.account)
    entries = (
        deposit.pays(at=at),
        premiums.pays(paid),
        reversed_,
        premiums.reversal_of(reversed_),
        sent,
        given_refunds.return_of(sent, at=at),
        given_banking.entry(account="1", amount=Money(5), at=at),
        to_closed,
    )
    return Mixed(deposit, paid, taken_back, overpaid, closed, entries)


def _close(account: str) -> None:
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        # Nothing closes a premium's sub-account yet; the bank may all the same.
        cursor.execute(
            "UPDATE banking_subaccount SET state = 'CLOSED', closed_at = %s WHERE number = %s",
            [given_banking.AT, account],
        )


def balance(account: str) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def all_is_well() -> bool:
    return (
        deposit_standing.mismatches(actor=SYSTEM) == ()
        and applications.mismatches(actor=SYSTEM) == ()
        and ledger.recount(actor=SYSTEM).discrepancies == ()
    )


def assert_each_is_at_its_place(mixed: Mixed) -> None:
    amount = mixed.deposit.lot.amount
    assert (mixed.deposit.security_state, mixed.deposit.held) == ("SECURED", amount)
    assert (mixed.paid.state, mixed.paid.held) == (ApplicationState.PAID, PREMIUM)
    assert (mixed.taken_back.state, mixed.taken_back.held) == (
        ApplicationState.PAY_PENDING,
        Money(0),
    )
    assert (mixed.overpaid.state, mixed.overpaid.held) == (ApplicationState.PAID, PREMIUM)
    (credit,) = mixed.overpaid.payment.credits
    assert [refund.state for refund in credit.refunds] == [PremiumRefundState.RETURNED]
    assert (mixed.closed.state, mixed.closed.held) == (ApplicationState.PAY_PENDING, Money(0))
    waiting = given_deposits.in_suspense(actor=given_parties.operator())
    assert sorted(credit.reason for credit in waiting) == ["CLOSED", "UNKNOWN_SUB_ACCOUNT"]
    assert balance(chart.suspense(given_banking.BANK)) == PREMIUM + Money(5)
    assert balance(chart.bank(given_banking.BANK)) == amount + Money.yuan(900) + Money(6)
    assert all_is_well()


def test_one_file_of_everything_told_twice_is_booked_once_each_at_its_place(
    mixed: Mixed,
):  # INV-4, INV-5, INV-20
    assert given_deposits.booked(*mixed.entries, at=mixed.at) == len(mixed.entries)
    assert given_deposits.booked(*mixed.entries, at=mixed.at) == 0

    assert_each_is_at_its_place(mixed)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5, 6, 7), (7, 5, 3, 1, 6, 4, 2, 0)])
@pytest.mark.parametrize("size", [1, 3])
def test_in_parts_and_in_any_order_it_comes_to_the_same(
    mixed: Mixed, order: tuple[int, ...], size: int
):  # INV-4, INV-5, INV-20
    told = [mixed.entries[position] for position in order]
    new = 0
    for first in range(0, len(told), size):
        part = told[first : first + size]
        new += given_deposits.booked(*part, at=mixed.at)
        new += given_deposits.booked(*part, told[0], at=mixed.at)

    assert new == len(mixed.entries)
    assert_each_is_at_its_place(mixed)


def test_one_answer_refuses_refunds_of_both_kinds_and_their_money_stays_owed():
    given_banking.bank()
    deposit, applied = given_deposits.chosen(), given.payable()
    given_deposits.booked(
        deposit.pays(deposit.lot.amount + FEN), premiums.pays(applied, PREMIUM + FEN)
    )
    (credit,) = deposit.standing.credits
    at = deposit.lot.deadline_at
    refund_id = refunds.ask_back(credit_id=credit.id, at=at, actor=deposit.bidder)
    refunds.approve(refund_id=refund_id, at=at, actor=given_refunds.colleague(deposit.bidder))
    payments = given_refunds.told(at=at)
    answers = tuple(Answer(p.key, AnswerStatus.REFUSED, "AC04", "账户已销户") for p in payments)
    file = given_banking.file(at=at)

    booking.book(
        files=[ReadFile(file.id, Message("pain.002.001.10", "A1", answers=answers))],
        at=at,
        actor=SYSTEM,
    )

    assert given_refunds.refund(refund_id, actor=deposit.bidder).state == "FAILED"
    (premium,) = applied.payment.credits
    assert [refund.state for refund in premium.refunds] == [PremiumRefundState.FAILED]
    assert len(payments) == 2
    assert all_is_well()


def test_money_that_lay_in_suspense_before_its_account_was_a_premiums_is_taken_back_from_there():
    given_banking.bank(spare=0)
    (free,) = given_banking.sub_accounts(1)
    early = given_banking.entry(account=free.number, amount=Money(7), at=given_banking.AT)
    given_deposits.booked(early)
    applied = given.payable()
    given_deposits.booked(premiums.pays(applied))

    given_deposits.booked(premiums.reversal_of(early))

    assert applied.payment.sub_account
    assert applied.payment.sub_account.number == free.number
    assert balance(chart.suspense(given_banking.BANK)) == Money(0)
    assert (applied.state, applied.held) == (ApplicationState.PAID, PREMIUM)
    assert all_is_well()


def test_deposits_alone_are_booked_by_as_many_statements_however_many_and_ask_no_guarantees():
    given_banking.bank()
    lot = given_tenders.lot()
    one, *others = (
        given_deposits.chosen(lot, given_parties.bidder(account=f"3305000000000000{number:04d}"))
        for number in range(4)
    )

    few, many = (_statements(one.pays()), _statements(*(other.pays() for other in others)))

    assert len(few) == len(many) == STATEMENTS
    assert [sql for sql in many if "guarantees_" in sql] == []


@pytest.mark.parametrize("table", ["deposits_deposit", "securities_security", "ledger_account"])
def test_what_a_credit_changes_stays_in_its_page_and_touches_no_index(table: str):
    given_banking.bank()
    deposit = given_deposits.chosen(given_tenders.lot(), given_parties.bidder())
    changed, in_place = _changes(table)

    given_deposits.booked(deposit.pays())

    changed_now, in_place_now = _changes(table)
    assert changed_now - changed == in_place_now - in_place > 0


def _changes(table: str) -> tuple[int, int]:
    """Return how often rows of a table were changed in this transaction, and how often in their page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        changed, in_place = cursor.fetchone()
        return changed, in_place


def _statements(*entries: Entry) -> list[str]:
    file = given_banking.file(*entries)
    with CaptureQueriesContext(connection) as captured:
        booking.book(files=[file], at=given_banking.AT, actor=SYSTEM)
    return [query["sql"] for query in captured.captured_queries]
