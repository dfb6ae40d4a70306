"""Interest follows what was paid back: owed once, paid out of the bank's own, to where the money went."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking.types import AnswerStatus, Entry
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as refund_queries
from biaobao.domain.interest import actions, queries
from biaobao.domain.interest.models import Fund
from biaobao.domain.interest.states import InterestState
from biaobao.domain.interest.types import Interest, Rate
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.pools.actions import forfeiting, joining, keeping
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import interest as given
from tests.given import parties as given_parties
from tests.given import pools as given_pools
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.pools import Held

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
booked = given_deposits.booked


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


def withdrawn(chosen: Chosen) -> UUID:
    """Let a bidder who paid withdraw, and a colleague approve; return the refund's id."""
    choosing.give_up(
        lot_id=chosen.lot.id,
        reason="WITHDRAWN",
        at=chosen.lot.deadline_at - SECOND,
        actor=chosen.bidder,
    )
    (refund,) = refund_queries.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    approver = given_refunds.colleague(chosen.bidder)
    refunds.approve(refund_id=refund.id, at=chosen.lot.deadline_at, actor=approver)
    return refund.id


def debited(at: datetime, *, account: str = "") -> Entry:
    """Let the bank carry out the one order that it is told, or from an account, and return its debit."""
    told = given_refunds.told(at=at)
    (payment,) = (each for each in told if account in ("", each.from_account))
    debit = given_refunds.debit(payment, at=at)
    booked(debit)
    return debit


def paid_back(days: int = 10, *, later: timedelta = timedelta(0)) -> tuple[Chosen, UUID]:
    """Return a bidder whose deposit lay here for so many days, and its refund."""
    chosen = given_deposits.chosen()
    booked(chosen.pays(at=chosen.lot.deadline_at - days * DAY))
    refund_id = withdrawn(chosen)
    debited(chosen.lot.deadline_at + later)
    return chosen, refund_id


def deducted(case: Held) -> datetime:
    """Let what is held for the winner not be given back, and return when that was decided."""
    lot = case.lot
    agency = given_tenders.keeper_of(lot)
    at = lot.opening_at + 40 * DAY
    forfeiture_id = forfeiting.propose(
        hold_id=case.hold.id,
        grounds=given_pools.grounds(),
        papers=[given_pools.PAPER],
        at=at,
        actor=agency,
    )
    decided_at = at + 9 * DAY
    decider = given_parties.operator()
    forfeiting.approve(forfeiture_id=forfeiture_id, words="属实", at=decided_at, actor=decider)
    debited(decided_at)
    return decided_at


def balance(account: str = chart.interest(given_banking.BANK)) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def on(refund_id: UUID) -> Interest:
    (found,) = given.on(refund_id, actor=SYSTEM)
    return found


def opened(chosen: Chosen) -> None:
    given_tenders.opened(chosen.lot)


