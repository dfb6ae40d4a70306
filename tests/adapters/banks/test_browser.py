"""The bank's pages in a real browser: axe objects to nothing, nothing is wider than the screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from biaobao.adapters.banks.channels import open_channel
from tests.adapters.banks.paying import funded
from tests.adapters.banks.running import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(params=[1440, 390])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": request.param, "height": 900})
        browser.close()


def check(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def follow(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Press what leads to another page, and wait until all of that is here."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.click()


def test_a_company_pays_and_the_staff_looks(page: Page, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    (account,) = channel.open_sub_accounts(key=uuid4().hex, count=1)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(sandbox.url)
    check(page)
    follow(page, "button", "浙江甲")
    check(page)
    follow(page, "link", "转账汇款")
    page.get_by_label("收款账号").fill("1234")
    follow(page, "button", "下一步")
    check(page)
    page.get_by_label("收款账号").fill(account.number)
    page.get_by_label("收款户名").fill(account.name)
    page.get_by_label("转账金额").fill("50000")
    follow(page, "button", "下一步")
    check(page)
    follow(page, "button", "确认转账")
    check(page)
    assert page.get_by_role("heading", name="转账成功").is_visible()
    follow(page, "link", "返回账户总览")
    check(page)
    for key in ("paid", "refused"):
        payment = funded(sandbox, channel, key=f"{key}-{uuid4().hex[:24]}")
        channel.pay(payment if key == "paid" else replace(payment, payee_name="某某"))
    sandbox.switch(hold=True)
    follow(page, "link", "银行柜台")
    check(page)
    assert said == []
