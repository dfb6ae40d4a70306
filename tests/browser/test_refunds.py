"""Money that goes back: one asks for it, a colleague approves, the bank pays, the page tells it by itself."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.core.instants import SHANGHAI
from tests.browser import desk
from tests.browser.desk import Visit

DONE = "已到账，本标段保证金缴纳完成"
SHIZHENG, JIANSHE = "柯城示例市政工程有限公司", "衢州示例建设有限公司"
BOTH = [1440, 390]


def paid(visit, code: str, yuan: str, *, width: int) -> Visit:
    """Return a bidder whose deposit for a lot is complete."""
    bidder: Visit = visit(width=width)
    desk.signs_in_by_password(bidder, "shizheng")
    desk.registers(bidder, code)
    account = desk.chooses_deposit(bidder, code)
    desk.transfers(bidder, payer=SHIZHENG, to=account, yuan=yuan)
    expect(desk.standing(bidder.page)).to_contain_text(DONE)
    return bidder


def refund(page: Page) -> Locator:
    return page.get_by_role("article", name=re.compile("退款"))


def approves(colleague: Visit, code: str) -> None:
    """Look at the refund of a lot, and approve it."""
    page = colleague.page
    page.goto("/bidder/refunds/")
    page.locator("tr", has_text=code).get_by_role("link", name="复核").click()
    page.get_by_role("button", name="复核并退款").click()


@pytest.mark.parametrize(
    ("width", "code", "yuan"),
    [
        pytest.param(1440, "LYGQ202511008-1", "20000", id="1440"),
        pytest.param(390, "QZGC{month}001-1", "300000", id="390"),
    ],
)
def test_who_withdraws_has_his_money_back_when_a_colleague_approves(
    visit, width: int, code: str, yuan: str
):
    code = code.format(month=f"{datetime.now(SHANGHAI):%Y%m}")
    bidder = paid(visit, code, yuan, width=width)
    page = bidder.page

    page.get_by_role("link", name="撤回投标，申请退还").click()
    assert desk.faults(page, BOTH) == []
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("button", name="确认撤回投标").click()
    expect(desk.standing(page)).to_contain_text("已撤回投标")
    expect(refund(page)).to_contain_text("提出人不能复核，需由本单位另一名人员复核。")
    expect(refund(page)).to_contain_text("尾号 2022")
    expect(refund(page).get_by_role("link", name="复核并退款")).to_have_count(0)
    assert desk.faults(page, BOTH) == []

    colleague = visit(width=width)
    desk.signs_in_by_password(colleague, "shizheng2")
    colleague.page.get_by_role("link", name="查看退款").click()
    assert desk.faults(colleague.page, BOTH) == []
    colleague.page.set_viewport_size({"width": width, "height": 900})
    colleague.page.locator("tr", has_text=code).get_by_role("link", name="复核").click()
    expect(colleague.page.locator(".hero-figure")).to_contain_text(f"{int(yuan):,}.00")
    assert desk.faults(colleague.page, BOTH) == []
    colleague.page.get_by_role("button", name="复核并退款").click()

    # Neither of the two touches his page again: it asks by itself.
    for each in (page, colleague.page):
        expect(refund(each).locator(".tag").first).to_have_text("已退款", timeout=30_000)
        expect(each.locator(".credit-head .tag").first).to_have_text("已转入退款")
    steps = refund(page)
    steps.get_by_text("办理进度").click()
    told = [text.strip() for text in steps.locator(".timeline-text").all_text_contents()]
    assert (told[0], told[1], told[-1]) == ("提出退款", "复核通过", "银行付出")
    assert desk.faults(page, BOTH) == []


def test_an_account_that_was_closed_is_corrected_checked_and_paid(visit):
    bidder, colleague, operator = visit(), visit(), visit()
    desk.signs_in_by_password(bidder, "jianshe")
    desk.registers(bidder, "QZGQ202512008-1")
    account = desk.chooses_deposit(bidder, "QZGQ202512008-1")
    page = bidder.page
    desk.transfers(
        bidder, payer=JIANSHE, to=account, yuan="30000", from_account="330500000000001019"
    )
    expect(page.locator(".credit-head .tag").first).to_have_text("不计入，可申请退回")
    SandboxBank(bidder.product.bank).close_account("330500000000001019")
    page.get_by_role("button", name="申请退回").click()

    desk.signs_in_by_password(colleague, "jianshe2")
    approves(colleague, "QZGQ202512008-1")
    expect(refund(page).locator(".tag").first).to_have_text("银行拒绝", timeout=30_000)
    expect(refund(page)).to_contain_text("AC04 账户已销户")
    assert desk.faults(page, BOTH) == []

    page.get_by_role("link", name="更正收款账户").click()
    page.get_by_label("账号").fill("3305 0000 0000 0010 11")
    page.get_by_label("开户行").fill("标保示范银行衢州分行")
    assert desk.faults(page, BOTH) == []
    page.get_by_role("button", name="提交平台核对").click()
    expect(refund(page)).to_contain_text("平台正在核对新的收款账户")

    desk.signs_in_by_password(operator, "operator")
    operator.page.goto("/operator/payees/")
    operator.page.get_by_role("button", name="确认", exact=True).click()
    expect(refund(page).locator(".tag").first).to_have_text("待复核", timeout=30_000)
    approves(colleague, "QZGQ202512008-1")
    expect(refund(page).locator(".tag").first).to_have_text("已退款", timeout=30_000)
    expect(refund(page)).to_contain_text("尾号 1011")
