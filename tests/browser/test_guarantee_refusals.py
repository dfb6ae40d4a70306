"""The refusals beside the six steps of 电子保函, and the way on from each, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from biaobao.jobs.demo import CERTIFICATE_PASSWORD
from tests.browser import desk, running
from tests.browser.desk import Visit
from tests.browser.test_guarantee_apply import applies, looks_well, tells_the_rest

LOTS = [
    pytest.param(1440, "QZGQ202511019-1", id="1440"),
    pytest.param(390, "QZGQ202511020-1", id="390"),
]
AUTOMATIC = "选择 衢州融担（示例）有限公司 投标保函（见索即付）"
BY_A_PERSON = "选择 衢州示例财产保险股份有限公司"
# A worker asks guarantors each few seconds.
DECIDED_WITHIN = 60_000


def submits(page: Page, product: str) -> None:
    page.get_by_role("button", name=product).click()
    expect(page.get_by_role("heading", name="填写授信信息")).to_be_visible()
    tells_the_rest(page)
    page.get_by_role("button", name="下一步，提交审核").click()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_profile_that_lacks_something_is_named_before_and_declined_after(visit, width: int):
    bidder: Visit = visit(width=width)
    page = bidder.page
    desk.signs_in_by_password(bidder, "luqiao")
    applies(page, "QZGQ202511019-1")
    page.get_by_role("button", name=AUTOMATIC).click()
    expect(page.get_by_text("企业资料还不完整，现在提交不能通过审核")).to_be_visible()
    expect(page.get_by_text("基本账户尚未经平台确认")).to_be_visible()
    assert looks_well(page)
    tells_the_rest(page)
    page.get_by_role("button", name="下一步，提交审核").click()

    expect(page.locator(".hero-status")).to_contain_text("企业资料不完整")
    expect(page.get_by_role("button", name="选择其他担保机构")).to_be_visible()
    expect(page.get_by_role("link", name="改用保证金")).to_be_visible()
    expect(page.get_by_text("没有收到过保费，不需要退回")).to_be_visible()
    assert looks_well(page)
    page.get_by_role("main").get_by_role("link", name="账户中心").click()
    expect(page.get_by_text("企业资料还缺")).to_be_visible()
    assert looks_well(page)


@pytest.mark.parametrize(("width", "code"), LOTS)
def test_a_guarantor_declines_and_another_is_chosen(visit, width: int, code: str):
    bidder: Visit = visit(width=width)
    page = bidder.page
    desk.signs_in_by_password(bidder, "yuanlin")
    desk.registers(bidder, code)
    applies(page, code)
    submits(page, BY_A_PERSON)
    expect(page.locator(".hero-status")).to_contain_text("担保机构正在人工审核")
    assert looks_well(page)

    key = page.url.split("/")[-3]
    product = bidder.product
    answer = ("guarantor", key, "NO", "--words", "资质不符")
    said = running.run(*answer, data=product.data, port=product.port)
    assert said.returncode == 0, said.stderr

    expect(page.locator(".hero-status")).to_contain_text(
        "担保机构没有同意出函", timeout=DECIDED_WITHIN
    )
    expect(page.locator(".hero-status")).to_contain_text("担保机构答复：资质不符")
    expect(page.locator(".hero .clock-label")).to_contain_text("距投标截止")
    assert looks_well(page)
    page.get_by_role("button", name="选择其他担保机构").click()
    submits(page, AUTOMATIC)
    expect(page.locator(".hero-status")).to_contain_text("授信审核已通过")


@pytest.mark.parametrize(("width", "code"), LOTS)
def test_without_handler_nothing_is_signed_and_unread_nothing_paid(
    visit, tmp_path: Path, width: int, code: str
):
    bidder: Visit = visit(width=width)
    page = bidder.page
    file = desk.signs_in_by_certificate(bidder, "shuili", tmp_path)
    desk.registers(bidder, code)
    applies(page, code)
    submits(page, AUTOMATIC)
    page.get_by_role("link", name="保函申请").click()
    expect(page.get_by_role("button", name="确定经办人")).to_be_visible()
    signing = page.url
    removes_the_handler(page)

    page.goto(signing)
    expect(page.get_by_text("还没有登记经办人")).to_be_visible()
    expect(page.locator("[data-sign]")).to_have_count(0)
    assert looks_well(page)
    page.get_by_role("main").get_by_role("link", name="账户中心").click()
    names_a_handler(bidder)

    page.goto(signing)
    page.get_by_role("button", name="确定经办人").click()
    for title in ("受益人是招标人", "担保金额等于应缴金额", "保函有效期不短于投标有效期"):
        expect(page.get_by_role("group", name=title)).to_contain_text("符合")
    page.locator("#certificate-file").set_input_files(file)
    page.locator("#certificate-password").fill(CERTIFICATE_PASSWORD)
    page.locator("[data-sign]:enabled").click()

    expect(page.get_by_role("button", name="我已知晓")).to_be_disabled()
    expect(page.locator(".account-number")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="我已知晓")).to_be_disabled()
    expect(page.locator(".account-number")).to_have_count(0)


def removes_the_handler(page: Page) -> None:
    page.get_by_role("link", name="账户中心").click()
    handlers = page.get_by_role("region", name="经办人")
    handlers.get_by_text("移除").first.click()
    handlers.get_by_role("button", name="确认移除").click()
    expect(page.get_by_text("还没有登记经办人")).to_be_visible()


def names_a_handler(bidder: Visit) -> None:
    """Tell a handler with a wrong number first."""
    page = bidder.page
    page.get_by_label("姓名").fill("钱示例")
    page.get_by_label("身份证号").fill("110101198001011014")
    page.get_by_label("电话").fill("0570-3811136")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#id_id_number_errors")).to_contain_text("校验位不符")
    bidder.was_refused(422)
    assert looks_well(page)
    page.get_by_label("身份证号").fill("110101198001011013")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("经办人已保存")).to_be_visible()
