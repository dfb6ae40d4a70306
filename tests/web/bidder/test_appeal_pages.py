"""联保申诉 as its company sees it: from the refusal to the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from biaobao.core.actor import Actor
from biaobao.core.uploads import BYTES_MAX
from biaobao.domain.pools import queries, rules
from biaobao.domain.pools.actions import appeals
from biaobao.domain.pools.states import AppealState
from biaobao.domain.pools.types import Mend
from biaobao.platform import clock
from biaobao.web.ui.appeals import CHECKS, MENDS, STATES
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
HERE = "/bidder/pool/appeals/"
PDF = b"%PDF-1.7 proof"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def bidder() -> Actor:
    return given_parties.bidder()


def paper(content: bytes = PDF, name: str = "成员证明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def files(bidder: Actor, **changes: Any) -> tuple[int, str]:
    told = {"words": "去年已经加入。", "documents": [paper(), paper(name="回单.pdf")]} | changes
    answer = visiting(bidder).post(HERE, told, follow=True)
    return answer.status_code, answer.content.decode()


def read(bidder: Actor) -> str:
    return visiting(bidder).get(HERE).content.decode()


def test_who_is_refused_wrongly_is_led_to_the_appeal_and_sees_it_wait(bidder: Actor):
    lot = given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + timedelta(days=3))
    given_tenders.registered(lot, bidder)
    refused = visiting(bidder).post(reverse("bidder:security-pool", args=[lot.id]))
    assert refused.status_code == 422
    for told in (f'href="{HERE}"', "核对有误，提出申诉", "0570-3811136"):
        assert told in refused.content.decode()
    assert "提交申诉" in read(bidder)

    status, page = files(bidder)

    assert status == 200
    (row,) = queries.own_appeals(actor=bidder)
    for told in ("等待平台答复", row.number, "没有有效的成员资格", "成员证明.pdf", "回单.pdf"):
        assert told in page
    for told in ("提交申诉", lot.code, str(lot.id)):
        assert told not in page
    kept = visiting(bidder).get(f"{HERE}{row.id}/files/{row.files[0].id}/")
    assert (kept.content, kept["Content-Type"]) == (PDF, "application/pdf")
    stranger = visiting(given_parties.bidder())
    assert stranger.get(f"{HERE}{row.id}/files/{row.files[0].id}/").status_code == 404
    assert stranger.post(f"{HERE}{row.id}/withdraw/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": ""}, "请填写这一项"),
        ({"documents": ""}, "请选择文件"),
        ({"documents": [paper(b"MZ")]}, "不是 PDF、PNG 或 JPEG"),
        ({"documents": [paper(PDF + bytes(BYTES_MAX))]}, "超过 5 MB"),
        ({"documents": [paper() for _ in range(11)]}, "文件超过 10 份"),
    ],
    ids=["no words", "no file", "no paper", "too large", "too many"],
)
def test_what_is_no_appeal_is_said_at_its_field(bidder: Actor, changes: dict[str, Any], said: str):
    status, page = files(bidder, **changes)

    assert status == 422
    assert said in page
    assert queries.own_appeals(actor=bidder) == ()


def test_a_second_one_waits_for_the_first(bidder: Actor):
    files(bidder)

    status, page = files(bidder)

    assert status == 422
    assert "还在处理" in page
    assert len(queries.own_appeals(actor=bidder)) == 1


def test_it_is_taken_back_and_can_be_filed_anew(bidder: Actor):
    files(bidder)
    (row,) = queries.own_appeals(actor=bidder)

    page = visiting(bidder).post(f"{HERE}{row.id}/withdraw/", follow=True).content.decode()

    for told in ("已撤回", "以前的申诉", "提交申诉"):
        assert told in page


def test_the_answer_is_read_here(bidder: Actor):
    files(bidder)
    (row,) = queries.own_appeals(actor=bidder)
    appeals.reject(
        appeal_id=row.id,
        words="没有查到缴纳记录，请补交回单。",
        at=clock.now(),
        actor=given_parties.operator(),
    )

    page = read(bidder)

    for told in ("已驳回", "没有查到缴纳记录，请补交回单。", "提交申诉"):
        assert told in page


def test_every_state_check_and_mend_has_words():
    assert set(STATES) == set(AppealState)
    assert set(MENDS) == set(Mend)
    assert {each for each, _words in MENDS.values()} <= set(CHECKS)
    assert {each.check for each in rules.standing(None, "")} <= set(CHECKS)
