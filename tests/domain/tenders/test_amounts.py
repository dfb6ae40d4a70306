"""变更金额: what secures a published lot may change in time, as its policy allows (scenario 16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.guarantees.actions import ending, issuing, surrendering
from biaobao.domain.guarantees.actions import letters as letter_actions
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import SurrenderReason
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders import actions, queries
from biaobao.domain.tenders.types import AnnouncementKind, Lot
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.letters import letter_of

SECOND = timedelta(seconds=1)
MORE, LESS = Money.yuan(60_000), Money.yuan(40_000)


@pytest.fixture(autouse=True)
def bank(db: None, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def at(lot: Lot) -> datetime:
    """Return some time at which all that tests do was done, and the lot, once it moved, has days left."""
    return lot.deadline_at - timedelta(days=4)


def moved(lot: Lot) -> Lot:
    """Return the lot with so much time left that its amount may change."""
    return given_tenders.postponed(lot, by=timedelta(days=20))


def changed(lot: Lot, amount: Money, *, actor: Actor | None = None, **how: Any) -> Lot:
    """Let an amount change, and let everybody look at what it means for him."""
    now = queries.lot(lot_id=lot.id, actor=SYSTEM)
    said: dict[str, Any] = {
        "reason": "补充文件一",
        "at": max(now.deadline_at - timedelta(days=16), now.changed_at + SECOND),
    } | how
    keeper = actor or given_tenders.keeper_of(lot)
    actions.change_amount(lot_id=lot.id, amount=amount, actor=keeper, **said)
    for look in (choosing.reassess, letter_actions.recheck, ending.end_over):
        look(limit=50, at=said["at"], actor=SYSTEM)
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def secured(lot: Lot, bidder: Actor) -> str:
    assert bidder.organisation_id
    found = securities.security(lot_id=lot.id, bidder_id=bidder.organisation_id, actor=bidder)
    assert found
    return str(found.state)


def test_it_is_announced_with_both_amounts_and_a_reason():  # INV-15
    lot = given_tenders.lot()

    after = changed(lot, MORE)

    assert after.amount == MORE
    shown, (said,) = queries.announced_lot(lot_id=lot.id, actor=given_parties.supervisor())
    assert shown.amount == MORE
    assert (said.kind, said.amount_before, said.amount, said.reason) == (
        AnnouncementKind.AMOUNT_CHANGED,
        lot.amount,
        MORE,
        "补充文件一",
    )
    assert changed(after, MORE).changed_at == after.changed_at


@pytest.mark.parametrize(
    ("amount", "how", "code"),
    [
        (Money(0), {}, "AMOUNT_NOT_POSITIVE"),
        (Money.yuan(9_000_000), {}, "SECURITY_ABOVE"),
        (MORE, {"reason": " "}, "REASON_MISSING|TEXT_MISSING|NAME_MISSING"),
        (MORE, {"late": SECOND}, "CHANGE_TOO_LATE"),
    ],
)
def test_what_the_policy_or_the_clock_forbids_is_refused_and_nothing_changes(  # INV-15
    amount: Money, how: dict[str, Any], code: str
):
    lot = given_tenders.lot()
    late = how.pop("late", None)
    if late:
        how["at"] = lot.deadline_at - timedelta(days=15) + late

    with pytest.raises(Refused, match=code):
        changed(lot, amount, **how)

    assert queries.lot(lot_id=lot.id, actor=SYSTEM) == lot


def test_others_and_opened_lots_change_nothing():
    lot = given_tenders.lot()
    for stranger in (given_parties.agency(), given_parties.operator()):
        with pytest.raises((NotAllowed, NotFound)):
            changed(lot, MORE, actor=stranger)
    opened = given_tenders.opened(lot)
    with pytest.raises(Refused):
        changed(opened, MORE)

    assert queries.lot(lot_id=lot.id, actor=SYSTEM).amount == lot.amount


def test_a_deposit_is_to_be_topped_up_or_pays_too_much():
    lot = given_tenders.lot()
    chosen = given_deposits.chosen(lot)
    given_deposits.booked(chosen.pays())
    assert secured(lot, chosen.bidder) == "SECURED"

    higher = changed(moved(lot), MORE)
    assert secured(lot, chosen.bidder) == "REQUIRED"
    given_deposits.booked(chosen.pays(Money(MORE.fen - lot.amount.fen), at=at(lot)))
    assert secured(lot, chosen.bidder) == "SECURED"
    changed(higher, LESS)

    assert secured(lot, chosen.bidder) == "SECURED"
    refundable = sum(each.refundable_minor for each in chosen.standing.credits)
    assert refundable == MORE.fen - LESS.fen


def test_scenario_16_raised_after_letters_were_issued_they_secure_no_more():
    applied, _claim = given_letters.issued()
    lot, bidder = applied.lot, applied.bidder

    higher = changed(moved(lot), MORE)

    assert applied.security[0] == "REQUIRED"
    assert letter_of(applied).state is LetterState.ISSUED_SEALED
    assert applications.mismatches(actor=SYSTEM) == ()
    surrendering.surrender(
        application_id=applied.id, reason=SurrenderReason.SWITCHED, at=at(lot), actor=bidder
    )
    assert applied.state is ApplicationState.PREMIUM_REFUNDING
    assert applied.security == ("REQUIRED", "")
    again = given.submitted(higher, bidder, given.product())
    assert again.now.amount == MORE


def test_lowered_a_letter_over_more_secures_on_and_raised_back_it_secures_again():
    applied, _claim = given_letters.issued()

    lower = changed(moved(applied.lot), LESS)
    assert applied.security[0] == "SECURED"
    higher = changed(lower, MORE)
    assert applied.security[0] == "REQUIRED"
    changed(higher, applied.lot.amount)

    assert applied.security[0] == "SECURED"


@pytest.mark.parametrize("how_far", ["submitted", "payable", "paid", "claimed"])
def test_what_was_quoted_for_another_amount_ends_and_its_premium_returns(how_far: str):
    begin: dict[str, Any] = {
        "submitted": given.submitted,
        "payable": given.payable,
        "paid": given_letters.paid,
        "claimed": given_letters.paid,
    }
    applied = begin[how_far]()
    claim = given_letters.claimed(applied) if how_far == "claimed" else None

    changed(moved(applied.lot), MORE)
    if claim:
        # Made for the old amount, it is not kept.
        given_letters.kept(claim, at=at(applied.lot))
        ending.end_over(limit=9, at=at(applied.lot), actor=SYSTEM)

    assert applied.now.why == "AMOUNT_CHANGED"
    assert applied.held == Money(0)
    assert issuing.claim(limit=9, at=at(applied.lot), actor=SYSTEM) == ()
    assert applications.mismatches(actor=SYSTEM) == ()
