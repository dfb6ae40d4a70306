"""The part of 保证金查询 that asks by itself: it is sent when it changed, and only then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen(settings, tmp_path) -> Chosen:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=30)
    return given.chosen(given_tenders.lot(deadline_at=deadline_at))


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def live(browser: Client, chosen: Chosen, last: str) -> tuple[int, str]:
    url = f"/bidder/lots/{chosen.lot.id}/security/live/"
    answer = browser.get(url, {"seen": last}, headers={"X-Poll": "1"})
    return answer.status_code, answer.content.decode()


def test_while_nothing_changes_nothing_is_sent(chosen: Chosen):
    browser = visiting(chosen.bidder)
    page = browser.get(f"/bidder/lots/{chosen.lot.id}/security/").content.decode()
    # The page has buttons, and each of them a token that is masked anew.
    assert page.count("csrfmiddlewaretoken") > 1

    assert live(browser, chosen, seen(page)) == (204, "")


def test_money_that_arrives_is_sent_once(chosen: Chosen):
    browser = visiting(chosen.bidder)
    page = browser.get(f"/bidder/lots/{chosen.lot.id}/security/").content.decode()
    given.booked(chosen.pays(at=clock.now().replace(microsecond=0)))

    status, part = live(browser, chosen, seen(page))

    assert (status, "已到账" in part) == (200, True)
    assert live(browser, chosen, seen(part)) == (204, "")
