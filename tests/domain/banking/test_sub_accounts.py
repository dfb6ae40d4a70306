"""Sub-accounts are asked for in advance, under a key, and questions about them are carried once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.types import Pool, Question, Stock, SubAccount
from biaobao.domain.deposits.actions import choosing
from tests.given import banking as given
from tests.given import deposits as given_deposits
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

AT = given.AT
LEASE = timedelta(seconds=60)

pytestmark = pytest.mark.django_db


def wanted(bank: str = given.BANK) -> tuple[str, int] | None:
    return banks.ask_for_accounts(bank=bank, waiting=0, at=AT, actor=SYSTEM)


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
        banks.ask_for_accounts(bank=given.BANK, waiting=0, at=AT, actor=operator)
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


def connected(*, spare: int) -> None:
    given.bank(spare=0)
    banks.connect_bank(
        code=given.BANK,
        name="标保示范银行",
        channel="http",
        location="http://127.0.0.1:9/",
        main_account=given.MAIN_ACCOUNT,
        spare_accounts=spare,
        at=AT,
        actor=SYSTEM,
    )


def asked_for(*, waiting: int = 0, after: timedelta = timedelta()) -> tuple[str, int] | None:
    return banks.ask_for_accounts(bank=given.BANK, waiting=waiting, at=AT + after, actor=SYSTEM)


def pool() -> Pool:
    (found,) = queries.pools(actor=given_parties.operator())
    return found


def test_a_rush_asks_for_more_and_a_pending_request_stays_as_it_is():
    connected(spare=4)

    assert [asked_for(waiting=30), asked_for(waiting=90)] == [("SANDBOX-0", 60), ("SANDBOX-0", 60)]
    given.sub_accounts(2)
    assert asked_for(waiting=28) == ("SANDBOX-1", 56)


def test_a_refusal_ends_the_request_and_the_usual_number_is_asked_for_a_minute_later():
    connected(spare=4)
    asked_for(waiting=30)

    banks.keep_problem(bank=given.BANK, problem="BANK_REFUSED", at=AT, actor=SYSTEM)

    assert pool().problem == "BANK_REFUSED"
    assert asked_for(waiting=30, after=timedelta(seconds=59)) is None
    assert asked_for(waiting=30, after=timedelta(seconds=60)) == ("SANDBOX-1", 4)


def test_a_bank_that_did_not_answer_is_asked_again_under_the_same_key():
    connected(spare=4)
    asked_for()

    banks.keep_problem(bank=given.BANK, problem="BANK_UNREACHABLE", at=AT, actor=SYSTEM)

    assert (pool().problem, pool().asked_at, pool().answered_at) == ("BANK_UNREACHABLE", AT, None)
    assert asked_for() == ("SANDBOX-0", 4)
    given.sub_accounts(4)
    assert (pool().problem, pool().answered_at) == ("", AT)


def test_the_stock_is_told_by_its_level():
    connected(spare=4)
    levels = [pool().stock]
    for number in (2, 1):
        given.sub_accounts(number)
        levels.append(pool().stock)

    assert levels == [Stock.NONE, Stock.LOW, Stock.ENOUGH]


def test_an_operator_sets_how_many_are_kept():
    connected(spare=4)
    given.sub_accounts(5)

    banks.set_spare(bank=given.BANK, spare=40, at=AT, actor=given_parties.operator())

    assert (pool().spare, pool().threshold, pool().stock) == (40, 20, Stock.LOW)
    assert asked_for() == ("SANDBOX-1", 40)


@pytest.mark.parametrize("spare", [1, 1001, -4])
def test_a_stock_that_makes_no_sense_is_refused(spare: int):
    connected(spare=4)

    with pytest.raises(Refused, match="SPARE_OUT_OF_RANGE"):
        banks.set_spare(bank=given.BANK, spare=spare, at=AT, actor=given_parties.operator())

    assert pool().spare == 4


def test_only_operators_set_the_stock_of_a_bank_that_is_there():
    connected(spare=4)

    with pytest.raises(NotFound):
        banks.set_spare(bank="NONE", spare=9, at=AT, actor=given_parties.operator())
    for actor in (given_parties.bidder(), SYSTEM):
        with pytest.raises(NotAllowed):
            banks.set_spare(bank=given.BANK, spare=9, at=AT, actor=actor)
    with pytest.raises(NotAllowed):
        banks.keep_problem(
            bank=given.BANK, problem="BANK_REFUSED", at=AT, actor=given_parties.operator()
        )
    assert pool().spare == 4
    assert pool().problem == ""


def test_operators_count_sub_accounts_of_opened_lots_only():  # INV-8
    given.bank(spare=20)
    sealed, due = given_deposits.chosen(), given_deposits.chosen()
    before = pool()

    given_tenders.opened(due.lot)

    assert (before.assigned, before.closed, before.stock) == (0, 0, Stock.ENOUGH)
    assert (pool().assigned, pool().closed) == (1, 0)
    assert sealed.account != due.account
