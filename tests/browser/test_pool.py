"""联保金: from the application to a membership, and a lot that it secures, wide and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from biaobao.core.instants import SHANGHAI
from biaobao.jobs.demo import TO_BE_POOLED
from biaobao.jobs.demo_pools import BY_BALANCE, BY_CAP
from tests.browser import desk
from tests.browser.desk import Visit

BOTH = (1440, 390)
COVERED = "联保金已为本标段提供担保，无需另行缴纳"
CODE = TO_BE_POOLED.format(month=f"{datetime.now(SHANGHAI):%Y%m}")


def chooses_the_pool(page: Page) -> None:
    """Choose 联保金 on 保证金查询 of a lot, and see that it is secured."""
    page.get_by_role("button", name="用联保金办理").click()
    expect(desk.standing(page)).to_contain_text(COVERED)
    expect(page.get_by_role("heading", name="联保查询")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "username", "company", "scheme"),
    [
        pytest.param(1440, "shizheng", "柯城示例市政工程有限公司", BY_CAP, id="1440"),
        pytest.param(390, "yuanlin", "江山示例园林工程有限公司", BY_BALANCE, id="390"),
    ],
)
def test_who_applies_is_reviewed_pays_and_secures_a_lot(
    visit: Callable[..., Visit], width: int, username: str, company: str, scheme: str
):
    bidder, operator = visit(width=width), visit()
    desk.signs_in_by_password(bidder, username)
    page = bidder.page
    desk.goes_to(page, "联保金")
    applies(bidder, scheme)
    page.set_viewport_size({"width": width, "height": 900})

    desk.signs_in_by_password(operator, "operator")
    approves(operator.page, company)

    pays(bidder)
    page.set_viewport_size({"width": width, "height": 900})

    desk.registers(bidder, CODE)
    desk.goes_to_lot(bidder, CODE)
    chooses_the_pool(page)
    desk.goes_to(page, "联保金")
    expect(page.get_by_role("row", name=re.compile(CODE))).to_contain_text("¥200,000.00")
    page.get_by_role("link", name="申请退出").click()
    expect(page.get_by_text("还为 1 个标段提供担保，现在不能退出")).to_be_visible()
    assert desk.faults(page, BOTH) == []
    # What it is held for stays with the company.
    operator.page.reload()
    expect(operator.page.locator(".hero-status")).to_contain_text("有效")
    assert CODE not in operator.page.content()


def applies(bidder: Visit, scheme: str) -> None:
    page = bidder.page
    page.get_by_role("link", name=f"申请加入 {scheme}").click()
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator(".form-errors")).to_contain_text("请选择一项")
    bidder.was_refused(422)
    page.get_by_label(re.compile("^二档")).check()
    page.get_by_role("button", name="提交申请").click()
    expect(desk.standing(page)).to_contain_text("申请已提交，等待平台审核")
    assert desk.faults(page, BOTH) == []


def approves(page: Page, company: str) -> None:
    """Find the application on the list of work, take it up and approve it."""
    page.get_by_role("link", name="联保金申请").click()
    page.get_by_role("link", name=company).click()
    page.get_by_role("button", name="开始审核").click()
    expect(page.get_by_text("已开始审核")).to_be_visible()
    page.get_by_role("button", name="审核通过").click()
    expect(page.locator(".hero-status")).to_contain_text("待缴纳")
    assert desk.faults(page, BOTH) == []


def credit_code(bidder: Visit) -> str:
    """Return the company's credit code: two of the demo pay from accounts of the same name."""
    page = bidder.context.new_page()
    page.goto("/bidder/company/")
    code = page.get_by_role("button", name="复制统一社会信用代码").get_attribute("data-copy")
    page.close()
    assert code
    return code


def pays(bidder: Visit) -> None:
    """Pay in two parts what the page asks for, and ask the bank between them."""
    page = bidder.page
    expect(desk.standing(page)).to_contain_text("审核已通过，还需缴纳 ¥")
    expect(page.locator(".account-number")).to_be_visible()
    assert desk.faults(page, BOTH) == []
    account, payer = desk.sub_account(page), credit_code(bidder)
    desk.transfers(bidder, payer=payer, to=account, yuan="100000")
    expect(page.get_by_text("还需转入")).to_be_visible()
    desk.asks_the_bank(page)
    expect(page.get_by_text("银行最近答复")).to_be_visible()
    missing = page.locator(".account [data-copy]").last.get_attribute("data-copy")
    assert missing
    desk.transfers(bidder, payer=payer, to=account, yuan=missing)
    expect(desk.standing(page)).to_contain_text("联保金有效，到 ")
    assert desk.faults(page, BOTH) == []


@pytest.mark.parametrize("width", BOTH)
def test_a_member_chooses_it_and_leaves_it_for_another_way(visit: Callable[..., Visit], width: int):
    member = visit(width=width)
    desk.signs_in_by_password(member, "jianshe")
    page = member.page
    desk.goes_to_lot(member, CODE)

    chooses_the_pool(page)

    assert desk.faults(page, BOTH) == []
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.get_by_role("button", name="用保证金缴纳")).to_have_count(0)
    page.get_by_role("button", name="改用其他方式").click()
    expect(desk.standing(page)).to_contain_text("请选择缴纳方式")
    expect(page.get_by_role("button", name="用联保金办理")).to_be_visible()


def test_who_is_no_member_reads_why_and_where_to_join(visit: Callable[..., Visit]):
    bidder = visit(width=390)
    page = bidder.page
    desk.signs_in_by_password(bidder, "luqiao")
    desk.registers(bidder, CODE)
    desk.goes_to_lot(bidder, CODE)

    page.get_by_role("button", name="用联保金办理").click()

    expect(page.get_by_text("贵单位目前没有有效的联保金成员资格。")).to_be_visible()
    bidder.was_refused(422)
    assert desk.faults(page, BOTH) == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_role("link", name="查看联保金成员资格").click()
    expect(page.get_by_role("heading", name="可以加入的方案")).to_be_visible()
