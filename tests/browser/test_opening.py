"""Before its second the agency learns nothing; from it on, everything that the list is for."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from pathlib import Path

from playwright.sync_api import expect

from biaobao.core.instants import SHANGHAI
from tests.browser import desk

JIANSHE, LUQIAO = "衢州示例建设有限公司", "龙游示例路桥工程有限公司"
# These two pay from one account of their group.
YUANLIN, SHUILI = "江山示例园林工程有限公司", "江山示例水利工程有限公司"
BIDDERS = {JIANSHE, LUQIAO, YUANLIN, SHUILI}
SHARED = "付款账户与其他投标人相同"


def lot(number: str) -> str:
    """Return the code of a lot of this month's works."""
    return f"QZGC{datetime.now(SHANGHAI):%Y%m}{number}-1"


def goes_to_lot(page, code: str) -> None:
    page.goto("/agency/")
    page.locator("tr", has_text=code).get_by_role("link").first.click()


def test_before_its_time_no_page_tells_who_or_how_many(visit, product):
    agency = visit()
    page = agency.page
    desk.signs_in_by_password(agency, "agency")
    seen = [page.content()]

    goes_to_lot(page, lot("002"))
    expect(page.locator(".hero-status")).to_contain_text("等待开标")
    expect(page.locator(".hero-status")).to_contain_text(
        "开标前，任何人都看不到谁报了名、有多少家、怎样缴纳。"
    )
    seen.append(page.content())
    page.get_by_role("link", name="开标页面").click()
    expect(page.locator(".hero-status")).to_contain_text("还没有到开标时间")
    expect(page.get_by_text("开标前保密")).to_be_visible()
    assert page.get_by_role("button", name="开标", exact=True).count() == 0
    seen.append(page.content())

    assert [name for name in BIDDERS for html in seen if name in html] == []
    assert [html for html in seen if re.search(r"\d+\s*家", html)] == []
    answer = page.request.get(page.url.replace("/opening/", "/opening.csv"))
    assert answer.status == 404
    assert not any(name in answer.text() for name in BIDDERS)


def test_the_open_list_shows_who_secured_how_and_whose_money_it_was(visit):
    agency = visit()
    page = agency.page
    desk.signs_in_by_password(agency, "agency")
    goes_to_lot(page, lot("003"))
    page.get_by_role("link", name="查看开标名单").click()

    rows = page.locator("[aria-labelledby=list] tbody tr")
    expect(rows).to_have_count(4)
    expect(page.get_by_text("共 4 家")).to_be_visible()
    shown = {
        row.locator("th").inner_text().split("\n")[0]: (
            *row.locator("td").all_inner_texts()[1:3],
            *row.locator("td").all_inner_texts()[4:],
            SHARED in row.inner_text(),
        )
        for row in rows.all()
    }
    paid = ("保证金", "已缴纳", "¥60,000.00", "¥60,000.00")
    assert shown == {
        JIANSHE: (*paid, False),
        YUANLIN: (*paid, True),
        SHUILI: (*paid, True),
        LUQIAO: (
            "保证金",
            "未有效缴纳\n基本账户尚未核验",
            "¥60,000.00",
            "¥60,000.00",
            False,
        ),
    }
    assert desk.faults(page, [1440, 390]) == []


def test_the_open_list_is_exported(visit):
    agency = visit()
    page = agency.page
    desk.signs_in_by_password(agency, "agency")
    goes_to_lot(page, lot("003"))
    page.get_by_role("link", name="查看开标名单").click()

    with page.expect_download() as downloading:
        page.get_by_role("link", name="导出名单").click()

    assert downloading.value.suggested_filename == f"{lot('003')}.csv"
    text = Path(downloading.value.path()).read_text(encoding="utf-8-sig")
    first, headings, *rows = csv.reader(io.StringIO(text))
    assert first[:2] == [lot("003"), "衢州市示例体育馆屋面工程施工 一标段"]
    assert headings == [
        "投标人",
        "统一社会信用代码",
        "报名时间",
        "缴纳方式",
        "状态",
        "缴纳完成时间",
        "应缴（元）",
        "到账（元）",
        "未有效缴纳的原因",
        "提示",
    ]
    assert {row[0]: row[6:] for row in rows} == {
        JIANSHE: ["60000.00", "60000.00", "", ""],
        YUANLIN: ["60000.00", "60000.00", "", SHARED],
        SHUILI: ["60000.00", "60000.00", "", SHARED],
        LUQIAO: ["60000.00", "60000.00", "基本账户尚未核验", ""],
    }
