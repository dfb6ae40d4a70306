"""A guarantor accepts a demand, or refuses it once with all that does not conform; a court may stay it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking.steps import accounts
from biaobao.domain.claims import actions, queries
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.claims.types import Discrepancy, StayOutcome
from tests.given import banking as given_banking
from tests.given import claims as given
from tests.given import guarantees as given_guarantees
from tests.given.claims import Claimed
from tests.given.invoices import within

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bank(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def refuse(claimed: Claimed, **changes: Any) -> None:
    values: dict[str, Any] = {
        "discrepancies": [Discrepancy.DOCUMENTS, Discrepancy.CLAUSE],
        "words": "没有附中标通知书；所引条款与招标文件不符。",
        "at": claimed.at + DAY,
        "actor": claimed.guarantor,
    }
    actions.refuse_demand(claim_id=claimed.id, **(values | changes))


def stays(claimed: Claimed, **changes: Any) -> None:
    values: dict[str, Any] = {
        "court": "衢州市柯城区人民法院",
        "case_number": "（2026）浙0802财保1号",
        "order": given.document(name="民事裁定书.pdf"),
        "at": claimed.at + DAY,
        "actor": claimed.guarantor,
    }
    actions.stay(claim_id=claimed.id, **(values | changes))


def ends(claimed: Claimed, outcome: StayOutcome, *, days: int) -> None:
    actions.end_stay(
        claim_id=claimed.id,
        outcome=outcome,
        at=claimed.at + days * DAY,
        actor=claimed.guarantor,
    )


def test_accepted_once_there_is_an_account_to_fund_it():
    claimed = given.presented()

    for _ in range(2):
        actions.accept(claim_id=claimed.id, at=claimed.at, actor=claimed.guarantor)

    assert claimed.state is ClaimState.ACCEPTED
    desk = queries.claim(claim_id=claimed.id, actor=claimed.guarantor)
    assert desk.account is not None
    assert queries.claim(claim_id=claimed.id, actor=claimed.beneficiary).account is None
    with pytest.raises(Refused, match="DEMAND_DECIDED"):
        refuse(claimed)
    with pytest.raises(Refused, match="DEMAND_DECIDED"):
        actions.withdraw(claim_id=claimed.id, at=claimed.at, actor=claimed.beneficiary)
    assert claimed.state is ClaimState.ACCEPTED


def test_without_a_free_account_it_waits_for_one():
    claimed = given.presented()
    taken_up = {"purpose": "test", "holder_id": None, "lot_id": claimed.applied.lot.id}
    for number in range(1, 20):
        within(
            lambda number=number: accounts.take_sub_account(
                purpose_id=UUID(int=number), at=given_banking.AT, **taken_up
            )
        )
    actions.accept(claim_id=claimed.id, at=claimed.at, actor=claimed.guarantor)
    assert queries.claim(claim_id=claimed.id, actor=claimed.guarantor).account is None

    given_banking.sub_accounts(1)

    assert actions.assign_waiting(limit=9, at=claimed.at, actor=SYSTEM) == 1
    assert actions.assign_waiting(limit=9, at=claimed.at, actor=SYSTEM) == 0
    assert queries.claim(claim_id=claimed.id, actor=claimed.guarantor).account is not None
    with pytest.raises(NotAllowed):
        actions.assign_waiting(limit=9, at=claimed.at, actor=claimed.guarantor)


def test_refused_once_with_every_discrepancy_another_may_be_presented():
    claimed = given.presented()

    refuse(claimed)
    refuse(claimed, words="还有别的", discrepancies=[Discrepancy.AMOUNT])

    claim = claimed.now
    assert claim.state is ClaimState.REFUSED
    assert claim.discrepancies == (Discrepancy.CLAUSE, Discrepancy.DOCUMENTS)
    assert "中标通知书" in claim.words
    assert claimed.letter.open_claims == 0
    with pytest.raises(Refused, match="DEMAND_DECIDED"):
        actions.accept(claim_id=claimed.id, at=claimed.at, actor=claimed.guarantor)
    given.presents(given.drafted(claimed.applied, claimed.beneficiary))
    assert claimed.letter.open_claims == 1
    assert queries.mismatches(actor=SYSTEM) == ()


@pytest.mark.parametrize("changes", [{"discrepancies": []}, {"words": " "}])
def test_it_is_not_refused_without_saying_why(changes: dict[str, Any]):
    claimed = given.presented()

    with pytest.raises(Refused, match="DISCREPANCIES_MISSING"):
        refuse(claimed, **changes)

    assert claimed.state is ClaimState.PRESENTED


# Scenario 27 of the domain: stay order.
@pytest.mark.parametrize("outcome", [StayOutcome.LIFTED, StayOutcome.NOT_SUED])
def test_a_stay_suspends_it_with_its_watches_and_its_days_are_added(outcome: StayOutcome):
    claimed = given.presented()
    due = claimed.now.examine_by
    assert due

    stays(claimed)

    (stay,) = queries.claim(claim_id=claimed.id, actor=claimed.beneficiary).stays
    assert stay.ruling_by - stay.ordered_at == timedelta(hours=48)
    assert stay.sue_by - stay.ordered_at == timedelta(days=30)
    for work in (
        lambda: actions.accept(claim_id=claimed.id, at=claimed.at, actor=claimed.guarantor),
        lambda: refuse(claimed),
    ):
        with pytest.raises(Refused, match="CLAIM_STAYED"):
            work()
    assert claimed.state is ClaimState.STAYED
    assert claimed.letter.open_claims == 1

    ends(claimed, outcome, days=11)
    ends(claimed, StayOutcome.FINAL, days=12)

    assert claimed.state is ClaimState.PRESENTED
    assert claimed.now.examine_by == due + 10 * DAY
    actions.accept(claim_id=claimed.id, at=claimed.at + 13 * DAY, actor=claimed.guarantor)
    assert claimed.state is ClaimState.ACCEPTED


def test_an_accepted_one_goes_on_where_it_was():
    claimed = given.accepted()
    stays(claimed)
    assert claimed.state is ClaimState.STAYED

    ends(claimed, StayOutcome.LIFTED, days=3)

    assert claimed.state is ClaimState.ACCEPTED


def test_stopped_for_good_the_letter_is_free_of_it():
    claimed = given.presented()
    stays(claimed)

    ends(claimed, StayOutcome.FINAL, days=40)

    assert claimed.state is ClaimState.STOPPED
    assert claimed.letter.open_claims == 0
    assert queries.mismatches(actor=SYSTEM) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"court": ""}, "TEXT_MISSING"),
        ({"case_number": " "}, "TEXT_MISSING"),
        ({"order": given.document(content=b"MZ")}, "DOCUMENT_NOT_READABLE"),
    ],
)
def test_a_stay_needs_its_court_its_number_and_its_paper(changes: dict[str, Any], code: str):
    claimed = given.presented()

    with pytest.raises(Refused, match=code):
        stays(claimed, **changes)

    assert claimed.state is ClaimState.PRESENTED


def test_nobody_else_decides():
    claimed = given.presented()
    for stranger in (
        *(given_guarantees.desk(), claimed.beneficiary, claimed.applied.bidder),
        SYSTEM,
    ):
        with pytest.raises((NotAllowed, NotFound)):
            actions.accept(claim_id=claimed.id, at=claimed.at, actor=stranger)
        with pytest.raises((NotAllowed, NotFound)):
            refuse(claimed, actor=stranger)
        with pytest.raises((NotAllowed, NotFound)):
            stays(claimed, actor=stranger)
        with pytest.raises((NotAllowed, NotFound)):
            actions.end_stay(
                claim_id=claimed.id, outcome=StayOutcome.FINAL, at=claimed.at, actor=stranger
            )
    assert claimed.state is ClaimState.PRESENTED
