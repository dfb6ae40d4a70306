"""联保金方案 at the operator's desk: schemes, their dated terms, and what makes no sense."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from biaobao.core.actor import NOBODY
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.domain.pools import queries
from biaobao.domain.pools.types import Coverage, Scheme, Terms, Tier
from biaobao.platform import clock
from tests.given import parties
from tests.given import pools as given
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tomorrow() -> date:
    return day_of(clock.now()) + DAY


def form(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "valid_from": tomorrow().isoformat(),
        "regions": ["QZ", "KC"],
        "kinds": ["GC"],
        "floor": "100,000",
        "parallel_max": "3",
        "term_months": "12",
        "renewal_days": "30",
        "top_up_days": "10",
        "cooling_days": "20",
        "name_1": "一档",
        "contribution_1": "500,000",
        "cap_1": "500,000",
        "name_2": "二档",
        "contribution_2": "800,000",
        "cap_2": "800,000.50",
    }
    return values | changes


def browser() -> Client:
    return visiting(parties.operator())


def read(scheme_id: UUID) -> Scheme:
    return queries.scheme(scheme_id=scheme_id, actor=NOBODY)


def text(address: str) -> str:
    answer = browser().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_any_the_list_says_what_to_do():
    assert "还没有联保金方案" in text("/operator/schemes/")


def test_a_new_scheme_goes_on_to_its_terms():
    sent = browser().post(
        "/operator/schemes/add/", {"name": "衢州联保金", "coverage": Coverage.POOL_BALANCE}
    )

    (scheme,) = queries.schemes(actor=NOBODY)
    assert sent["Location"] == f"/operator/schemes/{scheme.id}/terms/add/"
    assert (scheme.name, scheme.coverage, scheme.dated) == (
        "衢州联保金",
        Coverage.POOL_BALANCE,
        (),
    )
    assert "还没有条款" in text("/operator/schemes/")
    assert "还没有条款" in text(f"/operator/schemes/{scheme.id}/")


def test_a_scheme_without_a_name_of_its_own_is_refused():
    given.scheme()
    (before,) = queries.schemes(actor=NOBODY)

    for name, said in ((before.name, "已经有名为"), ("", "请填写这一项"), (" ", "请填写这一项")):
        answer = browser().post(
            "/operator/schemes/add/", {"name": name, "coverage": Coverage.MUTUAL}
        )
        assert (answer.status_code, said in answer.content.decode()) == (422, True)

    assert queries.schemes(actor=NOBODY) == (before,)


def test_new_terms_hold_from_their_day_on():
    scheme_id = given.scheme()

    sent = browser().post(f"/operator/schemes/{scheme_id}/terms/add/", form())

    assert sent["Location"] == f"/operator/schemes/{scheme_id}/"
    newest = read(scheme_id).dated[0]
    assert (newest.valid_from, newest.terms) == (
        tomorrow(),
        Terms(
            regions=("KC", "QZ"),
            kinds=("GC",),
            floor=Money.yuan(100_000),
            parallel_max=3,
            term_months=12,
            renewal_days=30,
            top_up_days=10,
            cooling_days=20,
            tiers=(
                Tier("一档", Money.yuan(500_000), Money.yuan(500_000)),
                Tier("二档", Money.yuan(800_000), Money(80_000_050)),
            ),
        ),
    )
    page = text(f"/operator/schemes/{scheme_id}/")
    for said in ("现行", "未生效", "¥800,000.50", "最多 3 个标段", "衢州市本级、柯城区"):
        assert said in page
    assert tomorrow().isoformat() in text("/operator/schemes/")


def test_the_form_begins_with_the_terms_before():
    scheme_id = given.scheme(parallel_max=7, tiers=(given.TIER,))

    page = text(f"/operator/schemes/{scheme_id}/terms/add/")

    for said in ('value="7"', 'value="一档"', 'value="500,000.00"', 'value="100,000.00"'):
        assert said in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_from": "2020-01-01"}, "早于今天"),
        ({"valid_from": ""}, "请填写这一项"),
        ({"regions": []}, "没有选择适用的地区或采购类别"),
        ({"kinds": []}, "没有选择适用的地区或采购类别"),
        ({"regions": ["XX"]}, "请从列出的选项中选择"),
        ({"floor": "600,000"}, "最低余额 ¥600,000.00 高于某一档次的缴纳金额 ¥500,000.00"),
        ({"term_months": "0"}, "不能小于 1"),
        ({"cooling_days": "366"}, "不能大于 365"),
        ({"parallel_max": "0"}, "不能小于 1"),
        ({"name_1": ""}, "请填写这一项"),
        ({"name_2": "一档"}, "有两个档次名称相同"),
        ({"cap_2": ""}, "三项都填写，或都留空"),
        ({"contribution_1": "0"}, "金额或天数应当大于零"),
        ({"contribution_1": "五十万"}, "请填写金额"),
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, Any], said: str):
    scheme_id = given.scheme()
    before = read(scheme_id)

    refused = browser().post(f"/operator/schemes/{scheme_id}/terms/add/", form(**changes))

    assert (refused.status_code, said in refused.content.decode()) == (422, True)
    assert read(scheme_id) == before


def test_by_balance_no_lot_may_ask_more_than_was_paid_in():
    scheme_id = given.scheme(Coverage.POOL_BALANCE)

    refused = browser().post(f"/operator/schemes/{scheme_id}/terms/add/", form())

    assert refused.status_code == 422
    assert "¥800,000.50 不能高于缴纳金额 ¥800,000.00" in refused.content.decode()
    assert len(read(scheme_id).dated) == 1


def test_a_day_has_one_version():
    scheme_id = given.scheme(valid_from=tomorrow())

    refused = browser().post(f"/operator/schemes/{scheme_id}/terms/add/", form())

    assert (refused.status_code, "起生效的条款" in refused.content.decode()) == (422, True)
    assert len(read(scheme_id).dated) == 1


def test_the_list_is_a_file_with_a_line_for_each_tier():
    scheme_id = given.scheme()
    browser().post(f"/operator/schemes/{scheme_id}/terms/add/", form())

    content = browser().get("/operator/schemes.csv").content.decode("utf-8-sig")
    workbook = browser().get("/operator/schemes.xlsx")

    lines = list(csv.reader(io.StringIO(content)))
    name = read(scheme_id).name
    assert [line[:7] for line in lines[1:]] == [
        [name, "按标段上限", tomorrow().isoformat(), "未生效", "一档", "500000.00", "500000.00"],
        [name, "按标段上限", tomorrow().isoformat(), "未生效", "二档", "800000.00", "800000.50"],
        [name, "按标段上限", "2026-04-01", "现行", "一档", "500000.00", "500000.00"],
    ]
    assert workbook.content.startswith(b"PK")


def test_one_that_is_not_there_is_not_found():
    for address in (f"/operator/schemes/{uuid4()}/", f"/operator/schemes/{uuid4()}/terms/add/"):
        assert browser().get(address).status_code == 404


@pytest.mark.parametrize("who", [parties.agency, parties.supervisor, parties.bidder])
def test_others_do_not_come_here(who: Any):
    scheme_id = given.scheme()
    visitor = visiting(who())

    for address in ("/operator/schemes/", "/operator/schemes.csv", "/operator/schemes/add/"):
        assert visitor.get(address).status_code == 403
    assert visitor.post(f"/operator/schemes/{scheme_id}/terms/add/", form()).status_code == 403
    assert len(read(scheme_id).dated) == 1
