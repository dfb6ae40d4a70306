"""Organisations and the people in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from biaobao.core.actor import NOBODY, SYSTEM, Role
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.parties import actions, queries
from biaobao.domain.parties.models import Membership, Organisation, Person
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [objection.code for objection in refusal.value.objections]


def events() -> list[tuple[str, str]]:
    with seeing_as(SYSTEM):
        return list(AuditEvent.objects.order_by("id").values_list("name", "subject"))


def test_an_organisation_is_enrolled_with_its_role_and_a_trace():
    code = given.credit_code()

    organisation_id = actions.enrol(
        name=" 衢州建设有限公司 ", uscc=code, role=Role.BIDDER, at=AT, actor=given.operator()
    )

    found = queries.organisation(organisation_id=organisation_id, actor=NOBODY)
    assert (found.name, found.uscc, found.role) == ("衢州建设有限公司", code, Role.BIDDER)
    assert events()[-1] == ("organisation.enrolled", f"organisation:{organisation_id}")


@pytest.mark.parametrize(
    ("name", "code", "reasons"),
    [
        ("建设公司", "91330800MA0000001A", ["USCC_INVALID"]),
        ("建设公司", "91330800ma0000001k", ["USCC_INVALID"]),
        ("建设公司", "", ["USCC_INVALID"]),
        (" ", "91330800MA0000001", ["NAME_MISSING", "USCC_INVALID"]),
    ],
)
def test_a_wrong_code_or_no_name_enrols_nobody(name: str, code: str, reasons: list[str]):
    with pytest.raises(Refused) as refusal:
        actions.enrol(name=name, uscc=code, role=Role.BIDDER, at=AT, actor=SYSTEM)

    assert codes(refusal) == reasons
    assert Organisation.objects.count() == 0
    assert events() == []


def test_a_credit_code_is_taken_once():
    first = given.organisation(name="甲公司")

    with pytest.raises(Refused) as refusal:
        actions.enrol(name="乙公司", uscc=first.uscc, role=Role.AGENCY, at=AT, actor=SYSTEM)

    assert codes(refusal) == ["USCC_TAKEN"]
    assert list(Organisation.objects.values_list("name", flat=True)) == ["甲公司"]


def test_only_the_house_enrols_operators_and_only_operators_the_others():
    code = given.credit_code()
    strangers = [given.bidder(), given.agency(), given.supervisor(), NOBODY]
    before = Organisation.objects.count()

    for stranger in strangers:
        with pytest.raises(NotAllowed):
            actions.enrol(name="甲公司", uscc=code, role=Role.BIDDER, at=AT, actor=stranger)
    operator = given.operator()
    with pytest.raises(NotAllowed):
        actions.enrol(name="甲公司", uscc=code, role=Role.OPERATOR, at=AT, actor=operator)

    assert Organisation.objects.count() == before + 1


def test_a_guarantor_comes_in_with_what_it_takes_on_and_not_bare():
    with pytest.raises(NotAllowed):
        actions.enrol(
            name="甲担保", uscc=given.credit_code(), role=Role.GUARANTOR, at=AT, actor=SYSTEM
        )

    assert Organisation.objects.count() == 0


def person(**changes: Any) -> dict[str, Any]:
    return {
        "username": "Li.Lei",
        "password": "long-enough-1",
        "name": "李雷",
        "phone": "13800000000",
        "at": AT,
        **changes,
    }


def test_a_manager_adds_somebody_to_his_organisation():
    organisation = given.organisation()
    manager = given.actor(organisation)

    person_id = actions.add_person(
        organisation_id=organisation.id, actor=manager, **person(is_manager=False)
    )

    found = given.person_of(organisation, person_id)
    assert (found.name, found.username, found.phone) == ("李雷", "li.lei", "13800000000")
    assert (found.is_active, found.is_manager) == (True, False)
    assert Person.objects.get(id=person_id).password.startswith("argon2$argon2id$")
    assert events()[-1] == ("person.added", f"person:{person_id}")


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"name": " "}, ["NAME_MISSING"]),
        ({"username": "a b"}, ["USERNAME_INVALID"]),
        ({"password": "short"}, ["PASSWORD_TOO_SHORT"]),
        ({"password": "aaaaaaaaaabc"}, ["PASSWORD_TOO_SIMPLE"]),
        ({"username": "zhang.sanfeng", "password": "Zhang.Sanfeng"}, ["PASSWORD_TOO_SIMPLE"]),
        ({"phone": "call me"}, ["PHONE_INVALID"]),
    ],
)
def test_a_person_with_something_wrong_is_not_added(changes: dict[str, str], reasons: list[str]):
    organisation = given.organisation()

    with pytest.raises(Refused) as refusal:
        actions.add_person(organisation_id=organisation.id, actor=SYSTEM, **person(**changes))

    assert codes(refusal) == reasons
    assert Person.objects.count() == 0


def test_a_username_is_one_however_it_is_written():
    organisation = given.organisation()
    actions.add_person(organisation_id=organisation.id, actor=SYSTEM, **person())

    with pytest.raises(Refused) as refusal:
        actions.add_person(
            organisation_id=organisation.id, actor=SYSTEM, **person(username=" LI.LEI")
        )

    assert codes(refusal) == ["USERNAME_TAKEN"]
    assert Person.objects.count() == 1


def test_who_keeps_no_people_there_adds_none():
    organisation = given.organisation()
    handler = given.as_actor(organisation, given.person(organisation, manager=False))
    operators = given.organisation(role=Role.OPERATOR)
    clerk = given.as_actor(operators, given.person(operators, manager=False))
    strangers = [(handler, organisation), (given.bidder(), organisation), (NOBODY, organisation)]
    # An operator who could make himself a second account would check his own work.
    strangers += [(clerk, operators), (given.operator(), operators)]
    before = Person.objects.count()

    for actor, where in strangers:
        with pytest.raises(NotAllowed):
            actions.add_person(organisation_id=where.id, actor=actor, **person())

    assert Person.objects.count() == before


def test_joining_a_second_organisation_happens_once():
    first, second = given.organisation(), given.organisation()
    somebody = given.person(first)
    operator = given.operator()

    for _ in range(2):
        actions.join(person_id=somebody.id, organisation_id=second.id, at=AT, actor=operator)

    assert Membership.objects.filter(person_id=somebody.id).count() == 2
    assert [name for name, _ in events()].count("person.joined") == 1
    with pytest.raises(NotAllowed):
        actions.join(
            person_id=somebody.id,
            organisation_id=second.id,
            at=AT,
            actor=given.as_actor(first, somebody),
        )


def test_a_disabled_person_is_no_actor_until_enabled():
    organisation = given.organisation()
    somebody = given.person(organisation)
    operator = given.operator()
    asked = {"person_id": somebody.id, "organisation_id": organisation.id, "actor": NOBODY}
    assert queries.actor_of(**asked) == given.as_actor(organisation, somebody)

    for _ in range(2):
        actions.disable_person(person_id=somebody.id, at=AT, actor=operator)
    assert queries.actor_of(**asked) is None
    assert given.person_of(organisation, somebody.id).is_active is False

    for _ in range(2):
        actions.enable_person(person_id=somebody.id, at=AT, actor=operator)
    assert queries.actor_of(**asked) == given.as_actor(organisation, somebody)
    assert [name for name, _ in events()][-2:] == ["person.disabled", "person.enabled"]


def test_a_manager_disables_his_own_people_only():
    organisation, other = given.organisation(), given.organisation()
    manager = given.actor(organisation)
    handler = given.person(organisation, manager=False)
    stranger = given.person(other)
    shared = given.person(organisation)
    actions.join(person_id=shared.id, organisation_id=other.id, at=AT, actor=SYSTEM)

    actions.disable_person(person_id=handler.id, at=AT, actor=manager)

    assert given.person_of(organisation, handler.id).is_active is False
    assert manager.person_id is not None
    for person_id in (manager.person_id, stranger.id, shared.id):
        with pytest.raises(NotAllowed):
            actions.disable_person(person_id=person_id, at=AT, actor=manager)
    assert Person.objects.exclude(disabled_at=None).count() == 1


def test_nobody_disables_himself_nor_a_stranger_anybody():
    operator = given.operator()
    somebody = given.person(given.organisation())
    assert operator.person_id is not None

    with pytest.raises(NotAllowed):
        actions.disable_person(person_id=operator.person_id, at=AT, actor=operator)
    with pytest.raises(NotAllowed):
        actions.enable_person(person_id=somebody.id, at=AT, actor=NOBODY)
    with pytest.raises(NotFound):
        actions.disable_person(person_id=given.organisation().id, at=AT, actor=operator)

    assert Person.objects.exclude(disabled_at=None).count() == 0


def test_a_reset_password_ends_what_began_before():
    organisation = given.organisation()
    somebody = given.person(organisation)
    later = AT + timedelta(days=1)

    actions.reset_password(
        person_id=somebody.id, password="another-password", at=later, actor=given.operator()
    )

    present = queries.presence(person_id=somebody.id, organisation_id=organisation.id, actor=NOBODY)
    assert present is not None
    assert present.since == later
    assert events()[-1] == ("person.password_reset", f"person:{somebody.id}")


def test_a_weak_password_or_a_stranger_resets_nothing():
    somebody = given.person(given.organisation())
    before = Person.objects.get(id=somebody.id).password
    asked = {"person_id": somebody.id, "at": AT}

    with pytest.raises(Refused) as refusal:
        actions.reset_password(password="short", actor=given.operator(), **asked)
    assert codes(refusal) == ["PASSWORD_TOO_SHORT"]
    for stranger in (given.bidder(account=None), NOBODY):
        with pytest.raises(NotAllowed):
            actions.reset_password(password="another-password", actor=stranger, **asked)

    assert Person.objects.get(id=somebody.id).password == before


def test_people_and_lists_show_to_those_who_may_see_them():
    organisation = given.organisation(name="甲公司")
    manager = given.actor(organisation)
    somebody = given.person_of(organisation, manager.person_id)
    stranger = given.bidder()
    operator = given.operator()

    asked = {"organisation_id": organisation.id}
    assert queries.members(**asked, actor=manager) == (somebody,)
    assert queries.members(**asked, actor=operator) == (somebody,)
    assert queries.members(**asked, actor=stranger) == ()
    with pytest.raises(NotFound):
        queries.search_organisations(text="", role=None, page=1, actor=stranger)
    with pytest.raises(NotFound):
        queries.search_people(text="", page=1, actor=stranger)
    with pytest.raises(NotFound):
        queries.organisations_with_role(role=Role.BIDDER, actor=given.agency())
    found = queries.search_organisations(text="甲", role=Role.BIDDER, page=9, actor=operator)
    assert (found.rows, found.number, found.pages, found.total) == ((organisation,), 1, 1, 1)
    people = queries.search_people(text="甲公司", page=1, actor=operator)
    assert [(row.person, row.organisation) for row in people.rows] == [(somebody, organisation)]


def test_a_long_list_comes_in_pages():
    operator = given.operator()
    for number in range(21):
        given.organisation(name=f"第{number:02d}公司")

    first = queries.search_organisations(text="公司", role=None, page=1, actor=operator)
    last = queries.search_organisations(text="公司", role=None, page=2, actor=operator)

    assert (len(first.rows), first.pages, first.total) == (20, 2, 21)
    assert [row.name for row in last.rows] == ["第20公司"]


def test_organisations_of_a_role_are_for_choosing():
    tenderer = given.tenderer()

    found = queries.organisations_with_role(role=Role.TENDERER, actor=given.agency())

    assert [row.id for row in found] == [tenderer.organisation_id]
    assert queries.organisations(ids=[found[0].id, given.bidder().person_id], actor=NOBODY) == {
        found[0].id: found[0]
    }
