"""保函支付: the premium comes, exactly and in time, or goes back by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking.types import Payment as Told
from biaobao.domain.guarantees.actions import applying, ending, paying
from biaobao.domain.guarantees.models import PremiumCredit, PremiumRefund
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import (
    ApplicationState,
    PremiumOutcome,
    PremiumRefundState,
)
from biaobao.domain.guarantees.types import Finding, Next
from biaobao.domain.guarantees.types import PremiumRefund as RefundRow
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.tenders import actions, queries
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
FEN = Money(1)


@pytest.fixture
def payable() -> Applied:
    given_banking.bank()
    return given.payable()


def refunds_of(applied: Applied) -> list[RefundRow]:
    return [refund for credit in applied.payment.credits for refund in credit.refunds]


def told(applied: Applied) -> list[Told]:
    """Return what the bank is told to pay back."""
    return list(given_refunds.told(at=applied.lot.deadline_at))


def balance(account: str) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def at_the_bank() -> Money:
    return balance(chart.bank(given_banking.BANK))


def all_is_well() -> bool:
    return (
        applications.mismatches(actor=SYSTEM) == ()
        and ledger.recount(actor=SYSTEM).discrepancies == ()
    )


def test_after_reading_there_is_an_account_for_a_day(payable: Applied):
    payment = payable.payment

    assert (payable.state, payable.progress.next) == (ApplicationState.PAY_PENDING, Next.PAY)
    assert payment.sub_account
    assert (payment.missing, payment.due_at) == (Money.yuan(300), payable.at + DAY)


def test_acknowledging_again_changes_nothing(payable: Applied):
    before = payable.payment

    paying.acknowledge(application_id=payable.id, at=payable.at + HOUR, actor=payable.bidder)

    assert payable.payment == before


def test_the_account_is_good_no_longer_than_a_letter_can_be_in_time():
    given_banking.bank()
    applied = given.signed()
    latest = applied.lot.deadline_at - applied.product.terms.lead
    with pytest.raises(Refused, match="TOO_LATE_TO_ISSUE"):
        paying.acknowledge(application_id=applied.id, at=latest + SECOND, actor=applied.bidder)
    paying.acknowledge(application_id=applied.id, at=latest - HOUR, actor=applied.bidder)

    assert applied.payment.due_at == latest


def test_without_a_free_account_it_waits_and_its_day_begins_when_it_has_one():
    given_banking.bank(spare=0)
    applied = given.payable()
    assert (applied.progress.next, applied.payment.due_at) == (Next.WAIT_FOR_ACCOUNT, None)
    assert applications.waiting_for_account(actor=SYSTEM) == 1

    given_banking.sub_accounts(1)
    later = applied.at + HOUR
    assert paying.assign_waiting(limit=9, at=later, actor=SYSTEM) == 1
    assert paying.assign_waiting(limit=9, at=later, actor=SYSTEM) == 0
    assert applications.waiting_for_account(actor=SYSTEM) == 0

    assert applied.payment.due_at == later + DAY


def test_unsigned_there_is_nothing_to_pay():
    applied = given.handled(given.submitted())

    with pytest.raises(Refused, match="NOT_SIGNED"):
        paying.acknowledge(application_id=applied.id, at=applied.at, actor=applied.bidder)

    assert applied.progress.payment is None


def test_the_exact_premium_in_the_last_second_is_paid(payable: Applied):
    due = payable.payment.due_at
    assert due
    premiums.booked(premiums.pays(payable, at=due))

    assert (payable.state, payable.now.paid_at) == (ApplicationState.PAID, due)
    (credit,) = payable.payment.credits
    assert credit.outcome is PremiumOutcome.COUNTED
    assert [verdict.finding for verdict in credit.verdicts] == [Finding.PASS] * 5
    assert payable.held == Money.yuan(300)
    assert (refunds_of(payable), told(payable)) == ([], [])
    assert all_is_well()


def test_one_second_late_it_comes_back_by_itself(payable: Applied):
    due = payable.payment.due_at
    assert due
    premiums.booked(premiums.pays(payable, at=due + SECOND))

    assert payable.state is ApplicationState.PAY_PENDING
    (refund,) = refunds_of(payable)
    (payment,) = told(payable)
    (credit,) = payable.payment.credits
    assert (refund.reason, refund.state) == ("LATE", PremiumRefundState.ORDERED)
    assert (payment.payee_account, payment.amount_minor) == (credit.payer_account, 300_00)
    assert payable.held == Money(0)
    assert payable.lot.code not in payment.remittance
    assert all_is_well()


def test_one_fen_too_much_comes_back_and_the_rest_pays(payable: Applied):
    premiums.booked(premiums.pays(payable, Money.yuan(300) + FEN))

    assert payable.state is ApplicationState.PAID
    (refund,) = refunds_of(payable)
    assert (refund.reason, refund.amount_minor) == ("OVER", 1)
    assert payable.held == Money.yuan(300)
    assert all_is_well()


def test_one_fen_too_little_waits_for_the_rest(payable: Applied):
    premiums.booked(premiums.pays(payable, Money.yuan(300) - FEN))
    assert (payable.state, payable.payment.missing) == (ApplicationState.PAY_PENDING, FEN)

    premiums.booked(premiums.pays(payable))

    assert payable.state is ApplicationState.PAID
    assert refunds_of(payable) == []


def test_paid_twice_the_second_comes_back(payable: Applied):
    once, again = premiums.pays(payable), premiums.pays(payable)
    premiums.booked(once, again)

    assert payable.state is ApplicationState.PAID
    (refund,) = refunds_of(payable)
    assert refund.reason == "DUPLICATE"
    assert (payable.held, at_the_bank()) == (Money.yuan(300), Money.yuan(600))
    assert all_is_well()


def test_the_same_notice_twice_is_one_payment(payable: Applied):  # INV-4
    entry = premiums.pays(payable)

    assert premiums.booked(entry) == 1
    assert premiums.booked(entry) == 0

    assert (payable.held, refunds_of(payable)) == (Money.yuan(300), [])


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"payer_account": "33050168620800009999"}, "NOT_BASIC_ACCOUNT"),
        ({"payer_name": "他人有限公司"}, "NOT_BASIC_ACCOUNT"),
        ({"currency": "USD"}, "FOREIGN_CURRENCY"),
    ],
)
def test_money_that_may_not_pay_comes_back(payable: Applied, how: dict[str, Any], reason: str):
    premiums.booked(premiums.pays(payable, **how))

    assert payable.state is ApplicationState.PAY_PENDING
    (refund,) = refunds_of(payable)
    assert (refund.reason, refund.state) == (reason, PremiumRefundState.ORDERED)
    (payment,) = told(payable)
    assert payment.currency == how.get("currency", "CNY")
    assert all_is_well()


def test_where_any_own_account_may_pay_somebody_elses_still_may_not():
    given_banking.bank()
    day = day_of(given_tenders.DEADLINE_AT - given_tenders.NOTICE)
    usual = queries.proposed_terms(region="JS", kind="GC", on=day, actor=SYSTEM)
    assert usual
    actions.add_policy(
        region="JS",
        kind="GC",
        valid_from=day,
        valid_until=None,
        terms=replace(usual.terms, basic_account_only=False),
        at=given.AT,
        actor=given_parties.operator(),
    )
    payable = given.payable(given_tenders.lot(region="JS"))
    premiums.booked(premiums.pays(payable, payer_name="他人有限公司"))
    assert [refund.reason for refund in refunds_of(payable)] == ["PAYER_IS_ANOTHER"]

    premiums.booked(premiums.pays(payable, payer_account="33050168620800009999"))

    assert payable.state is ApplicationState.PAID


class TestOver:
    def test_unpaid_for_a_day_it_expires_when_all_is_heard(self, payable: Applied):
        due = payable.payment.due_at
        assert due
        premiums.booked(premiums.pays(payable, FEN))
        assert ending.end_over(limit=9, at=due + timedelta(minutes=30), actor=SYSTEM) == 0

        at = due + timedelta(minutes=30) + SECOND
        assert ending.end_over(limit=9, at=at, actor=SYSTEM) == 1
        assert ending.end_over(limit=9, at=at, actor=SYSTEM) == 0

        assert (payable.state, payable.now.why) == (ApplicationState.EXPIRED, "UNPAID")
        assert (payable.exposure, payable.security) == ("RELEASED", ("REQUIRED", ""))
        (refund,) = refunds_of(payable)
        assert (refund.amount_minor, refund.reason) == (1, "UNPAID")
        assert payable.held == Money(0)
        assert all_is_well()

    def test_what_comes_after_that_comes_back_too(self, payable: Applied):
        applying.cancel(application_id=payable.id, at=payable.at, actor=payable.bidder)

        premiums.booked(premiums.pays(payable, Money.yuan(300)))

        (refund,) = refunds_of(payable)
        assert (refund.reason, payable.state) == ("NOT_WANTED", ApplicationState.CANCELLED)
        assert all_is_well()

    def test_left_when_paid_in_part_the_part_comes_back(self, payable: Applied):
        premiums.booked(premiums.pays(payable, Money.yuan(100)))

        applying.cancel(application_id=payable.id, at=payable.at + HOUR, actor=payable.bidder)

        (refund,) = refunds_of(payable)
        assert (refund.amount_minor, refund.reason) == (100_00, "CANCELLED")
        assert payable.held == Money(0)

    @pytest.mark.parametrize("stage", [given.begun, given.submitted, given.signed])
    def test_at_the_deadline_what_is_unpaid_expires(self, stage: Any):
        given_banking.bank()
        applied = stage()
        assert ending.end_over(limit=9, at=applied.lot.deadline_at, actor=SYSTEM) == 0

        ending.end_over(limit=9, at=applied.lot.deadline_at + SECOND, actor=SYSTEM)

        assert (applied.state, applied.now.why) == (
            ApplicationState.EXPIRED,
            "DEADLINE_PASSED",
        )

    def test_a_suspended_lots_clock_does_not_count(self):
        applied = given.submitted()
        given_tenders.suspended(applied.lot)

        assert ending.end_over(limit=9, at=applied.lot.deadline_at + DAY, actor=SYSTEM) == 0

    def test_a_terminated_lot_ends_all_and_the_premium_comes_back(self):
        given_banking.bank()
        lot = given_tenders.lot()
        paid, unpaid = given.payable(lot), given.submitted(lot)
        premiums.booked(premiums.pays(paid))
        given_tenders.terminated(lot)

        assert ending.end_over(limit=9, at=paid.at + HOUR, actor=SYSTEM) == 2

        assert unpaid.state is ApplicationState.EXPIRED
        assert paid.state is ApplicationState.PREMIUM_REFUNDING
        assert {paid.now.why, unpaid.now.why} == {"LOT_TERMINATED"}
        assert paid.held == Money(0)
        assert all_is_well()

    def test_paid_and_past_the_deadline_without_letter_the_premium_comes_back(
        self, payable: Applied
    ):
        premiums.booked(premiums.pays(payable))

        ending.end_over(limit=9, at=payable.lot.deadline_at + SECOND, actor=SYSTEM)

        assert (payable.state, payable.now.why) == (
            ApplicationState.PREMIUM_REFUNDING,
            "DEADLINE_PASSED",
        )
        assert (payable.exposure, payable.held) == ("RELEASED", Money(0))

    def test_only_the_house_ends_settles_and_orders(self, payable: Applied):
        for work in (ending.end_over, paying.settle, paying.order_again, paying.assign_waiting):
            with pytest.raises(NotAllowed):
                work(limit=9, at=payable.at, actor=payable.bidder)


class TestRevoked:
    @pytest.fixture
    def revoked(self, payable: Applied) -> Applied:
        premiums.booked(premiums.pays(payable))
        self.revoke(payable)
        return payable

    def revoke(self, applied: Applied) -> None:
        paying.revoke(application_id=applied.id, at=applied.at + HOUR, actor=applied.bidder)

    def test_paid_and_left_the_premium_is_on_its_way_at_once(self, revoked: Applied):
        self.revoke(revoked)

        assert (revoked.state, revoked.now.why) == (
            ApplicationState.PREMIUM_REFUNDING,
            "REVOKED",
        )
        assert (revoked.exposure, revoked.security) == ("RELEASED", ("REQUIRED", ""))
        assert len(told(revoked)) == 1
        assert revoked.held == Money(0)
        assert all_is_well()

    def test_an_unpaid_one_is_not_revoked_and_a_paid_one_not_cancelled(self, payable: Applied):
        with pytest.raises(Refused, match="NOT_PAID"):
            self.revoke(payable)
        premiums.booked(premiums.pays(payable))
        with pytest.raises(Refused, match="APPLICATION_PAID"):
            applying.cancel(application_id=payable.id, at=payable.at, actor=payable.bidder)

        assert payable.state is ApplicationState.PAID

    def test_paid_out_it_is_refunded(self, revoked: Applied):
        (payment,) = told(revoked)
        assert paying.settle(limit=9, at=revoked.at + HOUR, actor=SYSTEM) == 0

        premiums.booked(given_refunds.debit(payment, at=revoked.lot.deadline_at))
        assert paying.settle(limit=9, at=revoked.lot.deadline_at, actor=SYSTEM) == 1
        assert paying.settle(limit=9, at=revoked.lot.deadline_at, actor=SYSTEM) == 0

        assert revoked.state is ApplicationState.REFUNDED
        assert [refund.state for refund in refunds_of(revoked)] == [PremiumRefundState.PAID]
        assert at_the_bank() == Money(0)
        assert all_is_well()

    def test_refused_by_the_bank_it_goes_to_the_account_confirmed_since(self, revoked: Applied):
        (payment,) = told(revoked)
        at = revoked.lot.deadline_at
        premiums.refused(payment.key, at=at)
        assert [r.state for r in refunds_of(revoked)] == [PremiumRefundState.FAILED]
        # Never twice to the account that failed.
        assert paying.order_again(limit=9, at=at, actor=SYSTEM) == 0

        given_parties.tell_account(revoked.bidder, "33050168620800000456", at=at)
        assert paying.order_again(limit=9, at=at, actor=SYSTEM) == 1
        assert paying.order_again(limit=9, at=at, actor=SYSTEM) == 0

        (again,) = given_refunds.told(at=at + DAY)
        assert again.payee_account == "33050168620800000456"
        assert again.key != payment.key
        premiums.booked(given_refunds.debit(again, at=at + DAY))
        paying.settle(limit=9, at=at + DAY, actor=SYSTEM)
        assert revoked.state is ApplicationState.REFUNDED
        assert all_is_well()

    def test_come_back_it_is_owed_again(self, revoked: Applied):
        (payment,) = told(revoked)
        at = revoked.lot.deadline_at
        debit = given_refunds.debit(payment, at=at)
        premiums.booked(debit)
        paying.settle(limit=9, at=at, actor=SYSTEM)

        premiums.booked(given_refunds.return_of(debit, at=at + HOUR))
        paying.settle(limit=9, at=at + HOUR, actor=SYSTEM)

        assert revoked.state is ApplicationState.PREMIUM_REFUNDING
        assert [r.state for r in refunds_of(revoked)] == [PremiumRefundState.RETURNED]
        assert at_the_bank() == Money.yuan(300)
        assert all_is_well()

    def test_taken_back_by_the_bank_after_it_went_back_it_is_owed_to_the_house(
        self, payable: Applied
    ):
        entry = premiums.pays(payable)
        premiums.booked(entry)
        self.revoke(payable)
        other = given.payable()
        premiums.booked(premiums.pays(other))

        premiums.booked(premiums.reversal_of(entry, at=payable.lot.deadline_at))

        assert balance(chart.taken_back(given_banking.BANK)) == Money.yuan(300)
        assert all_is_well()


class TestWithoutAnAccountToGoTo:
    def test_the_bidders_own_goes_to_its_basic_account(self, payable: Applied):
        premiums.booked(premiums.pays(payable, payer_account=""))
        (refund,) = refunds_of(payable)
        assert (refund.state, told(payable)) == (PremiumRefundState.WAITING, [])
        assert payable.held == Money.yuan(300)
        assert all_is_well()

        assert paying.order_again(limit=9, at=payable.at + HOUR, actor=SYSTEM) == 1

        (payment,) = told(payable)
        account = payable.progress
        basic = given_parties.queries.basic_account(
            organisation_id=account.application.bidder_id, actor=SYSTEM
        )
        assert basic
        assert payment.payee_account == basic.number
        assert payable.held == Money(0)
        assert all_is_well()

    def test_somebody_elses_does_not(self, payable: Applied):
        premiums.booked(premiums.pays(payable, payer_account="", payer_name="他人有限公司"))

        assert paying.order_again(limit=9, at=payable.at + HOUR, actor=SYSTEM) == 0

        assert [r.state for r in refunds_of(payable)] == [PremiumRefundState.WAITING]


class TestReversed:
    def test_a_premium_that_is_taken_back_is_missing_again(self, payable: Applied):
        entry = premiums.pays(payable)
        premiums.booked(entry)
        premiums.booked(premiums.reversal_of(entry))

        assert (payable.state, payable.payment.missing) == (
            ApplicationState.PAY_PENDING,
            Money.yuan(300),
        )
        assert payable.payment.credits[0].outcome is PremiumOutcome.REVERSED
        assert (payable.held, at_the_bank()) == (Money(0), Money(0))
        assert all_is_well()

        premiums.booked(premiums.pays(payable))
        assert payable.state is ApplicationState.PAID

    def test_heard_of_before_its_credit_it_waits_for_it(self, payable: Applied):
        entry = premiums.pays(payable)
        at = payable.at + HOUR
        premiums.booked(premiums.reversal_of(entry), at=at)
        premiums.booked(entry, at=at)

        assert payable.state is ApplicationState.PAY_PENDING
        assert (payable.held, at_the_bank()) == (Money(0), Money(0))
        assert all_is_well()


def test_asking_the_bank_is_for_every_ten_seconds(payable: Applied):
    paying.ask_bank(application_id=payable.id, at=payable.at, actor=payable.bidder)
    with pytest.raises(Refused, match="ASKED_JUST_NOW"):
        paying.ask_bank(application_id=payable.id, at=payable.at + 9 * SECOND, actor=payable.bidder)
    paying.ask_bank(application_id=payable.id, at=payable.at + 10 * SECOND, actor=payable.bidder)

    assert payable.payment.sub_account
    assert payable.payment.sub_account.is_being_asked


def test_without_an_account_there_is_nothing_to_ask():
    applied = given.submitted()

    with pytest.raises(NotFound):
        paying.ask_bank(application_id=applied.id, at=applied.at, actor=applied.bidder)


def test_nobody_else_sees_or_moves_a_premium(payable: Applied):  # INV-8
    premiums.booked(premiums.pays(payable, Money.yuan(400)))
    others = (
        given.bidder(),
        given_parties.operator(),
        given_tenders.keeper_of(payable.lot),
    )
    for other in others:
        for work in (paying.acknowledge, paying.ask_bank, paying.revoke):
            with pytest.raises((NotAllowed, NotFound)):
                work(application_id=payable.id, at=payable.at, actor=other)
        with seeing_as(other):
            assert not PremiumCredit.objects.exists()
            assert not PremiumRefund.objects.exists()

    assert payable.state is ApplicationState.PAID
