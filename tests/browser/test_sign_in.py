"""Signing in by certificate, where the page and the certificate come over a slow line."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route


def test_a_download_begun_while_the_page_loads_does_not_cut_its_scripts_off(visit, tmp_path: Path):
    """Chromium drops the modules it still fetches when a download begins as a navigation."""
    bidder = visit()
    page = bidder.page
    held: list[Route] = []
    page.route("**/signer*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    with page.expect_request("**/signer*.js"):
        page.goto("/sign-in/", wait_until="commit")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="yuanlin.p12").click()
    downloading.value.path()

    held[0].continue_()

    page.locator("[data-sign]:enabled").wait_for()
