"""The operator's list of policies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import NOBODY
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.tenders import queries
from biaobao.domain.tenders.types import Way
from biaobao.platform import clock
from tests.given import parties
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


def form(**changes):
    values = {
        "region": "LY",
        "kind": "GC",
        "valid_from": (day_of(clock.now()) + timedelta(days=1)).isoformat(),
        "valid_until": "",
        "ways": ["GUARANTEE"],
        "citation": "龙游县通知",
        "share": "1.5",
        "share_citation": "龙游县通知",
        "cap": "500,000",
        "cap_citation": "龙游县通知",
        "min_notice_days": "20",
        "notice_citation": "《中华人民共和国招标投标法》第二十四条",
        "validity_days": "60",
        "basic_account_only": "on",
    }
    return values | changes


def test_the_list_shows_ways_caps_dates_and_citations():
    page = visiting(parties.operator()).get("/operator/policies/").content.decode()

    assert "浙财采监〔2019〕5号" in page
    assert "平台规则（参照《工程建设项目施工招标投标办法》第三十七条，待核对）" in page
    assert "¥800,000.00" in page
    assert "保证金、保函、联保金" in page


def test_a_new_row_holds_from_its_day():
    sent = visiting(parties.operator()).post("/operator/policies/add/", form())

    assert sent.status_code == 302
    tomorrow = day_of(clock.now()) + timedelta(days=1)
    found = queries.proposed_terms(region="LY", kind="GC", on=tomorrow, actor=NOBODY)
    assert found is not None
    assert (found.region, found.terms.ways) == ("LY", (Way.GUARANTEE,))
    assert (found.terms.cap_ppm, found.terms.cap) == (15_000, Money.yuan(500_000))
    assert (found.terms.basic_account_only, found.terms.accumulate) == (True, False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_from": "2020-01-01"}, "早于今天"),
        ({"share": "200"}, "不在 0 到 100 % 之间"),
        ({"share": "2,5"}, "请填写百分数"),
        ({"cap_citation": ""}, "请写明依据"),
        ({"kind": ""}, "请选择一项"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(changes, said):
    refused = visiting(parties.operator()).post("/operator/policies/add/", form(**changes))

    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert len(queries.policies(actor=NOBODY)) == 4


@pytest.mark.parametrize("who", [parties.agency, parties.supervisor, parties.bidder])
def test_others_do_not_come_here(who):
    browser = visiting(who())
    assert browser.get("/operator/policies/").status_code == 403
    assert browser.post("/operator/policies/add/", form()).status_code == 403
