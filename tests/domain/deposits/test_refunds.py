"""Money goes back: proposed by one, approved by another, once, whatever the bank does."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.states import DepositState, Outcome, RefundState
from biaobao.domain.deposits.types import RefundReason, RefundRow
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.refunds import SECOND, colleague

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> Chosen:
    """Return a bidder who paid exactly, a day early."""
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    return chosen


def withdrawn(chosen: Chosen, *, reason: str = "WITHDRAWN") -> RefundRow:
    choosing.give_up(
        lot_id=chosen.lot.id,
        reason=reason,
        at=chosen.lot.deadline_at - SECOND,
        actor=chosen.bidder,
    )
    return of(chosen)


def of(chosen: Chosen) -> RefundRow:
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return refund


def approved(chosen: Chosen, refund: RefundRow | None = None) -> RefundRow:
    refund = refund or withdrawn(chosen)
    refunds.approve(refund_id=refund.id, at=chosen.lot.deadline_at, actor=colleague(chosen.bidder))
    return of(chosen)


def balance(account: str) -> Money:
    return ledger.balance(account, actor=SYSTEM)


def all_is_well() -> bool:
    return deposit_standing.mismatches(actor=SYSTEM) == () and not (
        ledger.recount(actor=SYSTEM).discrepancies
    )


def test_giving_up_before_the_deadline_ends_the_cover_and_proposes_all_to_go_back(paid: Chosen):
    refund = withdrawn(paid)

    assert paid.standing.state is DepositState.RELEASED
    assert paid.security_state == "REQUIRED"
    assert (refund.state, refund.reason) == (RefundState.PROPOSED, RefundReason.WITHDRAWN)
    assert Money(refund.amount_minor) == paid.lot.amount
    assert paid.held == paid.lot.amount
    assert [v.reason for v in paid.standing.credits[0].verdicts if v.reason] == ["WITHDRAWN"]


def test_the_money_goes_to_the_account_that_paid_it(paid: Chosen):
    refund = withdrawn(paid)

    assert refund.payee_account == paid.standing.credits[0].payer_account


def test_five_days_after_it_is_due_and_a_holiday_moves_it(paid: Chosen):
    refund = withdrawn(paid)

    assert refund.due_at > refund.proposed_at + 5 * DAY
    assert refund.due_at - refund.proposed_at < 15 * DAY


def test_a_deposit_that_was_given_up_can_be_taken_up_again(paid: Chosen):
    withdrawn(paid)

    choosing.choose(lot_id=paid.lot.id, at=paid.lot.deadline_at, actor=paid.bidder)

    assert paid.standing.state is DepositState.CONFIRMED
    assert paid.security_state == "SECURED"
    assert (of(paid).state, of(paid).ended_why) == (RefundState.CANCELLED, "FACTS_CHANGED")


@pytest.mark.parametrize("late", [SECOND, DAY])
def test_after_the_deadline_nothing_is_given_up(paid: Chosen, late: timedelta):
    with pytest.raises(Refused, match="DEADLINE_PASSED"):
        choosing.give_up(
            lot_id=paid.lot.id,
            reason="WITHDRAWN",
            at=paid.lot.deadline_at + late,
            actor=paid.bidder,
        )

    assert paid.standing.state is DepositState.CONFIRMED
    assert shown.of_lot(lot_id=paid.lot.id, actor=paid.bidder) == ()


def test_nobody_approves_his_own_proposal(paid: Chosen):  # INV-17
    refund = withdrawn(paid)

    with pytest.raises(Refused, match="OWN_PROPOSAL"):
        refunds.approve(refund_id=refund.id, at=paid.lot.deadline_at, actor=paid.bidder)

    assert of(paid) == refund
    assert paid.held == paid.lot.amount


def test_the_database_refuses_it_too(paid: Chosen):
    refund = approved(paid)

    with pytest.raises(IntegrityError, match="needs_two_people"), seeing_as(SYSTEM):
        connection.cursor().execute(
            "UPDATE deposits_refund SET approved_by_id = proposed_by_id WHERE id = %s", [refund.id]
        )


def test_before_the_opening_no_operator_sees_or_approves_it(paid: Chosen):
    refund = withdrawn(paid)
    for operator in given_refunds.operators():
        with pytest.raises(NotFound):
            refunds.approve(refund_id=refund.id, at=paid.lot.deadline_at, actor=operator)
        with pytest.raises(NotFound):
            shown.refund(refund_id=refund.id, actor=operator)

    assert of(paid) == refund


def test_approving_takes_the_money_and_orders_it_once(paid: Chosen):  # INV-16
    refund = approved(paid)

    assert refund.state is RefundState.APPROVED
    assert refund.order is not None
    assert refund.order.state is OrderState.READY
    assert paid.held == Money(0)
    assert balance(chart.in_transit(refund.order.id)) == paid.lot.amount
    assert paid.standing.credits[0].outcome is Outcome.RETURNED
    with pytest.raises(Refused, match="REFUND_NOT_WAITING"):
        refunds.approve(refund_id=refund.id, at=paid.lot.deadline_at, actor=colleague(paid.bidder))
    assert all_is_well()


def test_told_accepted_debited_it_is_done(paid: Chosen):
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    assert (of(paid).order.state, payment.from_account) == (OrderState.SENT, paid.account)  # type: ignore[union-attr]
    given_refunds.answer(payment, at=at + SECOND)
    assert of(paid).order.state is OrderState.ACCEPTED  # type: ignore[union-attr]

    debit = given_refunds.debit(payment, at=at + 2 * SECOND)
    given.booked(debit)
    given.booked(debit)

    refund = of(paid)
    assert refund.order is not None
    assert refund.order.tries == 1
    assert (refund.state, refund.paid_at) == (RefundState.PAID, at + 2 * SECOND)
    assert balance(chart.bank(given_banking.BANK)) == Money(0)
    assert given_refunds.told(at=at + DAY) == ()
    assert all_is_well()


def test_a_debit_that_comes_before_every_answer_is_enough(paid: Chosen):
    approved(paid)
    (payment,) = given_refunds.told(at=paid.lot.deadline_at)

    given.booked(given_refunds.debit(payment, at=paid.lot.deadline_at))
    given_refunds.answer(payment, at=paid.lot.deadline_at)

    assert of(paid).state is RefundState.PAID
    assert all_is_well()


def test_an_order_whose_answer_is_missing_keeps_its_key(paid: Chosen):  # INV-18
    approved(paid)
    at = paid.lot.deadline_at
    (first,) = given_refunds.told(at=at)

    assert given_refunds.told(at=at + SECOND) == ()
    (again,) = given_refunds.told(at=at + 15 * SECOND)
    assert again.key == first.key


def test_a_refused_order_keeps_the_money_owed_and_is_proposed_anew(paid: Chosen):
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)

    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)

    failed = of(paid)
    assert (failed.state, failed.ended_why) == (RefundState.FAILED, "AC04")
    assert balance(chart.returned(failed.order.id)) == paid.lot.amount  # type: ignore[union-attr]
    refunds.propose_again(refund_id=failed.id, at=at, actor=paid.bidder)
    with pytest.raises(Refused, match="OWN_PROPOSAL"):
        refunds.approve(refund_id=failed.id, at=at, actor=paid.bidder)
    refund = approved(paid, failed)
    (second,) = given_refunds.told(at=at)
    assert second.key != payment.key
    given.booked(given_refunds.debit(second, at=at))
    assert (of(paid).state, refund.attempt) == (RefundState.PAID, 2)
    assert all_is_well()


def test_a_bank_that_refuses_and_pays_all_the_same_has_paid(paid: Chosen):
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
    refunds.propose_again(refund_id=of(paid).id, at=at, actor=paid.bidder)

    given.booked(given_refunds.debit(payment, at=at))

    assert of(paid).state is RefundState.PAID
    assert all_is_well()


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("early", [True, False])
def test_money_that_comes_back_is_owed_and_goes_out_once_more(
    paid: Chosen, by_key: bool, early: bool
):
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    debit = given_refunds.debit(payment, at=at)
    back = given_refunds.return_of(debit, at=at, by_key=by_key)
    if early and not by_key:
        # Without our key nothing tells that it is ours before the debit is known.
        given.booked(debit, back)
    else:
        for entry in (back, debit) if early else (debit, back):
            given.booked(entry)

    returned = of(paid)
    assert returned.state is RefundState.RETURNED
    assert balance(chart.returned(returned.order.id)) == paid.lot.amount  # type: ignore[union-attr]
    assert balance(chart.bank(given_banking.BANK)) == paid.lot.amount
    assert all_is_well()


def test_money_that_comes_back_from_a_payment_that_was_refused_waits_for_its_debit(paid: Chosen):
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
    debit = given_refunds.debit(payment, at=at)

    given.booked(given_refunds.return_of(debit, at=at))

    assert of(paid).state is RefundState.FAILED
    assert paid.held == Money(0)
    given.booked(debit)
    assert of(paid).state is RefundState.RETURNED
    assert balance(chart.bank(given_banking.BANK)) == paid.lot.amount
    assert len(paid.standing.credits) == 1
    assert all_is_well()


def corrected(paid: Chosen) -> UUID:
    approved(paid)
    at = paid.lot.deadline_at
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
    return refunds.correct_payee(
        refund_id=of(paid).id,
        account_name=of(paid).payee_name,
        number="3305 0168 6208 0000 9999",
        bank_name="中国建设银行衢州分行",
        note="",
        at=at,
        actor=paid.bidder,
    )


def test_another_account_is_told_by_the_bidder_and_confirmed_by_an_operator(paid: Chosen):
    change = corrected(paid)
    at = paid.lot.deadline_at
    operator, _ = given_refunds.operators()

    refunds.confirm_payee(change_id=change, at=at, actor=operator)

    refund = of(paid)
    assert (refund.state, refund.attempt) == (RefundState.PROPOSED, 2)
    assert refund.payee_account == "33050168620800009999"
    assert approved(paid, refund).state is RefundState.APPROVED
    (payment,) = given_refunds.told(at=at)
    assert payment.payee_account == "33050168620800009999"
    assert all_is_well()


def test_before_the_opening_a_told_account_stands_beside_the_basic_account_alone(paid: Chosen):
    corrected(paid)
    operator, _ = given_refunds.operators()
    basic = paid.standing.credits[0].payer_account

    (before,) = shown.payee_changes(page=1, actor=operator).rows
    given_tenders.opened(paid.lot)
    (after,) = shown.payee_changes(page=1, actor=operator).rows

    assert before.change.number == "33050168620800009999"
    assert before.basic is not None
    assert (before.paid_from, before.basic.number) == (None, basic)
    assert after.paid_from is not None
    assert (after.paid_from.number, after.basic) == (basic, before.basic)


def test_a_declined_account_changes_nothing_but_is_told_why(paid: Chosen):
    change = corrected(paid)
    operator, _ = given_refunds.operators()

    refunds.decline_payee(
        change_id=change, reason="户名不符", at=paid.lot.deadline_at, actor=operator
    )

    refund = of(paid)
    assert refund.state is RefundState.FAILED
    assert refund.payee_change is not None
    assert refund.payee_change.decline_reason == "户名不符"


def test_an_account_of_somebody_else_is_refused(paid: Chosen):
    change = corrected(paid)
    operator, _ = given_refunds.operators()
    refunds.decline_payee(change_id=change, reason="x", at=paid.lot.deadline_at, actor=operator)
    before = of(paid)

    with pytest.raises(Refused, match="PAYEE_OF_ANOTHER"):
        refunds.correct_payee(
            refund_id=before.id,
            account_name="他人有限公司",
            number="33050168620800009999",
            bank_name="中国建设银行",
            note="",
            at=paid.lot.deadline_at,
            actor=paid.bidder,
        )

    assert of(paid) == before


def test_late_money_is_proposed_by_rule_once_the_lot_is_opened():
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays(at=chosen.lot.deadline_at + SECOND))
    assert refunds.propose_due(limit=10, at=chosen.lot.opening_at, actor=SYSTEM) == 0
    lot = given_tenders.opened(chosen.lot)

    assert refunds.propose_due(limit=10, at=lot.opening_at, actor=SYSTEM) == 1
    assert refunds.propose_due(limit=10, at=lot.opening_at, actor=SYSTEM) == 0

    refund = of(chosen)
    assert (refund.reason, refund.proposed_by) == (RefundReason.LATE, "")
    operator, _ = given_refunds.operators()
    refunds.approve(refund_id=refund.id, at=lot.opening_at, actor=operator)
    assert chosen.held == Money(0)
    assert all_is_well()


def test_what_was_overpaid_goes_back_and_the_cover_stays(paid: Chosen):
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays(chosen.lot.amount + Money(1)))

    refund_id = refunds.ask_back(
        credit_id=chosen.standing.credits[0].id, at=chosen.lot.deadline_at, actor=chosen.bidder
    )
    refund = approved(chosen, given_refunds.refund(refund_id, actor=chosen.bidder))

    assert (refund.amount_minor, refund.reason) == (1, RefundReason.OVERPAID)
    assert chosen.standing.state is DepositState.CONFIRMED
    assert chosen.held == chosen.lot.amount
    assert all_is_well()


def test_what_counts_is_not_asked_back(paid: Chosen):
    with pytest.raises(Refused, match="NOTHING_TO_RETURN"):
        refunds.ask_back(
            credit_id=paid.standing.credits[0].id, at=paid.lot.deadline_at, actor=paid.bidder
        )

    assert shown.of_lot(lot_id=paid.lot.id, actor=paid.bidder) == ()


def released(paid: Chosen, actor: Actor, reason: RefundReason = RefundReason.LOSER) -> RefundRow:
    assert paid.bidder.organisation_id
    refunds.propose_release(
        lot_id=paid.lot.id,
        bidder_id=paid.bidder.organisation_id,
        reason=reason,
        note="未中标",
        at=paid.lot.opening_at + SECOND,
        actor=actor,
    )
    return of(paid)


def test_after_the_opening_two_people_release_and_the_record_of_the_opening_stands(paid: Chosen):
    given_tenders.opened(paid.lot)
    one, other = given_refunds.operators()
    refund = released(paid, one)
    with pytest.raises(Refused, match="OWN_PROPOSAL"):
        refunds.approve(refund_id=refund.id, at=paid.lot.opening_at + SECOND, actor=one)

    refunds.approve(refund_id=refund.id, at=paid.lot.opening_at + SECOND, actor=other)

    assert paid.standing.state is DepositState.RELEASED
    assert paid.security_state == "RELEASED"
    agency = given_tenders.keeper_of(paid.lot)
    (row,) = deposit_standing.opening_list(lot_id=paid.lot.id, actor=agency)
    assert row.secured_at is not None
    assert (row.received, row.held) == (paid.lot.amount, Money(0))
    assert all_is_well()


def test_the_agency_proposes_for_its_own_opened_lot_and_nothing_before(paid: Chosen):
    agency = given_tenders.keeper_of(paid.lot)
    with pytest.raises(NotFound):
        released(paid, agency)
    given_tenders.opened(paid.lot)

    assert released(paid, agency).proposed_by == agency.name


def test_several_bidders_are_released_at_once_and_who_has_nothing_left_is_passed_over(paid: Chosen):
    other = given.chosen(paid.lot, given_parties.bidder(account="33050168620800000222"))
    unpaid = given.chosen(paid.lot, given_parties.bidder(account="33050168620800000333"))
    given.booked(other.pays())
    given_tenders.opened(paid.lot)
    agency = given_tenders.keeper_of(paid.lot)
    all_of_them = {
        "lot_id": paid.lot.id,
        "bidder_ids": [c.bidder.organisation_id for c in (paid, other, unpaid)],
        "reason": RefundReason.LOSER,
        "note": "",
        "at": paid.lot.opening_at + SECOND,
        "actor": agency,
    }

    assert refunds.propose_releases(**all_of_them) == 2

    assert [of(each).amount_minor for each in (paid, other)] == [paid.lot.amount.fen] * 2
    assert shown.of_lot(lot_id=paid.lot.id, actor=unpaid.bidder) == ()
    with pytest.raises(Refused, match="NOTHING_TO_RETURN"):
        refunds.propose_releases(**all_of_them)
    stranger = given_parties.bidder().organisation_id
    with pytest.raises(NotFound):
        refunds.propose_releases(**all_of_them | {"bidder_ids": [stranger]})
    assert len(shown.of_opened_lot(lot_id=paid.lot.id, actor=agency)) == 2


def test_those_who_see_an_opening_see_the_lots_refunds_and_before_it_nobody(paid: Chosen):
    agency = given_tenders.keeper_of(paid.lot)
    tenderer = Actor("", Role.TENDERER, None, paid.lot.tenderer_id)
    seeing = (agency, tenderer, given_parties.operator(), given_parties.supervisor())
    for actor in seeing:
        with pytest.raises(NotFound):
            shown.of_opened_lot(lot_id=paid.lot.id, actor=actor)
    given_tenders.opened(paid.lot)
    refund = released(paid, agency)

    rows = [shown.of_opened_lot(lot_id=paid.lot.id, actor=actor) for actor in seeing]

    assert [[row.id for row in found] for found in rows] == [[refund.id]] * 4
    with pytest.raises(NotFound):
        shown.of_opened_lot(lot_id=paid.lot.id, actor=given_parties.agency())
    with pytest.raises(NotAllowed):
        shown.of_opened_lot(lot_id=paid.lot.id, actor=paid.bidder)


def test_a_reversal_after_the_money_went_back_is_owed_to_the_house(paid: Chosen):
    twice = paid.pays(at=paid.lot.deadline_at - timedelta(hours=1))
    given.booked(twice)
    (duplicate,) = (c for c in paid.standing.credits if c.outcome is Outcome.REFUNDABLE)
    asked = refunds.ask_back(
        credit_id=duplicate.id, at=paid.lot.deadline_at - SECOND, actor=paid.bidder
    )
    approved(paid, given_refunds.refund(asked, actor=paid.bidder))
    (payment,) = given_refunds.told(at=paid.lot.deadline_at)
    given.booked(given_refunds.debit(payment, at=paid.lot.deadline_at))

    given.booked(paid.reversal_of(twice))

    assert balance(chart.taken_back(given_banking.BANK)) == paid.lot.amount
    assert paid.held == paid.lot.amount
    assert all_is_well()


@pytest.mark.parametrize("proposed_before", [True, False])
def test_what_the_bank_took_back_does_not_go_out_once_more(  # INV-16
    paid: Chosen, proposed_before: bool
):
    twice = paid.pays(at=paid.lot.deadline_at - timedelta(hours=1))
    given.booked(twice)
    (duplicate,) = (c for c in paid.standing.credits if c.outcome is Outcome.REFUNDABLE)
    at = paid.lot.deadline_at
    refunds.ask_back(credit_id=duplicate.id, at=at - SECOND, actor=paid.bidder)
    approved(paid, of(paid))
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
    if proposed_before:
        refunds.propose_again(refund_id=of(paid).id, at=at, actor=paid.bidder)
    given.booked(paid.reversal_of(twice))
    before = of(paid)

    go_on = refunds.approve if proposed_before else refunds.propose_again
    with pytest.raises(Refused, match="CREDIT_REVERSED"):
        go_on(refund_id=before.id, at=at, actor=colleague(paid.bidder))

    assert of(paid) == before
    assert given_refunds.told(at=at) == ()
    assert all_is_well()


def test_a_terminated_lot_goes_back_as_a_whole_without_being_seen(paid: Chosen):
    at = paid.lot.deadline_at - 2 * SECOND
    given_tenders.terminated(paid.lot, at=at)
    choosing.reassess(limit=10, at=at, actor=SYSTEM)
    assert paid.standing.reason == "LOT_TERMINATED"
    assert refunds.propose_due(limit=10, at=at, actor=SYSTEM) == 1
    operator, _ = given_refunds.operators()
    (lot,) = shown.terminated_lots(page=1, actor=operator).rows
    assert shown.queue(states=(), text="", overdue_at=None, page=1, actor=operator).rows == ()

    refunds.approve_lot(lot_id=lot.lot_id, at=at, actor=operator)

    refund = of(paid)
    assert (refund.state, refund.reason) == (RefundState.APPROVED, RefundReason.LOT_TERMINATED)
    assert refund.proposed_by != ""
    assert all_is_well()


def test_after_the_opening_who_asked_for_his_money_back_waits_for_the_platform():
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays(chosen.lot.amount + Money(1)))
    asked = refunds.ask_back(
        credit_id=chosen.standing.credits[0].id, at=chosen.lot.deadline_at, actor=chosen.bidder
    )
    given_tenders.opened(chosen.lot)

    for person in (chosen.bidder, colleague(chosen.bidder)):
        with pytest.raises(Refused, match="APPROVED_BY_PLATFORM"):
            refunds.approve(refund_id=asked, at=chosen.lot.opening_at, actor=person)

    assert (of(chosen).state, of(chosen).cannot_why) == (
        RefundState.PROPOSED,
        "APPROVED_BY_PLATFORM",
    )


def test_ones_own_refunds_show_what_is_under_way_before_what_is_done(paid: Chosen):
    approved(paid)
    (payment,) = given_refunds.told(at=paid.lot.deadline_at)
    given.booked(given_refunds.debit(payment, at=paid.lot.deadline_at))
    other = given.chosen(bidder=paid.bidder)
    given.booked(other.pays())
    waiting = withdrawn(other)

    page = shown.mine(page=1, actor=paid.bidder)

    assert [(row.id, row.state) for row in page.rows] == [
        (waiting.id, RefundState.PROPOSED),
        (of(paid).id, RefundState.PAID),
    ]


def test_what_somebody_may_approve_is_shown_to_him_and_not_to_who_proposed_it(paid: Chosen):
    refund = withdrawn(paid)

    assert [r.id for r in shown.to_approve(actor=colleague(paid.bidder))] == [refund.id]
    assert shown.to_approve(actor=paid.bidder) == ()
    assert shown.to_approve(actor=given.chosen().bidder) == ()
