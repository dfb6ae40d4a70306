"""Everything but signing works where no script runs."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.browser import desk

COMPANY = "衢州示例建设有限公司"
CODE = "JSGQ202511002-1"


def test_from_the_password_to_arrived(visit):
    bidder = visit(width=390, scripts=False)
    page = bidder.page
    page.goto("/sign-in/")
    # A Chromium that is told not to run scripts still does not draw what is there for that case.
    assert "证书登录需要浏览器运行脚本。请开启脚本，或改用密码登录。" in page.content()
    expect(page.locator("[data-sign]")).to_be_disabled()
    desk.signs_in_by_password(bidder, "jianshe")

    assert desk.registers(bidder, CODE).startswith(b"%PDF-1.4\n")
    account = desk.chooses_deposit(bidder, CODE)
    desk.transfers(bidder, payer=COMPANY, to=account, yuan="48000")
    desk.asks_the_bank(page)

    reload_until(page, "银行最近答复")
    reload_until(page, "已到账，本标段保证金缴纳完成")
    assert desk.figures(page) == {"已收到": "¥48,000.00", "计入保证金": "¥48,000.00"}


def reload_until(page: Page, words: str, *, seconds: float = 20) -> None:
    """Reload as a person without scripts would, until the page says so."""
    deadline = time.monotonic() + seconds
    while words not in page.locator("main").inner_text():
        assert time.monotonic() < deadline, f"the page never said {words}"
        page.reload()
