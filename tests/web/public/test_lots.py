"""A published lot as anybody sees it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from biaobao.platform import clock
from tests.given import parties, tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def seen(lot, visitor: Client | None = None) -> str:
    answer = (visitor or Client(HTTP_HOST="localhost")).get(f"/lots/{lot.id}/")
    assert answer.status_code == 200
    page = answer.content.decode().split('id="content"')[1]
    return re.sub(r'data-now="[0-9]+"', "", page)


def test_a_lot_tells_how_its_clocks_moved_and_why():
    lot = tenders.lot()
    assert 'id="announcements"' not in seen(lot)

    tenders.postponed(lot, by=tenders.NOTICE)

    page = seen(lot)
    assert lot.code in page
    assert "延期：澄清文件补充" in page
    assert "2026-06-08 14:30:00" in page
    assert "2026-07-08 14:30:00" in page


def test_a_suspended_lot_says_why():
    page = seen(tenders.suspended(tenders.lot()))

    assert "已暂停" in page
    assert "暂停：图纸有误" in page
    assert "已缴纳的保证金保持不变" in page


def test_a_terminated_lot_says_why_and_what_becomes_of_the_money():
    page = seen(tenders.terminated(tenders.lot()))

    assert "已终止" in page
    assert "终止：项目取消" in page
    assert "已缴纳的保证金按原路退还；银行同期存款利息由招标人依法另付" in page
    assert "《中华人民共和国招标投标法实施条例》第三十一条" in page


def test_it_tells_nobody_who_registered():  # INV-8
    lot = tenders.lot(deadline_at=clock.now().replace(microsecond=0) - tenders.NOTICE)
    before = seen(lot)

    tenders.registered(lot, parties.bidder(name="浙江云岭建设有限公司"))

    assert seen(lot) == before
    assert "云岭" not in seen(tenders.opened(lot))


def test_a_draft_is_not_there_even_for_those_who_drafted_it():
    lot = tenders.lot(published=False)

    for visitor in (Client(HTTP_HOST="localhost"), visiting(tenders.keeper_of(lot))):
        assert visitor.get(f"/lots/{lot.id}/").status_code == 404
