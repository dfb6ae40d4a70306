"""What comes after paying: who counts which rows of it, before the opening and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, Actor, Role
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.uploads import Upload
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.deposits.actions import claims, refunds
from biaobao.domain.deposits.queries import claims as shown_claims
from biaobao.domain.deposits.types import Told
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen, in_suspense
from tests.platform.test_scopes import GOING_BACK

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ORDER, CLAIM, TARGET, CHANGE, REFUND = GOING_BACK
# These name no lot: operators decide on them before the opening.
NAMELESS = {CLAIM: 1, CHANGE: 1}
ALL = {ORDER: 1, CLAIM: 1, TARGET: 1, CHANGE: 1, REFUND: 1}


@dataclass(frozen=True)
class World:
    """One bidder's refund that the bank refused, with another account told, and a claim."""

    chosen: Chosen
    operator: Actor
    refund_id: UUID
    change_id: UUID
    claim_id: UUID


def counted(actor: Actor) -> dict[str, int]:
    """Return how many rows of each table there are for the actor, where there are any."""
    counts = {}
    with seeing_as(actor), connection.cursor() as cursor:
        for table in GOING_BACK:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    chosen = given.chosen(bidder=given_parties.bidder(name="龙游甲子建设有限公司"))
    at = chosen.lot.deadline_at - DAY
    given.booked(chosen.pays(), chosen.pays(), chosen.pays(account=given_banking.MAIN_ACCOUNT))
    duplicate = next(c for c in chosen.standing.credits if c.refundable_minor)
    refund_id = refunds.ask_back(credit_id=duplicate.id, at=at, actor=chosen.bidder)
    refunds.approve(refund_id=refund_id, at=at, actor=given_refunds.colleague(chosen.bidder))
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)
    change_id = refunds.correct_payee(
        refund_id=refund_id,
        account_name="龙游甲子建设有限公司",
        number="33050168620800009999",
        bank_name="中国建设银行衢州分行",
        note="",
        at=at,
        actor=chosen.bidder,
    )
    told = Told(chosen.lot.amount, day_of(at), "", "")
    slip = Upload("a.pdf", "application/pdf", b"%PDF-1.7")
    claim_id = claims.claim(lot_id=chosen.lot.id, told=told, slip=slip, at=at, actor=chosen.bidder)
    return World(chosen, given_parties.operator(), refund_id, change_id, claim_id)


def concerned(world: World) -> dict[str, Actor]:
    lot = world.chosen.lot
    return {
        "agency": given_tenders.keeper_of(lot),
        "tenderer": Actor("", Role.TENDERER, None, lot.tenderer_id),
        "supervisor": given_parties.supervisor(),
    }


def strangers() -> dict[str, Actor]:
    return {
        "another agency": given_parties.agency(),
        "another tenderer": given_parties.tenderer(),
        "another bidder": given_parties.bidder(),
        "a visitor": NOBODY,
    }


def test_before_the_opening_the_bidder_counts_its_own_and_others_nothing(world: World):  # INV-8
    assert counted(world.chosen.bidder) == ALL
    assert counted(world.operator) == NAMELESS
    for who, actor in {**concerned(world), **strangers()}.items():
        assert counted(actor) == {}, who


def test_after_the_opening_those_concerned_count_what_goes_back_and_operators_all(world: World):
    given_tenders.opened(world.chosen.lot)

    assert counted(world.chosen.bidder) == ALL
    assert counted(world.operator) == ALL
    # Claims and told accounts are between a bidder and the house, also afterwards.
    for who, actor in concerned(world).items():
        assert counted(actor) == {ORDER: 1, TARGET: 1, REFUND: 1}, who
    for who, actor in strangers().items():
        assert counted(actor) == {}, who


def test_another_lots_opening_shows_nothing_of_this_one(world: World):
    other = given.chosen(given_tenders.lot(agency=given_tenders.keeper_of(world.chosen.lot)))
    given_tenders.opened(other.lot)

    assert counted(given_tenders.keeper_of(world.chosen.lot)) == {}
    assert counted(world.operator) == NAMELESS


def test_a_terminated_lot_stays_sealed_after_its_money_went_back(world: World):  # INV-8
    at = world.chosen.lot.deadline_at - DAY
    lot = given_tenders.terminated(world.chosen.lot, at=at)
    refunds.approve_lot(lot_id=lot.id, at=at, actor=world.operator)

    assert counted(world.operator) == NAMELESS
    for who, actor in {**concerned(world), **strangers()}.items():
        assert counted(actor) == {}, who


def test_deciding_on_them_opens_nothing_either(world: World):
    at = world.chosen.lot.deadline_at - DAY
    (credit,) = in_suspense(actor=world.operator)

    refunds.confirm_payee(change_id=world.change_id, at=at, actor=world.operator)
    claims.confirm(claim_id=world.claim_id, credit_id=credit.id, at=at, actor=world.operator)

    assert counted(world.operator) == NAMELESS
    assert in_suspense(actor=world.operator) == ()
    decided = shown_claims.claim(claim_id=world.claim_id, actor=world.operator)
    assert (decided.credit, decided.lot_id, decided.lot_code) == (None, None, "")


def test_money_in_suspense_that_goes_back_is_the_operators_alone(world: World):
    given.booked(
        given_banking.entry(
            account="1",
            amount=Money(7),
            at=world.chosen.lot.deadline_at,
            payer_name="某公司",
            payer_account="6222020000001111",
        )
    )
    one, other = given_refunds.operators()
    at = world.chosen.lot.deadline_at
    credit = next(c for c in in_suspense(actor=one) if c.amount_minor == 7)
    refund_id = refunds.return_unplaced(credit_id=credit.id, note="", at=at, actor=one)
    refunds.approve(refund_id=refund_id, at=at, actor=other)

    assert counted(one) == NAMELESS | {REFUND: 1, ORDER: 1}
    assert counted(world.chosen.bidder) == ALL
    for who, actor in {**concerned(world), **strangers()}.items():
        assert counted(actor) == {}, who
