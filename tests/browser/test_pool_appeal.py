"""Who is taken for no member appeals with its papers, and reads what an operator says; wide and narrow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from biaobao.core.instants import SHANGHAI
from tests.browser import desk
from tests.browser.desk import Visit

HELPLINE = "0570-3811136"
NAME = "龙游示例路桥工程有限公司"
WORDS = "去年已经缴纳，附成员证明和回单。"
WAITS = "申诉已提交，等待平台答复"
ANSWER = "没有查到缴纳联保金的记录。请先在「联保金」页面申请加入。"


def code() -> str:
    return f"QZGC{datetime.now(SHANGHAI):%Y%m}001-1"


def papers(folder: Path) -> list[Path]:
    notice, slip = folder / "成员证明.pdf", folder / "回单.png"
    notice.write_bytes(b"%PDF-1.7 proof")
    slip.write_bytes(b"\x89PNG\r\n\x1a\n slip")
    return [notice, slip]


def looks_well(page: Page) -> bool:
    width = page.viewport_size
    assert width
    return desk.faults(page, [width["width"]]) == []


def is_refused(bidder: Visit) -> None:
    """Choose 联保金 on 保证金查询 and read why it does not cover."""
    page = bidder.page
    desk.goes_to_lot(bidder, code())
    # Both widths are of one company: who comes second is registered already.
    if page.get_by_role("button", name="选定联系人").is_visible():
        desk.registers(bidder, code())
    page.goto("/bidder/")
    desk.goes_to_lot(bidder, code())
    desk.goes_to(page, "保证金查询")
    page.get_by_role("button", name="用联保金办理").click()
    expect(page.get_by_text("贵单位目前没有有效的联保金成员资格。")).to_be_visible()
    expect(page.get_by_role("link", name=HELPLINE)).to_be_visible()
    bidder.was_refused(422)
    assert looks_well(page)


def appeals(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="核对有误，提出申诉").click()
    page.get_by_label("申诉理由").fill(WORDS)
    page.get_by_label("证明文件").set_input_files(papers(folder))
    assert looks_well(page)
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_role("heading", name=WAITS)).to_be_visible()
    expect(page.get_by_role("link", name="成员证明.pdf").first).to_be_visible()
    expect(page.get_by_role("link", name=HELPLINE).first).to_be_visible()
    assert looks_well(page)


def answers(operator: Visit) -> None:
    """Find the appeal, see that upholding it mends nothing, and say why it is rejected."""
    page = operator.page
    desk.signs_in_by_password(operator, "operator")
    desk.goes_to(page, "联保申诉")
    assert looks_well(page)
    page.get_by_role("row", name=NAME).filter(has_text="待处理").get_by_role("link").click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    assert code() not in page.content()
    assert looks_well(page)
    page.get_by_label("更正了什么").fill("已登记。")
    page.get_by_role("button", name="更正并支持申诉").click()
    expect(page.locator("main")).to_contain_text("照现在的登记，核对仍不能通过")
    operator.was_refused(422)
    page.get_by_label("原因").fill(ANSWER)
    page.get_by_role("button", name="驳回申诉").click()
    expect(page.get_by_text("已驳回，投标人会看到原因。")).to_be_visible()


@pytest.mark.parametrize(("width", "username"), [(1440, "luqiao"), (390, "luqiao2")])
def test_non_member_with_appeal(visit, tmp_path: Path, width: int, username: str):
    bidder: Visit = visit(width=width)
    desk.signs_in_by_password(bidder, username)
    is_refused(bidder)
    appeals(bidder.page, tmp_path)

    answers(visit(width=width))

    bidder.page.reload()
    expect(bidder.page.get_by_role("heading", name=WAITS)).to_be_hidden()
    expect(bidder.page.get_by_text(ANSWER).first).to_be_visible()
    expect(bidder.page.get_by_role("button", name="提交申诉")).to_be_visible()
    assert looks_well(bidder.page)
