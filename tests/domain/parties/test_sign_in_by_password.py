"""Coming in with a password: one answer to every failure, and a door that shuts."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.refusal import NotAllowed, Refused
from biaobao.domain.parties import actions, rules
from biaobao.domain.parties.models import Person, SignInAttempt
from biaobao.domain.parties.rules import digest
from biaobao.domain.parties.types import SignedIn
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import parties as given

AT = given.AT
WRONG = "wrong-password"


def sign_in(
    username: str,
    password: str = given.DEMO_PASSWORD,
    *,
    origin: str = "192.0.2.1",
    at: datetime = AT,
    actor: Actor = NOBODY,
) -> SignedIn:
    return actions.sign_in_by_password(
        username=username, password=password, origin=origin, at=at, actor=actor
    )


def refusal(username: str, password: str = given.DEMO_PASSWORD, **how) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        sign_in(username, password, **how)
    (objection,) = refused.value.objections
    return objection.code, objection.facts.get("minutes", "")


FAILED = ("SIGN_IN_FAILED", "")


@pytest.mark.django_db
def test_the_right_password_comes_in_however_the_username_is_written():
    organisation = given.organisation()
    somebody = given.person(organisation, username="li.lei")

    assert sign_in(" Li.Lei ") == SignedIn(somebody.id, organisation.id)

    assert Person.objects.get(id=somebody.id).last_login == AT
    with seeing_as(SYSTEM):
        event = AuditEvent.objects.order_by("-id")[0]
    assert (event.name, event.subject, event.facts) == (
        "person.signed_in",
        f"person:{somebody.id}",
        {"way": "password"},
    )


@pytest.mark.django_db
def test_a_person_of_several_organisations_has_still_to_choose():
    somebody = given.person(given.organisation(), username="li.lei")
    second = given.organisation()
    actions.join(person_id=somebody.id, organisation_id=second.id, at=AT, actor=SYSTEM)

    assert sign_in("li.lei") == SignedIn(somebody.id, None)


@pytest.mark.django_db
def test_unknown_wrong_and_disabled_are_one_answer_with_one_trace():
    organisation = given.organisation()
    given.person(organisation, username="known")
    disabled = given.person(organisation, username="disabled")
    actions.disable_person(person_id=disabled.id, at=AT, actor=given.operator())

    assert refusal("nobody") == FAILED
    assert refusal("known", WRONG) == FAILED
    assert refusal("disabled") == FAILED
    with seeing_as(SYSTEM):
        events = AuditEvent.objects.filter(name="sign_in.refused").values_list(
            "subject", "reason", "facts"
        )
        assert set(map(str, events)) == {str(("origin:192.0.2.1", "SIGN_IN_FAILED", {}))}
        assert len(events) == 3
    # Two for each: the username and the origin.
    assert SignInAttempt.objects.count() == 6


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["known", "nobody"])
def test_five_failures_shut_the_door_for_a_username_known_or_not(username: str):
    given.person(given.organisation(), username="known")
    for minute in range(5):
        at = AT + timedelta(minutes=minute)
        assert refusal(username, WRONG, at=at, origin=f"192.0.2.{minute}") == FAILED

    in_ten = AT + timedelta(minutes=5)
    assert refusal(username, at=in_ten, origin="192.0.2.9") == ("SIGN_IN_THROTTLED", "10")
    last_second = AT + timedelta(minutes=14, seconds=59)
    assert refusal(username, at=last_second) == ("SIGN_IN_THROTTLED", "1")
    # A try at a shut door is not counted: it opens when the first failure is a quarter hour old.
    assert SignInAttempt.objects.count() == 10


@pytest.mark.django_db
def test_the_door_opens_again_and_a_success_forgets_the_failures():
    given.person(given.organisation(), username="known")
    for _ in range(5):
        refusal("known", WRONG)

    assert sign_in("known", at=AT + timedelta(minutes=15))

    assert SignInAttempt.objects.filter(key=digest("username", "known")).count() == 0


@pytest.mark.django_db
def test_an_origin_that_tries_many_usernames_is_shut_out_and_others_are_not():
    given.person(given.organisation(), username="known")
    for number in range(rules.FOR_AN_ORIGIN.failures):
        assert refusal(f"guess-{number}", WRONG) == FAILED

    assert refusal("known") == ("SIGN_IN_THROTTLED", "15")
    assert sign_in("known", origin="198.51.100.7")


@pytest.mark.django_db
def test_usernames_are_not_kept_in_the_clear():
    refusal("secret-name", WRONG)

    assert all(len(row.key) == 64 for row in SignInAttempt.objects.all())
    with seeing_as(SYSTEM):
        assert "secret-name" not in str(list(AuditEvent.objects.values()))


@pytest.mark.django_db
def test_only_a_visitor_signs_in():
    somebody = given.bidder(account=None)

    with pytest.raises(NotAllowed):
        sign_in("whoever", actor=somebody)


def test_tries_at_the_same_time_do_not_slip_by(committed):
    given.person(given.organisation(), username="known")

    def guess(number: int) -> str:
        try:
            return refusal("known", WRONG, origin=f"192.0.2.{number}")[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        answers = Counter(threads.map(guess, range(12)))

    assert answers == {"SIGN_IN_FAILED": 5, "SIGN_IN_THROTTLED": 7}


@pytest.mark.django_db
def test_yesterdays_failures_and_challenges_are_swept():
    refusal("nobody", WRONG)
    actions.make_challenge(host="localhost", at=AT, actor=NOBODY)
    refusal("nobody", WRONG, at=AT + timedelta(hours=20))

    actions.sweep_sign_ins(at=AT + timedelta(hours=25), actor=SYSTEM)

    assert SignInAttempt.objects.count() == 2
    with pytest.raises(NotAllowed):
        actions.sweep_sign_ins(at=AT, actor=NOBODY)
