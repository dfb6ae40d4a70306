"""One sub-account for a whole lot: who paid is known by account, else by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.domain.deposits.states import DepositState
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen

pytestmark = pytest.mark.django_db

ONE, OTHER = "33050168620800000111", "33050168620800000222"


@pytest.fixture
def lot() -> Lot:
    """Return a lot of a region whose lots have one sub-account each."""
    given_banking.bank()
    published = given_tenders.DEADLINE_AT - given_tenders.NOTICE
    usual = queries.proposed_terms(region="JS", kind="GC", on=day_of(published), actor=SYSTEM)
    assert usual
    actions.add_policy(
        region="JS",
        kind="GC",
        valid_from=day_of(published),
        valid_until=None,
        terms=replace(usual.terms, shares_account=True, basic_account_only=False),
        at=published,
        actor=given_parties.operator(),
    )
    return given_tenders.lot(region="JS")


def bidders(lot: Lot) -> tuple[Chosen, Chosen]:
    names = ("江山(甲)建设有限公司", "江山（乙）建设有限公司")
    one, other = (
        given.chosen(lot, given_parties.bidder(name=name, account=account))
        for name, account in zip(names, (ONE, OTHER), strict=True)
    )
    return one, other


def test_all_bidders_of_the_lot_are_given_the_same_account_and_see_it(lot: Lot):
    one, other = bidders(lot)

    assert one.account == other.account != ""


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("", ONE),
        ("江山(甲)建设有限公司", ""),
        ("江山（甲）建设有限公司", ""),
        ("江山（甲） 建设有限公司", ""),
        ("江山(甲)建设有限公司", "99999999"),
    ],
)
def test_a_payer_is_known_by_account_else_by_name_however_it_is_written(
    lot: Lot, name: str, account: str
):
    one, other = bidders(lot)

    given.booked(one.pays(payer_name=name, payer_account=account))

    assert one.held == lot.amount
    assert other.standing.state is DepositState.EXPECTED
    assert given.in_suspense(actor=given_parties.operator()) == ()


def test_who_is_unknown_waits_in_suspense_and_touches_nobody(lot: Lot):
    one, other = bidders(lot)

    given.booked(one.pays(payer_name="陌生有限公司", payer_account="12345678"))

    (waiting,) = given.in_suspense(actor=given_parties.operator())
    assert waiting.reason == "PAYER_UNKNOWN"
    assert {one.standing.state, other.standing.state} == {DepositState.EXPECTED}


def test_a_name_that_two_bidders_have_tells_nothing(lot: Lot):
    for account in (ONE, OTHER):
        given.chosen(lot, given_parties.bidder(name="江山同名建设有限公司", account=account))
    (one, _other) = bidders(lot)

    given.booked(one.pays(payer_name="江山同名建设有限公司", payer_account=""))

    (waiting,) = given.in_suspense(actor=given_parties.operator())
    assert waiting.reason == "PAYER_UNKNOWN"
