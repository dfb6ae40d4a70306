"""The bank's pages in a real browser: axe objects to nothing, nothing is wider than the screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
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


def test_a_company_pays_and_the_staff_looks(page: Page, sandbox: Sandbox):
    channel = open_channel(sandbox.address("http"))
    (account,) = channel.open_sub_accounts(key=uuid4().hex, count=1)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(sandbox.url)
    check(page)
    page.get_by_role("button", name="浙江甲").click()
    check(page)
    page.get_by_role("link", name="转账汇款").first.click()
    page.get_by_label("收款账号").fill("1234")
    page.get_by_role("button", name="下一步").click()
    check(page)
    page.get_by_label("收款账号").fill(account.number)
    page.get_by_label("收款户名").fill(account.name)
    page.get_by_label("转账金额").fill("50000")
    page.get_by_role("button", name="下一步").click()
    check(page)
    page.get_by_role("button", name="确认转账").click()
    check(page)
    assert page.get_by_role("heading", name="转账成功").is_visible()
    page.get_by_role("link", name="返回账户总览").click()
    check(page)
    for key in ("paid", "refused"):
        payment = funded(sandbox, channel, key=f"{key}-{uuid4().hex[:24]}")
        channel.pay(payment if key == "paid" else replace(payment, payee_name="某某"))
    sandbox.switch(hold=True)
    page.get_by_role("link", name="银行柜台").click()
    check(page)
    assert said == []
