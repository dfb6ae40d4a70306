"""我的保函: every application with its lot, found by name, code or number, page by page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from biaobao.core.actor import Actor
from biaobao.domain.guarantees.actions import applying
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.tenders.types import Lot
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
HERE = "/guarantee/applications/"


def listed(bidder: Actor, **asked: str) -> str:
    answer = visiting(bidder).get(HERE, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(page: str) -> list[str]:
    return re.findall(r'data-label="编号">(DH\w+)', page)


def lot_named(name: str, project: str) -> Lot:
    return given_tenders.lot(name=name, project_name=project)


@pytest.fixture
def two(settings: Any, tmp_path: Path) -> tuple[Applied, Applied]:
    """A bidder's two applications: one that is begun, and before it one with its letter."""
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    older, _ = letters.issued(lot_named("一标段 屋面", "体育馆屋面工程施工"))
    newer = given.begun(lot_named("二标段 护岸", "衢江护岸整治"), older.bidder)
    return older, newer


def test_each_is_listed_with_its_lot_and_its_letter(two: tuple[Applied, Applied]):
    older, newer = two

    page = listed(older.bidder)

    assert sorted(numbers(page)) == sorted((older.now.number, newer.now.number))
    for lot in (older.lot, newer.lot):
        assert f'<th scope="row">{lot.name}<small>{lot.code}</small>' in page
    assert f"保函 {letters.letter_of(older).number}" in page
    assert page.count("继续办理") == 1
    assert page.count("查看保函") == 1
    assert numbers(listed(given.bidder())) == []


def test_it_is_found_by_lot_project_or_number(two: tuple[Applied, Applied]):
    older, newer = two
    letter = letters.letter_of(older).number

    for words in (
        "屋面",
        "体育馆",
        older.lot.code.lower(),
        older.now.number,
        letter[2:],
        " 体育馆 ",
    ):
        assert numbers(listed(older.bidder, q=words)) == [older.now.number]
    assert numbers(listed(older.bidder, q=newer.lot.name)) == [newer.now.number]
    nothing = listed(older.bidder, q="没有这个")
    assert "没有找到申请或保函" in nothing
    assert 'value="没有这个"' in nothing


def test_it_has_pages_that_keep_the_search():
    applied = given.begun()
    for _ in range(20):
        applying.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)
        applied = given.begun(applied.lot, applied.bidder, applied.product)

    first = listed(applied.bidder, q=applied.lot.code)
    (onward,) = re.findall(rf'href="({HERE}\?[^"]*page=2)"', first)
    last = visiting(applied.bidder).get(onward.replace("&amp;", "&")).content.decode()

    assert (len(numbers(first)), len(numbers(last))) == (20, 1)
    assert set(numbers(first)).isdisjoint(numbers(last))
    assert f'value="{applied.lot.code}"' in last


def test_without_any_it_leads_to_the_lots():
    page = listed(given.bidder())

    assert "还没有保函申请" in page
    assert 'href="/guarantee/lots/">立即申请' in page
    assert 'type="search"' not in page


def test_the_front_page_offers_to_go_on_with_what_is_not_finished(two: tuple[Applied, Applied]):
    older, newer = two

    page = visiting(older.bidder).get("/guarantee/").content.decode()

    assert "接着办" in page
    assert numbers(page) == [newer.now.number]
    assert "接着办" not in visiting(given.bidder()).get("/guarantee/").content.decode()
    found = applications.unfinished(limit=3, actor=older.bidder)
    assert [row.application.id for row in found] == [newer.id]
