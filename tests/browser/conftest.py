"""The product and a Chromium, once for all tests here; a visit for each person in a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.desk import Visit
from tests.browser.running import Product, free_ports

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("product"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium on this machine: nobody could look at the pages")
    assert CHROMIUM, "CI has to have a Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def product(chromium: Browser) -> Iterator[Product]:
    """Start the whole product on a fresh data folder; at the end nothing of it is left running."""
    with TemporaryDirectory(prefix="biaobao-") as folder:
        # Started by root, the embedded PostgreSQL runs as a user of its own, who has to get in.
        Path(folder).chmod(0o755)
        product = Product(Path(folder) / "data", free_ports())
        product.start()
        yield product
        assert product.stop() == 0


@pytest.fixture
def visit(chromium: Browser, product: Product) -> Iterator[Callable[..., Visit]]:
    """Return what begins a person's visit; at its end the browser has complained of nothing."""
    visits: list[Visit] = []

    def begin(*, width: int = 1440, scripts: bool = True) -> Visit:
        context = chromium.new_context(
            base_url=product.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            # Nothing is looked at while it moves.
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        visits.append(Visit(context, product))
        return visits[-1]

    yield begin
    for each in visits:
        each.context.close()
    assert [said for each in visits for said in each.complaints] == []
