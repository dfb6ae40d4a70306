"""Sub-accounts are asked for in advance, under a key, and questions about them are carried once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotAllowed
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.types import Question, SubAccount
from biaobao.domain.deposits.actions import choosing
from tests.given import banking as given
from tests.given import deposits as given_deposits
from tests.given import parties as given_parties
from tests.given.deposits import Chosen

AT = given.AT
LEASE = timedelta(seconds=60)

pytestmark = pytest.mark.django_db


def wanted(bank: str = given.BANK) -> tuple[str, int] | None:
    return banks.ask_for_accounts(bank=bank, at=AT, actor=SYSTEM)


def test_more_are_asked_for_under_one_key_until_some_are_kept():
    given.bank(spare=0)
    banks.connect_bank(
        code=given.BANK,
        name="标保示范银行",
        channel="http",
        location="http://127.0.0.1:9/",
        main_account=given.MAIN_ACCOUNT,
        spare_accounts=4,
        at=AT,
        actor=SYSTEM,
    )

    assert [wanted(), wanted()] == [("SANDBOX-0", 4), ("SANDBOX-0", 4)]
    given.sub_accounts(2)
    assert wanted() == ("SANDBOX-1", 4)
    given.sub_accounts(1)
    assert wanted() is None


def test_accounts_that_are_known_are_kept_once():
    given.bank(spare=0)
    opened = given.sub_accounts(3)

    again = banks.keep_accounts(
        bank=given.BANK, key="SANDBOX-0", opened=opened, at=AT, actor=SYSTEM
    )

    assert again == 0


def test_only_the_house_opens_sub_accounts():
    given.bank(spare=0)
    operator = given_parties.operator()

    with pytest.raises(NotAllowed):
        banks.ask_for_accounts(bank=given.BANK, at=AT, actor=operator)
    with pytest.raises(NotAllowed):
        banks.keep_accounts(bank=given.BANK, key="k", opened=(), at=AT, actor=operator)


@pytest.fixture
def asked() -> Chosen:
    given.bank()
    chosen = given_deposits.chosen()
    choosing.ask_bank(lot_id=chosen.lot.id, at=AT, actor=chosen.bidder)
    return chosen


def questions(*, after: timedelta = timedelta()) -> tuple[Question, ...]:
    return banks.claim_questions(limit=10, at=AT + after, actor=SYSTEM)


def account(chosen: Chosen) -> SubAccount:
    found = chosen.standing.sub_account
    assert found is not None
    return found


def test_a_question_is_carried_by_one_worker_until_its_lease_is_over(asked: Chosen):
    assert [question.number for question in questions()] == [asked.account]
    assert questions(after=LEASE) == ()
    assert len(questions(after=LEASE + timedelta(seconds=1))) == 1


def test_an_answer_closes_the_question_and_says_what_went_wrong(asked: Chosen):
    (question,) = questions()
    answered_at = AT + timedelta(seconds=2)

    banks.keep_answer(question=question, problem="BANK_UNREACHABLE", at=answered_at, actor=SYSTEM)

    told = account(asked)
    assert (told.is_being_asked, told.answered_at, told.problem) == (
        False,
        answered_at,
        "BANK_UNREACHABLE",
    )
    assert questions(after=2 * LEASE) == ()


def test_a_question_asked_again_meanwhile_stays_open(asked: Chosen):
    (question,) = questions()
    again_at = AT + timedelta(seconds=11)
    choosing.ask_bank(lot_id=asked.lot.id, at=again_at, actor=asked.bidder)

    banks.keep_answer(question=question, problem="", at=again_at, actor=SYSTEM)

    assert account(asked).is_being_asked
    assert [q.asked_at for q in questions(after=timedelta(seconds=12))] == [again_at]


def test_only_the_house_carries_questions(asked: Chosen):
    (question,) = questions()

    with pytest.raises(NotAllowed):
        banks.claim_questions(limit=1, at=AT, actor=asked.bidder)
    with pytest.raises(NotAllowed):
        banks.keep_answer(question=question, problem="", at=AT, actor=asked.bidder)

    assert account(asked).is_being_asked
