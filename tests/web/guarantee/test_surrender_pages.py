"""退保申请 on its page: what it does before it is done, and why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from biaobao.domain.guarantees.states import LetterState
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of
from tests.given.signing import desk as started
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    with started(tmp_path) as desk:
        settings.TRUST = tmp_path / "trust.pem"
        settings.TRUST.write_bytes(desk.ca.chain)
        yield


def issued(*, days: int = 5) -> Applied:
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=days)
    applied, _claim = letters.issued(given_tenders.lot(deadline_at=deadline_at))
    return applied


def url(applied: Applied, page: str = "surrender/") -> str:
    return f"/guarantee/applications/{applied.id}/{page}"


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_it_is_reached_from_both_places_says_what_it_does_and_does_it():
    applied = issued()
    browser = visiting(applied.bidder)
    link = f'href="{url(applied)}"'
    assert link in text(browser.get("/guarantee/applications/"))
    assert link in text(browser.get(url(applied, "letter/")))

    asked = text(browser.get(url(applied)))
    for words in ("退保以后，本标段没有投标担保", "立即失效", "保费全额原路退回", "¥300.00"):
        assert words in asked
    sent = browser.post(url(applied), {"reason": "SWITCHED", "bare": "on"})

    assert (sent.status_code, sent["Location"]) == (302, url(applied, "letter/"))
    assert letter_of(applied).ended_why == "SWITCHED"
    page = text(browser.get(url(applied, "letter/")))
    for words in ("保函已退保", "正在退回", "现在怎么办"):
        assert words in page
    assert link not in text(browser.get("/guarantee/applications/"))
    assert "未缴纳" in text(browser.get(f"/bidder/lots/{applied.lot.id}/security/"))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"reason": "SWITCHED"}, "请确认后再提交。"),
        ({"bare": "on"}, "请选择退保原因。"),
        ({"reason": "LOT_FAILED", "bare": "on"}, "field-wrong"),
    ],
)
def test_what_is_not_confirmed_changes_nothing(sent: dict[str, str], words: str):
    applied = issued()

    refused = visiting(applied.bidder).post(url(applied), sent)

    assert refused.status_code == 422
    assert words in text(refused)
    assert letter_of(applied).state is LetterState.ISSUED_SEALED


def test_after_the_deadline_it_says_why_not_and_who_sends_it_all_the_same_is_refused():
    applied = issued(days=-1)
    browser = visiting(applied.bidder)
    assert "正在担保投标" in text(browser.get(url(applied, "letter/")))

    page = text(browser.get(url(applied)))
    assert "现在不能退保" in page
    assert "未中标的，由招标人解除担保责任" in page
    assert 'method="post"' not in page.split('id="content"')[1]
    refused = browser.post(url(applied), {"reason": "SWITCHED", "bare": "on"})

    assert refused.status_code == 422
    assert letter_of(applied).state is LetterState.ISSUED_SEALED


def test_of_a_failed_lot_nothing_is_asked_but_to_confirm():
    applied = issued(days=-1)
    given_tenders.opened(applied.lot)
    given_tenders.failed(applied.lot, at=clock.now())
    browser = visiting(applied.bidder)

    asked = text(browser.get(url(applied)))
    assert "标段已流标" in asked
    assert "id_reason" not in asked
    assert browser.post(url(applied)).status_code == 302

    assert letter_of(applied).ended_why == "LOT_FAILED"


def test_strangers_find_nothing():
    applied = issued()
    for stranger in (given.bidder(),):
        browser = visiting(stranger)
        assert browser.get(url(applied)).status_code == 404
        sent = browser.post(url(applied), {"reason": "SWITCHED", "bare": "on"})
        assert sent.status_code == 404
    assert letter_of(applied).state is LetterState.ISSUED_SEALED