def refused(act: Any, **how: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(Refused) as refusal:
        act(**how)
    (objection,) = refusal.value.objections
    return objection.code, objection.facts


class TestOwing:
    def test_a_deposit_that_was_paid_back_bears_interest_from_its_credit_to_its_debit(self):
        given.fund()
        chosen, refund_id = paid_back(days=10)

        assert given.reckoned(at=chosen.lot.deadline_at + 10 * DAY) == 1

        found = on(refund_id)
        fen = chosen.lot.amount.fen * 10 * 3_500 / 360_000_000
        assert (found.state, found.amount) == (InterestState.WAITING, Money(int(fen + 0.5)))
        assert (found.until - found.since).days == 10
        assert found.until == day_of(chosen.lot.deadline_at)
        assert found.payee_account
        assert given.reckoned(at=chosen.lot.deadline_at + 10 * DAY) == 0

    def test_money_that_went_back_on_its_day_bears_none_and_says_so(self):
        given.fund()
        chosen, refund_id = paid_back(days=0)

        given.ordered(at=chosen.lot.deadline_at + DAY)

        found = on(refund_id)
        assert (found.state, found.amount, found.stretches) == (
            InterestState.NOTHING,
            Money(0),
            (),
        )
        assert given_refunds.told(at=chosen.lot.deadline_at + DAY) == ()

    def test_money_that_fitted_nothing_bears_none(self):
        keeper = given.fund()
        stray = given_banking.entry(
            account=given_banking.MAIN_ACCOUNT,
            amount=Money.yuan(50_000),
            at=given_banking.AT,
            payer_name="衢州路过商贸有限公司（示例）",
            payer_account="6217000000000001",
        )
        booked(stray)
        (credit,) = given_deposits.in_suspense(actor=keeper)
        refund_id = refunds.return_unplaced(
            credit_id=credit.id, note="", at=given_banking.AT, actor=keeper
        )
        refunds.approve(
            refund_id=refund_id, at=given_banking.AT, actor=given_refunds.colleague(keeper)
        )

        debited(given_banking.AT + 30 * DAY)

        assert given.on(refund_id, actor=SYSTEM) == ()

    @pytest.mark.parametrize("is_early", [False, True])
    def test_what_came_back_at_once_bears_its_days_all_the_same(self, is_early: bool):
        given.fund()
        chosen = given_deposits.chosen()
        at = chosen.lot.deadline_at
        booked(chosen.pays(at=at - 10 * DAY))
        refund_id = withdrawn(chosen)
        (payment,) = given_refunds.told(at=at)
        debit = given_refunds.debit(payment, at=at)
        back = given_refunds.return_of(debit, at=at + DAY)
        if is_early:
            booked(back)
            booked(debit)
        else:
            booked(debit, back)

        given.reckoned(at=at + DAY)

        assert (on(refund_id).until - on(refund_id).since).days == 10
        assert on(refund_id).state is InterestState.WAITING

    def test_what_the_bank_took_back_itself_bears_none(self):
        given.fund()
        booked(given_deposits.chosen().pays())
        chosen = given_deposits.chosen()
        at = chosen.lot.deadline_at
        credit = chosen.pays(at=at - 10 * DAY)
        booked(credit)
        refund_id = withdrawn(chosen)
        booked(chosen.reversal_of(credit, at=at))

        debited(at + DAY)

        assert given.on(refund_id, actor=SYSTEM) == ()

    def test_of_a_pool_bears_until_it_left(self):
        given.fund()
        member = given_pools.active()
        left = given_pools.AT + 40 * DAY
        keeping.request_exit(
            membership_id=member.id, at=given_pools.AT + 5 * DAY, actor=member.bidder
        )
        keeping.follow_days(limit=9, at=left, actor=SYSTEM)
        debited(left)

        given.reckoned(at=left)

        (refund,) = member.desk.refunds
        found = on(refund.id)
        fen = given_pools.TIER.contribution.fen * 40 * 3_500 / 360_000_000
        assert (found.state, found.amount) == (InterestState.WAITING, Money(int(fen + 0.5)))
        assert (found.until - found.since).days == 40

    def test_of_a_pool_follows_what_was_deducted_and_topped_up(self):
        given.fund()
        (case,) = given_pools.held(given_pools.active())
        member, whole = case.member, given_pools.TIER.contribution
        decided_at = deducted(case)
        topped_up_at = decided_at + 3 * DAY
        booked(member.pays(case.lot.amount, at=topped_up_at))
        left = topped_up_at + 40 * DAY
        keeping.request_exit(membership_id=member.id, at=topped_up_at, actor=member.bidder)
        keeping.follow_days(limit=9, at=left, actor=SYSTEM)
        debited(left)

        given.reckoned(at=left)

        (refund,) = member.desk.refunds
        days = [day_of(at) for at in (given_pools.AT, decided_at, topped_up_at, left)]
        bases = [whole, whole - case.lot.amount, whole]
        spans = zip(bases, pairwise(days), strict=True)
        simple = (
            sum(base.fen * (end - day).days for base, (day, end) in spans) * 3_500 / 360_000_000
        )
        found = on(refund.id)
        # A little more than simple interest: what was settled at the quarter's end bears some, too.
        assert simple - 1 <= found.amount.fen <= simple * 1.001
        principals = [each.principal for each in found.stretches]
        settled = min(principals) - (whole - case.lot.amount)
        assert principals[0] == whole
        assert Money(0) <= settled < Money.yuan(1_000)

    def test_of_an_application_that_was_paid_and_withdrawn_too(self):
        given.fund()
        member = given_pools.approved()
        part = given_pools.TIER.contribution - Money(1)
        booked(member.pays(part, at=given_pools.AT))
        joining.withdraw(membership_id=member.id, at=given_pools.AT + DAY, actor=member.bidder)
        debited(given_pools.AT + 2 * DAY)

        given.reckoned(at=given_pools.AT + 2 * DAY)

        (refund,) = member.desk.refunds
        assert (on(refund.id).until - on(refund.id).since).days == 2


class TestPaying:
    def test_it_waits_for_the_banks_interest_and_is_then_paid_to_where_the_money_went(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        assert given.ordered(at=at) == 0
        assert given.now(keeper).short == Money.yuan(1_000)

        booked(given.comes(keeper, Money.yuan(2_000), at=at))
        assert balance() == given.now(keeper).balance == Money.yuan(2_000)
        assert given.ordered(at=at) == 1

        amount = on(refund_id).amount
        (payment,) = given_refunds.told(at=at)
        assert (payment.amount_minor, payment.from_account) == (
            amount.fen,
            given.number(keeper),
        )
        assert payment.payee_account == on(refund_id).payee_account
        booked(given_refunds.debit(payment, at=at + SECOND))
        found = on(refund_id)
        assert (found.state, found.paid_at) == (InterestState.PAID, at + SECOND)
        assert balance() == given.now(keeper).balance == Money.yuan(2_000) - amount
        assert given.now(keeper).short == Money(0)
        assert given.ordered(at=at) == 0
        assert given.all_is_well()

    def test_the_oldest_is_paid_first_and_what_lacks_is_not_taken_of_others_money(self):
        """INV-34."""
        keeper = given.fund()
        second, first = paid_back(later=SECOND), paid_back()
        for chosen, _ in (first, second):
            opened(chosen)
        at = first[0].lot.deadline_at + 10 * DAY
        given.reckoned(at=at)
        amount = on(first[1]).amount
        others = balance(chart.bank(given_banking.BANK))

        booked(given.comes(keeper, amount, at=at))
        assert given.ordered(at=at) == 1

        assert (on(first[1]).state, on(second[1]).state) == (
            InterestState.ORDERED,
            InterestState.WAITING,
        )
        assert (balance(), balance(chart.bank(given_banking.BANK))) == (Money(0), others + amount)
        with (
            pytest.raises(IntegrityError, match="interest_fund_pays_only_what_came"),
            transaction.atomic(),
            seeing_as(SYSTEM),
        ):
            Fund.objects.update(balance_fen=-1)

    def test_before_the_opening_nothing_is_ordered_and_no_operator_sees_it(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        at = chosen.lot.deadline_at + 10 * DAY
        booked(given.comes(keeper, Money.yuan(2_000), at=at))

        assert given.ordered(at=at) == 0

        assert given.now(keeper).short == Money(0)
        assert given.on(refund_id, actor=keeper) == ()
        everything = queries.listed(actor=keeper)
        assert everything.total == 0
        (own,) = given.on(refund_id, actor=chosen.bidder)
        assert own.is_sealed
        opened(chosen)
        assert given.ordered(at=at) == 1
        (seen,) = given.on(refund_id, actor=keeper)
        assert not seen.is_sealed
        other = given_parties.bidder()
        assert given.on(refund_id, actor=other) == ()

    def test_what_the_bank_refuses_or_sends_back_is_owed_and_can_be_paid_again(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        booked(given.comes(keeper, Money.yuan(2_000), at=at))
        given.ordered(at=at)
        (payment,) = given_refunds.told(at=at)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        found = on(refund_id)
        assert (found.state, found.ended_why) == (InterestState.FAILED, "AC04")
        assert queries.needs(actor=keeper) == (0, 1)

        actions.pay_again(interest_id=found.id, at=at, actor=keeper)
        assert refused(actions.pay_again, interest_id=found.id, at=at, actor=keeper)[0] == (
            "INTEREST_NOT_FAILED"
        )
        assert given.ordered(at=at) == 1

        (second,) = given_refunds.told(at=at + SECOND)
        assert second.key != payment.key
        debit = given_refunds.debit(second, at=at + SECOND)
        booked(debit)
        assert on(refund_id).state is InterestState.PAID
        booked(given_refunds.return_of(debit, at=at + DAY))
        assert on(refund_id).state is InterestState.RETURNED
        assert balance() == Money.yuan(2_000) - found.amount
        assert given.all_is_well()

    @pytest.mark.parametrize("before", ["DUE", "WAITING", "ORDERED", "FAILED"])
    def test_it_follows_the_money_to_another_account(self, before: str):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        if before != "DUE":
            given.reckoned(at=at)
        if before in ("ORDERED", "FAILED"):
            booked(given.comes(keeper, Money.yuan(2_000), at=at))
            given.ordered(at=at)
            (payment,) = given_refunds.told(at=at)
        if before == "FAILED":
            given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        assert on(refund_id).state == before
        self.comes_back(chosen, refund_id, at=at)

        another = self.paid_to_another(chosen, refund_id, keeper, at=at + 5 * DAY)

        if before == "ORDERED":
            given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at + 5 * DAY)
        first, second = given.on(refund_id, actor=SYSTEM)
        assert first.payee_account == second.payee_account == another
        # The money lay here again from the day that it came back on.
        assert (second.since, second.until) == (day_of(at + DAY), day_of(at + 5 * DAY))
        booked(given.comes(keeper, Money.yuan(2_000), at=at + 6 * DAY))
        assert given.ordered(at=at + 6 * DAY) == 2
        told = given_refunds.told(at=at + 6 * DAY)
        assert {each.payee_account for each in told} == {another}
        assert given.all_is_well()

    def test_it_follows_its_holder_to_a_new_basic_account(self):
        keeper = given.fund()
        chosen, _ = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        booked(given.comes(keeper, Money.yuan(2_000), at=at))
        given.ordered(at=at)
        (payment,) = given_refunds.told(at=at)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        assert followed(at) == 0
        given_parties.tell_account(chosen.bidder, "33050168620800004321", at=at)

        assert [followed(at) for _ in range(2)] == [1, 0]

        assert given.ordered(at=at) == 1
        (again,) = given_refunds.told(at=at + SECOND)
        assert again.payee_account == "33050168620800004321"

    def test_its_holder_has_it_paid_again_and_nobody_elses(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        given_tenders.terminated(chosen.lot)
        at = chosen.lot.deadline_at + 10 * DAY
        booked(given.comes(keeper, Money.yuan(2_000), at=at))
        given.ordered(at=at)
        (payment,) = given_refunds.told(at=at)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        found = on(refund_id)
        # Who paid for a lot that was never opened is told to nobody.
        assert given.on(refund_id, actor=keeper) == ()
        with pytest.raises(NotFound):
            actions.pay_again(interest_id=found.id, at=at, actor=given_parties.bidder())
        assert on(refund_id).state is InterestState.FAILED

        actions.pay_again(interest_id=found.id, at=at, actor=chosen.bidder)

        assert given.ordered(at=at) == 1

    def test_one_that_goes_out_again_waits_for_no_money_of_others(self):
        keeper = given.fund()
        older, younger = paid_back(), paid_back(later=SECOND)
        opened(younger[0])
        at = younger[0].lot.deadline_at + 10 * DAY
        given.reckoned(at=at)
        booked(given.comes(keeper, on(younger[1]).amount, at=at))
        given.ordered(at=at)
        (payment,) = given_refunds.told(at=at)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        opened(older[0])
        assert given.ordered(at=at) == 0
        actions.pay_again(interest_id=on(younger[1]).id, at=at, actor=keeper)

        assert given.ordered(at=at) == 1

        assert on(younger[1]).state is InterestState.ORDERED
        assert on(older[1]).state is InterestState.WAITING

    def test_a_bank_that_refuses_and_pays_all_the_same_has_paid(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        booked(given.comes(keeper, Money.yuan(2_000), at=at))
        given.ordered(at=at)
        (payment,) = given_refunds.told(at=at)
        given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
        actions.pay_again(interest_id=on(refund_id).id, at=at, actor=keeper)

        booked(given_refunds.debit(payment, at=at + SECOND))

        assert on(refund_id).state is InterestState.PAID
        assert given.ordered(at=at + DAY) == 0
        assert given.all_is_well()

    def comes_back(self, chosen: Chosen, refund_id: UUID, *, at: datetime) -> None:
        order = given_refunds.refund(refund_id, actor=chosen.bidder).order
        assert order is not None
        account = chosen.account
        booked(
            given_banking.entry(
                account=account,
                amount=Money(order.amount_minor),
                at=at + DAY,
                order_key=order.key,
            )
        )

    def paid_to_another(
        self, chosen: Chosen, refund_id: UUID, keeper: Actor, *, at: datetime
    ) -> str:
        name = given_refunds.refund(refund_id, actor=chosen.bidder).payee_name
        change_id = refunds.correct_payee(
            refund_id=refund_id,
            account_name=name,
            number="6217001234567890",
            bank_name="衢州示范支行",
            note="",
            at=at,
            actor=chosen.bidder,
        )
        refunds.confirm_payee(change_id=change_id, at=at, actor=keeper)
        refunds.approve(refund_id=refund_id, at=at, actor=given_refunds.colleague(keeper))
        debited(at, account=chosen.account)
        return "6217001234567890"


class TestFunds:
    @pytest.mark.parametrize(
        "payer",
        [
            given.BANKS_NAME,
            f"{given.BANKS_NAME}衢州分行",
            "应付利息－单位活期",
            "",
            "衢州市阳光交易服务平台",
        ],
    )
    def test_the_bank_and_the_operator_fill_it(self, payer: str):
        keeper = given.fund()

        booked(given.comes(keeper, Money.yuan(10), at=given_banking.AT, payer_name=payer))

        assert given.now(keeper).balance == balance() == Money.yuan(10)

    def test_a_strangers_money_fits_nothing_and_can_go_back(self):
        keeper = given.fund()
        stray = given.comes(
            keeper, Money.yuan(10), at=given_banking.AT, payer_name="衢州路过商贸有限公司（示例）"
        )

        booked(stray)

        assert given.now(keeper).balance == balance() == Money(0)
        (waiting,) = given_deposits.in_suspense(actor=keeper)
        assert waiting.amount_minor == 1_000

    def test_what_the_bank_takes_back_leaves_it_even_when_it_was_paid_on(self):
        keeper = given.fund()
        chosen, _ = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        credit = given.comes(keeper, Money.yuan(2_000), at=at)
        booked(credit)
        given.ordered(at=at)
        left = given.now(keeper).balance

        booked(chosen.reversal_of(credit, at=at + SECOND))

        assert (given.now(keeper).balance, balance()) == (Money(0), Money(0))
        assert balance(chart.taken_back(given_banking.BANK)) == Money.yuan(2_000) - left
        booked(chosen.reversal_of(credit, at=at + 2 * SECOND))
        assert balance(chart.taken_back(given_banking.BANK)) == Money.yuan(2_000) - left
        # What comes next makes that good first: nobody else's money was paid on.
        booked(given.comes(keeper, Money.yuan(2_000), at=at + DAY))
        assert given.now(keeper).balance == balance() == left
        assert balance(chart.taken_back(given_banking.BANK)) == Money(0)
        assert given.all_is_well()

    def test_each_bank_has_one_and_no_more_accounts_than_that(self):
        keeper = given.fund()
        number = given.number(keeper)

        assert actions.open_funds(at=given_banking.AT, actor=SYSTEM) == 0

        assert given.number(keeper) == number

    def test_only_those_who_may(self):
        keeper, bidder = given.fund(), given_parties.bidder()
        for act in (actions.reckon, actions.pay, actions.follow_basic_accounts):
            with pytest.raises(NotAllowed):
                act(limit=9, at=given_banking.AT, actor=keeper)
        with pytest.raises(NotAllowed):
            actions.open_funds(at=given_banking.AT, actor=keeper)
        with pytest.raises(NotAllowed):
            queries.funds(actor=bidder)
        with pytest.raises(NotAllowed):
            queries.listed(actor=bidder)
        with pytest.raises(NotAllowed):
            queries.needs(actor=bidder)
        with pytest.raises(NotAllowed):
            add(Rate(date(2027, 1, 1), 1), bidder)
        with pytest.raises(NotFound):
            actions.pay_again(interest_id=UUID(int=1), at=given_banking.AT, actor=keeper)
        with pytest.raises(NotAllowed):
            actions.pay_again(interest_id=UUID(int=1), at=given_banking.AT, actor=SYSTEM)


class TestRates:
    def test_interest_waits_for_a_rate_and_its_fund_says_from_when(self):
        keeper = given.fund(Rate(date(2027, 1, 1), 500))
        chosen, refund_id = paid_back()
        at = chosen.lot.deadline_at + 10 * DAY

        assert given.reckoned(at=at) == 0

        assert on(refund_id).state is InterestState.DUE
        # Before the opening that would tell when somebody paid.
        assert given.now(keeper).unrated_from is None
        opened(chosen)
        given.reckoned(at=at)
        assert given.now(keeper).unrated_from == on(refund_id).since
        assert queries.needs(actor=keeper) == (1, 0)

    def test_another_follows_and_changes_nothing_that_was_reckoned(self):
        keeper = given.fund()
        chosen, refund_id = paid_back()
        given.reckoned(at=chosen.lot.deadline_at + 10 * DAY)
        before = on(refund_id)

        add(Rate(before.since, 500), keeper)
        given.reckoned(at=chosen.lot.deadline_at + 10 * DAY)

        assert on(refund_id) == before
        assert [rate.ppm for rate in given.now(keeper).rates] == [500, 3_500]

    def test_one_for_days_before_the_first_is_what_interest_waited_for(self):
        keeper = given.fund(Rate(date(2027, 1, 1), 500))
        chosen, refund_id = paid_back()
        opened(chosen)
        at = chosen.lot.deadline_at + 10 * DAY
        given.reckoned(at=at)
        add(Rate(date(2020, 1, 1), 3_500), keeper)

        assert given.reckoned(at=at) == 1

        assert on(refund_id).state is InterestState.WAITING
        assert given.now(keeper).unrated_from is None

    def test_of_several_for_one_day_the_last_added_holds(self):
        keeper = given.fund(Rate(date(2020, 1, 1), 50_000), Rate(date(2020, 1, 1), 3_500))
        chosen, refund_id = paid_back()

        given.reckoned(at=chosen.lot.deadline_at + 10 * DAY)

        assert {stretch.ppm for stretch in on(refund_id).stretches} == {3_500}
        assert [rate.ppm for rate in given.now(keeper).rates] == [3_500, 50_000]

    def test_those_that_lack_one_do_not_keep_others_waiting(self):
        given.fund(Rate(date(2026, 5, 31), 3_500))
        chosen, refund_id = paid_back(days=10)
        _, later = paid_back(days=2, later=SECOND)

        assert actions.reckon(limit=1, at=chosen.lot.deadline_at + 10 * DAY, actor=SYSTEM) == 1

        assert (on(refund_id).state, on(later).state) == (InterestState.DUE, InterestState.WAITING)

    @pytest.mark.parametrize(
        ("rate", "code"),
        [
            (Rate(date(2026, 1, 1), -1), "RATE_INVALID"),
            (Rate(date(2026, 1, 1), 50_001), "RATE_INVALID"),
            (Rate(date(2026, 1, 1), 1, "长" * 201), "TEXT_TOO_LONG"),
        ],
    )
    def test_what_is_no_rate_is_refused(self, rate: Rate, code: str):
        keeper = given.fund()

        assert refused(add, rate=rate, keeper=keeper)[0] == code

        assert given.now(keeper).rates == (given.RATE,)

    def test_of_no_bank_of_ours(self):
        keeper = given.fund()
        with pytest.raises(NotFound):
            actions.add_rate(bank="NONE", rate=given.RATE, at=given_banking.AT, actor=keeper)

    def test_is_never_changed(self):
        given.fund()
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE interest_interestrate SET ppm = 1")


def followed(at: datetime) -> int:
    return actions.follow_basic_accounts(limit=9, at=at, actor=SYSTEM)


def add(rate: Rate, keeper: Actor) -> None:
    actions.add_rate(bank=given_banking.BANK, rate=rate, at=given_banking.AT, actor=keeper)
