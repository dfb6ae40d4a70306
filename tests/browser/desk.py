"""What people do at the product's desks, in their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from biaobao.jobs.demo import CERTIFICATE_PASSWORD, PASSWORD
from tests.browser.running import Product

# A page that is left drops what it was fetching; a download is no page.
DROPPED = "net::ERR_ABORTED"
AXE = Axe().axe_script
LOOK = "() => axe.run({resultTypes: ['violations']})"


class Visit:
    """One person's browser: its page, what it sent, and all that it complained of."""

    def __init__(self, context: BrowserContext, product: Product) -> None:
        self.context = context
        self.product = product
        self.complaints: list[str] = []
        self.sent: list[Request] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("requestfailed", self._failed)
        context.on("request", self._sent)
        self.page = context.new_page()

    def was_refused(self, *statuses: int) -> None:
        """Expect that the browser noted answers of these statuses, and nothing else so far."""
        noted = [said.partition("status of ")[2][:3] for said in self.complaints]
        assert noted == [str(status) for status in statuses], self.complaints
        self.complaints.clear()

    def _sent(self, request: Request) -> None:
        self.sent.append(request)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _failed(self, request: Request) -> None:
        if request.failure != DROPPED:
            self.complaints.append(f"{request.method} {request.url}: {request.failure}")


def signs_in_by_password(visit: Visit, username: str) -> None:
    visit.page.goto("/sign-in/")
    visit.page.locator("#id_username").fill(username)
    visit.page.locator("#id_password").fill(PASSWORD)
    visit.page.get_by_role("button", name="登录", exact=True).click()
    visit.page.get_by_role("button", name="退出").wait_for()


def signs_in_by_certificate(visit: Visit, username: str, folder: Path) -> Path:
    """Sign in with the certificate file that the sign-in page hands out, and return the file."""
    visit.page.goto("/sign-in/")
    return proves_with_certificate(visit.page, username, folder)


def proves_with_certificate(page: Page, username: str, folder: Path) -> Path:
    """Do so on the sign-in page, wherever it leads back to."""
    with page.expect_download() as downloading:
        page.get_by_role("link", name=f"{username}.p12").click()
    file = folder / downloading.value.suggested_filename
    downloading.value.save_as(file)
    page.locator("#certificate-file").set_input_files(file)
    page.locator("#certificate-password").fill(CERTIFICATE_PASSWORD)
    page.locator("[data-sign]:enabled").click()
    page.get_by_role("button", name="退出").wait_for()
    return file


def goes_to(page: Page, stage: str) -> None:
    """Use the console's menu, which a phone keeps folded."""
    if (menu := page.locator("summary", has_text="功能菜单")).is_visible():
        menu.click()
    page.locator("nav.side a:visible, .side nav a:visible").get_by_text(stage, exact=True).click()


def goes_to_lot(visit: Visit, code: str) -> None:
    visit.page.goto("/bidder/")
    visit.page.locator("tr", has_text=code).get_by_role("link").first.click()


def registers(visit: Visit, code: str) -> bytes:
    """Choose the contact, download the tender file, save; return the file."""
    page = visit.page
    goes_to_lot(visit, code)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="选定联系人").click()
    expect(page.locator("h2", has_text="请下载招标文件")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载").click()
    content = Path(downloading.value.path()).read_bytes()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("h2", has_text="报名完成")).to_be_visible()
    return content


@dataclass(frozen=True)
class SubAccount:
    """Where the page says that the money has to go."""

    number: str
    name: str


def chooses_deposit(visit: Visit, code: str) -> SubAccount:
    """Choose 保证金 on 保证金查询 of a lot, and return the sub-account that it shows."""
    page = visit.page
    goes_to_lot(visit, code)
    page.get_by_role("button", name="用保证金缴纳").click()
    return sub_account(page)


def sub_account(page: Page) -> SubAccount:
    """Read the sub-account off 保证金查询, which shows it as soon as the bank has opened one."""
    number = page.locator(".account-number .copyable-value").inner_text()
    name = page.locator(".account .copyable-value").first.inner_text()
    return SubAccount(re.sub(r"\s", "", number), name)


def transfers(
    visit: Visit, *, payer: str, to: SubAccount, yuan: str, from_account: str = ""
) -> None:
    """Sign in on the sandbox bank's own pages, in a tab of its own, and transfer money."""
    page = visit.context.new_page()
    page.goto(visit.product.bank)
    page.get_by_role("button", name=payer).click()
    page.get_by_role("link", name="转账汇款").first.click()
    if from_account:
        page.get_by_label("付款账户").select_option(from_account)
    page.get_by_label("收款账号").fill(to.number)
    page.get_by_label("收款户名").fill(to.name)
    page.get_by_label("转账金额").fill(yuan)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认转账").click()
    expect(page.get_by_role("heading", name="转账成功")).to_be_visible()
    page.close()


def asks_the_bank(page: Page) -> None:
    page.get_by_role("button", name="子账号转账结果查询").click()


def standing(page: Page) -> Locator:
    """Return the headline that says how the lot stands for the bidder."""
    return page.locator(".hero-status")


def verdicts(credit: Locator) -> dict[str, str]:
    """Return each check of a credit with its verdict, as the page words them."""
    titles = credit.locator(".verdict-title").all_text_contents()
    words = credit.locator(".verdict-head .tag").all_text_contents()
    return dict(zip(titles, (word.strip() for word in words), strict=True))


def figures(page: Page) -> dict[str, str]:
    """Return what came, what counts, what is missing and what goes back."""
    names = page.locator(".figures dt").all_text_contents()
    return dict(zip(names, page.locator(".figures dd").all_text_contents(), strict=True))


def fits(page: Page) -> bool:
    """Tell whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def faults(page: Page, widths: Sequence[int]) -> list[str]:
    """Return what is wrong with the page for people who see, hear or touch it, at each width."""
    found = []
    page.evaluate(AXE)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for fault in page.evaluate(LOOK)["violations"]:
            nodes = [f"{node['html']}: {node['failureSummary']}" for node in fault["nodes"]]
            found.append(f"{page.url} at {width}: {nodes}")
        if not fits(page):
            found.append(f"{page.url} at {width}: scrolls sideways")
    return found
