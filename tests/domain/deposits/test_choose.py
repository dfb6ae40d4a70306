"""Choosing 保证金 gives a bidder a sub-account of its own, and lets him ask the bank about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.tenders.types import Lot, Way
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def choose(lot: Lot, bidder: Actor, *, at: object = None) -> object:
    return choosing.choose(lot_id=lot.id, at=at or lot.deadline_at - DAY, actor=bidder)


def refused(lot: Lot, bidder: Actor, **how: object) -> list[str]:
    with pytest.raises(Refused) as no:
        choose(lot, bidder, **how)
    assert deposit_standing.standing(lot_id=lot.id, actor=bidder) is None
    return [objection.code for objection in no.value.objections]


def test_each_bidder_has_a_sub_account_of_its_own():
    given_banking.bank()
    lot = given_tenders.lot()

    one, other = given.chosen(lot), given.chosen(lot)

    assert one.account != other.account
    assert (one.standing.state, one.standing.missing, one.security_state) == (
        "EXPECTED",
        lot.amount,
        "REQUIRED",
    )


def test_choosing_again_changes_nothing():
    given_banking.bank()
    chosen = given.chosen()
    before = chosen.standing

    assert choose(chosen.lot, chosen.bidder) == before.id
    assert chosen.standing == before


def test_there_is_no_account_to_pay_to_before_registration():
    given_banking.bank()
    lot, bidder = given_tenders.lot(), given_parties.bidder()
    given_tenders.file_collected(lot, bidder)

    assert refused(lot, bidder) == ["REGISTRATION_MISSING"]


def test_a_way_that_the_lot_does_not_offer_is_refused():
    given_banking.bank()
    lot, bidder = given_tenders.lot(ways=(Way.GUARANTEE,)), given_parties.bidder()
    given_tenders.registered(lot, bidder)

    assert refused(lot, bidder) == ["WAY_NOT_OFFERED"]


def test_the_deadline_second_is_the_last_to_choose():
    given_banking.bank()
    lot, bidder = given_tenders.lot(), given_parties.bidder()
    given_tenders.registered(lot, bidder)

    assert refused(lot, bidder, at=lot.deadline_at + SECOND) == ["DEADLINE_PASSED"]
    assert choose(lot, bidder, at=lot.deadline_at)


def test_only_bidders_choose_and_ask():
    given_banking.bank()
    lot, operator = given_tenders.lot(), given_parties.operator()

    with pytest.raises(NotAllowed):
        choose(lot, operator)
    with pytest.raises(NotAllowed):
        choosing.ask_bank(lot_id=lot.id, at=lot.deadline_at, actor=operator)


def test_without_a_free_account_the_deposit_waits_until_the_bank_opened_more():
    given_banking.bank(spare=0)
    later = given_tenders.lot(deadline_at=given_tenders.DEADLINE_AT + DAY)
    first, second = given.chosen(), given.chosen(later)
    before = (first.account, second.account)
    (opened,) = given_banking.sub_accounts(1)

    assigned = choosing.assign_waiting(limit=10, at=first.lot.deadline_at, actor=SYSTEM)

    assert (before, assigned) == (("", ""), 1)
    account = first.standing.sub_account
    assert account is not None
    assert account.number == opened.number
    assert second.standing.sub_account is None


def test_only_the_house_gives_out_accounts():
    with pytest.raises(NotAllowed):
        choosing.assign_waiting(limit=1, at=given_banking.AT, actor=given_parties.operator())


def test_the_bank_is_asked_at_most_every_ten_seconds():
    given_banking.bank()
    chosen = given.chosen()
    at = chosen.lot.deadline_at

    choosing.ask_bank(lot_id=chosen.lot.id, at=at, actor=chosen.bidder)
    with pytest.raises(Refused) as no:
        choosing.ask_bank(lot_id=chosen.lot.id, at=at + 9 * SECOND, actor=chosen.bidder)
    account = chosen.standing.sub_account
    choosing.ask_bank(lot_id=chosen.lot.id, at=at + 10 * SECOND, actor=chosen.bidder)

    assert [(o.code, o.facts) for o in no.value.objections] == [
        ("ASKED_JUST_NOW", {"seconds": "2"})
    ]
    assert account is not None
    assert account.asked_at == at


def test_nobody_asks_about_anothers_account():
    given_banking.bank()
    chosen = given.chosen()

    with pytest.raises(NotFound):
        choosing.ask_bank(
            lot_id=chosen.lot.id, at=chosen.lot.deadline_at, actor=given_parties.bidder()
        )

    account = chosen.standing.sub_account
    assert account is not None
    assert account.asked_at is None
