"""An issued letter: sealed until the opening, verified by number and code, looked at when its lot moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.core.numbers import CODE_LENGTH, code_sha256
from biaobao.core.refusal import NotAllowed, NotFound
from biaobao.domain.documents.types import Finding
from biaobao.domain.guarantees.actions import letters as actions
from biaobao.domain.guarantees.models import Application
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter, Standing, ToIssue, Unreadable, Verified
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.queries import balance
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def issued() -> tuple[Applied, ToIssue]:
    given_banking.bank()
    return given_letters.issued()


def verify(
    claim: ToIssue, actor: Actor, *, code: str | None = None, days: int = 0
) -> Verified | None:
    return letters.verify(
        number=claim.letter.number,
        code=claim.letter.verification_code if code is None else code,
        at=given_tenders.DEADLINE_AT + days * DAY,
        actor=actor,
    )


def test_before_the_opening_only_the_holder_verifies_it(issued: tuple[Applied, ToIssue]):
    applied, claim = issued

    for other in (NOBODY, given.bidder(), given_parties.operator(), given_parties.supervisor()):
        assert verify(claim, other) is None
    found = verify(claim, applied.bidder)

    assert found == Verified(letter_of(applied), Standing.VALID)


def test_after_the_opening_everybody_with_number_and_code_does(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    given_tenders.opened(applied.lot)

    found = verify(claim, NOBODY)

    assert found
    assert (found.standing, found.letter.principal_name) == (
        Standing.VALID,
        claim.letter.applicant.name,
    )


def test_a_code_may_be_typed_in_small_letters_with_hyphens(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    code = claim.letter.verification_code.lower()

    assert verify(claim, applied.bidder, code=f" {code[:5]}-{code[5:]} ")


@pytest.mark.parametrize("code", ["", "A", "A" * CODE_LENGTH])
def test_with_a_wrong_code_there_is_no_letter(issued: tuple[Applied, ToIssue], code: str):
    applied, claim = issued
    given_tenders.opened(applied.lot)

    assert verify(claim, NOBODY, code=code) is None
    assert letters.verify(number="BH0", code="", at=applied.at, actor=NOBODY) is None


def test_it_holds_from_its_first_day_to_its_last(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    given_tenders.opened(applied.lot)
    last = (claim.letter.valid_until - claim.letter.valid_from).days

    found = [verify(claim, NOBODY, days=days) for days in (-1, 0, last, last + 1)]

    assert [each and each.standing for each in found] == [
        Standing.NOT_YET,
        Standing.VALID,
        Standing.VALID,
        Standing.EXPIRED,
    ]


def test_a_letter_that_came_too_late_verifies_as_void():
    given_banking.bank()
    applied = given_letters.paid()
    claim = given_letters.claimed(applied, at=applied.lot.deadline_at)
    given_letters.kept(claim, at=applied.lot.deadline_at + SECOND)
    given_tenders.opened(applied.lot)

    found = verify(claim, NOBODY)

    assert found
    assert found.standing is Standing.VOID
    keeper = given_tenders.keeper_of(applied.lot)
    assert letters.of_opened_lot(lot_id=applied.lot.id, actor=keeper) == ()
    assert given_letters.unsealed(applied, given_letters.read(claim)) is LetterState.VOID
    assert to_unseal() == ()


def to_unseal(*, after: UUID | None = None, seconds: int = 1) -> tuple[UUID, ...]:
    at = given_tenders.DEADLINE_AT + seconds * SECOND
    found = letters.to_unseal(after=after, limit=9, at=at, actor=SYSTEM)
    return tuple(each.letter_id for each in found)


def test_the_opening_unseals_it_once(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    read = given_letters.read(claim)
    assert to_unseal() == ()
    with pytest.raises(NotFound):
        given_letters.unsealed(applied, read)
    assert letter_of(applied).state is LetterState.ISSUED_SEALED
    opened = given_tenders.opened(applied.lot)
    assert to_unseal() == (letter_of(applied).id,)
    assert to_unseal(after=letter_of(applied).id) == ()

    assert given_letters.unsealed(applied, read) is LetterState.UNSEALED
    assert given_letters.unsealed(applied, None) is LetterState.UNSEALED

    letter = letter_of(applied)
    assert (letter.state, letter.unsealed_at) == (LetterState.UNSEALED, opened.opened_at)
    assert to_unseal() == ()
    names = [recorded.event.name for recorded in applied.progress.history]
    assert names.count("letter.unsealed") == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stored": "%PDF-1.7 another"}, Unreadable.CONTENT_CHANGED),
        ({"finding": Finding.ALTERED}, Unreadable.NOT_GENUINE),
        ({"finding": Finding.CERTIFICATE_NOT_VALID}, Unreadable.NOT_GENUINE),
        ({"guarantor": given_documents.GUARANTOR}, Unreadable.FIELDS_DIFFER),
        ({"amount": Money.yuan(1)}, Unreadable.FIELDS_DIFFER),
        ({"works": given_documents.WORKS}, Unreadable.FIELDS_DIFFER),
        ({"valid_until": date(2030, 1, 1)}, Unreadable.FIELDS_DIFFER),
    ],
)
def test_one_that_is_not_what_was_issued_stays_closed_and_says_why(
    issued: tuple[Applied, ToIssue], changes: dict[str, Any], why: Unreadable
):
    applied, claim = issued
    given_tenders.opened(applied.lot)

    state = given_letters.unsealed(applied, given_letters.read(claim, **changes))

    letter = letter_of(applied)
    assert state is letter.state is LetterState.DECRYPT_FAILED
    assert (letter.unreadable_why, letter.unsealed_at) == (why, None)
    assert (applied.exposure, applied.security[0]) == ("USED", "SECURED")


def test_one_signed_by_somebody_else_is_not_genuine(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    given_tenders.opened(applied.lot)
    read = given_letters.read(claim)
    assert read.verdict.signature
    stranger = replace(read.verdict.signature.signer, uscc=given_parties.credit_code())
    signature = replace(read.verdict.signature, signer=stranger)

    given_letters.unsealed(
        applied, replace(read, verdict=replace(read.verdict, signature=signature))
    )

    assert letter_of(applied).unreadable_why == Unreadable.NOT_GENUINE


def test_one_that_cannot_be_opened_is_read_again_a_minute_later(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    given_tenders.opened(applied.lot)

    given_letters.unsealed(applied, None)
    given_letters.unsealed(applied, None)

    assert letter_of(applied).unreadable_why == Unreadable.NOT_OPENED
    names = [recorded.event.name for recorded in applied.progress.history]
    assert names.count("letter.unreadable") == 1
    assert to_unseal(seconds=60) == ()
    assert to_unseal(seconds=61) == (letter_of(applied).id,)
    given_letters.unsealed(applied, given_letters.read(claim))
    letter = letter_of(applied)
    assert (letter.state, letter.unreadable_why) == (LetterState.UNSEALED, "")


def test_from_the_opening_on_those_who_run_the_lot_see_its_letters(
    issued: tuple[Applied, ToIssue],
):
    applied, _ = issued
    given.submitted(applied.lot)
    given_tenders.opened(applied.lot)
    keeper = given_tenders.keeper_of(applied.lot)

    for reader in (keeper, given_parties.operator(), given_parties.supervisor()):
        found = letters.of_opened_lot(lot_id=applied.lot.id, actor=reader)
        assert [letter.number for letter in found] == [letter_of(applied).number]
        with seeing_as(reader):
            assert [row.pk for row in Application.objects.all()] == [applied.id]


class TestPostponed:
    def recheck(self, applied: Applied) -> int:
        return actions.recheck(limit=9, at=applied.lot.deadline_at, actor=SYSTEM)

    # Scenario 15 of the domain: a postponement that makes a letter too short.
    def test_a_letter_that_ends_too_soon_says_to_when_it_must_be_extended(
        self, issued: tuple[Applied, ToIssue]
    ):
        applied, claim = issued
        assert self.recheck(applied) == 0
        given_tenders.postponed(applied.lot, by=DAY)

        assert self.recheck(applied) == 1
        assert self.recheck(applied) == 0

        (found,) = letters.to_amend(actor=applied.bidder)
        assert found.extend_until == claim.letter.valid_until + DAY
        assert applied.security[0] == "SECURED"
        names = [recorded.event.name for recorded in applied.progress.history]
        assert names[-1] == "letter.too-short"
        assert letters.to_amend(actor=given.bidder()) == ()

    def test_by_some_hours_of_the_same_day_it_holds(self, issued: tuple[Applied, ToIssue]):
        applied, _ = issued
        given_tenders.postponed(applied.lot, by=timedelta(hours=3))

        assert self.recheck(applied) == 1

        assert letters.to_amend(actor=applied.bidder) == ()
        assert letter_of(applied).extend_until is None


class TestLastDay:
    def expire(self, letter: IssuedLetter, *, days: int) -> int:
        at = datetime.combine(letter.valid_until, time(12), SHANGHAI) + days * DAY
        return actions.expire(limit=9, at=at, actor=SYSTEM)

    def test_it_ends_the_day_after_once_and_its_limits_are_free(
        self, issued: tuple[Applied, ToIssue]
    ):
        applied, claim = issued
        given_tenders.opened(applied.lot)
        given_letters.unsealed(applied, given_letters.read(claim))
        product = applied.progress.product
        assert product
        premium = chart.guarantor(product.guarantor.id)
        earned = balance(premium, actor=SYSTEM)

        assert self.expire(letter_of(applied), days=0) == 0
        assert self.expire(letter_of(applied), days=1) == 1
        assert self.expire(letter_of(applied), days=1) == 0

        letter = letter_of(applied)
        assert (letter.state, letter.ended_why) == (LetterState.EXPIRED, "LAST_DAY_OVER")
        assert (applied.exposure, applied.security[0]) == ("RELEASED", "RELEASED")
        assert balance(premium, actor=SYSTEM) == earned
        found = verify(claim, NOBODY)
        assert found
        assert found.standing is Standing.EXPIRED

    def test_before_the_opening_its_lot_must_be_secured_again(
        self, issued: tuple[Applied, ToIssue]
    ):
        applied, _ = issued

        assert self.expire(letter_of(applied), days=1) == 1

        assert (letter_of(applied).state, applied.security[0]) == (LetterState.EXPIRED, "REQUIRED")


def test_only_the_house_unseals_looks_and_ends(issued: tuple[Applied, ToIssue]):
    applied, _ = issued
    given_tenders.opened(applied.lot)

    asked: dict[str, Any] = {"at": applied.lot.deadline_at, "actor": applied.bidder}
    for work in (actions.recheck, actions.expire):
        with pytest.raises(NotAllowed):
            work(limit=9, **asked)
    with pytest.raises(NotAllowed):
        letters.to_unseal(after=None, limit=9, **asked)
    with pytest.raises(NotAllowed):
        actions.unseal(letter_id=letter_of(applied).id, read=None, **asked)

    assert letter_of(applied).state is LetterState.ISSUED_SEALED


def test_a_code_is_compared_by_letters_and_digits_alone():
    assert code_sha256("abc-23 4") == code_sha256("ABC234") != code_sha256("ABC235")
