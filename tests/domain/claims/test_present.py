"""A demand: drafted under a letter of one's own opened lot, signed, in time, within what is left; once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from biaobao.core.actor import NOBODY, SYSTEM
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.claims import actions, queries
from biaobao.domain.claims.models import Claim
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.guarantees.actions import letters as letter_actions
from biaobao.domain.guarantees.actions import surrendering
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import ReleaseReason
from biaobao.domain.securities.rules import FILES_MAX
from biaobao.platform.db import seeing_as
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import claims as given
from tests.given import guarantees as given_guarantees
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    given_banking.bank()


def claims() -> int:
    with seeing_as(SYSTEM):
        return Claim.objects.count()


def refused(beneficiary: Any, applied: Any, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as raised:
        given.drafted(applied, beneficiary, **changes)
    assert claims() == 0
    return [(each.code, each.field) for each in raised.value.objections]


def test_presented_it_is_the_guarantors_to_examine_in_five_working_days():
    claimed = given.presented()

    claim = claimed.now
    assert (claim.state, claim.presented_at) == (ClaimState.PRESENTED, claimed.at)
    # Presented on Tuesday 9 June 2026: Wednesday to Tuesday.
    assert claim.examine_by == datetime(2026, 6, 16, 23, 59, 59, tzinfo=SHANGHAI)
    assert claimed.letter.open_claims == 1
    desk = queries.claim(claim_id=claimed.id, actor=claimed.guarantor)
    assert [each.kind for each in desk.files] == ["DEMAND", "DOCUMENT"]
    (listed,) = queries.at_guarantor(search="", state="", page=1, actor=claimed.guarantor).rows
    assert listed == claim


def test_a_draft_is_its_beneficiarys_alone():
    applied, _, beneficiary = given.opened()
    claimed = given.drafted(applied, beneficiary)

    assert claimed.state is ClaimState.DRAFT
    assert claimed.letter.open_claims == 0
    for other in (
        *(claimed.guarantor, applied.bidder, given_tenders.keeper_of(applied.lot)),
        *(given_parties.operator(), given_parties.supervisor()),
    ):
        if other.organisation_id != beneficiary.organisation_id:
            with pytest.raises(NotFound):
                queries.claim(claim_id=claimed.id, actor=other)


def test_once_presented_those_whom_it_concerns_see_it_and_nobody_else():
    claimed = given.presented()

    for concerned in (
        *(claimed.applied.bidder, claimed.beneficiary, claimed.guarantor),
        *(given_parties.operator(), given_parties.supervisor()),
    ):
        assert queries.claim(claim_id=claimed.id, actor=concerned).claim.id == claimed.id
    for stranger in (given_guarantees.desk(), given_guarantees.bidder(), NOBODY):
        with pytest.raises(NotFound):
            queries.claim(claim_id=claimed.id, actor=stranger)


# Scenario 27 of the domain: late by arrival.
@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (1, True)])
def test_what_counts_is_when_it_arrives(seconds: int, is_late: bool):
    applied, _, beneficiary = given.opened()
    claimed = given.drafted(applied, beneficiary)
    last = datetime.combine(claimed.letter.valid_until, time(23, 59, 59), SHANGHAI)
    at = last + timedelta(seconds=seconds)

    if is_late:
        with pytest.raises(Refused, match="CLAIM_LATE"):
            given.presents(claimed, at=at)
        assert (claimed.state, claimed.letter.open_claims) == (ClaimState.DRAFT, 0)
    else:
        given.presents(claimed, at=at)
        # It came in time: while it is open, the letter lives on.
        assert letter_actions.expire(limit=9, at=at + DAY, actor=SYSTEM) == 0
        assert claimed.letter.state is LetterState.UNSEALED


# Scenario 27 of the domain: above the amount.
def test_all_that_is_wrong_with_a_demand_is_said_at_once():
    applied, _, beneficiary = given.opened()

    assert refused(
        beneficiary,
        applied,
        amount=Money(given.AMOUNT.fen + 1),
        clause=" ",
        statement="",
        payee_name="他人有限公司",
        payee_account="12",
        payee_bank="",
        documents=(given.document(content=b"MZ"),),
    ) == [
        ("CLAIM_TOO_HIGH", "amount"),
        ("TEXT_MISSING", "clause"),
        ("TEXT_MISSING", "statement"),
        ("PAYEE_NOT_BENEFICIARY", "payee_name"),
        ("ACCOUNT_NUMBER_INVALID", "payee_account"),
        ("BANK_NAME_MISSING", "payee_bank"),
        ("DOCUMENT_NOT_READABLE", "documents"),
    ]
    assert refused(beneficiary, applied, amount=Money(0)) == [("CLAIM_AMOUNT_MISSING", "amount")]


def test_without_documents_with_too_many_or_too_large_ones_it_is_refused():
    applied, _, beneficiary = given.opened()
    large = given.document(content=given.PDF + bytes(5 * 2**20))

    assert refused(beneficiary, applied, documents=()) == [("DOCUMENTS_MISSING", "documents")]
    many = (given.document(),) * (FILES_MAX + 1)
    assert refused(beneficiary, applied, documents=many) == [("DOCUMENTS_TOO_MANY", "documents")]
    assert refused(beneficiary, applied, documents=(large,)) == [
        ("DOCUMENT_TOO_LARGE", "documents")
    ]


# Scenario 27 of the domain: twice.
def test_one_at_a_time_and_presenting_it_twice_is_once():
    claimed = given.presented()
    sent = given.SignedDemand(None, None)  # type: ignore[arg-type]  # it is not looked at any more
    actions.present(
        claim_id=claimed.id, signed=sent, at=claimed.at + DAY, actor=claimed.beneficiary
    )
    assert claimed.now.presented_at == claimed.at
    assert claimed.letter.open_claims == 1

    with pytest.raises(Refused, match="CLAIM_UNDER_WAY_ALREADY"):
        given.drafted(claimed.applied, claimed.beneficiary)

    assert claims() == 1


def test_of_two_drafts_presented_at_once_one_is(committed: None):  # INV-23
    applied, _, beneficiary = given.opened()
    drafts = [given.drafted(applied, beneficiary) for _ in range(2)]

    def present(claimed: given.Claimed) -> bool:
        try:
            given.presents(claimed)
        except Refused:
            return False
        return True

    done = at_once([lambda each=each: present(each) for each in drafts])

    assert sorted(done) == [False, True]
    assert drafts[0].letter.open_claims == 1
    assert queries.mismatches(actor=SYSTEM) == ()


def test_what_is_signed_must_be_what_it_says_by_whom_it_is():
    applied, _, beneficiary = given.opened()
    claimed = given.drafted(applied, beneficiary)
    own = given.signed(claimed)
    other = given.SignedDemand(given.signed(given.drafted(applied, beneficiary)).demand, own.pdf)

    for sent, code in (
        (other, "DEMAND_CHANGED"),
        (given.signed(claimed, uscc=given_parties.credit_code()), "CERTIFICATE_OF_ANOTHER"),
    ):
        with pytest.raises(Refused, match=code):
            actions.present(claim_id=claimed.id, signed=sent, at=claimed.at, actor=beneficiary)

    assert (claimed.state, claimed.letter.open_claims) == (ClaimState.DRAFT, 0)


def test_only_the_beneficiary_of_an_opened_lot_demands():
    applied, _, beneficiary = given.opened()
    claimed = given.drafted(applied, beneficiary)
    sealed, _ = given_letters.issued()
    asked: dict[str, Any] = {"at": claimed.at, "documents": (given.document(),)}

    for stranger in (
        *(given_parties.tenderer(), given_tenders.keeper_of(applied.lot), applied.bidder),
        *(claimed.guarantor, given_parties.operator(), SYSTEM),
    ):
        if stranger.organisation_id == beneficiary.organisation_id:
            continue
        with pytest.raises((NotAllowed, NotFound)):
            actions.draft(
                letter_id=claimed.letter.id,
                terms=given.terms(beneficiary),
                actor=stranger,
                **asked,
            )
        with pytest.raises((NotAllowed, NotFound)):
            actions.withdraw(claim_id=claimed.id, at=claimed.at, actor=stranger)
        with pytest.raises((NotAllowed, NotFound)):
            actions.keep_prepared(
                claim_id=claimed.id, prepared=b"%PDF", at=claimed.at, actor=stranger
            )
    with pytest.raises(NotFound):
        given.drafted(sealed, beneficiary)

    assert (claims(), claimed.state) == (1, ClaimState.DRAFT)


def test_withdrawn_before_it_is_decided_the_letter_is_free_of_it():
    claimed = given.presented()

    for _ in range(2):
        actions.withdraw(claim_id=claimed.id, at=claimed.at + DAY, actor=claimed.beneficiary)

    assert claimed.state is ClaimState.WITHDRAWN
    assert claimed.letter.open_claims == 0
    given.presents(given.drafted(claimed.applied, claimed.beneficiary))
    assert claimed.letter.open_claims == 1
    assert queries.mismatches(actor=SYSTEM) == ()


def test_while_it_is_open_the_letter_neither_ends_nor_is_released_or_given_up():  # INV-25
    claimed = given.presented()
    given_tenders.failed(claimed.applied.lot)

    with pytest.raises(Refused, match="LETTER_CLAIMED"):
        surrendering.surrender(
            application_id=claimed.applied.id,
            reason=None,
            at=claimed.at + DAY,
            actor=claimed.applied.bidder,
        )
    with pytest.raises(Refused, match="LETTER_CLAIMED"):
        surrendering.release(
            lot_id=claimed.applied.lot.id,
            letter_ids=[claimed.letter.id],
            reason=ReleaseReason.NOT_AWARDED,
            at=claimed.at,
            actor=given_tenders.keeper_of(claimed.applied.lot),
        )
    over = datetime.combine(claimed.letter.valid_until, time(12), SHANGHAI) + DAY
    assert letter_actions.expire(limit=9, at=over, actor=SYSTEM) == 0

    assert claimed.letter.state is LetterState.UNSEALED
