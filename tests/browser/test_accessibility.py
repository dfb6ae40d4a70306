"""Axe finds nothing on any page, wide or narrow, and no page scrolls sideways."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from biaobao.jobs.demo import ESCROW_NAME, MAIN_ACCOUNT
from tests.browser import desk
from tests.browser.desk import Visit

WIDTHS = (1440, 390)
# Pages that differ only in the row that they show: so many of a kind are enough.
OF_A_KIND = 3
PAGES_MAX = 60
IDENTITY = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/)")
HOMES = [
    ("jianshe", "/bidder/"),
    ("luqiao", "/bidder/"),
    ("shuili", "/guarantee/"),
    ("agency", "/agency/"),
    ("rongdan", "/guarantor/"),
    ("operator", "/operator/"),
    ("supervisor", "/supervisor/"),
]
STRANGERS = [
    "/",
    "/sign-in/",
    "/sign-in/?as=agency",
    "/sign-in/?ended=idle",
    "/sign-in/?ended=shut",
    "/guarantee/",
    "/verify/",
]
SHOWCASE = [
    *("", "workbench", "product", "desk", "document"),
    *("pages/400", "pages/403_csrf", "pages/500"),
]
REFUSALS = {
    "/ui/refused": 422,
    "/ui/not-allowed": 403,
    "/ui/not-found": 404,
    "/nothing/here/": 404,
}


def pages_from(visit: Visit, home: str) -> Iterator[str]:
    """Go to every page that links lead to, but for other consoles, a few of each kind; yield each."""
    start = urljoin(visit.product.url, home)
    elsewhere = tuple(urljoin(visit.product.url, each) for _, each in HOMES if each != home)
    ahead, known, seen, kinds = deque([start]), {start}, set[str](), Counter[str]()
    while ahead:
        address = ahead.popleft()
        if kinds[kind_of(address)] == OF_A_KIND or not is_page(visit, address):
            continue
        visit.page.goto(address)
        if visit.page.url in seen:
            continue
        seen.add(visit.page.url)
        kinds[kind_of(visit.page.url)] += 1
        assert len(seen) <= PAGES_MAX
        yield visit.page.url
        links = visit.page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
        for link in dict.fromkeys(urldefrag(link).url for link in links):
            is_here = link.startswith(f"{visit.product.url}/") and not link.startswith(elsewhere)
            if is_here and link not in known:
                known.add(link)
                ahead.append(link)


def kind_of(address: str) -> str:
    return IDENTITY.sub("/*", urlsplit(address).path)


def is_page(visit: Visit, address: str) -> bool:
    answer = visit.page.request.head(address)
    return answer.headers.get("content-type", "").startswith("text/html")


@pytest.mark.parametrize(("username", "home"), HOMES)
def test_every_page_of_a_console(visit, username: str, home: str):
    somebody = visit()
    desk.signs_in_by_password(somebody, username)

    seen, faults = [], []
    for address in pages_from(somebody, home):
        seen.append(address)
        faults += desk.faults(somebody.page, WIDTHS)

    assert faults == []
    assert len(seen) > 2


def test_money_in_suspense_from_its_list_to_its_way_back(visit):
    company, one, other = visit(), visit(), visit()
    desk.transfers(
        company,
        payer="衢州示例建设有限公司",
        to=desk.SubAccount(MAIN_ACCOUNT, ESCROW_NAME),
        yuan="123.45",
    )
    desk.signs_in_by_password(one, "operator")
    page = one.page

    page.goto("/operator/suspense/")
    credit = page.locator("tr", has_text="¥123.45").get_by_role("link")
    for _ in range(100):
        # The bank's notice comes in its own time, and the list does not refresh by itself.
        if credit.count():
            break
        page.reload()
    faults = desk.faults(page, WIDTHS)
    credit.click()
    faults += desk.faults(page, WIDTHS)
    page.get_by_role("button", name="下一步：核对名称").click()
    faults += desk.faults(page, WIDTHS)
    page.get_by_role("link", name="不是这家").click()
    page.get_by_label("退回的理由").fill("联系不上付款人")
    page.get_by_role("button", name="退回付款人").click()
    expect(page.get_by_text("提出人不能复核")).to_be_visible()
    faults += desk.faults(page, WIDTHS)
    desk.signs_in_by_password(other, "operator2")
    other.page.goto(page.url)
    other.page.get_by_role("link", name="复核", exact=True).click()
    faults += desk.faults(other.page, WIDTHS)
    other.page.get_by_role("button", name="复核同意").click()
    expect(other.page.get_by_role("heading", name="付款指令")).to_be_visible()
    faults += desk.faults(other.page, WIDTHS)

    assert faults == []


def test_the_front_door_and_the_showcase(visit):
    stranger = visit()
    faults = []
    for address in (*STRANGERS, *(f"/ui/{name}" for name in SHOWCASE)):
        stranger.page.goto(address)
        faults += desk.faults(stranger.page, WIDTHS)

    assert faults == []


def test_pages_that_say_no(visit):
    stranger = visit()
    faults, answered = [], {}
    for address in REFUSALS:
        response = stranger.page.goto(address)
        answered[address] = response.status
        faults += desk.faults(stranger.page, WIDTHS)

    assert answered == REFUSALS
    assert faults == []
    stranger.was_refused(*REFUSALS.values())


def test_the_sandbox_bank(visit):
    company = visit()
    page = company.page
    page.goto(company.product.bank)
    faults = desk.faults(page, WIDTHS)
    page.get_by_role("button", name="衢州示例建设有限公司").click()
    expect(page.get_by_role("link", name="转账汇款").first).to_be_visible()
    faults += desk.faults(page, WIDTHS)
    page.get_by_role("link", name="转账汇款").first.click()
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".error").first).to_be_visible()
    faults += desk.faults(page, WIDTHS)
    page.goto(f"{company.product.bank}/staff/")
    faults += desk.faults(page, WIDTHS)

    assert faults == []
