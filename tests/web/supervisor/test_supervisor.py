"""The supervisor's pages: clocks always, names after the opening."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from biaobao.platform import clock
from tests.given import parties, tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def due():
    return tenders.lot(deadline_at=clock.now().replace(microsecond=0) - timedelta(minutes=1))


def test_names_show_after_the_opening_and_not_before():
    lot, bidder = due(), parties.bidder(name="浙江云岭建设有限公司")
    tenders.registered(lot, bidder)
    browser = visiting(parties.supervisor())
    url = f"/supervisor/lots/{lot.id}/"

    before = browser.get(url).content.decode()
    tenders.opened(lot, at=clock.now())
    after = browser.get(url).content.decode()

    assert "云岭" not in before
    assert "开标前保密" in before
    assert "云岭" in after
    assert "共 1 家" in after


def test_drafts_are_not_under_supervision():
    draft = tenders.lot(published=False)
    browser = visiting(parties.supervisor())

    assert draft.code not in browser.get("/supervisor/").content.decode()
    assert browser.get(f"/supervisor/lots/{draft.id}/").status_code == 404


def test_the_list_is_searched_and_costs_the_same_for_one_lot_as_for_many():
    browser = visiting(parties.supervisor())
    counts = []
    for number in (1, 3):
        lots = [due() for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            browser.get("/supervisor/")
        counts.append(len(asked))

    assert counts[0] == counts[1]
    found = browser.get("/supervisor/", {"q": lots[0].code}).context["page"]
    assert [lot.code for lot in found.rows] == [lots[0].code]


@pytest.mark.parametrize("who", [parties.agency, parties.operator, parties.bidder])
def test_others_have_no_business_here(who):
    assert visiting(who()).get("/supervisor/").status_code == 403
