"""Registering for a lot: contact, file, save; and who may know of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import NOBODY, SYSTEM
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.tenders import actions, models, queries
from biaobao.domain.tenders.states import RegistrationState
from biaobao.platform.audit import log
from biaobao.platform.db import seeing_as
from tests.given import parties, tenders

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def refusal(run) -> str:
    with pytest.raises(Refused) as refused:
        run()
    (objection,) = refused.value.objections
    return objection.code


def register(lot, bidder, *, at=None):
    actions.register(lot_id=lot.id, at=at or lot.deadline_at, actor=bidder)


def collect(lot, bidder, *, at=None, file_id=None):
    return actions.collect_file(
        lot_id=lot.id,
        file_id=file_id or tenders.file_of(lot).id,
        at=at or lot.deadline_at,
        actor=bidder,
    )


def choose(lot, bidder, *, at=None, person_id=None):
    actions.choose_contact(
        lot_id=lot.id,
        person_id=person_id or bidder.person_id,
        at=at or lot.deadline_at,
        actor=bidder,
    )


def found(lot, bidder):
    return queries.registration(lot_id=lot.id, bidder_id=bidder.organisation_id, actor=bidder)


def registrations() -> int:
    with seeing_as(SYSTEM):
        return models.Registration.objects.count()


def history(lot, bidder, actor=None):
    seen = log.history(lot_id=lot.id, organisation_id=bidder.organisation_id, actor=actor or bidder)
    return [recorded.event.name for recorded in seen]


@pytest.mark.django_db
def test_contact_file_and_save_in_this_order_register():
    lot, bidder = tenders.lot(), parties.bidder()

    choose(lot, bidder)
    assert found(lot, bidder).state is RegistrationState.CONTACT_CHOSEN
    file = collect(lot, bidder)
    assert (file.name, file.media_type, file.size) == (
        "招标文件.pdf",
        "application/pdf",
        len(tenders.PDF),
    )
    assert found(lot, bidder).state is RegistrationState.FILE_COLLECTED
    register(lot, bidder)

    registration = found(lot, bidder)
    assert registration.state is RegistrationState.REGISTERED
    assert registration.registered_at == lot.deadline_at
    assert history(lot, bidder) == [
        "registration.contact_chosen",
        "registration.file_collected",
        "registration.registered",
    ]


@pytest.mark.django_db
def test_steps_out_of_order_say_which_is_missing():
    lot, bidder = tenders.lot(), parties.bidder()

    assert refusal(lambda: register(lot, bidder)) == "CONTACT_MISSING"
    assert refusal(lambda: collect(lot, bidder)) == "CONTACT_MISSING"
    assert registrations() == 0
    choose(lot, bidder)
    assert refusal(lambda: register(lot, bidder)) == "FILE_MISSING"
    assert found(lot, bidder).state is RegistrationState.CONTACT_CHOSEN


@pytest.mark.django_db
def test_each_step_twice_is_once():
    lot, bidder = tenders.lot(), parties.bidder()
    first = tenders.registered(lot, bidder)

    choose(lot, bidder)
    collect(lot, bidder)
    register(lot, bidder)

    assert found(lot, bidder) == first
    assert len(history(lot, bidder)) == 3


@pytest.mark.django_db
def test_after_the_deadline_no_step_can_be_begun():
    lot, late = tenders.lot(), tenders.DEADLINE_AT + SECOND
    fresh, chosen, collected = (parties.bidder(account=None) for _ in range(3))
    tenders.contact_chosen(lot, chosen)
    tenders.file_collected(lot, collected)

    assert refusal(lambda: choose(lot, fresh, at=late)) == "DEADLINE_PASSED"
    assert refusal(lambda: register(lot, fresh, at=late)) == "DEADLINE_PASSED"
    assert refusal(lambda: collect(lot, fresh, at=late)) == "DEADLINE_PASSED"
    assert refusal(lambda: collect(lot, chosen, at=late)) == "DEADLINE_PASSED"
    assert refusal(lambda: register(lot, collected, at=late)) == "DEADLINE_PASSED"
    assert [
        found(lot, bidder) and found(lot, bidder).state for bidder in (fresh, chosen, collected)
    ] == [
        None,
        RegistrationState.CONTACT_CHOSEN,
        RegistrationState.FILE_COLLECTED,
    ]


@pytest.mark.django_db
def test_what_was_collected_in_time_is_handed_out_again_later():
    lot, bidder = tenders.lot(), parties.bidder()
    tenders.registered(lot, bidder)

    assert collect(lot, bidder, at=lot.deadline_at + SECOND).name == "招标文件.pdf"
    register(lot, bidder, at=lot.deadline_at + SECOND)


@pytest.mark.django_db
def test_a_postponed_deadline_lets_registration_go_on():
    lot, bidder = tenders.lot(), parties.bidder()
    later = lot.deadline_at + timedelta(days=1)
    actions.postpone(
        lot_id=lot.id,
        deadline_at=later,
        opening_at=later,
        reason="补充图纸",
        at=lot.deadline_at,
        actor=tenders.keeper_of(lot),
    )

    choose(lot, bidder, at=later)

    assert found(lot, bidder).contact_chosen_at == later


@pytest.mark.django_db
def test_the_contact_is_an_active_person_of_the_bidder():
    lot, bidder, other = tenders.lot(), parties.bidder(), parties.bidder()

    assert refusal(lambda: choose(lot, bidder, person_id=other.person_id)) == "CONTACT_NOT_YOURS"
    assert refusal(lambda: choose(lot, bidder, person_id=uuid4())) == "CONTACT_NOT_YOURS"
    assert registrations() == 0


@pytest.mark.django_db
def test_another_contact_may_follow_and_the_state_stays():
    lot = tenders.lot()
    company = parties.organisation()
    bidder = parties.actor(company)
    colleague = parties.person(company, name="李芳", manager=False)
    tenders.registered(lot, bidder)

    choose(lot, bidder, person_id=colleague.id)

    assert found(lot, bidder).contact_name == "李芳"
    assert found(lot, bidder).state is RegistrationState.REGISTERED


@pytest.mark.django_db
def test_only_bidders_register():
    lot = tenders.lot()
    for actor in (tenders.keeper_of(lot), parties.operator(), parties.supervisor(), NOBODY):
        for attempt in (register, collect):
            with pytest.raises(NotAllowed):
                attempt(lot, actor)
        with pytest.raises(NotAllowed):
            choose(lot, actor, person_id=uuid4())
    assert registrations() == 0


@pytest.mark.django_db
def test_bidders_know_of_no_draft_and_of_no_file_elsewhere():
    draft, lot, bidder = tenders.lot(published=False), tenders.lot(), parties.bidder()
    tenders.contact_chosen(lot, bidder)

    for attempt in (choose, register):
        with pytest.raises(NotFound):
            attempt(draft, bidder)
    with pytest.raises(NotFound):
        collect(lot, bidder, file_id=uuid4())


@pytest.mark.django_db
def test_the_content_is_for_those_who_collected_it():
    lot, bidder, other = tenders.lot(), parties.bidder(), parties.bidder()
    file = tenders.file_of(lot)
    tenders.file_collected(lot, bidder)
    tenders.contact_chosen(lot, other)

    def read(actor):
        return queries.tender_file(lot_id=lot.id, file_id=file.id, actor=actor)

    assert read(bidder) == read(tenders.keeper_of(lot)) == file
    for actor in (other, parties.bidder(), parties.agency(), NOBODY):
        with pytest.raises(NotFound):
            read(actor)


@pytest.mark.django_db
def test_before_the_opening_only_the_bidder_sees_that_it_registered():  # INV-8
    lot, bidder = tenders.lot(), parties.bidder()
    tenders.registered(lot, bidder)
    others = [
        tenders.keeper_of(lot),
        parties.bidder(),
        parties.operator(),
        parties.supervisor(),
        NOBODY,
    ]
    pair = (lot.id, bidder.organisation_id)

    for actor in others:
        assert (
            queries.registration(lot_id=lot.id, bidder_id=bidder.organisation_id, actor=actor)
            is None
        )
        assert queries.registrations(lot_id=lot.id, actor=actor) == ()
        assert queries.registered_at(pairs=[pair], actor=actor) == {}
        assert history(lot, bidder, actor) == []
        with seeing_as(actor):
            assert models.Registration.objects.count() == 0
    assert queries.registered_at(pairs=[pair], actor=bidder) == {
        pair: found(lot, bidder).registered_at
    }


@pytest.mark.django_db
def test_after_the_opening_those_who_run_and_watch_see_it_and_bidders_only_themselves():
    lot, bidder = tenders.lot(), parties.bidder()
    tenders.registered(lot, bidder)
    tenders.contact_chosen(lot, parties.bidder())
    tenders.opened(lot)

    for actor in (tenders.keeper_of(lot), parties.operator(), parties.supervisor()):
        seen = queries.registrations(lot_id=lot.id, actor=actor)
        assert [each.bidder_id for each in seen] == [bidder.organisation_id]
    assert queries.registrations(lot_id=lot.id, actor=parties.bidder()) == ()


@pytest.mark.django_db
def test_pairs_are_asked_in_one_statement_and_never_crossed():
    lots, bidders = [tenders.lot(), tenders.lot()], [parties.bidder(), parties.bidder()]
    for lot, bidder in zip(lots, bidders, strict=True):
        tenders.registered(lot, bidder)
    tenders.registered(lots[0], bidders[1])
    pairs = [(lot.id, bidder.organisation_id) for lot, bidder in zip(lots, bidders, strict=True)]

    with seeing_as(SYSTEM), CaptureQueriesContext(connection) as asked:
        when = queries.registered_at(pairs=[*pairs, (lots[1].id, uuid4())], actor=SYSTEM)

    assert set(when) == set(pairs)
    assert len([each for each in asked if "tenders_registration" in each["sql"]]) == 1


@pytest.mark.django_db
def test_a_bidder_finds_open_lots_by_words_region_and_kind():
    works = tenders.lot(name="滨江路改造施工")
    purchase = tenders.lot(kind="GQ", region="LY", name="龙游燃气管网采购")
    tenders.lot(published=False)
    gone = tenders.lot(deadline_at=tenders.DEADLINE_AT - timedelta(days=1))

    def codes(search="", region="", kind=""):
        page = queries.published_lots(
            search=search, region=region, kind=kind, page=1, at=works.deadline_at, actor=NOBODY
        )
        assert page.total == len(page.rows)
        return {lot.code for lot in page.rows}

    assert codes() == {works.code, purchase.code}
    assert codes(search="滨江") == codes(search=works.code.lower()) == {works.code}
    assert codes(region="LY") == codes(kind="GQ") == {purchase.code}
    assert codes(region="LY", kind="GC") == codes(search="%") == set()
    assert gone.code not in codes()


def test_two_bidders_and_two_windows_of_one_register_at_once(committed):
    lot = tenders.lot()
    bidders = [parties.bidder(account=None) for _ in range(2)]
    file_id = tenders.file_of(lot).id

    def walk(bidder):
        try:
            choose(lot, bidder)
            collect(lot, bidder, file_id=file_id)
            register(lot, bidder)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(walk, [*bidders, *bidders]))

    assert registrations() == 2
    for bidder in bidders:
        assert found(lot, bidder).state is RegistrationState.REGISTERED
        assert history(lot, bidder) == [
            "registration.contact_chosen",
            "registration.file_collected",
            "registration.registered",
        ]


def test_opening_a_lot_does_not_wait_for_registrations_nor_they_for_it(committed):
    lot, bidder = tenders.lot(), parties.bidder(account=None)
    keeper = tenders.keeper_of(lot)

    def open_it():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            actions.open_lot(lot_id=lot.id, at=lot.opening_at, actor=keeper)
        finally:
            connection.close()

    with seeing_as(SYSTEM), ThreadPoolExecutor(1) as pool:
        # A registration that is not committed yet holds its reference to the lot.
        models.Registration.objects.create(
            lot_id=lot.id,
            bidder_id=bidder.organisation_id,
            contact_id=bidder.person_id,
            contact_chosen_at=lot.deadline_at,
        )
        pool.submit(open_it).result()

    assert queries.lot(lot_id=lot.id, actor=NOBODY).opened_at == lot.opening_at
