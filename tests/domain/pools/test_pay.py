"""A contribution comes in whole and from the basic account, or goes back by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.pools import rules
from biaobao.domain.pools.actions import joining
from biaobao.domain.pools.states import MembershipState, PoolCreditState, PoolRefundState
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import premiums as given_premiums
from tests.given import refunds as given_refunds
from tests.given.pools import Member

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FEN = Money(1)
WHOLE = given.TIER.contribution


@pytest.fixture
def payable() -> Member:
    given_banking.bank()
    return given.approved()


def balance(account: str) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def test_the_whole_contribution_makes_it_active_for_its_term(payable: Member):
    given.booked(payable.pays())

    membership = payable.desk.membership
    assert (membership.state, membership.balance, membership.missing) == (
        MembershipState.ACTIVE,
        WHOLE,
        Money(0),
    )
    assert (membership.starts_on, membership.ends_on) == (date(2026, 4, 2), date(2027, 4, 1))
    assert payable.in_the_books == balance(chart.bank(given_banking.BANK)) == WHOLE
    assert given_refunds.told(at=given.AT) == ()
    assert given.all_is_well()


@pytest.mark.parametrize(
    ("starts_on", "months", "last"),
    [
        (date(2026, 4, 1), 12, date(2027, 3, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 8, 31), 6, date(2027, 2, 27)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_a_term_ends_the_day_before_its_next_would_begin(starts_on: date, months: int, last: date):
    assert rules.last_day(starts_on, months) == last


def test_parts_add_up_and_what_is_over_comes_back(payable: Member):
    given.booked(payable.pays(Money.yuan(200_000)))
    assert (payable.state, payable.desk.membership.missing) == (
        MembershipState.PAYMENT_PENDING,
        Money.yuan(300_000),
    )

    given.booked(payable.pays(Money.yuan(300_000) + FEN))

    assert payable.state is MembershipState.ACTIVE
    (refund,) = payable.desk.refunds
    assert (refund.amount_minor, refund.reason, refund.state) == (
        1,
        "OVER",
        PoolRefundState.ORDERED,
    )
    assert payable.in_the_books == WHOLE
    assert given.all_is_well()


def test_the_same_notice_twice_is_one_payment(payable: Member):  # INV-4
    entry = payable.pays()

    assert (given.booked(entry), given.booked(entry)) == (1, 0)

    assert (payable.in_the_books, payable.desk.refunds) == (WHOLE, ())


def test_paid_twice_the_second_comes_back_whole(payable: Member):
    given.booked(payable.pays(), payable.pays())

    (refund,) = payable.desk.refunds
    assert (refund.amount_minor, refund.reason) == (WHOLE.fen, "NOT_WANTED")
    assert payable.in_the_books == WHOLE
    assert given.all_is_well()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"payer_account": "33050168620800009999"}, "NOT_BASIC_ACCOUNT"),
        ({"payer_name": "他人有限公司"}, "NOT_BASIC_ACCOUNT"),
        ({"currency": "USD"}, "FOREIGN_CURRENCY"),
    ],
)
def test_money_that_may_not_count_comes_back(payable: Member, how: dict[str, Any], reason: str):
    given.booked(payable.pays(**how))

    (credit,) = payable.desk.credits
    (refund,) = payable.desk.refunds
    (payment,) = given_refunds.told(at=given.AT + 2 * DAY)
    assert (payable.state, credit.state, credit.counted) == (
        MembershipState.PAYMENT_PENDING,
        PoolCreditState.RETURNED,
        Money(0),
    )
    assert (refund.reason, refund.state) == (reason, PoolRefundState.ORDERED)
    assert (payment.amount_minor, payment.payee_account) == (WHOLE.fen, credit.payer_account)
    assert payable.in_the_books == Money(0)
    assert given.all_is_well()


def test_while_the_basic_account_is_not_confirmed_nothing_counts(payable: Member):
    organisation = given_parties.queries.organisation(
        organisation_id=payable.bidder.organisation_id, actor=SYSTEM
    )
    given_parties.basic_account(organisation, number="33050168620800007777", confirmed=False)
    given.booked(payable.pays())

    (refund,) = payable.desk.refunds
    assert refund.reason == "BASIC_ACCOUNT_UNCONFIRMED"
    assert payable.state is MembershipState.PAYMENT_PENDING


def test_what_goes_back_is_followed_to_the_banks_debit(payable: Member):
    given.booked(payable.pays(WHOLE + FEN))
    at = given.AT + 2 * DAY
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.ACCEPTED, at=at)
    given.booked(given_refunds.debit(payment, at=at))

    (refund,) = payable.desk.refunds
    assert (refund.state, refund.paid_at) == (PoolRefundState.PAID, at)
    assert balance(chart.bank(given_banking.BANK)) == WHOLE
    assert given.all_is_well()


def test_refused_or_returned_it_goes_to_the_basic_account_once(payable: Member):
    at = given.AT + 2 * DAY
    # From its own name, but another account.
    given.booked(payable.pays(payer_account="33050168620800009999"))
    (payment,) = given_refunds.told(at=at)
    given_premiums.refused(payment.key, at=at)
    (refund,) = payable.desk.refunds
    assert refund.state is PoolRefundState.FAILED

    assert joining.order_again(limit=9, at=at, actor=SYSTEM) == 1
    assert joining.order_again(limit=9, at=at, actor=SYSTEM) == 0

    (again,) = given_refunds.told(at=at)
    debit = given_refunds.debit(again, at=at)
    given.booked(debit)
    assert again.payee_account == "33050168620800000123"
    given.booked(given_refunds.return_of(debit, at=at + HOUR))
    (refund,) = payable.desk.refunds
    assert refund.state is PoolRefundState.RETURNED
    # That account failed, too.
    assert joining.order_again(limit=9, at=at + HOUR, actor=SYSTEM) == 0
    assert given.all_is_well()


def test_what_somebody_else_paid_never_goes_to_the_member(payable: Member):
    at = given.AT + 2 * DAY
    given.booked(payable.pays(payer_name="他人有限公司", payer_account=""))
    (refund,) = payable.desk.refunds
    assert refund.state is PoolRefundState.WAITING

    assert joining.order_again(limit=9, at=at, actor=SYSTEM) == 0

    assert given_refunds.told(at=at) == ()
    assert payable.in_the_books == WHOLE
    assert given.all_is_well()


def test_withdrawn_what_was_paid_goes_back_to_the_basic_account(payable: Member):
    given.booked(payable.pays(Money.yuan(200_000)))
    at = given.AT + 2 * DAY
    joining.withdraw(membership_id=payable.id, at=at, actor=payable.bidder)

    (payment,) = given_refunds.told(at=at)
    assert (payment.amount_minor, payment.payee_account) == (
        Money.yuan(200_000).fen,
        "33050168620800000123",
    )
    assert payable.in_the_books == Money(0)
    given.booked(payable.pays(FEN, at=at + HOUR))
    assert [refund.reason for refund in payable.desk.refunds] == ["WITHDRAWN", "NOT_WANTED"]
    assert given.all_is_well()


def test_what_the_bank_takes_back_is_to_be_paid_again(payable: Member):
    credit = payable.pays()
    given.booked(credit)
    reversal = given_premiums.reversal_of(credit)
    given.booked(reversal)
    given.booked(reversal)

    membership = payable.desk.membership
    assert (membership.state, membership.missing, membership.top_up_by) == (
        MembershipState.DEFICIT,
        WHOLE,
        date(2026, 4, 12),
    )
    assert (payable.in_the_books, balance(chart.bank(given_banking.BANK))) == (Money(0), Money(0))
    given.booked(payable.pays())
    membership = payable.desk.membership
    assert (membership.state, membership.top_up_by) == (MembershipState.ACTIVE, None)
    assert membership.ends_on == date(2027, 4, 1)
    assert given.all_is_well()


def test_a_reversal_that_comes_first_waits_for_its_credit(payable: Member):
    credit = payable.pays()
    given.booked(given_premiums.reversal_of(credit))
    assert payable.state is MembershipState.PAYMENT_PENDING

    given.booked(credit)

    assert (payable.in_the_books, payable.desk.membership.balance) == (Money(0), Money(0))
    assert given.all_is_well()


def test_what_is_taken_back_after_it_went_back_is_owed_to_the_house(payable: Member):
    credit = payable.pays(WHOLE + FEN)
    given.booked(credit)

    given.booked(given_premiums.reversal_of(credit))

    assert balance(chart.taken_back(given_banking.BANK)) == FEN
    assert payable.in_the_books == Money(0)
    assert given.all_is_well()


def test_only_the_house_orders_and_assigns():
    for act in (joining.order_again, joining.assign_waiting):
        with pytest.raises(NotAllowed):
            act(limit=9, at=given.AT, actor=given_parties.operator())
