"""Sub-accounts are closed long after their lot, once nothing is left or under way there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed
from biaobao.domain.banking.models import SubAccount
from biaobao.domain.deposits.actions import closing
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.tenders import actions, queries
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
AFTER = 30 * DAY


@pytest.fixture
def chosen() -> Chosen:
    given_banking.bank()
    return given.chosen()


def closed(*, at: datetime) -> int:
    return closing.close_idle(limit=10, at=at, actor=SYSTEM)


def state_of(chosen: Chosen) -> str:
    with seeing_as(SYSTEM):
        return SubAccount.objects.values_list("state", flat=True).get(number=chosen.account)


def test_an_empty_account_is_closed_a_month_after_its_lot_was_opened(chosen: Chosen):
    opened_at = given_tenders.opened(chosen.lot).opened_at
    assert opened_at

    assert closed(at=opened_at + AFTER - SECOND) == 0
    assert closed(at=opened_at + AFTER) == 1
    assert closed(at=opened_at + AFTER) == 0
    assert state_of(chosen) == "CLOSED"


def test_an_empty_account_is_closed_a_month_after_its_lot_was_terminated(chosen: Chosen):
    terminated_at = given_tenders.terminated(chosen.lot).terminated_at
    assert terminated_at

    # The bidder chose after the lot was published, and that was its last move.
    assert closed(at=chosen.lot.deadline_at + AFTER) == 1
    assert state_of(chosen) == "CLOSED"


def test_an_account_of_a_lot_that_waits_stays(chosen: Chosen):
    assert closed(at=chosen.lot.deadline_at + 10 * AFTER) == 0
    assert state_of(chosen) == "ASSIGNED"


def test_an_account_with_money_stays(chosen: Chosen):
    given.booked(chosen.pays())
    given_tenders.opened(chosen.lot)

    assert closed(at=chosen.lot.deadline_at + 10 * AFTER) == 0
    assert state_of(chosen) == "ASSIGNED"


def test_an_account_whose_money_came_and_went_is_closed_a_month_after_that(chosen: Chosen):
    paid = chosen.pays()
    given.booked(paid)
    opened_at = given_tenders.opened(chosen.lot).opened_at
    assert opened_at
    reversed_at = opened_at + 20 * DAY
    given.booked(chosen.reversal_of(paid, at=reversed_at))

    assert closed(at=opened_at + AFTER) == 0
    assert closed(at=reversed_at + AFTER) == 1


def test_an_account_that_all_bidders_share_is_closed_when_none_of_them_has_anything():
    given_banking.bank()
    shared = given_tenders.lot(region=region_that_shares())
    one, other = given.chosen(shared), given.chosen(shared, payer("别家建设有限公司"))
    paid = other.pays()
    given.booked(paid)
    opened_at = given_tenders.opened(shared).opened_at
    assert opened_at
    before = closed(at=opened_at + 2 * AFTER)

    given.booked(other.reversal_of(paid, at=opened_at + DAY))

    assert (one.account, before) == (other.account, 0)
    assert closed(at=opened_at + DAY + AFTER) == 1
    assert state_of(one) == "CLOSED"


def region_that_shares() -> str:
    """Return a region where all bidders of a lot pay to one sub-account."""
    day = day_of(given_tenders.DEADLINE_AT - given_tenders.NOTICE)
    usual = queries.proposed_terms(region="LY", kind="GC", on=day, actor=NOBODY)
    assert usual
    actions.add_policy(
        region="LY",
        kind="GC",
        valid_from=day,
        valid_until=None,
        terms=replace(usual.terms, shares_account=True),
        at=given_tenders.DEADLINE_AT - given_tenders.NOTICE,
        actor=given_parties.operator(),
    )
    return "LY"


def payer(name: str) -> Actor:
    return given_parties.bidder(name=name, account="33050168620800000555")


def test_money_that_comes_later_waits_in_suspense(chosen: Chosen):
    opened_at = given_tenders.opened(chosen.lot).opened_at
    assert opened_at
    closed(at=opened_at + AFTER)

    given.booked(chosen.pays(at=opened_at + AFTER + DAY))

    (waiting,) = given.in_suspense(actor=given_parties.operator())
    assert (waiting.reason, Money(waiting.amount_minor)) == ("CLOSED", chosen.lot.amount)
    assert chosen.held == Money(0)
    assert deposit_standing.mismatches(actor=SYSTEM) == ()


def test_only_the_house_closes(chosen: Chosen):
    given_tenders.opened(chosen.lot)

    with pytest.raises(NotAllowed):
        closing.close_idle(
            limit=1, at=chosen.lot.deadline_at + 2 * AFTER, actor=given_parties.operator()
        )

    assert state_of(chosen) == "ASSIGNED"
