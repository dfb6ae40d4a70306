"""电子保函 1.1 to 1.3, as the manual's annex tells them: coming in, 选择产品, 填写授信信息, the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from biaobao.jobs.demo import TO_BE_GUARANTEED
from tests.browser import desk
from tests.browser.desk import Visit

BOTH = [1440, 390]


def looks_well(page: Page) -> bool:
    """Tell whether nothing is wrong with the page at both widths; it is as wide as before afterwards."""
    size = page.viewport_size
    assert size
    assert desk.faults(page, BOTH) == []
    page.set_viewport_size(size)
    return True


def applies(page: Page, code: str = TO_BE_GUARANTEED) -> None:
    """Go from the home to 选择标段, and apply for the lot."""
    page.goto("/guarantee/")
    assert looks_well(page)
    page.get_by_role("link", name="立即申请").click()
    page.get_by_role("searchbox").fill(code)
    page.get_by_role("button", name="查找").click()
    assert looks_well(page)
    page.get_by_role("button", name="立即申请").click()


def fills_in(bidder: Visit) -> None:
    """Leave a wrong field, submit with it and with missing ones, then tell all that the profile did not."""
    page = bidder.page
    expect(page.get_by_label("电子邮箱")).not_to_have_value("")
    phone = page.get_by_label("联系电话")
    phone.fill("12")
    phone.press("Tab")
    beside = page.locator("#id_contact_phone_errors")
    expect(beside).to_contain_text("电话号码的格式不正确")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field-errors")).to_have_count(1)
    page.get_by_role("button", name="下一步，提交审核").click()
    expect(page.locator(".form-errors li")).to_have_count(5)
    bidder.was_refused(422)
    assert looks_well(page)
    tells_the_rest(page)
    # Each text is judged as it is left; the box is looked at when all is submitted.
    expect(page.locator(".field-errors")).to_have_count(1)
    page.get_by_role("button", name="下一步，提交审核").click()


def tells_the_rest(page: Page) -> None:
    page.get_by_label("联系人").fill("李晓梅")
    page.get_by_label("联系电话").fill("0570-3811136")
    page.get_by_label("最高资质等级").fill("建筑工程施工总承包二级")
    page.get_by_label("注册资本（元）").fill("20,000,000")
    page.get_by_label("授权担保机构").check()


@pytest.mark.parametrize("width", BOTH)
def test_an_application_is_judged_and_left(visit, tmp_path: Path, width: int):
    bidder: Visit = visit(width=width)
    page = bidder.page
    desk.signs_in_by_certificate(bidder, "jianshe", tmp_path)
    applies(page)
    expect(page.get_by_role("heading", name="选择产品")).to_be_visible()
    assert looks_well(page)
    page.get_by_role("button", name="选择 衢州融担（示例）有限公司 投标保函（见索即付）").click()
    fills_in(bidder)
    expect(page.locator(".hero-status")).to_contain_text("授信审核已通过")
    assert looks_well(page)

    desk.goes_to_lot(bidder, TO_BE_GUARANTEED)
    expect(desk.standing(page)).to_contain_text("正在办理电子保函")
    page.get_by_role("button", name="点此办理电子保函").click()
    page.get_by_role("link", name="撤销申请").click()
    assert looks_well(page)
    page.get_by_role("button", name="确认撤销").click()

    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("已撤销")
    expect(row).to_contain_text(TO_BE_GUARANTEED)
    assert looks_well(page)
    page.get_by_role("searchbox").fill("没有这个")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("没有找到申请或保函")).to_be_visible()
    assert looks_well(page)


@pytest.mark.parametrize("width", BOTH)
def test_a_visitor_reads_what_it_is_comes_in_by_certificate_and_is_back(
    visit, tmp_path: Path, width: int
):
    visitor: Visit = visit(width=width)
    page = visitor.page
    page.goto("/guarantee/")
    expect(page.get_by_role("heading", name="投标保函，在线申请，自动出函")).to_be_visible()
    assert looks_well(page)
    page.get_by_role("link", name="CA 证书登录").click()
    desk.proves_with_certificate(page, "yuanlin", tmp_path)

    expect(page).to_have_url(f"{visitor.product.url}/guarantee/")
    expect(page.get_by_role("link", name="立即申请")).to_be_visible()
    expect(page.get_by_role("link", name="账户中心")).to_be_visible()
