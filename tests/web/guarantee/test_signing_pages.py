"""材料签章 in the browser: what the server prepares, the bidder's key signs, the server finishes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from biaobao.adapters.signing.sandbox_ca.authority import Issued
from biaobao.domain.documents.types import Finding, Kind
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import certificates
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.signing import Desk, keep_list, signed_form, trusted
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Iterator[Desk]:
    with trusted(settings, tmp_path) as made:
        yield made


@pytest.fixture
def applied(desk: Desk) -> Applied:
    given_banking.bank()
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=30)
    return given.handled(given.submitted(given_tenders.lot(deadline_at=deadline_at)))


def url(applied: Applied, page: str = "") -> str:
    return f"/guarantee/applications/{applied.id}/signing/{page}"


def certified(desk: Desk, applied: Applied, **how: Any) -> Issued:
    said = papers.agreement(application_id=applied.id, actor=applied.bidder)
    facts = {"uscc": said.applicant.uscc, "organisation": said.applicant.name, "at": clock.now()}
    return certificates.issued(desk.ca, **(facts | how))


def prepared(applied: Applied, key: Issued, actor: Any = None) -> HttpResponse:
    sent = {"certificate": base64.b64encode(key.certificate).decode()}
    return visiting(actor or applied.bidder).post(url(applied, "prepare/"), sent)


def signature_form(applied: Applied, key: Issued) -> dict[str, str]:
    """Return what the page sends once the key has signed what the server prepared."""
    return signed_form(prepared(applied, key), key)


def signs(applied: Applied, sent: dict[str, str]) -> HttpResponse:
    return visiting(applied.bidder).post(url(applied, "sign/"), sent)


def is_refused(answer: HttpResponse, applied: Applied, words: str) -> bool:
    """Tell whether it was refused in these words, and nothing changed."""
    page = answer.content.decode()
    assert (answer.status_code, words in page) == (422, True), page
    return applied.state is ApplicationState.SIGNING and applied.now.signed_at is None


def test_the_page_names_what_is_signed_and_shows_the_paper(desk: Desk, applied: Applied):
    browser = visiting(applied.bidder)

    page = browser.get(url(applied)).content.decode()
    paper = browser.get(url(applied, "agreement.pdf"))

    for fact in (applied.lot.code, str(applied.lot.amount), "衢州融担（示例）", "已核对无误，签章"):
        assert fact in page
    assert paper.content.startswith(b"%PDF-")
    assert paper["X-Frame-Options"] == "SAMEORIGIN"
    assert paper["Content-Security-Policy"] == "frame-ancestors 'self'"


def test_each_detail_is_a_check_and_the_paper_can_be_opened_by_itself(desk: Desk, applied: Applied):
    page = visiting(applied.bidder).get(url(applied)).content.decode()

    assert re.findall(r'verdict-title">([^<]+)<', page) == [
        "招标项目",
        "标段名称和编号",
        "受益人是招标人",
        "担保金额等于应缴金额",
        "投标截止时间",
        "保函有效期不短于投标有效期",
    ]
    assert page.count("<span>符合</span>") == 6
    frame, instead = f'src="{url(applied, "agreement.pdf")}#', "打开申请书暨委托担保协议</a>"
    assert frame in page
    assert instead in page


def test_signed_and_then_moved_it_is_to_be_signed_anew(desk: Desk, applied: Applied):
    signs(applied, signature_form(applied, certified(desk, applied)))
    browser = visiting(applied.bidder)
    assert "申请文件已签章" in browser.get(url(applied)).content.decode()

    given_tenders.postponed(applied.lot, by=timedelta(days=1))

    page = browser.get(url(applied)).content.decode()
    assert "标段有变动，已签的文件不再适用" in page
    assert "申请文件已签章" not in page


@pytest.mark.parametrize("kind", ["P-256", "RSA-3072"])
def test_what_the_key_signs_is_kept_and_proves_itself(desk: Desk, applied: Applied, kind: str):
    key = certified(desk, applied, key=kind)
    sent = signature_form(applied, key)

    answer = signs(applied, sent)

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/guarantee/applications/{applied.id}/payment/",
    )
    assert applied.state is ApplicationState.SIGNED
    kept = papers.pdf(application_id=applied.id, kind=Kind.AGREEMENT, actor=applied.bidder)
    verdict = desk.checker().verify(kept)
    assert (verdict.finding, verdict.signature and verdict.signature.signer.serial) == (
        Finding.GENUINE,
        key.serial,
    )


def test_another_companys_certificate_signs_nothing(desk: Desk, applied: Applied):
    sent = signature_form(applied, certified(desk, applied, uscc=given_parties.credit_code()))

    assert is_refused(signs(applied, sent), applied, "证书上的统一社会信用代码与本单位不一致")


def test_an_expired_or_revoked_certificate_prepares_nothing(desk: Desk, applied: Applied):
    expired = certified(desk, applied, days=1, at=clock.now() - timedelta(days=3))
    revoked = certified(desk, applied)
    desk.ca.revoke(revoked.serial, at=clock.now())
    keep_list(desk)

    assert is_refused(prepared(applied, expired), applied, "证书已经过期")
    assert is_refused(prepared(applied, revoked), applied, "签发机构已经吊销这张证书")


def test_another_keys_signature_is_not_taken(desk: Desk, applied: Applied):
    key, other = certified(desk, applied), certified(desk, applied)
    sent = signature_form(applied, key)
    stranger = certificates.signature(other, b"something else")

    answer = signs(applied, sent | {"signature": base64.b64encode(stranger).decode()})

    assert is_refused(answer, applied, "证书不是本平台认可的机构签发的")


def test_a_lot_that_moves_before_it_is_finished_is_signed_for_anew(desk: Desk, applied: Applied):
    sent = signature_form(applied, certified(desk, applied))
    given_tenders.postponed(applied.lot, by=timedelta(days=1))

    assert is_refused(signs(applied, sent), applied, "已签的文件与现在的内容不一致")


def test_what_was_prepared_before_the_last_time_is_not_signed(desk: Desk, applied: Applied):
    key = certified(desk, applied)
    first = signature_form(applied, key)
    last = signature_form(applied, certified(desk, applied))

    assert is_refused(signs(applied, first), applied, "签名对应的不是最近一次准备的文件")
    assert signs(applied, last).status_code == 302


def test_a_certificate_revoked_in_between_signs_nothing(desk: Desk, applied: Applied):
    key = certified(desk, applied)
    sent = signature_form(applied, key)
    desk.ca.revoke(key.serial, at=clock.now())
    keep_list(desk)
    desk.now = clock.now() + timedelta(seconds=1)

    assert is_refused(signs(applied, sent), applied, "签发机构已经吊销这张证书")


def test_nobody_else_finds_the_page(desk: Desk, applied: Applied):
    key = certified(desk, applied)

    for other in (given.bidder(),):
        browser = visiting(other)
        assert browser.get(url(applied)).status_code == 404
        assert browser.get(url(applied, "agreement.pdf")).status_code == 404
        assert prepared(applied, key, other).status_code == 404
    assert visiting(given_parties.operator()).get(url(applied)).status_code in (403, 404)
