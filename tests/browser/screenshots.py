"""Makes the pictures of the documents anew: ``make test ARGS=tests/browser/screenshots.py``."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import desk

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
BYTES_MAX = 250_000
CODE = "QZGQ202511019-1"
COMPANY = "衢州示例建设有限公司"


def picture(page: Page, name: str, *, width: int = 1440, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("window.scrollTo(0, 0)")
    content = page.screenshot(path=FOLDER / f"{name}.png")
    assert len(content) < BYTES_MAX


def test_the_pictures_of_the_documents(visit):
    bidder, agency = visit(), visit()
    page = bidder.page
    page.goto("/sign-in/")
    expect(page.locator("[data-sign]")).to_be_enabled()
    picture(page, "sign-in")

    desk.signs_in_by_password(bidder, "jianshe")
    desk.registers(bidder, CODE)
    account = desk.chooses_deposit(bidder, CODE)
    desk.transfers(bidder, payer=COMPANY, to=account, yuan="80000")
    expect(desk.standing(page)).to_contain_text("已到账，本标段保证金缴纳完成")
    picture(page, "security", height=1230)
    picture(page, "security-narrow", width=390, height=1340)

    bank = bidder.context.new_page()
    bank.goto(bidder.product.bank)
    bank.get_by_role("button", name=COMPANY).click()
    picture(bank, "bank")

    desk.signs_in_by_password(agency, "agency")
    agency.page.locator("tr", has_text="003-1").get_by_role("link").first.click()
    agency.page.get_by_role("link", name="查看开标名单").click()
    picture(agency.page, "opening")
