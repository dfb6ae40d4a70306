"""出函日历与暂停: days without letters, and no applications for a while."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import desk
from biaobao.platform import clock
from tests.given import guarantees as given
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

URL = "/guarantor/calendar/"


@pytest.fixture
def own() -> Actor:
    return given.desk()


@pytest.fixture
def browser(own: Actor) -> Client:
    return visiting(own)


def days_ahead(days: int) -> date:
    return day_of(clock.now()) + timedelta(days=days)


def told(first: int, last: int, **changes: str) -> dict[str, str]:
    first_on, last_on = days_ahead(first).isoformat(), days_ahead(last).isoformat()
    return {"first_on": first_on, "last_on": last_on, "reason": "月末盘点", **changes}


def closures(actor: Actor) -> list[tuple[date, date, bool]]:
    found = desk.closures(actor=actor)
    return [(each.first_on, each.last_on, each.lifted_at is not None) for each in found]


def test_days_are_closed_and_called_off_again(browser: Client, own: Actor):
    assert browser.post(f"{URL}close/", told(3, 4)).status_code == 302

    page = browser.get(URL)
    (row,) = page.context["rows"]
    assert str(row["state"][1]) == "将停办"
    assert closures(own) == [(days_ahead(3), days_ahead(4), False)]

    browser.post(f"{URL}{row['closure'].id}/lift/")
    assert closures(own) == [(days_ahead(3), days_ahead(4), True)]
    assert "已取消" in browser.get(URL).content.decode()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (told(0, 0), "first_on"),
        (told(2, 1), "last_on"),
        (told(1, 40), "last_on"),
        (told(1, 1, reason=""), "reason"),
        (told(1, 1, first_on="31.12."), "first_on"),
    ],
)
def test_days_that_cannot_be_closed_are_said_beside_their_field(
    browser: Client, own: Actor, data: dict[str, str], field: str
):
    page = browser.post(f"{URL}close/", data)

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert closures(own) == []


def test_a_guarantor_pauses_for_a_reason_and_goes_on(browser: Client, own: Actor):
    assert browser.post(f"{URL}pause/", {"reason": ""}).status_code == 422
    assert desk.mine(actor=own).paused_at is None

    browser.post(f"{URL}pause/", {"reason": "系统升级"})
    assert "系统升级" in browser.get(URL).content.decode()
    assert "暂停受理" in browser.get("/guarantor/").content.decode()
    browser.post(f"{URL}resume/")

    assert desk.mine(actor=own).paused_at is None
    assert "正常受理" in browser.get(URL).content.decode()


def test_the_list_is_narrowed_and_its_files_as_well(browser: Client, own: Actor):
    assert own.organisation_id
    past, now = clock.now() - timedelta(days=9), clock.now()
    given.closed(own.organisation_id, days_ahead(-2), at=past)
    given.closed(own.organisation_id, days_ahead(0), days_ahead(1), at=past)
    lifted = given.closed(own.organisation_id, days_ahead(5), at=now)
    catalogue.lift_closure(closure_id=lifted, at=now, actor=own)

    def shown(**asked: str) -> list[Any]:
        rows = browser.get(URL, asked).context["rows"]
        return [str(row["state"][1]) for row in rows]

    assert shown() == ["已取消", "停办中", "已结束"]
    assert shown(state="now") == ["停办中"]
    assert shown(q="升级") == []
    for kind in ("csv", "xlsx"):
        assert browser.get(f"/guarantor/calendar.{kind}", {"state": "now"}).status_code == 200
    lines = browser.get("/guarantor/calendar.csv", {"state": "now"}).content.decode().splitlines()
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["停办中"]


def test_each_guarantor_keeps_its_own_calendar_only(browser: Client, own: Actor):
    assert own.organisation_id
    closure_id = given.closed(own.organisation_id, days_ahead(3), at=clock.now())
    other = given.desk()
    stranger = visiting(other)

    assert stranger.get(URL).context["rows"] == []
    assert "月末" not in stranger.get("/guarantor/calendar.csv").content.decode()
    assert stranger.post(f"{URL}{closure_id}/lift/").status_code == 404
    stranger.post(f"{URL}pause/", {"reason": "系统升级"})

    assert closures(own) == [(days_ahead(3), days_ahead(3), False)]
    assert desk.mine(actor=own).paused_at is None
    assert desk.mine(actor=other).paused_at is not None
