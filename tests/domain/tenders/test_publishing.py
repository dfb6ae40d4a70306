"""Projects, lots, tender files, publication, postponing, opening."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.tenders import actions, models, queries
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind, Way
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties, tenders

AT = datetime(2026, 5, 9, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def refusal(run) -> list[str]:
    with pytest.raises(Refused) as refused:
        run()
    return [objection.code for objection in refused.value.objections]


def events(lot) -> list[str]:
    with seeing_as(SYSTEM):
        rows = AuditEvent.objects.filter(subject=f"lot:{lot.id}").order_by("id")
        return list(rows.values_list("name", flat=True))


def draft(**changes):
    return tenders.lot(published=False, **changes)


def with_file(lot):
    actions.add_tender_file(
        lot_id=lot.id,
        name="招标文件.pdf",
        media_type="application/pdf",
        content=tenders.PDF,
        at=AT,
        actor=tenders.keeper_of(lot),
    )
    return lot


def publish(lot, *, at=AT, actor: Actor | None = None):
    actions.publish(lot_id=lot.id, at=at, actor=actor or tenders.keeper_of(lot))


def again(lot):
    return queries.lot(lot_id=lot.id, actor=tenders.keeper_of(lot))


@pytest.mark.django_db
def test_a_published_lot_stands_under_the_policy_of_its_day():
    lot = with_file(draft())

    publish(lot)

    published = again(lot)
    assert published.state is LotState.PUBLISHED
    assert published.published_at == AT
    assert published.statutory is True
    assert "市本级工程" in published.citation
    assert events(lot) == ["lot.drafted", "lot.file_added", "lot.published"]


@pytest.mark.django_db
def test_publishing_twice_is_publishing_once():
    lot = with_file(draft())
    publish(lot)

    publish(lot, at=AT + DAY)

    assert again(lot).published_at == AT
    assert events(lot).count("lot.published") == 1


@pytest.mark.django_db
def test_terms_that_break_the_rules_are_refused_with_every_reason_and_nothing_changes():  # INV-15
    lot = draft(
        amount=Money.yuan(900_000),
        estimate=Money.yuan(1_000_000),
        ways=(Way.DEPOSIT,),
        guarantors=("衢州融担",),
    )

    with pytest.raises(Refused) as refused:
        publish(lot)

    assert [(each.code, each.citation) for each in refused.value.objections] == [
        ("SECURITY_ABOVE_SHARE", "《中华人民共和国招标投标法实施条例》第二十六条"),
        (
            "SECURITY_ABOVE_CAP",
            "平台规则（参照《工程建设项目施工招标投标办法》第三十七条，待核对）",
        ),
        ("CASH_ONLY", "发改法规〔2023〕27号：应当同时接受现金和非现金方式"),
        (
            "ONE_GUARANTOR",
            "《招标投标领域公平竞争审查规则》（2024年第16号令）：不得限定由特定机构出具保函",
        ),
        ("NO_TENDER_FILE", ""),
    ]
    assert again(lot) == lot
    assert events(lot) == ["lot.drafted"]


@pytest.mark.django_db
def test_government_procurement_may_ask_for_no_security():
    lot = with_file(draft(kind="ZC", ways=(Way.DEPOSIT, Way.GUARANTEE)))

    with pytest.raises(Refused) as refused:
        publish(lot)

    (objection,) = refused.value.objections
    assert objection.code == "SECURITY_NOT_ALLOWED"
    assert objection.citation.startswith("浙财采监〔2019〕5号")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("region", "kind", "ways"),
    [
        ("QZ", "GC", (Way.DEPOSIT, Way.GUARANTEE, Way.POOL)),
        ("LY", "GC", (Way.DEPOSIT, Way.GUARANTEE)),
        ("QZ", "GQ", (Way.DEPOSIT, Way.GUARANTEE)),
        ("JS", "GQ", (Way.DEPOSIT, Way.GUARANTEE)),
        ("KH", "ZC", ()),
    ],
)
def test_the_ways_differ_by_region_and_kind(region, kind, ways):
    policy = queries.proposed_terms(region=region, kind=kind, on=AT.date(), actor=NOBODY)

    assert policy is not None
    assert policy.terms.ways == ways


@pytest.mark.django_db
def test_pooled_deposits_are_refused_outside_the_citys_own_works():
    lot = with_file(draft(region="LY", ways=(Way.GUARANTEE, Way.POOL)))

    assert refusal(lambda: publish(lot)) == ["WAY_NOT_OPEN_HERE"]


STRANGERS = [parties.agency, parties.tenderer, parties.bidder, parties.operator, parties.supervisor]


@pytest.mark.django_db
@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_keep_out_of_a_project(stranger):
    lot, actor = with_file(draft()), stranger()
    (file,) = queries.tender_files(lot_id=lot.id, actor=SYSTEM)
    attempts = [
        lambda: publish(lot, actor=actor),
        lambda: actions.draft_lot(
            project_id=lot.project_id, name="x", terms=tenders.terms(), at=AT, actor=actor
        ),
        lambda: actions.change_lot(
            lot_id=lot.id, name="x", terms=tenders.terms(), at=AT, actor=actor
        ),
        lambda: actions.add_tender_file(
            lot_id=lot.id, name="x.pdf", media_type="", content=b"%PDF-2", at=AT, actor=actor
        ),
        lambda: actions.remove_tender_file(lot_id=lot.id, file_id=file.id, at=AT, actor=actor),
        lambda: actions.postpone(
            lot_id=lot.id,
            deadline_at=lot.deadline_at + DAY,
            opening_at=lot.opening_at + DAY,
            reason="x",
            at=AT,
            actor=actor,
        ),
        lambda: actions.open_lot(lot_id=lot.id, at=lot.opening_at, actor=actor),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()

    assert again(lot) == lot
    assert queries.tender_files(lot_id=lot.id, actor=SYSTEM) == (file,)
    reads = [
        lambda: queries.lot(lot_id=lot.id, actor=actor),
        lambda: queries.lot_desk(lot_id=lot.id, at=AT, actor=actor),
        lambda: queries.own_project(project_id=lot.project_id, actor=actor),
        lambda: queries.tender_files(lot_id=lot.id, actor=actor),
        lambda: queries.tender_file(lot_id=lot.id, file_id=file.id, actor=actor),
    ]
    for read in reads:
        with pytest.raises(NotFound):
            read()
    assert queries.lots(lot_ids=[lot.id], actor=actor) == {}


@pytest.mark.django_db
def test_the_tenderer_may_run_its_own_project():
    tenderer = parties.tenderer()
    lot = with_file(draft(tenderer=tenderer))

    publish(lot, actor=tenderer)

    assert again(lot).state is LotState.PUBLISHED


@pytest.mark.django_db
def test_nobody_drafts_a_project_for_others():
    agency, tenderer = parties.agency(), parties.tenderer()
    with pytest.raises(NotAllowed):
        actions.draft_project(
            name="x",
            tenderer_id=tenderer.organisation_id,
            agency_id=agency.organisation_id,
            region="QZ",
            kind="GC",
            at=AT,
            actor=parties.agency(),
        )
    assert models.Project.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "TEXT_MISSING"),
        ({"region": "XX"}, "REGION_UNKNOWN"),
        ({"kind": "XX"}, "KIND_UNKNOWN"),
        ({"tenderer_id": "agency"}, "ORGANISATION_OF_ANOTHER_ROLE"),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(changes, code):
    agency, tenderer = parties.agency(), parties.tenderer()
    if "tenderer_id" in changes:
        changes = {"tenderer_id": agency.organisation_id}
    values = {
        "name": "市民中心",
        "tenderer_id": tenderer.organisation_id,
        "agency_id": agency.organisation_id,
        "region": "QZ",
        "kind": "GC",
    }

    run = lambda: actions.draft_project(**{**values, **changes}, at=AT, actor=agency)  # noqa: E731 - said twice

    assert refusal(run) == [code]
    assert models.Project.objects.count() == 0


@pytest.mark.django_db
def test_lots_of_a_project_share_its_number_and_the_next_project_takes_the_next():
    lot = draft()
    second = actions.draft_lot(
        project_id=lot.project_id,
        name="二标段",
        terms=tenders.terms(),
        at=AT,
        actor=tenders.keeper_of(lot),
    )
    other = draft()

    codes = {row.id: row.code for row in models.Lot.objects.all()}
    assert [codes[lot.id], codes[second], other.code] == [
        "QZGC202605001-1",
        "QZGC202605001-2",
        "QZGC202605002-1",
    ]


@pytest.mark.django_db
def test_a_given_code_is_taken_as_it_is_and_only_once():
    lot = draft(kind="GQ", code="QZGQ202511019-1")

    assert lot.code == "QZGQ202511019-1"
    assert refusal(lambda: draft(kind="GQ", code="QZGQ202511019-1")) == ["CODE_TAKEN"]
    assert refusal(lambda: draft(kind="GC", code="QZGQ202511020-1")) == ["CODE_OF_ANOTHER_KIND"]
    assert models.Lot.objects.count() == 1


@pytest.mark.django_db
def test_a_draft_changes_and_a_published_lot_does_not():  # INV-15
    lot = draft()
    keeper = tenders.keeper_of(lot)
    terms = tenders.terms(amount=Money.yuan(60_000))
    actions.change_lot(lot_id=lot.id, name="新名", terms=terms, at=AT, actor=keeper)
    changed = queries.lot_desk(lot_id=lot.id, at=AT, actor=keeper)
    assert (changed.lot.name, changed.terms) == ("新名", terms)

    publish(with_file(lot))
    before = again(lot)
    file_id = tenders.file_of(lot).id
    attempts = [
        lambda: actions.change_lot(
            lot_id=lot.id, name="x", terms=tenders.terms(), at=AT, actor=keeper
        ),
        lambda: actions.remove_tender_file(lot_id=lot.id, file_id=file_id, at=AT, actor=keeper),
        lambda: with_file(lot),
    ]

    assert [refusal(attempt) for attempt in attempts] == [["LOT_NOT_DRAFT"]] * 3
    assert again(lot) == before


@pytest.mark.django_db
def test_the_same_file_again_is_the_same_file_and_can_be_removed():
    lot = with_file(with_file(draft()))
    keeper = tenders.keeper_of(lot)
    (file,) = queries.tender_files(lot_id=lot.id, actor=keeper)

    actions.remove_tender_file(lot_id=lot.id, file_id=file.id, at=AT, actor=keeper)
    actions.remove_tender_file(lot_id=lot.id, file_id=file.id, at=AT, actor=keeper)

    assert queries.tender_files(lot_id=lot.id, actor=keeper) == ()
    assert events(lot) == ["lot.drafted", "lot.file_added", "lot.file_removed"]


@pytest.mark.django_db
def test_a_file_that_is_not_what_it_says_is_refused():
    lot = draft()

    def add():
        actions.add_tender_file(
            lot_id=lot.id,
            name="招标文件.pdf",
            media_type="application/pdf",
            content=b"MZ",
            at=AT,
            actor=tenders.keeper_of(lot),
        )

    assert refusal(add) == ["FILE_IS_NOT_WHAT_IT_SAYS"]
    assert queries.tender_files(lot_id=lot.id, actor=SYSTEM) == ()


@pytest.mark.django_db
def test_postponing_moves_every_clock_and_everyone_can_read_why():  # INV-15
    lot = tenders.lot()
    later = lot.deadline_at + 3 * DAY

    actions.postpone(
        lot_id=lot.id,
        deadline_at=later,
        opening_at=later,
        reason=" 补充图纸 ",
        at=AT + DAY,
        actor=tenders.keeper_of(lot),
    )

    moved = again(lot)
    assert (moved.deadline_at, moved.opening_at, moved.changed_at) == (later, later, AT + DAY)
    assert models.Lot.objects.get(id=lot.id).payment_deadline_at == later
    (said,) = queries.announcements(lot_id=lot.id, actor=NOBODY)
    assert (said.kind, said.reason, said.deadline_before, said.deadline_at) == (
        AnnouncementKind.POSTPONED,
        "补充图纸",
        lot.deadline_at,
        later,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "reason", "code"),
    [
        (-1, "补充图纸", "POSTPONED_TO_EARLIER"),
        (0, "补充图纸", "NOT_POSTPONED"),
        (1, " ", "TEXT_MISSING"),
    ],
)
def test_a_postponement_that_is_none_is_refused(days, reason, code):
    lot = tenders.lot()
    moved = lot.deadline_at + days * DAY

    def postpone():
        actions.postpone(
            lot_id=lot.id,
            deadline_at=moved,
            opening_at=moved,
            reason=reason,
            at=AT,
            actor=tenders.keeper_of(lot),
        )

    assert refusal(postpone) == [code]
    assert again(lot) == lot
    assert queries.announcements(lot_id=lot.id, actor=NOBODY) == ()


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "opened"])
def test_only_a_lot_that_waits_for_its_opening_is_postponed(state):
    lot = draft() if state == "draft" else tenders.opened(tenders.lot())

    def postpone():
        actions.postpone(
            lot_id=lot.id,
            deadline_at=lot.deadline_at + DAY,
            opening_at=lot.opening_at + DAY,
            reason="补充图纸",
            at=AT,
            actor=tenders.keeper_of(lot),
        )

    assert refusal(postpone) == ["LOT_NOT_WAITING_FOR_ITS_OPENING"]
    assert again(lot) == lot


@pytest.mark.django_db
def test_a_lot_opens_at_its_second_and_not_one_before():
    lot = tenders.lot()
    keeper = tenders.keeper_of(lot)

    early = lambda: actions.open_lot(  # noqa: E731 - a sentence
        lot_id=lot.id, at=lot.opening_at - timedelta(seconds=1), actor=keeper
    )
    assert refusal(early) == ["NOT_YET_OPENING"]
    assert again(lot) == lot

    actions.open_lot(lot_id=lot.id, at=lot.opening_at, actor=keeper)
    actions.open_lot(lot_id=lot.id, at=lot.opening_at + DAY, actor=keeper)

    assert (again(lot).state, again(lot).opened_at) == (LotState.OPENED, lot.opening_at)
    assert models.Lot.objects.get(id=lot.id).opened_by_id == keeper.person_id
    assert events(lot).count("lot.opened") == 1


@pytest.mark.django_db
def test_a_draft_is_not_opened():  # INV-9
    lot = draft()

    def open_it():
        actions.open_lot(lot_id=lot.id, at=lot.opening_at, actor=tenders.keeper_of(lot))

    assert refusal(open_it) == ["LOT_NOT_WAITING_FOR_ITS_OPENING"]


@pytest.mark.django_db
def test_what_is_not_there_is_not_found():
    agency = parties.agency()
    with pytest.raises(NotFound):
        actions.publish(lot_id=uuid4(), at=AT, actor=agency)
    with pytest.raises(NotFound):
        actions.draft_lot(project_id=uuid4(), name="x", terms=tenders.terms(), at=AT, actor=agency)


def test_two_projects_drafted_at_once_get_two_numbers(committed):
    lots = [draft() for _ in range(2)]

    def add(lot):
        try:
            for _ in range(3):
                actions.draft_lot(
                    project_id=lot.project_id,
                    name="标段",
                    terms=tenders.terms(),
                    at=AT + 30 * DAY,
                    actor=keepers[lot.id],
                )
        finally:
            connection.close()

    keepers = {lot.id: tenders.keeper_of(lot) for lot in lots}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, lots))

    codes = sorted(
        models.Lot.objects.filter(code__contains="202606").values_list("code", flat=True)
    )
    assert codes == [
        f"QZGC20260600{number}-{section}" for number in (1, 2) for section in (1, 2, 3)
    ]


@pytest.mark.django_db
def test_an_operator_adds_a_policy_and_published_lots_keep_theirs():
    lot = tenders.lot()
    policy = queries.proposed_terms(region="QZ", kind="GC", on=AT.date(), actor=NOBODY)
    assert policy is not None
    operator = parties.operator()
    values = {
        "region": "QZ",
        "kind": "GC",
        "valid_from": AT.date() + DAY,
        "valid_until": None,
        "terms": policy.terms,
        "at": AT,
    }

    policy_id = actions.add_policy(**values, actor=operator)

    assert refusal(lambda: actions.add_policy(**values, actor=operator)) == ["POLICY_TAKEN"]
    tomorrow = queries.proposed_terms(region="QZ", kind="GC", on=AT.date() + DAY, actor=NOBODY)
    assert tomorrow is not None
    assert (tomorrow.id, tomorrow.terms) == (policy_id, policy.terms)
    assert models.Lot.objects.get(id=lot.id).policy_id == policy.id
    for stranger in (parties.agency(), parties.bidder(), Actor("x", Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            actions.add_policy(**{**values, "region": "LY"}, actor=stranger)
    assert len(queries.policies(actor=NOBODY)) == 5
