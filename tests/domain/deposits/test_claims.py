"""Money that fits nothing finds its security: said by one, confirmed by another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.core.uploads import Upload
from biaobao.domain.deposits.actions import choosing, claims, refunds
from biaobao.domain.deposits.queries import claims as shown
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.states import ClaimState, DepositState
from biaobao.domain.deposits.types import ClaimRow, Told
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import queries as parties
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.refunds import SECOND, colleague

pytestmark = pytest.mark.django_db

PDF = Upload("回单.pdf", "application/pdf", b"%PDF-1.7 a slip")
DAY = timedelta(days=1)


@pytest.fixture
def astray() -> Chosen:
    """Return a bidder whose payment went to an account that nobody has."""
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays(account=given_banking.MAIN_ACCOUNT))
    return chosen


def claimed(chosen: Chosen, *, amount: Money | None = None, slip: Upload = PDF) -> ClaimRow:
    at = chosen.lot.deadline_at - SECOND
    told = Told(amount or chosen.lot.amount, day_of(at), "0123", "付到了主账户")
    claim_id = claims.claim(lot_id=chosen.lot.id, told=told, slip=slip, at=at, actor=chosen.bidder)
    return shown.claim(claim_id=claim_id, actor=chosen.bidder)


def only_credit() -> suspense.SuspenseRow:
    (row,) = suspense.waiting(reason="", text="", page=1, actor=given_refunds.operators()[0]).rows
    return row


def in_suspense() -> Money:
    return ledger.balance(chart.suspense(given_banking.BANK), actor=SYSTEM)


def all_is_well() -> bool:
    return deposit_standing.mismatches(actor=SYSTEM) == () and not (
        ledger.recount(actor=SYSTEM).discrepancies
    )


def test_a_claim_with_a_slip_that_an_operator_confirms_counts(astray: Chosen):
    claim = claimed(astray)
    operator, _ = given_refunds.operators()
    (seen,) = shown.queue(page=1, actor=operator).rows

    claims.confirm(
        claim_id=claim.id,
        credit_id=seen.candidates[0].id,
        at=astray.lot.deadline_at,
        actor=operator,
    )

    assert astray.standing.state is DepositState.CONFIRMED
    assert astray.held == astray.lot.amount
    assert in_suspense() == Money(0)
    assert astray.standing.credits[0].verdicts[0].reason == "CLAIMED"
    assert all_is_well()


def test_the_operator_learns_no_lot_from_a_claim(astray: Chosen):
    claimed(astray)

    (seen,) = shown.queue(page=1, actor=given_refunds.operators()[0]).rows

    assert (seen.lot_id, seen.lot_code) == (None, "")


def test_an_operators_offer_counts_for_the_lot_that_the_bidder_says(astray: Chosen):
    operator, _ = given_refunds.operators()
    organisation = parties.organisation(organisation_id=astray.bidder.organisation_id, actor=SYSTEM)
    claim_id = claims.offer(
        credit_id=only_credit().credit.id,
        uscc=organisation.uscc,
        note="",
        at=astray.lot.deadline_at - DAY,
        actor=operator,
    )
    (offer,) = shown.offers(actor=astray.bidder)
    assert offer.id == claim_id

    claims.accept(
        claim_id=claim_id, lot_id=astray.lot.id, at=astray.lot.deadline_at, actor=astray.bidder
    )

    assert astray.standing.state is DepositState.CONFIRMED
    assert shown.offers(actor=astray.bidder) == ()
    assert all_is_well()


def test_money_of_another_currency_is_offered_to_nobody():
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays(account=given_banking.MAIN_ACCOUNT, currency="USD"))
    organisation = parties.organisation(organisation_id=chosen.bidder.organisation_id, actor=SYSTEM)

    with pytest.raises(Refused, match="OFFER_NOT_CNY"):
        claims.offer(
            credit_id=only_credit().credit.id,
            uscc=organisation.uscc,
            note="",
            at=chosen.lot.deadline_at - DAY,
            actor=given_refunds.operators()[0],
        )

    assert shown.offers(actor=chosen.bidder) == ()
    assert only_credit().claim_id is None
    assert all_is_well()


def test_money_at_the_wrong_lot_moves_when_a_second_person_says_so():
    given_banking.bank()
    right = given.chosen()
    wrong = given.chosen(bidder=right.bidder)
    given.booked(wrong.pays(), wrong.pays(at=wrong.lot.deadline_at - DAY))
    duplicate = next(c for c in wrong.standing.credits if c.refundable_minor)
    at = right.lot.deadline_at
    claim_id = claims.ask_to_move(
        credit_id=duplicate.id, lot_id=right.lot.id, at=at, actor=right.bidder
    )
    with pytest.raises(Refused, match="OWN_PROPOSAL"):
        claims.confirm_move(claim_id=claim_id, at=at, actor=right.bidder)
    assert right.held == Money(0)

    claims.confirm_move(claim_id=claim_id, at=at, actor=colleague(right.bidder))

    assert (right.held, wrong.held) == (right.lot.amount, wrong.lot.amount)
    assert right.standing.state is DepositState.CONFIRMED
    assert all_is_well()


def test_what_counts_where_it_lies_is_not_moved():
    given_banking.bank()
    right = given.chosen()
    wrong = given.chosen(bidder=right.bidder)
    given.booked(wrong.pays())

    with pytest.raises(Refused, match="NOTHING_TO_MOVE"):
        claims.ask_to_move(
            credit_id=wrong.standing.credits[0].id,
            lot_id=right.lot.id,
            at=right.lot.deadline_at,
            actor=right.bidder,
        )

    assert wrong.standing.state is DepositState.CONFIRMED


def test_a_declined_claim_leaves_the_money_and_says_why(astray: Chosen):
    claim = claimed(astray)
    operator, _ = given_refunds.operators()

    claims.decline(
        claim_id=claim.id, reason="回单不清晰", at=astray.lot.deadline_at, actor=operator
    )

    declined = shown.claim(claim_id=claim.id, actor=astray.bidder)
    assert (declined.state, declined.decline_reason) == (ClaimState.DECLINED, "回单不清晰")
    assert in_suspense() == astray.lot.amount
    with pytest.raises(Refused, match="CLAIM_DECIDED"):
        claims.confirm(
            claim_id=claim.id,
            credit_id=only_credit().credit.id,
            at=astray.lot.deadline_at,
            actor=operator,
        )


@pytest.mark.parametrize(
    ("slip", "code"),
    [
        (Upload("a.pdf", "application/pdf", b""), "SLIP_MISSING"),
        (Upload("a.pdf", "application/pdf", b"MZ"), "SLIP_NOT_READABLE"),
        (Upload("a.png", "image/png", b"%PDF-"), "SLIP_NOT_READABLE"),
        (Upload("a.svg", "image/svg+xml", b"<svg/>"), "SLIP_NOT_READABLE"),
        (Upload("a.pdf", "application/pdf", b"%PDF-" + bytes(5 * 2**20)), "SLIP_TOO_LARGE"),
    ],
)
def test_a_slip_is_a_picture_or_a_pdf_of_bounded_size(astray: Chosen, slip: Upload, code: str):
    with pytest.raises(Refused, match=code):
        claimed(astray, slip=slip)

    assert shown.of_lot(lot_id=astray.lot.id, actor=astray.bidder) == ()


def test_another_amount_than_the_claimed_is_refused(astray: Chosen):
    claim = claimed(astray, amount=Money(1))
    operator, _ = given_refunds.operators()

    with pytest.raises(Refused, match="AMOUNT_OTHER_THAN_CLAIMED"):
        claims.confirm(
            claim_id=claim.id,
            credit_id=only_credit().credit.id,
            at=astray.lot.deadline_at,
            actor=operator,
        )

    assert in_suspense() == astray.lot.amount
    assert astray.standing.state is DepositState.EXPECTED


def test_what_the_opening_found_stands(astray: Chosen):
    claim = claimed(astray)
    given_tenders.opened(astray.lot)
    operator, _ = given_refunds.operators()

    with pytest.raises(Refused, match="LOT_OPENED"):
        claims.confirm(
            claim_id=claim.id,
            credit_id=only_credit().credit.id,
            at=astray.lot.opening_at + SECOND,
            actor=operator,
        )

    assert in_suspense() == astray.lot.amount


def test_a_terminated_lot_takes_no_claimed_money(astray: Chosen):
    given_tenders.terminated(astray.lot, at=astray.lot.deadline_at - DAY)

    with pytest.raises(Refused, match="ALREADY_RELEASED"):
        claimed(astray)

    assert in_suspense() == astray.lot.amount
    assert shown.of_lot(lot_id=astray.lot.id, actor=astray.bidder) == ()


def test_money_in_suspense_goes_back_to_its_payer_by_two_operators(astray: Chosen):
    one, other = given_refunds.operators()
    at = astray.lot.deadline_at
    refund_id = refunds.return_unplaced(
        credit_id=only_credit().credit.id, note="无人认领", at=at, actor=one
    )
    with pytest.raises(Refused, match="OWN_PROPOSAL"):
        refunds.approve(refund_id=refund_id, at=at, actor=one)
    assert in_suspense() == astray.lot.amount

    refunds.approve(refund_id=refund_id, at=at, actor=other)
    (payment,) = given_refunds.told(at=at)
    given.booked(given_refunds.debit(payment, at=at))

    assert given_refunds.refund(refund_id, actor=one).state == "PAID"
    assert in_suspense() == Money(0)
    assert all_is_well()


def test_what_is_claimed_is_not_returned_and_what_is_returned_not_claimed(astray: Chosen):
    one, _ = given_refunds.operators()
    at = astray.lot.deadline_at - SECOND
    organisation = parties.organisation(organisation_id=astray.bidder.organisation_id, actor=SYSTEM)
    credit_id = only_credit().credit.id
    offered = claims.offer(credit_id=credit_id, uscc=organisation.uscc, note="", at=at, actor=one)
    with pytest.raises(Refused, match="CLAIM_UNDER_WAY"):
        refunds.return_unplaced(credit_id=credit_id, note="", at=at, actor=one)
    claims.decline(claim_id=offered, reason="不是本单位", at=at, actor=astray.bidder)
    refund_id = refunds.return_unplaced(credit_id=credit_id, note="", at=at, actor=one)
    with pytest.raises(Refused, match="REFUND_UNDER_WAY"):
        claims.offer(credit_id=credit_id, uscc=organisation.uscc, note="", at=at, actor=one)

    refunds.cancel(refund_id=refund_id, at=at, actor=one)

    assert only_credit().refund_state == ""
    assert in_suspense() == astray.lot.amount


def test_a_reversal_of_claimed_money_takes_it_from_the_deposit(astray: Chosen):
    claim = claimed(astray)
    operator, _ = given_refunds.operators()
    credit = only_credit().credit
    claims.confirm(
        claim_id=claim.id, credit_id=credit.id, at=astray.lot.deadline_at, actor=operator
    )

    given.booked(
        given_banking.entry(
            account=given_banking.MAIN_ACCOUNT,
            amount=astray.lot.amount,
            at=astray.lot.deadline_at,
            kind=given_banking.Kind.REVERSAL,
            original_serial=credit.serial,
        )
    )

    assert astray.held == Money(0)
    assert astray.standing.state is DepositState.EXPECTED
    assert all_is_well()


def test_foreign_money_is_not_moved_to_another_lot():
    given_banking.bank()
    right = given.chosen()
    wrong = given.chosen(bidder=right.bidder)
    given.booked(wrong.pays(currency="USD"))

    with pytest.raises(Refused, match="NOTHING_TO_MOVE"):
        claims.ask_to_move(
            credit_id=wrong.standing.credits[0].id,
            lot_id=right.lot.id,
            at=right.lot.deadline_at,
            actor=right.bidder,
        )

    assert shown.of_lot(lot_id=right.lot.id, actor=right.bidder) == ()
    assert (
        ledger.balance(chart.suspense(given_banking.BANK, "USD"), actor=SYSTEM) == wrong.lot.amount
    )
    assert all_is_well()


def test_somebody_elses_claim_is_not_there(astray: Chosen):
    claim = claimed(astray)
    stranger = given.chosen().bidder

    with pytest.raises(NotFound):
        shown.claim(claim_id=claim.id, actor=stranger)
    with pytest.raises(NotFound):
        claims.decline(claim_id=claim.id, reason="x", at=astray.lot.deadline_at, actor=stranger)


def test_a_move_shows_at_both_lots_while_it_waits_and_then_where_the_money_is():
    given_banking.bank()
    right = given.chosen()
    wrong = given.chosen(bidder=right.bidder)
    given.booked(wrong.pays(), wrong.pays(at=wrong.lot.deadline_at - DAY))
    duplicate = next(c for c in wrong.standing.credits if c.refundable_minor)
    claim_id = claims.ask_to_move(
        credit_id=duplicate.id, lot_id=right.lot.id, at=right.lot.deadline_at, actor=right.bidder
    )
    second = colleague(right.bidder)

    for lot in (right.lot, wrong.lot):
        (seen,) = shown.of_lot(lot_id=lot.id, actor=right.bidder)
        assert (seen.id, seen.lot_id, seen.is_own_proposal) == (claim_id, right.lot.id, True)
    assert not shown.claim(claim_id=claim_id, actor=second).is_own_proposal
    claims.confirm_move(claim_id=claim_id, at=right.lot.deadline_at, actor=second)

    assert shown.of_lot(lot_id=wrong.lot.id, actor=right.bidder) == ()
    assert [c.id for c in shown.of_lot(lot_id=right.lot.id, actor=right.bidder)] == [claim_id]


def test_money_may_be_claimed_for_lots_that_are_not_over_and_not_given_up():
    given_banking.bank()
    live = given.chosen()
    for other in ("opened", "terminated", "given up"):
        chosen = given.chosen(bidder=live.bidder)
        if other == "opened":
            given_tenders.opened(chosen.lot)
        elif other == "terminated":
            given_tenders.terminated(chosen.lot)
        else:
            choosing.give_up(
                lot_id=chosen.lot.id,
                reason="SWITCHED",
                at=chosen.lot.deadline_at,
                actor=chosen.bidder,
            )
    given.chosen()

    assert [lot.id for lot in shown.targets(actor=live.bidder)] == [live.lot.id]
