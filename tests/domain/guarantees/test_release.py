"""解保: those who run an opened lot end the duty of its letters; the premium stays earned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.guarantees.actions import surrendering
from biaobao.domain.guarantees.models import Letter
from biaobao.domain.guarantees.queries import applications, letters
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import ReleaseReason, Standing, ToIssue
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def issued() -> tuple[Applied, ToIssue]:
    """Return a letter of an opened lot that was read."""
    given_banking.bank()
    applied, claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, given_letters.read(claim))
    return applied, claim


def release(applied: Applied, *, actor: Actor | None = None) -> int:
    return surrendering.release(
        lot_id=applied.lot.id,
        letter_ids=[letter_of(applied).id],
        reason=ReleaseReason.NOT_AWARDED,
        at=applied.lot.deadline_at + DAY,
        actor=actor or given_tenders.keeper_of(applied.lot),
    )


def test_the_duty_ends_once_and_the_premium_stays_earned(issued: tuple[Applied, ToIssue]):
    applied, claim = issued
    premium = chart.guarantor(applied.product.guarantor.id)

    assert release(applied) == 1
    assert release(applied) == 0

    letter = letter_of(applied)
    assert (letter.state, letter.ended_why) == (LetterState.RELEASED, "NOT_AWARDED")
    assert applied.exposure == "RELEASED"
    assert applied.security == ("RELEASED", "GUARANTEE")
    assert applied.state is ApplicationState.ISSUED
    assert ledger.balance(premium, actor=SYSTEM) == Money.yuan(300)
    found = letters.verify(
        number=claim.letter.number,
        code=claim.letter.verification_code,
        at=applied.lot.deadline_at + DAY,
        actor=NOBODY,
    )
    assert found
    assert found.standing is Standing.RELEASED
    assert applications.mismatches(actor=SYSTEM) == ()


def test_before_the_opening_there_is_nothing_to_release():
    given_banking.bank()
    applied, _ = given_letters.issued()

    with pytest.raises(NotFound):
        release(applied)

    assert letter_of(applied).state is LetterState.ISSUED_SEALED


@pytest.mark.parametrize("why", ["LETTER_CLAIMED", "LETTER_NOT_OPEN", "LETTER_ENDED"])
def test_one_that_may_not_be_released_keeps_all_as_they_are(why: str):
    given_banking.bank(spare=4)
    lot, product = given_tenders.lot(), given.product()
    held = [given_letters.issued(lot, offered=product) for _ in range(2)]
    given_tenders.opened(lot)
    for applied, claim in held:
        given_letters.unsealed(applied, given_letters.read(claim))
    first, last = (letter_of(applied).id for applied, _ in held)
    changes = {
        "LETTER_CLAIMED": {"open_claims": 1},
        "LETTER_NOT_OPEN": {
            "state": "DECRYPT_FAILED",
            "unsealed_at": None,
            "unreadable_why": "NOT_OPENED",
        },
        "LETTER_ENDED": {"state": "EXPIRED", "ended_at": lot.deadline_at, "ended_why": "X"},
    }
    with seeing_as(SYSTEM):
        Letter.objects.filter(pk=last).update(**changes[why])

    with pytest.raises(Refused, match=why):
        surrendering.release(
            lot_id=lot.id,
            letter_ids=[first, last],
            reason=ReleaseReason.NOT_AWARDED,
            at=lot.deadline_at + DAY,
            actor=given_tenders.keeper_of(lot),
        )

    assert letter_of(held[0][0]).state is LetterState.UNSEALED


def test_strangers_and_the_bidder_release_nothing(issued: tuple[Applied, ToIssue]):
    applied, _ = issued
    other = given_tenders.opened(given_tenders.lot())
    for stranger in (
        *(given_parties.agency(), given_parties.tenderer(), applied.bidder),
        *(given_parties.operator(), given_parties.supervisor(), NOBODY),
    ):
        with pytest.raises((NotAllowed, NotFound)):
            release(applied, actor=stranger)
    with pytest.raises(NotFound):
        surrendering.release(
            lot_id=other.id,
            letter_ids=[letter_of(applied).id],
            reason=ReleaseReason.NOT_AWARDED,
            at=applied.lot.deadline_at + DAY,
            actor=given_tenders.keeper_of(other),
        )

    assert letter_of(applied).state is LetterState.UNSEALED
