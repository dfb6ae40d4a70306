"""保证金查询 asks for news by itself, and nobody who works on it notices."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser import desk

OPENED = "003-1"


def test_while_the_page_asks_its_buttons_stay_as_they_are(visit):
    bidder = visit()
    page = bidder.page
    held: list[Route] = []
    desk.signs_in_by_password(bidder, "jianshe")
    page.route("**/security/live/*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    desk.goes_to_lot(bidder, OPENED)

    page.locator("#live.htmx-request").wait_for()

    button = page.get_by_role("button", name="子账号转账结果查询")
    expect(button).to_have_css("opacity", "1")
    expect(button).to_have_css("pointer-events", "auto")
    held[0].continue_()
    page.locator("#live:not(.htmx-request)").wait_for()
