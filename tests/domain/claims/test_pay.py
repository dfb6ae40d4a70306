"""An accepted claim is funded by its guarantor, paid by the bank, and recovered of the bidder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.claims import actions, queries
from biaobao.domain.claims.models import Claim
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.deposits.queries import standing
from biaobao.domain.guarantees.models import Letter
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import claims as given
from tests.given import deposits as given_deposits
from tests.given import guarantees as given_guarantees
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given.claims import paid, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PART = Money.yuan(20_000)


@pytest.fixture(autouse=True)
def bank(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def all_is_well() -> bool:
    return (
        queries.mismatches(actor=SYSTEM) == ()
        and applications.mismatches(actor=SYSTEM) == ()
        and standing.mismatches(actor=SYSTEM) == ()
        and ledger.recount(actor=SYSTEM).discrepancies == ()
    )


def test_funded_it_is_paid_to_its_beneficiary_once():  # INV-18, INV-24
    claimed = given.accepted()
    entry = given.funds(claimed)

    premiums.booked(entry)
    premiums.booked(entry)

    assert (claimed.state, claimed.now.funded, claimed.held) == (
        ClaimState.PAYING,
        given.AMOUNT,
        Money(0),
    )
    (payment,) = told(claimed)
    assert (payment.payee_account, payment.amount_minor) == (given.ACCOUNT, given.AMOUNT.fen)
    assert claimed.letter.paid_out == Money(0)
    debit = given_refunds.debit(payment, at=claimed.at + 2 * DAY)
    premiums.booked(debit)
    premiums.booked(debit)

    assert claimed.state is ClaimState.PAID
    letter = claimed.letter
    assert (letter.state, letter.paid_out, letter.open_claims) == (
        LetterState.CLAIMED_FULL,
        given.AMOUNT,
        0,
    )
    assert claimed.applied.exposure == "RELEASED"
    assert all_is_well()


def test_a_part_leaves_the_rest_to_be_claimed_and_no_more():  # INV-23
    claimed = given.accepted(amount=PART)
    paid(claimed)

    letter = claimed.letter
    assert (letter.state, letter.paid_out) == (LetterState.CLAIMED_PARTIAL, PART)
    assert claimed.applied.exposure == "USED"
    left = Money(given.AMOUNT.fen - PART.fen)
    with pytest.raises(Refused, match="CLAIM_TOO_HIGH"):
        given.drafted(claimed.applied, claimed.beneficiary, amount=Money(left.fen + 1))
    rest = given.drafted(claimed.applied, claimed.beneficiary, amount=left)
    given.presents(rest)
    actions.accept(claim_id=rest.id, at=rest.at, actor=rest.guarantor)
    paid(rest)
    assert rest.letter.state is LetterState.CLAIMED_FULL
    with pytest.raises(Refused, match="LETTER_NOT_CLAIMABLE"):
        given.drafted(claimed.applied, claimed.beneficiary, amount=Money(1))
    assert all_is_well()


def test_funded_in_two_parts_it_is_paid_when_it_is_whole():
    claimed = given.accepted()
    premiums.booked(given.funds(claimed, PART))
    assert (claimed.state, claimed.held) == (ClaimState.ACCEPTED, PART)
    assert told(claimed) == ()

    premiums.booked(given.funds(claimed, Money(given.AMOUNT.fen - PART.fen)))

    assert claimed.state is ClaimState.PAYING
    assert all_is_well()


def test_what_no_claim_asks_for_waits_in_suspense():
    claimed = given.accepted()
    premiums.booked(given.funds(claimed, Money(given.AMOUNT.fen + 1)))
    assert (claimed.state, claimed.held) == (ClaimState.ACCEPTED, Money(0))
    premiums.booked(given.funds(claimed))
    premiums.booked(given.funds(claimed))

    suspense = ledger.balance(chart.suspense(given_banking.BANK), actor=SYSTEM)
    assert suspense.fen == 2 * given.AMOUNT.fen + 1
    assert len(told(claimed)) == 1
    assert all_is_well()


def test_what_the_bank_takes_back_before_it_is_whole_is_asked_for_again():
    claimed = given.accepted()
    entry = given.funds(claimed, PART)
    premiums.booked(entry)

    premiums.booked(premiums.reversal_of(entry))

    assert (claimed.now.funded, claimed.held) == (Money(0), Money(0))
    assert all_is_well()
    paid(claimed)
    assert claimed.state is ClaimState.PAID


def test_what_it_takes_back_afterwards_is_owed_to_the_house():
    claimed = given.accepted()
    entry = given.funds(claimed)
    premiums.booked(entry)
    given_deposits.booked(
        given.given_banking.entry(account="999", amount=given.AMOUNT, at=claimed.at)
    )

    premiums.booked(premiums.reversal_of(entry))

    assert claimed.state is ClaimState.PAYING
    owed = ledger.balance(chart.taken_back(given_banking.BANK), actor=SYSTEM)
    assert owed == given.AMOUNT
    assert all_is_well()


@pytest.mark.parametrize("how", ["refused", "returned"])
def test_not_paid_it_is_ordered_again_to_another_account_of_the_beneficiary(how: str):
    claimed = given.accepted()
    if how == "refused":
        payment = given.not_paid(claimed)
    else:
        payment = paid(claimed)
        debit = given_refunds.debit(payment, at=claimed.at + 2 * DAY)
        premiums.booked(given_refunds.return_of(debit, at=claimed.at + 3 * DAY))
    assert claimed.state is ClaimState.PAY_FAILED
    assert told(claimed, days=4) == ()
    assert all_is_well()
    asked: dict[str, Any] = {"claim_id": claimed.id, "payee_bank": "示例银行", "at": claimed.at}
    with pytest.raises(Refused, match="ACCOUNT_NUMBER_INVALID"):
        actions.tell_payee(payee_account="1", actor=claimed.beneficiary, **asked)
    with pytest.raises((NotAllowed, NotFound)):
        actions.tell_payee(payee_account="33050168620800007777", actor=claimed.guarantor, **asked)

    actions.tell_payee(payee_account="33050168620800007777", actor=claimed.beneficiary, **asked)

    (again,) = told(claimed, days=4)
    assert again.payee_account == "33050168620800007777"
    assert again.key != payment.key
    premiums.booked(given_refunds.debit(again, at=claimed.at + 5 * DAY))
    assert claimed.state is ClaimState.PAID
    # Its letter was charged with it once.
    assert claimed.letter.paid_out == given.AMOUNT
    assert all_is_well()
    with pytest.raises(Refused, match="PAYMENT_NOT_FAILED"):
        actions.tell_payee(payee_account="33050168620800006666", actor=claimed.beneficiary, **asked)


def test_what_was_paid_is_recovered_in_parts_and_never_too_much():
    claimed = given.accepted()
    paid(claimed)

    def receives(fen: int) -> None:
        actions.note_receipt(
            claim_id=claimed.id,
            amount=Money(fen),
            received_on=day_of(claimed.at),
            note="转账",
            at=claimed.at + 9 * DAY,
            actor=claimed.guarantor,
        )

    receives(PART.fen)
    for wrong in (0, given.AMOUNT.fen - PART.fen + 1):
        with pytest.raises(Refused, match="RECOVERED_TOO_MUCH"):
            receives(wrong)
    assert (claimed.state, claimed.now.to_recover.fen) == (
        ClaimState.PAID,
        given.AMOUNT.fen - PART.fen,
    )
    receives(given.AMOUNT.fen - PART.fen)

    assert (claimed.state, claimed.now.ended_why) == (ClaimState.CLOSED, "RECOVERED")
    with pytest.raises(Refused, match="NOTHING_TO_RECOVER"):
        receives(1)
    assert all_is_well()


def test_the_rest_may_be_given_up_with_a_reason():
    claimed = given.accepted()
    with pytest.raises(Refused, match="NOTHING_TO_RECOVER"):
        actions.give_up_recovery(
            claim_id=claimed.id, words="破产", at=claimed.at, actor=claimed.guarantor
        )
    paid(claimed)
    with pytest.raises(Refused, match="TEXT_MISSING"):
        actions.give_up_recovery(
            claim_id=claimed.id, words=" ", at=claimed.at, actor=claimed.guarantor
        )
    for _ in range(2):
        actions.give_up_recovery(
            claim_id=claimed.id, words="破产清算", at=claimed.at, actor=claimed.guarantor
        )

    assert (claimed.state, claimed.now.ended_why) == (ClaimState.CLOSED, "破产清算")
    other = given_guarantees.desk()
    with pytest.raises(NotFound):
        actions.give_up_recovery(claim_id=claimed.id, words="x", at=claimed.at, actor=other)


def test_the_database_itself_holds_the_bounds():  # INV-23, INV-24
    claimed = given.presented()
    for model, changes in (
        (Letter, {"paid_out_fen": given.AMOUNT.fen + 1}),
        (Claim, {"funded_fen": given.AMOUNT.fen + 1}),
        (Claim, {"recovered_fen": 1}),
        (Claim, {"state": "PAID"}),
        (Claim, {"state": "REFUSED"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), seeing_as(SYSTEM):
            model.objects.update(**changes)
    assert claimed.state is ClaimState.PRESENTED
