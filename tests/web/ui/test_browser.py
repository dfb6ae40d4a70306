"""The showcase in a real browser: accessible, calm on a phone, ticking and copying."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAGES = ["", "workbench", "product", "desk", "document", "refused", "pages/404"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Serve the house without a database: the showcase needs none."""
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ui/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_accessible_and_fits(
    site: str, browser: Browser, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name in PAGES:
        page.goto(site + name)
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
    # A refusal's status is said by the browser itself; the policy and our script say nothing.
    assert [text for text in said if "status of 422" not in text] == []


def test_a_clock_ticks(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.clock.install(time=0)
    page.goto(site)
    page.clock.pause_at(60)
    last = page.locator(".clock-last .clock-left")
    before = str(last.text_content())

    page.clock.run_for(13_000)

    after = str(last.text_content())
    assert _seconds(before) - _seconds(after) == 13
    page.clock.run_for(1_000 * (_seconds(after) + 1))
    assert page.locator(".clock-over").all_text_contents() == ["已截止", "已截止"]
    page.close()


def _seconds(left: str) -> int:
    minutes, seconds = re.findall(r"\d+", left)
    return int(minutes) * 60 + int(seconds)


def test_an_account_number_is_copied_without_spaces(site: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(site)

    page.get_by_role("button", name="复制账号").click()

    page.locator(".copyable-done").wait_for()
    assert page.locator(".copyable-done .copyable-said").text_content() == "已复制"
    assert page.evaluate("navigator.clipboard.readText()") == "1209280011200738415"
    context.close()


def test_without_scripts_everything_is_said_and_nothing_is_offered_in_vain(
    site: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(site)

    assert page.locator(".clock-last .clock-left").text_content() == "剩 12 分 33 秒"
    assert page.get_by_role("button", name="复制账号").count() == 0
    page.get_by_text("功能菜单").click()
    assert page.get_by_role("link", name="财务工作台").is_visible()
    context.close()
