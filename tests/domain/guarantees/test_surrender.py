"""退保: a letter is given up where the rules allow, secures nothing then, and its premium goes back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from biaobao.core.actor import NOBODY, SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.guarantees.actions import applying, paying, surrendering
from biaobao.domain.guarantees.models import Letter
from biaobao.domain.guarantees.queries import applications, letters
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import Standing, SurrenderReason, ToIssue
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import invoices as given_invoices
from tests.given import invoicing as given_invoicing
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PREMIUM = Money.yuan(300)


@pytest.fixture
def issued(db: None) -> tuple[Applied, ToIssue]:
    given_banking.bank()
    return given_letters.issued()


def surrender(
    applied: Applied,
    *,
    at: datetime | None = None,
    reason: SurrenderReason | None = SurrenderReason.WITHDRAWN,
) -> None:
    surrendering.surrender(
        application_id=applied.id,
        reason=reason,
        at=at or applied.lot.deadline_at - SECOND,
        actor=applied.bidder,
    )


def earned(applied: Applied) -> Money:
    return ledger.balance(chart.guarantor(applied.product.guarantor.id), actor=SYSTEM)


def all_is_well() -> bool:
    return (
        applications.mismatches(actor=SYSTEM) == ()
        and ledger.recount(actor=SYSTEM).discrepancies == ()
    )


def comes_back(applied: Applied, *, at: datetime) -> None:
    """Let the bank carry out the order that gives the premium back."""
    (payment,) = given_refunds.told(at=at)
    assert payment.amount_minor == PREMIUM.fen
    premiums.booked(given_refunds.debit(payment, at=at))
    paying.settle(limit=9, at=at, actor=SYSTEM)
    assert applied.state is ApplicationState.REFUNDED


# Scenario 20 of the domain: surrender with a bid that is submitted.
@pytest.mark.parametrize("seconds", [0, 1])
def test_until_the_deadlines_own_second_it_is_void_at_once_and_all_of_the_premium_goes_back(
    issued: tuple[Applied, ToIssue], seconds: int
):  # INV-20, INV-21
    applied, claim = issued
    assert (applied.security, earned(applied)) == (("SECURED", "GUARANTEE"), PREMIUM)
    at = applied.lot.deadline_at - seconds * SECOND

    surrender(applied, at=at)
    surrender(applied, at=at + DAY)

    letter = letter_of(applied)
    assert (letter.state, letter.ended_why) == (LetterState.SURRENDERED, "WITHDRAWN")
    assert applied.security == ("REQUIRED", "")
    assert applied.exposure == "RELEASED"
    assert (applied.state, applied.now.why) == (ApplicationState.PREMIUM_REFUNDING, "SURRENDERED")
    assert (earned(applied), applied.held) == (Money(0), Money(0))
    found = letters.verify(
        number=claim.letter.number,
        code=claim.letter.verification_code,
        at=at,
        actor=applied.bidder,
    )
    assert found
    assert found.standing is Standing.SURRENDERED
    comes_back(applied, at=at)
    assert all_is_well()


def test_its_lot_can_then_be_secured_in_any_way(issued: tuple[Applied, ToIssue]):
    applied, _ = issued
    surrender(applied, reason=SurrenderReason.SWITCHED, at=applied.at)

    choosing.choose(lot_id=applied.lot.id, at=applied.at + SECOND, actor=applied.bidder)

    assert applied.security == ("REQUIRED", "DEPOSIT")


def test_after_it_another_letter_can_be_applied_for(issued: tuple[Applied, ToIssue]):
    applied, _ = issued
    surrender(applied, at=applied.at)

    again = applying.begin(lot_id=applied.lot.id, at=applied.at + SECOND, actor=applied.bidder)

    assert again != applied.id


@pytest.mark.parametrize("opened", [False, True])
def test_after_the_deadline_it_is_in_force_and_nothing_changes(
    issued: tuple[Applied, ToIssue], opened: bool
):
    applied, claim = issued
    if opened:
        given_tenders.opened(applied.lot)
        given_letters.unsealed(applied, given_letters.read(claim))
    before = (letter_of(applied), applied.now, applied.security, earned(applied))

    with pytest.raises(Refused, match="LETTER_IN_FORCE"):
        surrender(applied, at=applied.lot.deadline_at + SECOND)

    assert (letter_of(applied), applied.now, applied.security, earned(applied)) == before
    assert given_refunds.told(at=applied.lot.deadline_at + DAY) == ()


@pytest.mark.parametrize("stands_still", ["suspended", "terminated"])
def test_while_its_lot_stands_still_it_may_whatever_the_clock_says(
    issued: tuple[Applied, ToIssue], stands_still: str
):
    applied, _ = issued
    getattr(given_tenders, stands_still)(applied.lot)

    surrender(applied, at=applied.lot.deadline_at + DAY, reason=None)

    assert letter_of(applied).ended_why == f"LOT_{stands_still.upper()}"
    comes_back(applied, at=applied.lot.deadline_at + DAY)
    assert all_is_well()


# Scenario 21 of the domain: surrender after the opening with 流标.
def test_of_a_failed_lot_it_may_and_the_record_of_the_opening_stands(
    issued: tuple[Applied, ToIssue],
):
    applied, claim = issued
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    given_tenders.failed(applied.lot)
    at = applied.lot.deadline_at + 2 * DAY

    surrender(applied, at=at, reason=None)

    assert letter_of(applied).ended_why == "LOT_FAILED"
    assert applied.security == ("RELEASED", "GUARANTEE")
    comes_back(applied, at=at)
    assert all_is_well()


# Scenario 22 of the domain: invoice, then surrender.
def test_an_issued_invoice_is_reversed_before_the_premium_goes_back(
    issued: tuple[Applied, ToIssue],
):  # INV-26
    applied, claim = issued
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    (invoice,) = given_invoicing.applied_for(applied)
    given_invoicing.carried(given_invoicing.later(applied))
    given_tenders.failed(applied.lot)
    at = applied.lot.deadline_at + 9 * DAY

    surrender(applied, at=at, reason=None)

    assert letter_of(applied).state is LetterState.SURRENDERED
    assert applied.state is ApplicationState.SURRENDERED
    assert given_invoices.now(invoice).state is InvoiceState.RED_PENDING
    assert earned(applied) == PREMIUM
    assert surrendering.give_back_surrendered(limit=9, at=at, actor=SYSTEM) == 0
    assert given_refunds.told(at=at) == ()
    assert all_is_well()

    given_invoicing.carried(at + DAY)
    assert given_invoices.now(invoice).state is InvoiceState.RED_ISSUED
    assert surrendering.give_back_surrendered(limit=9, at=at + DAY, actor=SYSTEM) == 1
    assert surrendering.give_back_surrendered(limit=9, at=at + DAY, actor=SYSTEM) == 0
    assert earned(applied) == Money(0)
    comes_back(applied, at=at + DAY)
    assert all_is_well()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("open_claims", 1, "LETTER_CLAIMED"), ("paid_out_fen", 1, "LETTER_PAID_ON")],
)
def test_one_that_is_claimed_is_not_given_up(
    issued: tuple[Applied, ToIssue], column: str, value: int, code: str
):
    applied, claim = issued
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    given_tenders.failed(applied.lot)
    with seeing_as(SYSTEM):
        Letter.objects.update(**{column: value})

    with pytest.raises(Refused, match=code):
        surrender(applied, at=applied.lot.deadline_at + 2 * DAY)

    assert letter_of(applied).state is LetterState.UNSEALED
    assert earned(applied) == PREMIUM


def test_before_the_deadline_a_reason_is_asked_for(issued: tuple[Applied, ToIssue]):
    applied, _ = issued

    with pytest.raises(Refused, match="SURRENDER_REASON_MISSING"):
        surrender(applied, reason=None)

    assert letter_of(applied).state is LetterState.ISSUED_SEALED


def test_what_ended_otherwise_is_not_given_up(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    given_invoicing.ended(applied, LetterState.EXPIRED)
    given_tenders.failed(applied.lot)

    with pytest.raises(Refused, match="LETTER_ENDED"):
        surrender(applied, at=applied.lot.deadline_at + 2 * DAY)

    assert letter_of(applied).state is LetterState.EXPIRED


def test_a_premium_that_the_bank_took_back_does_not_go_back_once_more(db: None):  # INV-16
    given_banking.bank()
    applied = given.payable()
    entry = premiums.pays(applied)
    premiums.booked(entry)
    claim = given_letters.claimed(applied)
    given_letters.kept(claim, at=given_letters.due_at(applied))
    premiums.booked(premiums.reversal_of(entry, at=applied.at + DAY))

    surrender(applied)

    assert letter_of(applied).state is LetterState.SURRENDERED
    assert given_refunds.told(at=applied.lot.deadline_at) == ()
    assert all_is_well()


def test_nobody_else_gives_it_up(issued: tuple[Applied, ToIssue]):
    applied, _ = issued
    others = (
        given.bidder(),
        given_parties.operator(),
        given_tenders.keeper_of(applied.lot),
        SYSTEM,
        NOBODY,
    )
    for other in others:
        with pytest.raises((NotAllowed, NotFound)):
            surrendering.surrender(
                application_id=applied.id,
                reason=SurrenderReason.WITHDRAWN,
                at=applied.at,
                actor=other,
            )
    with pytest.raises(NotAllowed):
        surrendering.give_back_surrendered(limit=9, at=applied.at, actor=applied.bidder)

    assert letter_of(applied).state is LetterState.ISSUED_SEALED


def test_many_times_at_once_it_is_given_up_once(committed: None):  # INV-20
    given_banking.bank()
    applied, _ = given_letters.issued()

    at_once([lambda: surrender(applied, at=applied.at + DAY) for _ in range(8)])

    assert letter_of(applied).state is LetterState.SURRENDERED
    assert len(given_refunds.told(at=applied.lot.deadline_at)) == 1
    assert earned(applied) == Money(0)
    assert all_is_well()
