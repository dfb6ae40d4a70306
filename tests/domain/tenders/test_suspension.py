"""Suspending a published lot, letting it go on, ending it before its opening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, Refused
from biaobao.domain.tenders import actions, models, queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind, Lot
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties, tenders

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def suspend(lot: Lot, *, reason="图纸有误", at: datetime | None = None, actor: Actor | None = None):
    actions.suspend(
        lot_id=lot.id,
        reason=reason,
        at=at or after(lot),
        actor=actor or tenders.keeper_of(lot),
    )


def resume(
    lot: Lot,
    *,
    by: timedelta = timedelta(0),
    reason="图纸已更正",
    at: datetime | None = None,
    actor: Actor | None = None,
    **clocks: datetime,
):
    actions.resume(
        **{
            "lot_id": lot.id,
            "deadline_at": lot.deadline_at + by,
            "opening_at": lot.opening_at + by,
            "reason": reason,
            "at": at or after(lot) + DAY,
            "actor": actor or tenders.keeper_of(lot),
            **clocks,
        }
    )


def terminate(
    lot: Lot, *, reason="项目取消", at: datetime | None = None, actor: Actor | None = None
):
    actions.terminate(
        lot_id=lot.id,
        reason=reason,
        at=at or after(lot),
        actor=actor or tenders.keeper_of(lot),
    )


def after(lot: Lot) -> datetime:
    assert lot.published_at is not None
    return lot.published_at + DAY


def again(lot: Lot) -> Lot:
    return queries.lot(lot_id=lot.id, actor=tenders.keeper_of(lot))


def announced(lot: Lot) -> list[tuple[AnnouncementKind, str]]:
    """Return what anybody reads of a lot, the newest first."""
    return [(each.kind, each.reason) for each in queries.announcements(lot_id=lot.id, actor=NOBODY)]


def trail(lot: Lot) -> list[tuple[str, str]]:
    """Return what the audit trail says of a lot since it was published."""
    with seeing_as(SYSTEM):
        rows = AuditEvent.objects.filter(subject=f"lot:{lot.id}", facts__has_key="reason")
        return [(row.name, row.facts["reason"]) for row in rows.order_by("id")]


def refusal(run: Callable[[], object]) -> tuple[str, str, str]:
    """Return code, field and citation of the one objection."""
    with pytest.raises(Refused) as refused:
        run()
    (objection,) = refused.value.objections
    return objection.code, objection.field, objection.citation


def in_state(state: LotState) -> Lot:
    lot = tenders.lot(published=state is not LotState.DRAFT)
    match state:
        case LotState.SUSPENDED:
            return tenders.suspended(lot)
        case LotState.TERMINATED:
            return tenders.terminated(lot)
        case LotState.OPENED:
            return tenders.opened(lot)
        case _:
            return lot


ARTICLE = "《中华人民共和国招标投标法实施条例》第三十一条"
STILL = [
    (LotState.SUSPENDED, ("LOT_SUSPENDED", "", "")),
    (LotState.TERMINATED, ("LOT_TERMINATED", "", ARTICLE)),
]


@pytest.mark.django_db
def test_a_suspended_lot_says_so_and_why_to_everyone():
    lot = tenders.lot()

    suspend(lot, reason=" 图纸有误 ")

    seen = queries.lot(lot_id=lot.id, actor=NOBODY)
    assert (seen.state, seen.suspended_at, seen.changed_at) == (
        LotState.SUSPENDED,
        after(lot),
        after(lot),
    )
    assert (seen.deadline_at, seen.opening_at) == (lot.deadline_at, lot.opening_at)
    assert announced(lot) == [(AnnouncementKind.SUSPENDED, "图纸有误")]
    assert trail(lot) == [("lot.suspended", "图纸有误")]


@pytest.mark.django_db
def test_a_lot_may_be_suspended_between_its_deadline_and_its_opening():
    lot = tenders.lot(opening_at=tenders.DEADLINE_AT + DAY)

    suspend(lot, at=lot.deadline_at + SECOND)

    assert again(lot).state is LotState.SUSPENDED


@pytest.mark.django_db
def test_suspending_twice_is_suspending_once():
    lot = tenders.suspended(tenders.lot())

    suspend(lot, reason="再次", at=after(lot) + DAY)

    assert again(lot) == lot
    assert announced(lot) == [(AnnouncementKind.SUSPENDED, "图纸有误")]


@pytest.mark.django_db
def test_a_suspended_lot_goes_on_with_its_clocks_if_they_are_still_to_come():
    lot = tenders.suspended(tenders.lot())

    resume(lot)

    seen = again(lot)
    assert (seen.state, seen.suspended_at, seen.changed_at) == (
        LotState.PUBLISHED,
        None,
        after(lot) + DAY,
    )
    assert (seen.deadline_at, seen.opening_at) == (lot.deadline_at, lot.opening_at)
    assert announced(lot) == [
        (AnnouncementKind.RESUMED, "图纸已更正"),
        (AnnouncementKind.SUSPENDED, "图纸有误"),
    ]
    assert trail(lot) == [("lot.suspended", "图纸有误"), ("lot.resumed", "图纸已更正")]


@pytest.mark.django_db
def test_a_lot_whose_deadline_passed_goes_on_with_every_clock_moved():  # INV-15
    lot = tenders.suspended(tenders.lot())

    resume(lot, by=7 * DAY, at=lot.deadline_at + DAY)

    later = lot.deadline_at + 7 * DAY
    seen = again(lot)
    assert (seen.state, seen.deadline_at, seen.opening_at) == (LotState.PUBLISHED, later, later)
    assert models.Lot.objects.get(id=lot.id).payment_deadline_at == later
    said = queries.announcements(lot_id=lot.id, actor=NOBODY)[0]
    assert (said.deadline_before, said.deadline_at) == (lot.deadline_at, later)
    assert (said.opening_before, said.opening_at) == (lot.opening_at, later)
    bidder = parties.bidder()
    tenders.registered(lot, bidder, at=later)
    assert tenders.opened(again(lot)).state is LotState.OPENED


@pytest.mark.django_db
def test_a_resumed_lot_may_be_suspended_again():
    lot = tenders.suspended(tenders.lot())
    resume(lot)

    suspend(lot, at=after(lot) + 2 * DAY)

    assert again(lot).suspended_at == after(lot) + 2 * DAY
    assert len(announced(lot)) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("first", [LotState.PUBLISHED, LotState.SUSPENDED])
def test_a_terminated_lot_says_when_why_and_by_whom(first):
    lot = in_state(first)

    terminate(lot, reason=" 项目取消 ")

    seen = queries.lots(lot_ids=[lot.id], actor=NOBODY)[lot.id]
    assert (seen.state, seen.terminated_at, seen.changed_at) == (
        LotState.TERMINATED,
        after(lot),
        after(lot),
    )
    assert seen.terminated_by == tenders.keeper_of(lot).person_id
    assert seen.suspended_at == lot.suspended_at
    assert announced(lot)[0] == (AnnouncementKind.TERMINATED, "项目取消")
    assert trail(lot)[-1] == ("lot.terminated", "项目取消")


@pytest.mark.django_db
def test_a_lot_that_is_over_and_waits_for_its_opening_may_be_terminated():
    lot = tenders.lot(opening_at=tenders.DEADLINE_AT + DAY)

    terminate(lot, at=lot.opening_at)

    assert again(lot).state is LotState.TERMINATED


@pytest.mark.django_db
def test_terminating_twice_is_terminating_once():
    lot = tenders.terminated(tenders.lot())

    terminate(lot, reason="再次", at=after(lot) + DAY)

    assert again(lot) == lot
    assert announced(lot) == [(AnnouncementKind.TERMINATED, "项目取消")]


WAITING = ("LOT_NOT_WAITING_FOR_ITS_OPENING", "", "")
NOT_SUSPENDED = ("LOT_NOT_SUSPENDED", "", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("run", "state", "objection"),
    [
        (suspend, LotState.DRAFT, WAITING),
        (suspend, LotState.OPENED, WAITING),
        (suspend, LotState.TERMINATED, ("LOT_TERMINATED", "", ARTICLE)),
        (resume, LotState.DRAFT, NOT_SUSPENDED),
        (resume, LotState.PUBLISHED, NOT_SUSPENDED),
        (resume, LotState.OPENED, NOT_SUSPENDED),
        (resume, LotState.TERMINATED, NOT_SUSPENDED),
        (terminate, LotState.DRAFT, WAITING),
        (terminate, LotState.OPENED, WAITING),
    ],
)
def test_a_lot_moves_only_as_its_table_has_it(run, state, objection):  # INV-9
    lot = in_state(state)
    before = (queries.announcements(lot_id=lot.id, actor=SYSTEM), trail(lot))

    assert refusal(lambda: run(lot, at=lot.deadline_at)) == objection

    assert again(lot) == lot
    assert (queries.announcements(lot_id=lot.id, actor=SYSTEM), trail(lot)) == before


@pytest.mark.django_db
@pytest.mark.parametrize("run", [suspend, resume, terminate])
def test_nothing_is_announced_without_a_reason(run):
    lot = in_state(LotState.SUSPENDED if run is resume else LotState.PUBLISHED)
    before = (announced(lot), trail(lot))

    assert refusal(lambda: run(lot, reason=" ")) == ("TEXT_MISSING", "reason", "")

    assert again(lot) == lot
    assert (announced(lot), trail(lot)) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"by": -DAY}, ("POSTPONED_TO_EARLIER", "deadline_at", "")),
        ({"opening_at": tenders.DEADLINE_AT - DAY}, ("OPENING_BEFORE_DEADLINE", "opening_at", "")),
        ({"at": tenders.DEADLINE_AT}, ("RESUMED_INTO_THE_PAST", "deadline_at", "")),
        (
            {"by": DAY, "at": tenders.DEADLINE_AT + 2 * DAY},
            ("RESUMED_INTO_THE_PAST", "deadline_at", ""),
        ),
    ],
)
def test_a_lot_does_not_go_on_with_clocks_that_are_past_or_go_back(changes, objection):  # INV-15
    lot = tenders.suspended(tenders.lot())

    assert refusal(lambda: resume(lot, **changes)) == objection

    assert again(lot) == lot
    assert announced(lot) == [(AnnouncementKind.SUSPENDED, "图纸有误")]


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "objection"), STILL)
def test_a_lot_that_stands_still_is_not_opened_nor_postponed(state, objection):
    lot = in_state(state)
    keeper = tenders.keeper_of(lot)
    attempts = [
        lambda: actions.open_lot(lot_id=lot.id, at=lot.opening_at, actor=keeper),
        lambda: tenders.postponed(lot, by=DAY),
    ]

    assert [refusal(attempt) for attempt in attempts] == [objection] * 2
    assert again(lot) == lot


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "objection"), STILL)
def test_nobody_registers_for_a_lot_that_stands_still(state, objection):
    lot = tenders.lot()
    begun, collected = parties.bidder(), parties.bidder()
    tenders.contact_chosen(lot, begun)
    tenders.file_collected(lot, collected)
    stand_still = tenders.suspended if state is LotState.SUSPENDED else tenders.terminated
    stand_still(lot, at=after(lot))
    at = after(lot) + DAY
    attempts = [
        lambda: tenders.contact_chosen(lot, parties.bidder(), at=at),
        lambda: actions.collect_file(
            lot_id=lot.id, file_id=tenders.file_of(lot).id, at=at, actor=begun
        ),
        lambda: actions.register(lot_id=lot.id, at=at, actor=collected),
        lambda: actions.register(lot_id=lot.id, at=at, actor=parties.bidder()),
    ]

    assert [refusal(attempt) for attempt in attempts] == [objection] * 4

    states = {row.bidder_id: row.state for row in _registrations(lot)}
    assert states == {
        begun.organisation_id: "CONTACT_CHOSEN",
        collected.organisation_id: "FILE_COLLECTED",
    }


def _registrations(lot: Lot) -> list[models.Registration]:
    with seeing_as(SYSTEM):
        return list(models.Registration.objects.filter(lot_id=lot.id))


@pytest.mark.django_db
def test_who_registered_keeps_the_registration_and_the_file():
    lot, bidder = tenders.lot(), parties.bidder()
    before = tenders.registered(lot, bidder)
    tenders.terminated(lot, at=after(lot))
    at = after(lot) + DAY

    actions.register(lot_id=lot.id, at=at, actor=bidder)
    file = actions.collect_file(lot_id=lot.id, file_id=tenders.file_of(lot).id, at=at, actor=bidder)

    assert tenders.registration(lot, bidder) == before
    assert file == tenders.file_of(lot)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [LotState.SUSPENDED, LotState.TERMINATED])
def test_who_registered_stays_sealed(state):  # INV-8
    lot = tenders.lot()
    tenders.registered(lot, parties.bidder())
    stand_still = tenders.suspended if state is LotState.SUSPENDED else tenders.terminated
    stand_still(lot, at=after(lot))

    for reader in (tenders.keeper_of(lot), parties.operator(), parties.supervisor()):
        assert queries.registrations(lot_id=lot.id, actor=reader) == ()


@pytest.mark.django_db
def test_a_lot_that_stands_still_is_public_but_not_offered():
    lots = {state: in_state(state) for state in (LotState.SUSPENDED, LotState.TERMINATED)}
    open_lot, mine = tenders.lot(), parties.bidder()
    for lot in lots.values():
        assert queries.lot(lot_id=lot.id, actor=NOBODY) == lot

    offered = queries.published_lots(
        search="", region="", kind="", page=1, at=after(open_lot), actor=mine
    )
    watched = queries.supervised_lots(search="", page=1, actor=parties.supervisor())

    assert [lot.id for lot in offered.rows] == [open_lot.id]
    assert {lot.id for lot in watched.rows} == {open_lot.id, *(lot.id for lot in lots.values())}


@pytest.mark.django_db
def test_bidders_see_their_suspended_lots_among_those_to_come_and_terminated_ones_last():
    bidder = parties.bidder()
    terminated, suspended, coming = (
        tenders.lot(deadline_at=tenders.DEADLINE_AT + number * DAY) for number in range(3)
    )
    for lot in (terminated, suspended, coming):
        tenders.registered(lot, bidder)
    tenders.terminated(terminated, at=after(coming))
    tenders.suspended(suspended, at=after(coming))

    desk = queries.bidder_desk(
        search="", region="", kind="", page=1, at=after(coming), actor=bidder
    )

    assert [lot.id for lot, _ in desk.mine] == [suspended.id, coming.id, terminated.id]
    assert [lot.id for lot in desk.open.rows] == [coming.id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "stranger",
    [parties.agency, parties.tenderer, parties.bidder, parties.operator, parties.supervisor],
)
def test_only_those_who_run_the_project_suspend_resume_or_terminate(stranger):
    lot, actor = tenders.suspended(tenders.lot()), stranger()

    for run in (suspend, resume, terminate):
        with pytest.raises(NotAllowed):
            run(lot, actor=actor)

    assert again(lot) == lot
    assert len(announced(lot)) == 1


@pytest.mark.django_db
def test_the_tenderer_may_terminate_its_own_lot():
    tenderer = parties.tenderer()
    lot = tenders.lot(tenderer=tenderer)

    terminate(lot, actor=tenderer)

    assert again(lot).terminated_by == tenderer.person_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (LotState.PUBLISHED, {"state": "SUSPENDED"}),
        (LotState.PUBLISHED, {"suspended_at": tenders.DEADLINE_AT}),
        (LotState.SUSPENDED, {"suspended_at": None}),
        (LotState.SUSPENDED, {"state": "OPENED", "opened_at": tenders.DEADLINE_AT}),
        (LotState.PUBLISHED, {"terminated_at": tenders.DEADLINE_AT}),
        (LotState.TERMINATED, {"terminated_at": None, "terminated_by": None}),
    ],
)
def test_a_state_without_its_times_is_not_stored(state, changes):  # INV-9
    lot = in_state(state)

    with pytest.raises(IntegrityError, match="state_agrees"), transaction.atomic():
        models.Lot.objects.filter(id=lot.id).update(**changes)


@pytest.mark.django_db
def test_an_announcement_that_moves_no_clocks_moves_none():
    lot = tenders.suspended(tenders.lot())

    with pytest.raises(IntegrityError, match="moves_clocks_only"), transaction.atomic():
        models.Announcement.objects.filter(lot_id=lot.id).update(
            deadline_at=lot.deadline_at + DAY, opening_at=lot.opening_at + DAY
        )
