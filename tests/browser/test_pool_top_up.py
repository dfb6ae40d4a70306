"""What a pooled deposit held is not given back: decided, deducted, paid out, and topped up by its member."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.sync_api import Page, expect

from biaobao.core.instants import SHANGHAI
from biaobao.jobs.demo import TO_BE_FORFEITED
from tests.browser import desk
from tests.browser.desk import Visit

CODE = TO_BE_FORFEITED.format(month=f"{datetime.now(SHANGHAI):%Y%m}")
BOTH = (1440, 390)
COMPANY, HELD, LEFT = "衢州示例建设有限公司", "¥150,000.00", "¥350,000.00"
OBJECTION = "来函是询问工期能否调整，没有撤销投标文件的意思。"
DECISION = "来函写明撤销投标文件，并有法定代表人签字；异议没有提出新的证据。"
WITHIN = 60_000


def test_top_up_after_a_deduction(visit):
    member: Visit = visit()
    page = member.page
    desk.signs_in_by_password(member, "jianshe")
    sees_that_it_waits(page)

    decides(visit())

    desk.goes_to(page, "联保金")
    sees_what_is_lacking(page)
    page.set_viewport_size({"width": 390, "height": 900})
    pays_what_is_lacking(member)
    # It asks by itself.
    expect(desk.standing(page)).to_contain_text("联保金有效，到 ", timeout=WITHIN)
    expect(page.locator(".figures")).to_contain_text("¥500,000.00")
    expect(page.locator(".account-number")).to_have_count(0)
    assert desk.faults(page, BOTH) == []
    page.goto("/bidder/")
    expect(page.get_by_text("联保金余额不足")).to_have_count(0)


def sees_that_it_waits(page: Page) -> None:
    """Find on the list of what is held that it may not be given back, and read why."""
    desk.goes_to(page, "联保金")
    row = page.get_by_role("row", name=re.compile(CODE))
    expect(row).to_contain_text("担保中")
    assert desk.faults(page, BOTH) == []
    row.get_by_role("link", name="招标人提出不予退还").click()
    expect(page.locator("main")).to_contain_text(OBJECTION)
    expect(page.get_by_role("button", name="提交异议")).to_have_count(0)
    assert desk.faults(page, BOTH) == []
    page.set_viewport_size({"width": 1440, "height": 900})


def decides(operator: Visit) -> None:
    """Find the proposal on the list of work, read the objection, and approve it with words."""
    page = operator.page
    desk.signs_in_by_password(operator, "operator")
    desk.goes_to(page, "不予退还")
    assert desk.faults(page, BOTH) == []
    page.get_by_role("row", name=COMPANY).get_by_role("link").click()
    expect(page.get_by_text(OBJECTION)).to_be_visible()
    page.get_by_role("button", name="同意不予退还").click()
    expect(page.locator(".form-errors")).to_be_visible()
    operator.was_refused(422)
    assert desk.faults(page, BOTH) == []
    page.get_by_label("复核意见").fill(DECISION)
    page.get_by_role("button", name="同意不予退还").click()
    expect(desk.standing(page)).to_contain_text("已扣除")
    expect(page.get_by_role("row", name=COMPANY)).to_contain_text(HELD)
    assert desk.faults(page, BOTH) == []


def sees_what_is_lacking(page: Page) -> None:
    """See what was deducted and why, what is lacking, until when, and where to pay it."""
    expect(desk.standing(page)).to_contain_text(f"余额不足，还需补足 {HELD}")
    expect(page.locator(".hero-figure", has_text="距补足期限")).to_contain_text("天")
    expect(page.locator(".figures")).to_contain_text(LEFT)
    deducted = page.locator("[aria-labelledby=borne]").get_by_role("row", name=re.compile(CODE))
    expect(deducted).to_contain_text(HELD)
    expect(page.get_by_role("button", name="复制账号")).to_have_attribute(
        "data-copy", desk.sub_account(page).number
    )
    expect(page.get_by_role("button", name="复制金额")).to_have_attribute("data-copy", "150000.00")
    assert desk.faults(page, BOTH) == []
    deducted.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text(DECISION)
    assert desk.faults(page, BOTH) == []
    page.goto("/bidder/")
    expect(page.get_by_text(f"补足 {HELD}")).to_be_visible()
    page.get_by_role("link", name="去补足").click()


def pays_what_is_lacking(member: Visit) -> None:
    """Pay on the bank's own pages what the page asks for."""
    page = member.page
    missing = page.get_by_role("button", name="复制金额").get_attribute("data-copy")
    assert missing
    desk.transfers(member, payer=COMPANY, to=desk.sub_account(page), yuan=missing)
