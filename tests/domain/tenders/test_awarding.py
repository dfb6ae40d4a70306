"""An opened lot is awarded to one of its bidders, and contracted; until then the award can be withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.tenders import actions, models, queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind, Lot
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties, tenders

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def opened(*bidders: Actor) -> Lot:
    """Return an opened lot with these bidders."""
    lot = tenders.lot()
    for bidder in bidders:
        tenders.registered(lot, bidder)
    return tenders.opened(lot)


def again(lot: Lot) -> Lot:
    return queries.lot(lot_id=lot.id, actor=SYSTEM)


def said(lot: Lot) -> list[tuple[AnnouncementKind, str, str]]:
    """Return what everyone reads of the lot, the newest first."""
    announced = queries.announcements(lot_id=lot.id, actor=parties.bidder())
    return [(each.kind, each.winner_name, each.reason) for each in announced]


def award(lot: Lot, winner: Actor, **changes: Any) -> None:
    at = lot.opening_at + DAY
    asked = {
        "winner_id": winner.organisation_id,
        "awarded_at": at,
        "reason": "衢招通 2026-11 号",
        "at": at,
        "actor": tenders.keeper_of(lot),
    }
    actions.award(lot_id=lot.id, **(asked | changes))


def test_a_lot_is_awarded_once_and_everyone_reads_to_whom():
    winner = parties.bidder()
    lot = opened(winner, parties.bidder())

    awarded = tenders.awarded(lot, winner)
    tenders.awarded(lot, winner, at=lot.opening_at + 2 * DAY)

    name = said(lot)[0][1]
    assert said(lot) == [(AnnouncementKind.AWARDED, name, "衢招通 2026-11 号")]
    assert (awarded.state, awarded.awarded_at) == (LotState.AWARDED, lot.opening_at + DAY)
    assert (awarded.winner_id, awarded.winner_name) == (winner.organisation_id, name)
    assert awarded.changed_at == lot.changed_at
    assert again(lot) == awarded
    with seeing_as(SYSTEM):
        (event,) = AuditEvent.objects.filter(subject=f"lot:{lot.id}", name="lot.awarded")
    assert event.facts["winner"] == str(winner.organisation_id)


def test_another_winner_is_named_only_once_the_award_is_withdrawn():
    first, second = parties.bidder(), parties.bidder()
    lot = opened(first, second)
    awarded = tenders.awarded(lot, first)

    with pytest.raises(Refused, match="LOT_AWARDED"):
        award(lot, second)
    with pytest.raises(Refused, match="LOT_AWARDED"):
        tenders.failed(lot)
    assert again(lot) == awarded

    withdrawn = tenders.award_withdrawn(lot)
    assert withdrawn == lot
    with pytest.raises(Refused, match="LOT_NOT_AWARDED"):
        tenders.award_withdrawn(lot)
    won = tenders.awarded(lot, second, at=lot.opening_at + 3 * DAY)

    assert won.winner_id == second.organisation_id
    first_name, second_name = awarded.winner_name, won.winner_name
    assert said(lot) == [
        (AnnouncementKind.AWARDED, second_name, "衢招通 2026-11 号"),
        (AnnouncementKind.AWARD_WITHDRAWN, first_name, "中标人放弃中标"),
        (AnnouncementKind.AWARDED, first_name, "衢招通 2026-11 号"),
    ]


def test_a_contract_ends_it_for_good():
    winner, other = parties.bidder(), parties.bidder()
    lot = opened(winner, other)
    with pytest.raises(Refused, match="LOT_NOT_AWARDED"):
        tenders.contracted(lot)
    tenders.awarded(lot, winner)

    contracted = tenders.contracted(lot)
    tenders.contracted(lot, at=lot.opening_at + 9 * DAY)

    assert contracted.state is LotState.CONTRACTED
    assert contracted.contracted_at == lot.opening_at + 3 * DAY
    assert said(lot)[0] == (AnnouncementKind.CONTRACTED, contracted.winner_name, "衢合 2026-7 号")
    tenders.awarded(lot, winner)
    for late, code in (
        (lambda: award(lot, other), "LOT_AWARDED"),
        (lambda: tenders.award_withdrawn(lot), "LOT_CONTRACTED"),
        (lambda: tenders.failed(lot), "LOT_AWARDED"),
    ):
        with pytest.raises(Refused, match=code):
            late()
    assert again(lot) == contracted


def test_a_failed_lot_after_a_withdrawn_award():
    winner = parties.bidder()
    lot = opened(winner)
    tenders.awarded(lot, winner)
    tenders.award_withdrawn(lot)

    failed = tenders.failed(lot)

    assert (failed.state, failed.winner_id) == (LotState.FAILED, None)
    with pytest.raises(Refused, match="LOT_HAS_FAILED"):
        award(lot, winner)
    assert again(lot) == failed


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ("draft", "LOT_NOT_OPENED"),
        ("published", "LOT_NOT_OPENED"),
        ("suspended", "LOT_SUSPENDED"),
        ("terminated", "LOT_TERMINATED"),
    ],
)
def test_only_an_opened_lot_is_awarded(before: str, code: str):
    lot, bidder = tenders.lot(published=before != "draft"), parties.bidder()
    if before != "draft":
        tenders.registered(lot, bidder)
    if before in ("suspended", "terminated"):
        lot = getattr(tenders, before)(lot)

    with pytest.raises(Refused, match=code):
        award(lot, bidder)

    assert again(lot) == lot


def test_who_did_not_bid_does_not_win_nor_at_another_time_nor_without_a_notice():
    bidder, half = parties.bidder(), parties.bidder()
    lot = tenders.lot()
    tenders.registered(lot, bidder)
    tenders.file_collected(lot, half)
    lot = tenders.opened(lot)

    for winner, changes, code in (
        (parties.bidder(), {}, "NOT_A_BIDDER"),
        (half, {}, "NOT_A_BIDDER"),
        (bidder, {"reason": " "}, "TEXT_MISSING"),
        (bidder, {"awarded_at": lot.opening_at - DAY}, "NOT_AT_THAT_TIME"),
        (bidder, {"awarded_at": lot.opening_at + 2 * DAY}, "NOT_AT_THAT_TIME"),
    ):
        with pytest.raises(Refused, match=code):
            award(lot, winner, **changes)
    assert again(lot) == lot
    awarded = tenders.awarded(lot, bidder)
    for late in (lot.opening_at, lot.opening_at + 9 * DAY):
        with pytest.raises(Refused, match="NOT_AT_THAT_TIME"):
            actions.record_contract(
                lot_id=lot.id,
                contracted_at=late,
                reason="衢合 2026-7 号",
                at=lot.opening_at + 3 * DAY,
                actor=tenders.keeper_of(lot),
            )
    assert again(lot) == awarded


def test_only_those_who_run_it_say_how_it_ended():
    winner = parties.bidder()
    lot = opened(winner)

    for stranger in (parties.agency(), winner, parties.operator(), parties.supervisor()):
        with pytest.raises((NotAllowed, NotFound)):
            award(lot, winner, actor=stranger)
    awarded = tenders.awarded(lot, winner)
    at = lot.opening_at + 2 * DAY
    for stranger in (parties.agency(), winner):
        with pytest.raises(NotAllowed):
            actions.withdraw_award(lot_id=lot.id, reason="更正", at=at, actor=stranger)
        with pytest.raises(NotAllowed):
            actions.record_contract(
                lot_id=lot.id, contracted_at=at, reason="衢合", at=at, actor=stranger
            )

    assert again(lot) == awarded


@pytest.mark.parametrize(
    "wrong",
    [
        {"awarded_at": None},
        {"winner": None},
        {"state": "OPENED"},
        {"state": "FAILED"},
        {"state": "CONTRACTED"},
        {"awarded_at": tenders.DEADLINE_AT - DAY},
        {"state": "CONTRACTED", "contracted_at": tenders.DEADLINE_AT},
    ],
)
def test_the_database_holds_state_winner_and_times_together(wrong: dict[str, Any]):  # INV-9
    winner = parties.bidder()
    lot = tenders.awarded(opened(winner), winner)

    with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        models.Lot.objects.filter(pk=lot.id).update(**wrong)

    assert again(lot) == lot
