"""A letter that is too short since its lot was postponed gets another version (scenario 15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.guarantees.actions import amending, catalogue
from biaobao.domain.guarantees.actions import letters as letter_actions
from biaobao.domain.guarantees.models import Amendment, Guarantor, LetterVersion
from biaobao.domain.guarantees.queries import applications, letters
from biaobao.domain.guarantees.rules.letters import LEASE
from biaobao.domain.guarantees.states import AmendmentState, LetterState
from biaobao.domain.guarantees.types import LetterRead, Standing, ToAmend, ToIssue
from biaobao.platform.db import seeing_as
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

DAY = timedelta(days=1)
BY = timedelta(days=10)


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    given_banking.bank()


def too_short() -> tuple[Applied, ToIssue]:
    applied, claim = given_letters.issued()
    moved = given_tenders.postponed(applied.lot, by=BY)
    letter_actions.recheck(limit=9, at=at(applied), actor=SYSTEM)
    return replace(applied, lot=moved), claim


def at(applied: Applied) -> datetime:
    return applied.lot.deadline_at - timedelta(hours=3)


def asks(applied: Applied, actor: Actor | None = None, *, later: timedelta = timedelta(0)) -> None:
    amending.request(
        application_id=applied.id, at=at(applied) + later, actor=actor or applied.bidder
    )


def claimed(applied: Applied, *, later: timedelta = timedelta(0)) -> ToAmend:
    (claim,) = amending.claim(limit=9, at=at(applied) + later, actor=SYSTEM)
    return claim


def kept(applied: Applied, claim: ToAmend, *, stored: str = "", **how: Any) -> AmendmentState:
    issue = ToIssue(applied.id, claim.attempt, claim.order, claim.letter)
    how = {"at": at(applied)} | how
    return amending.keep(
        amendment_id=claim.amendment_id,
        attempt=claim.attempt,
        sealed=given_letters.sealed(issue, **how),
        read=given_letters.read(issue, stored=stored),
        at=how["at"],
        actor=SYSTEM,
    )


def until(applied: Applied) -> tuple[date, date | None, int]:
    letter = letter_of(applied)
    return letter.valid_until, letter.extend_until, letter.version


def states(applied: Applied) -> list[AmendmentState]:
    found = letters.amendments(application_id=applied.id, actor=applied.bidder)
    return [each.state for each in found]


def standing(claim: ToIssue | ToAmend, applied: Applied, actor: Actor) -> Standing | None:
    said = claim.letter
    found = letters.verify(
        number=said.number, code=said.verification_code, at=at(applied), actor=actor
    )
    return found.standing if found else None


def test_scenario_15_a_version_under_the_same_number_takes_its_place():  # INV-28
    applied, first = too_short()
    was, needed, _ = until(applied)
    assert needed == was + BY

    for _ in range(2):
        asks(applied)
    claim = claimed(applied)
    assert kept(applied, claim) is AmendmentState.ISSUED

    assert until(applied) == (needed, None, 2)
    assert (claim.letter.number, claim.letter.valid_until) == (first.letter.number, needed)
    assert claim.letter.verification_code != first.letter.verification_code
    assert states(applied) == [AmendmentState.ISSUED]
    assert standing(first, applied, applied.bidder) is Standing.SUPERSEDED
    assert standing(claim, applied, applied.bidder) is Standing.VALID
    assert applied.security[0] == "SECURED"
    assert applications.mismatches(actor=SYSTEM) == ()


def test_before_the_opening_neither_code_tells_a_stranger_anything_and_after_it_both_do():
    applied, first = too_short()
    asks(applied)
    claim = claimed(applied)
    kept(applied, claim)
    strangers = (NOBODY, given.bidder(), given_parties.operator())

    assert {standing(c, applied, s) for c in (first, claim) for s in strangers} == {None}
    given_tenders.opened(applied.lot)
    assert {standing(first, applied, s) for s in strangers} == {Standing.SUPERSEDED}
    assert Standing.SUPERSEDED not in {standing(claim, applied, s) for s in strangers}


def test_at_the_opening_the_newest_version_is_read():
    applied, first = too_short()
    asks(applied)
    claim = claimed(applied)
    kept(applied, claim)
    given_tenders.opened(applied.lot)

    old = given_letters.read(first)
    new = given_letters.read(ToIssue(applied.id, claim.attempt, claim.order, claim.letter))
    assert read(applied, LetterRead("00" * 32, old.verdict)) is LetterState.DECRYPT_FAILED
    assert read(applied, new) is LetterState.UNSEALED


def read(applied: Applied, found: LetterRead) -> LetterState:
    return letter_actions.unseal(
        letter_id=letter_of(applied).id,
        read=found,
        at=applied.lot.deadline_at + timedelta(seconds=1),
        actor=SYSTEM,
    )


def test_killed_at_any_step_it_is_made_again_and_there_is_one_version_more():
    applied, _first = too_short()
    asks(applied)
    dead = claimed(applied)
    assert amending.claim(limit=9, at=at(applied), actor=SYSTEM) == ()

    again = claimed(applied, later=LEASE)

    assert kept(applied, dead) is AmendmentState.REQUESTED
    assert until(applied)[2] == 1
    for _ in range(2):
        assert kept(applied, again) is AmendmentState.ISSUED
    assert until(applied)[2] == 2
    assert kept(applied, dead) is AmendmentState.ISSUED
    with seeing_as(SYSTEM):
        assert LetterVersion.objects.count() == 2


def test_moved_again_while_it_is_made_it_is_made_anew():
    applied, _first = too_short()
    asks(applied)
    claim = claimed(applied)
    moved = replace(applied, lot=given_tenders.postponed(applied.lot, by=DAY))

    assert kept(applied, claim) is AmendmentState.REQUESTED
    assert until(applied)[2] == 1
    again = claimed(moved, later=DAY)

    assert kept(moved, again) is AmendmentState.ISSUED
    assert until(applied)[0] == again.letter.valid_until > claim.letter.valid_until


def test_what_another_signed_is_refused_and_the_guarantors_no_leaves_it_as_it_was():
    applied, _first = too_short()
    asks(applied)
    claim = claimed(applied)
    before = until(applied)

    with pytest.raises(Refused, match="SEAL_OF_ANOTHER"):
        kept(applied, claim, uscc=given_parties.credit_code())
    amending.keep_refusal(
        amendment_id=claim.amendment_id,
        attempt=claim.attempt,
        words="不再延期",
        at=at(applied),
        actor=SYSTEM,
    )

    assert until(applied) == before
    assert states(applied) == [AmendmentState.REFUSED]
    # It may be asked for again.
    asks(applied, later=DAY)
    assert states(applied) == [AmendmentState.REFUSED, AmendmentState.REQUESTED]


def test_a_problem_is_kept_and_it_is_tried_again_later():
    applied, _first = too_short()
    asks(applied)
    claim = claimed(applied)

    amending.keep_problem(
        amendment_id=claim.amendment_id,
        attempt=claim.attempt,
        problem="TIMESTAMP_UNAVAILABLE",
        at=at(applied),
        actor=SYSTEM,
    )

    (asked,) = letters.amendments(application_id=applied.id, actor=applied.bidder)
    assert (asked.state, asked.problem) == (AmendmentState.REQUESTED, "TIMESTAMP_UNAVAILABLE")
    assert claimed(applied, later=DAY).attempt == claim.attempt + 1


def test_what_needs_none_and_what_the_guarantor_may_not_is_refused():
    applied, _claim = given_letters.issued()
    with pytest.raises(Refused, match="AMENDMENT_NOT_NEEDED"):
        asks(applied)
    short, _first = too_short()
    guarantor_id = short.product.guarantor.id
    principal = short.bidder.organisation_id
    assert principal
    said: dict[str, Any] = {"guarantor_id": guarantor_id, "principal_id": principal}
    catalogue.suspend_principal(reason="违约", at=at(short), actor=SYSTEM, **said)
    with pytest.raises(Refused, match="PRINCIPAL_SUSPENDED"):
        asks(short)
    catalogue.readmit_principal(at=at(short), actor=SYSTEM, **said)
    with seeing_as(SYSTEM):
        Guarantor.objects.filter(pk=guarantor_id).update(licence_until=until(short)[0])
    with pytest.raises(Refused, match="GUARANTOR_LICENCE_TOO_SHORT"):
        asks(short)

    assert (states(applied), states(short)) == ([], [])


def test_only_its_bidder_asks_and_only_the_house_makes():
    applied, _first = too_short()
    for stranger in (given.bidder(), given_tenders.keeper_of(applied.lot)):
        with pytest.raises((NotFound, NotAllowed)):
            asks(applied, stranger)
    with pytest.raises(NotAllowed):
        amending.claim(limit=9, at=at(applied), actor=applied.bidder)

    assert states(applied) == []


def test_a_letter_that_ended_meanwhile_needs_none():
    applied, _first = too_short()
    asks(applied)
    last = letter_of(applied).valid_until
    over = applied.lot.deadline_at + (last - applied.lot.deadline_at.date() + 2 * DAY)
    letter_actions.expire(limit=9, at=over, actor=SYSTEM)

    assert amending.claim(limit=9, at=over, actor=SYSTEM) == ()
    assert [amending.end_over(limit=9, at=over, actor=SYSTEM) for _ in range(2)] == [1, 0]
    assert states(applied) == [AmendmentState.REFUSED]


def test_asked_for_by_many_at_once_it_is_one(committed: None):
    applied, _first = too_short()

    at_once([lambda: asks(applied)] * 6)

    assert states(applied) == [AmendmentState.REQUESTED]


def test_a_version_never_changes_and_an_extension_holds_longer():  # INV-28
    applied, _first = too_short()
    asks(applied)
    with seeing_as(SYSTEM):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            LetterVersion.objects.update(valid_until=date(2030, 1, 1))
        row = Amendment.objects.get()
        row.to_until = row.from_until
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
