"""保函生成: one letter for one premium, in time or not at all, whatever is killed meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing
from biaobao.domain.documents.types import Party
from biaobao.domain.guarantees.actions import applying, catalogue, ending, issuing, paying
from biaobao.domain.guarantees.models import Letter, LetterVersion
from biaobao.domain.guarantees.queries import applications, letters, papers
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import Next, Stage
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.tenders.types import Way
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import claimed, due_at, kept, letter_of

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(minutes=2)


@pytest.fixture
def paid(db: None) -> Applied:
    given_banking.bank()
    return given_letters.paid()


def earned(applied: Applied) -> Money:
    return ledger.balance(chart.guarantor(applied.product.guarantor.id), actor=SYSTEM)


def all_is_well() -> bool:
    return (
        applications.mismatches(actor=SYSTEM) == ()
        and ledger.recount(actor=SYSTEM).discrepancies == ()
    )


def bidder_of(applied: Applied) -> Party:
    """Return the bidder as its letter names it."""
    told = papers.agreement(application_id=applied.id, actor=applied.bidder)
    return told.applicant


def has_one_letter(applied: Applied) -> bool:
    """Tell whether there is one letter, its premium is booked once, and its limit is used once."""
    fen = applied.lot.amount.fen
    with seeing_as(SYSTEM):
        number = Letter.objects.filter(application=applied.id).count()
    return (
        (number, applied.held, earned(applied)) == (1, Money(0), Money.yuan(300))
        and set(given.limits(applied.product.guarantor.id).values()) == {(0, fen)}
        and all_is_well()
    )


def test_on_a_day_that_was_closed_before_the_account_was_given_no_letter_is_made(db: None):
    given_banking.bank()
    lot, offered = given_tenders.lot(), given.product()
    closed_on = day_of(lot.deadline_at - 5 * DAY)
    closure_id = given.closed(offered.guarantor.id, closed_on)
    paid = given_letters.paid(lot, offered=offered)

    assert issuing.claim(limit=9, at=due_at(paid), actor=SYSTEM) == ()
    assert paid.state is ApplicationState.PAID
    catalogue.lift_closure(closure_id=closure_id, at=paid.at, actor=SYSTEM)

    assert kept(claimed(paid), at=due_at(paid)) is ApplicationState.ISSUED


def test_who_may_pay_already_has_his_letter_on_a_day_that_is_closed_afterwards(paid: Applied):
    tomorrow = paid.at + DAY
    given.closed(paid.product.guarantor.id, day_of(tomorrow), at=due_at(paid))

    assert kept(claimed(paid, at=tomorrow), at=tomorrow) is ApplicationState.ISSUED


def test_paid_it_is_claimed_made_and_kept(paid: Applied):  # INV-20
    claim = claimed(paid)
    assert (paid.state, paid.progress.next) == (ApplicationState.ISSUING, Next.WAIT_FOR_LETTER)
    said = claim.letter
    assert (said.amount, said.works.code) == (paid.lot.amount, paid.lot.code)
    assert (said.valid_from.isoformat(), said.valid_until.isoformat()) == (
        "2026-06-08",
        "2026-10-06",
    )
    assert len(said.verification_code) == 26  # five bits each: 130

    assert kept(claim, at=due_at(paid)) is ApplicationState.ISSUED

    assert (paid.progress.stage, paid.progress.next) == (Stage.LETTER, Next.SEE_LETTER)
    assert paid.security == ("SECURED", Way.GUARANTEE)
    letter = letter_of(paid)
    assert (letter.number, letter.state) == (said.number, LetterState.ISSUED_SEALED)
    assert (letter.issued_at, letter.amount) == (due_at(paid), paid.lot.amount)
    assert paid.exposure == "USED"
    assert has_one_letter(paid)


def test_its_code_is_kept_as_a_hash_only(paid: Applied):
    claim = claimed(paid)
    kept(claim, at=due_at(paid))

    with seeing_as(SYSTEM):
        row = Letter.objects.get(application=paid.id)
        assert claim.letter.verification_code not in (row.code_sha256, row.number)
        assert len(row.code_sha256) == 64


def test_from_payment_on_there_is_a_receipt(paid: Applied):
    found = papers.receipt(application_id=paid.id, at=due_at(paid), actor=SYSTEM)

    assert (found.premium, found.paid_at) == (Money.yuan(300), paid.now.paid_at)
    with pytest.raises(NotAllowed):
        papers.receipt(application_id=paid.id, at=due_at(paid), actor=paid.bidder)
    unpaid = given.submitted()
    with pytest.raises(NotFound):
        papers.receipt(application_id=unpaid.id, at=due_at(paid), actor=SYSTEM)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=999_999)])
def test_in_the_deadlines_own_second_it_secures(paid: Applied, late: timedelta):  # INV-6
    deadline = paid.lot.deadline_at
    claim = claimed(paid, at=deadline)

    state = kept(claim, at=deadline + late)

    assert state is ApplicationState.ISSUED
    assert paid.security == ("SECURED", Way.GUARANTEE)
    assert letter_of(paid).issued_at == deadline


def test_kept_after_the_deadline_what_was_stamped_before_counts(paid: Applied):
    deadline = paid.lot.deadline_at
    claim = claimed(paid, at=deadline - SECOND)

    issuing.keep(
        application_id=paid.id,
        attempt=claim.attempt,
        sealed=given_letters.sealed(claim, at=deadline),
        at=deadline + HOUR,
        actor=SYSTEM,
    )

    assert paid.security == ("SECURED", Way.GUARANTEE)
    assert has_one_letter(paid)


def test_one_second_late_it_secures_nothing_and_the_premium_returns(paid: Applied):
    deadline = paid.lot.deadline_at
    claim = claimed(paid, at=deadline)

    state = kept(claim, at=deadline + SECOND)

    assert (state, paid.now.why) == (ApplicationState.PREMIUM_REFUNDING, "LATE_ISSUED")
    assert paid.security == ("REQUIRED", "")
    assert (letter_of(paid).state, paid.exposure) == (LetterState.VOID, "RELEASED")
    assert (paid.held, earned(paid)) == (Money(0), Money(0))
    (credit,) = paid.payment.credits
    assert [refund.amount_minor for refund in credit.refunds] == [300_00]
    assert all_is_well()


def test_after_the_deadline_nothing_is_claimed_and_the_premium_returns(paid: Applied):
    late = paid.lot.deadline_at + SECOND
    assert issuing.claim(limit=9, at=late, actor=SYSTEM) == ()

    ending.end_over(limit=9, at=late, actor=SYSTEM)

    assert paid.now.why == "DEADLINE_PASSED"
    assert paid.held == Money(0)


def test_not_made_before_its_lot_failed_the_premium_returns_all_the_same(paid: Applied):
    given_tenders.opened(paid.lot)
    given_tenders.failed(paid.lot)

    ending.end_over(limit=9, at=paid.lot.deadline_at + 2 * DAY, actor=SYSTEM)

    assert paid.now.why == "DEADLINE_PASSED"
    assert paid.held == Money(0)


def test_while_it_is_made_the_deadline_ends_nothing(paid: Applied):
    claim = claimed(paid, at=paid.lot.deadline_at)

    late = paid.lot.deadline_at + SECOND
    assert ending.end_over(limit=9, at=late, actor=SYSTEM) == 0
    assert kept(claim, at=paid.lot.deadline_at) is ApplicationState.ISSUED

    assert ending.end_over(limit=9, at=late + DAY, actor=SYSTEM) == 0


def test_killed_while_it_was_made_it_ends_when_nobody_makes_it_any_more(paid: Applied):
    claim = claimed(paid, at=paid.lot.deadline_at)

    ending.end_over(limit=9, at=paid.lot.deadline_at + LEASE, actor=SYSTEM)

    assert paid.now.why == "DEADLINE_PASSED"
    # What the dead one made comes too late for anything.
    assert kept(claim, at=paid.lot.deadline_at) is ApplicationState.PREMIUM_REFUNDING
    with pytest.raises(NotFound):
        letter_of(paid)
    assert all_is_well()


class TestKilled:
    def test_before_it_kept_anything_another_makes_the_one_letter(self, paid: Applied):
        first = claimed(paid)
        assert issuing.claim(limit=9, at=due_at(paid) + LEASE - SECOND, actor=SYSTEM) == ()
        second = claimed(paid, at=due_at(paid) + LEASE)
        assert first.letter.number != second.letter.number

        kept(second, at=due_at(paid) + LEASE)
        kept(first, at=due_at(paid) + LEASE)

        assert letter_of(paid).number == second.letter.number
        assert has_one_letter(paid)

    def test_the_slower_of_two_keeps_nothing(self, paid: Applied):
        first = claimed(paid)
        second = claimed(paid, at=due_at(paid) + LEASE)

        assert kept(first, at=due_at(paid) + LEASE) is ApplicationState.ISSUING
        assert kept(second, at=due_at(paid) + LEASE) is ApplicationState.ISSUED

        assert has_one_letter(paid)

    def test_after_it_kept_it_keeping_again_changes_nothing(self, paid: Applied):
        claim = claimed(paid)
        kept(claim, at=due_at(paid))
        before = letter_of(paid)

        assert kept(claim, at=due_at(paid) + HOUR) is ApplicationState.ISSUED

        assert letter_of(paid) == before
        assert issuing.claim(limit=9, at=due_at(paid) + DAY, actor=SYSTEM) == ()
        assert has_one_letter(paid)


def test_eight_workers_at_once_make_one_letter(committed: None):
    given_banking.bank()
    paid = given_letters.paid()

    def work(number: int) -> str:
        try:
            # A worker whose lease ran out, one after the other, all of them still at it.
            at = due_at(paid) + number * LEASE
            for claim in issuing.claim(limit=9, at=at, actor=SYSTEM):
                return kept(claim, at=at)
            return "nothing to do"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(8)))

    assert "ISSUED" in done
    assert has_one_letter(paid)


class TestNotIssued:
    def test_the_guarantor_declines_after_payment(self, paid: Applied):
        claim = claimed(paid)
        said = {"application_id": paid.id, "attempt": claim.attempt, "actor": SYSTEM}

        issuing.keep_refusal(words="信用状况变化", at=due_at(paid), **said)
        issuing.keep_refusal(words="信用状况变化", at=due_at(paid), **said)

        assert (paid.state, paid.now.why, paid.now.words) == (
            ApplicationState.PREMIUM_REFUNDING,
            "GUARANTOR_DECLINED",
            "信用状况变化",
        )
        assert (paid.exposure, paid.security) == ("RELEASED", ("REQUIRED", ""))
        assert paid.held == Money(0)
        assert all_is_well()
        # The other ways, and other guarantors, are open while there is time.
        assert applying.begin(lot_id=paid.lot.id, at=due_at(paid), actor=paid.bidder) != paid.id

    def test_a_partner_that_does_not_answer_is_tried_again_ever_later(self, paid: Applied):
        at = due_at(paid)
        for wait in (15, 30, 60):
            claim = claimed(paid, at=at)
            issuing.keep_problem(
                application_id=paid.id,
                attempt=claim.attempt,
                problem="TIMESTAMP_UNAVAILABLE",
                at=at,
                actor=SYSTEM,
            )
            assert paid.state is ApplicationState.PAID
            at += timedelta(seconds=wait)
            assert issuing.claim(limit=9, at=at - SECOND, actor=SYSTEM) == ()

        claim = claimed(paid, at=at)
        assert kept(claim, at=at) is ApplicationState.ISSUED
        assert has_one_letter(paid)

    def test_signed_by_somebody_else_it_is_not_kept(self, paid: Applied):
        claim = claimed(paid)

        with pytest.raises(Refused, match="SEAL_OF_ANOTHER"):
            kept(claim, at=due_at(paid), uscc=given_parties.credit_code())

        assert paid.state is ApplicationState.ISSUING
        assert paid.security == ("REQUIRED", Way.GUARANTEE)

    def test_saying_something_else_it_is_made_anew(self, paid: Applied):
        claim = claimed(paid)
        more = replace(claim.letter, amount=Money(claim.letter.amount.fen * 10))

        assert kept(claim, at=due_at(paid), letter=more) is ApplicationState.PAID

        assert paid.security == ("REQUIRED", Way.GUARANTEE)

    def test_postponed_while_it_was_made_it_is_made_anew_with_the_new_end(self, paid: Applied):
        claim = claimed(paid)
        given_tenders.postponed(paid.lot, by=7 * DAY)
        assert kept(claim, at=due_at(paid)) is ApplicationState.PAID

        again = claimed(paid, at=due_at(paid) + HOUR)
        kept(again, at=due_at(paid) + HOUR)

        assert letter_of(paid).valid_until == claim.letter.valid_until + 7 * DAY
        assert has_one_letter(paid)

    def test_while_its_lot_is_suspended_it_waits(self, paid: Applied):
        claim = claimed(paid)
        given_tenders.suspended(paid.lot)

        assert kept(claim, at=due_at(paid)) is ApplicationState.PAID
        assert issuing.claim(limit=9, at=due_at(paid) + HOUR, actor=SYSTEM) == ()

    def test_while_it_is_made_it_cannot_be_revoked_and_afterwards_neither(self, paid: Applied):
        claim = claimed(paid)
        revoke = {"application_id": paid.id, "at": due_at(paid), "actor": paid.bidder}
        with pytest.raises(Refused, match="BEING_ISSUED"):
            paying.revoke(**revoke)
        kept(claim, at=due_at(paid))
        with pytest.raises(Refused, match="LETTER_ISSUED"):
            paying.revoke(**revoke)
        with pytest.raises(Refused, match="APPLICATION_PAID"):
            applying.cancel(**revoke)

        assert has_one_letter(paid)


@pytest.mark.django_db
class TestThePremiumIsTakenBack:
    def test_while_the_letter_is_made_none_is_kept(self):
        given_banking.bank()
        applied = given.payable()
        entry = premiums.pays(applied)
        premiums.booked(entry)
        claim = claimed(applied)
        premiums.booked(premiums.reversal_of(entry), at=due_at(applied))

        assert kept(claim, at=due_at(applied)) is ApplicationState.PAY_PENDING

        with pytest.raises(NotFound):
            letter_of(applied)
        assert all_is_well()

    def test_after_the_letter_it_stands_and_its_guarantor_lacks_the_premium(self):
        given_banking.bank()
        applied = given.payable()
        entry = premiums.pays(applied)
        premiums.booked(entry)
        kept(claimed(applied), at=due_at(applied))

        premiums.booked(premiums.reversal_of(entry), at=due_at(applied))

        assert applied.state is ApplicationState.ISSUED
        assert applied.security == ("SECURED", Way.GUARANTEE)
        assert (applied.held, earned(applied)) == (Money(0), Money(0))
        assert all_is_well()

    def test_paid_once_more_after_the_letter_it_comes_back(self):
        given_banking.bank()
        applied = given.payable()
        premiums.booked(premiums.pays(applied))
        kept(claimed(applied), at=due_at(applied))

        premiums.booked(premiums.pays(applied, Money.yuan(300)))

        assert [c.reason for c in applied.payment.credits] == ["", "DUPLICATE"]
        assert has_one_letter(applied)


@pytest.mark.django_db
def test_money_for_a_deposit_that_was_given_up_does_not_undo_the_letter():
    given_banking.bank()
    bidder = given.bidder()
    chosen = given_deposits.chosen(bidder=bidder)
    choosing.give_up(
        lot_id=chosen.lot.id,
        reason="SWITCHED",
        at=chosen.lot.deadline_at - 5 * DAY,
        actor=bidder,
    )
    applied, _ = given_letters.issued(chosen.lot, bidder)

    given_deposits.booked(chosen.pays())

    assert applied.security == ("SECURED", Way.GUARANTEE)
    assert chosen.held == chosen.lot.amount
    assert standing.mismatches(actor=SYSTEM) == ()
    assert has_one_letter(applied)


def test_only_the_house_issues(paid: Applied):
    claim = claimed(paid)
    held = {"application_id": paid.id, "attempt": claim.attempt, "at": due_at(paid)}
    for actor in (paid.bidder, given_parties.operator()):
        for attempt in (
            lambda actor=actor: issuing.claim(limit=9, at=due_at(paid), actor=actor),
            lambda actor=actor: issuing.keep(
                sealed=given_letters.sealed(claim, at=due_at(paid)), actor=actor, **held
            ),
            lambda actor=actor: issuing.keep_refusal(words="", actor=actor, **held),
            lambda actor=actor: issuing.keep_problem(problem="X", actor=actor, **held),
            lambda actor=actor: papers.letter(
                application_id=paid.id, number="", code="", actor=actor
            ),
        ):
            with pytest.raises(NotAllowed):
                attempt()
    with pytest.raises(NotFound):
        issuing.keep(
            application_id=uuid4(),
            attempt=1,
            sealed=given_letters.sealed(claim, at=due_at(paid)),
            at=due_at(paid),
            actor=SYSTEM,
        )

    assert paid.state is ApplicationState.ISSUING


def test_many_are_claimed_with_as_few_queries_as_one(paid: Applied):
    with CaptureQueriesContext(connection) as of_one:
        claimed(paid)
    others = [given_letters.paid(offered=paid.product) for _ in range(3)]

    with CaptureQueriesContext(connection) as of_many:
        claims = issuing.claim(limit=9, at=due_at(others[-1]), actor=SYSTEM)

    assert {claim.application_id for claim in claims} == {each.id for each in others}
    said = {claim.application_id: claim.letter for claim in claims}
    for each in others:
        works, applicant = said[each.id].works, said[each.id].applicant
        assert (works.code, applicant) == (each.lot.code, bidder_of(each))
    assert len({letter.number for letter in said.values()}) == len(others)
    assert len(of_many) == len(of_one)


def test_what_a_letter_says_cannot_be_rewritten(paid: Applied):
    kept(claimed(paid), at=due_at(paid))

    with pytest.raises(IntegrityError, match="append-only"), seeing_as(SYSTEM):
        connection.cursor().execute("UPDATE guarantees_letterversion SET amount_fen = 1")


def test_before_the_opening_nobody_but_its_holder_learns_of_it(paid: Applied):  # INV-8
    kept(claimed(paid), at=due_at(paid))
    others = (
        given.bidder(),
        given_parties.operator(),
        given_parties.supervisor(),
        given_tenders.keeper_of(paid.lot),
    )
    for other in others:
        with seeing_as(other):
            assert not Letter.objects.exists()
            assert not LetterVersion.objects.exists()
        with pytest.raises(NotFound):
            letters.letter(application_id=paid.id, actor=other)
        with pytest.raises(NotFound):
            letters.of_opened_lot(lot_id=paid.lot.id, actor=other)
