"""保函生成: the letter's facts and papers for its holder alone, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import letters as actions
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.tenders.types import Lot
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.signing import desk as started
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    with started(tmp_path) as desk:
        settings.TRUST = tmp_path / "trust.pem"
        settings.TRUST.write_bytes(desk.ca.chain)
        yield


def lot(*, days: int) -> Lot:
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=days)
    return given_tenders.lot(deadline_at=deadline_at)


@pytest.fixture
def paid(house: None) -> Applied:
    return letters.paid(lot(days=5))


def url(applied: Applied, page: str = "") -> str:
    return f"/guarantee/applications/{applied.id}/letter/{page}"


def page_of(applied: Applied) -> str:
    answer = visiting(applied.bidder).get(url(applied))
    assert answer.status_code == 200
    return answer.content.decode()


def test_while_it_is_made_the_page_waits(paid: Applied):
    page = page_of(paid)

    assert "保费已付清，正在自动出函" in page
    assert "hx-get" in page
    assert visiting(paid.bidder).get(url(paid, "letter.pdf")).status_code == 404


def test_issued_it_is_shown_and_handed_out_as_it_was_signed(paid: Applied):
    claim = letters.claimed(paid)
    assert letters.kept(claim, at=letters.due_at(paid)) is ApplicationState.ISSUED

    page = page_of(paid)
    file = visiting(paid.bidder).get(url(paid, "letter.pdf"))

    issued = letters.letter_of(paid)
    for fact in (issued.number, issued.sha256, issued.signer_name, paid.lot.amount.in_capitals()):
        assert fact in page
    assert file.content == f"%PDF-1.7 {issued.number}".encode()
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''%E4%BF%9D%E5%87%BD-"
    )
    assert file["Cache-Control"] == "private, no-store"
    assert visiting(paid.bidder).get(url(paid, "other.pdf")).status_code == 404


@pytest.mark.parametrize(
    ("days", "period", "headline"),
    [
        (5, "尚未开始", "保函已开立，本标段的投标担保已办妥"),
        (0, "期内", "保函已开立，本标段的投标担保已办妥"),
        (-150, "已结束", "保函的担保期间已经结束"),
    ],
)
def test_its_period_is_told_by_the_day(house: None, days: int, period: str, headline: str):
    applied, _claim = letters.issued(lot(days=days))

    page = page_of(applied)

    assert f"<span>{period}</span>" in page
    assert headline in page
    assert "生效" not in page


def test_a_letter_that_does_not_open_at_the_opening_is_told_with_what_to_do(
    house: None, settings: Any
):
    applied, _claim = letters.issued(lot(days=-1))
    given_tenders.opened(applied.lot)
    settings.DOCUMENT_KEY = bytes(32)
    letters.unsealed(applied, None)

    page = page_of(applied)
    file = visiting(applied.bidder).get(url(applied, "letter.pdf"))

    assert "开标时没有读出这份保函" in page
    assert "购买凭证" in page
    assert file.status_code == 422
    assert "平台保存的这份文件现在读不出来" in file.content.decode()


def test_a_postponed_lot_asks_for_a_longer_letter(paid: Applied):
    letters.kept(letters.claimed(paid), at=letters.due_at(paid))
    given_tenders.postponed(paid.lot, by=timedelta(days=60))
    actions.recheck(limit=10, at=clock.now(), actor=SYSTEM)

    page = page_of(paid)

    assert "这份保函的有效期不够" in page
    assert f"有效期须到 {letters.letter_of(paid).extend_until}" in page
    assert "保费差额" in page
    enquiry = visiting(paid.bidder).get(f"/bidder/lots/{paid.lot.id}/security/").content.decode()
    assert "标段已延期，保函的有效期不够" in enquiry
    assert f"须到 {letters.letter_of(paid).extend_until}" in enquiry

    answer = visiting(paid.bidder).post(f"/guarantee/applications/{paid.id}/amend/")
    assert answer["Location"] == f"/guarantee/applications/{paid.id}/letter/"
    waiting = visiting(paid.bidder).get(answer["Location"]).content.decode()
    assert "新版本正在开立" in waiting
    assert "hx-get" in waiting
    assert "申请延期到" not in waiting
    assert "无需再操作" not in enquiry


def whose_amount_is(amount: Money) -> Applied:
    applied, _claim = letters.issued(lot(days=40))
    given_tenders.amount_changed(applied.lot, amount)
    actions.recheck(limit=10, at=clock.now(), actor=SYSTEM)
    return applied


def test_a_raised_amount_is_quoted_paid_and_can_be_left(house: None):
    paid = whose_amount_is(Money.yuan(100_000))
    letter_page = url(paid, "")

    page = page_of(paid)
    enquiry = visiting(paid.bidder).get(f"/bidder/lots/{paid.lot.id}/security/").content.decode()

    for said in (
        "保证金金额已变更为 ¥100,000.00，这份保函只担保 ¥50,000.00",
        "申请变更到 ¥100,000.00",
    ):
        assert said in page
    assert "¥200.00" in page
    assert "保证金金额已变更，保函的金额不够" in enquiry
    asked = visiting(paid.bidder).post(f"/guarantee/applications/{paid.id}/amend/")
    assert asked["Location"] == f"/guarantee/applications/{paid.id}/payment/"
    paying = visiting(paid.bidder).get(asked["Location"]).content.decode()
    assert "请向下方子账号支付保费差额" in paying
    assert "200.00" in paying
    assert "变更待支付保费差额 ¥200.00" in page_of(paid)
    left = visiting(paid.bidder).post(f"/guarantee/applications/{paid.id}/amend/cancel/")
    assert left["Location"] == letter_page
    after = page_of(paid)
    assert "本单位撤销" in after
    assert "申请变更到 ¥100,000.00" in after


def test_a_lowered_amount_leaves_the_letter_enough_and_offers_the_difference_back(house: None):
    paid = whose_amount_is(Money.yuan(40_000))

    page = page_of(paid)

    assert "保证金金额已降为 ¥40,000.00，这份保函担保 ¥50,000.00，仍然够用" in page
    assert "没有差额" in page


def test_others_get_no_paper(paid: Applied):
    letters.kept(letters.claimed(paid), at=letters.due_at(paid))

    for kind in ("letter", "agreement", "receipt"):
        assert visiting(given.bidder()).get(url(paid, f"{kind}.pdf")).status_code == 404
        operator = visiting(given_parties.operator())
        assert operator.get(url(paid, f"{kind}.pdf")).status_code == 403
