"""索赔 at a guarantor's desk: listed with its clock, examined, refused or funded, stayed, recovered."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.claims import queries
from biaobao.domain.claims.states import ClaimState
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import claims as given
from tests.given import guarantees as given_guarantees
from tests.given.claims import Claimed
from tests.given.signing import trusted
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
LIST = "/guarantor/claims/"


@pytest.fixture(autouse=True)
def bank(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def url(claimed: Claimed, page: str = "") -> str:
    return f"{LIST}{claimed.id}/{page}"


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_what_is_to_examine_comes_first_with_its_clock_and_can_be_found():
    claimed = given.presented()
    browser = visiting(claimed.guarantor)
    number = claimed.now.number

    page = text(browser, LIST)

    assert number in page
    assert "审查中" in page
    assert "已超期" in page or "剩 " in page
    assert page.count(str(given.AMOUNT)) >= 3  # in the list, in the chart, in the table beside it
    assert number in text(browser, f"{LIST}?q={claimed.applied.lot.code}&state=PRESENTED")
    assert "没有符合条件的索赔" in text(browser, f"{LIST}?state=PAID")
    file = browser.get("/guarantor/claims.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert [row[0] for row in rows[1:]] == [number]


def test_its_page_compares_the_demand_with_the_letter_and_hands_out_its_files():
    claimed = given.presented()
    browser = visiting(claimed.guarantor)

    page = text(browser, url(claimed))

    for said in ("到达时间在有效期内", "金额不超过余下的担保金额", "收款户名是受益人", "同意赔付"):
        assert said in page
    assert page.count("<span>符合</span>") == 4
    for kept in queries.claim(claim_id=claimed.id, actor=claimed.guarantor).files:
        file = browser.get(url(claimed, f"files/{kept.id}/"))
        assert file.content.startswith(b"%PDF-")


def test_another_guarantor_sees_nothing():
    claimed = given.presented()
    other = visiting(given_guarantees.desk())

    assert "没有索赔" in text(other, LIST)
    for page in ("", "refuse/", "stay/", "recover/", "give-up/"):
        assert other.get(url(claimed, page)).status_code == 404
    assert other.post(url(claimed, "accept/")).status_code == 404
    assert claimed.state is ClaimState.PRESENTED


def test_accepted_it_says_where_to_fund_it_and_is_paid(settings: Any, tmp_path: Path):
    claimed = given.presented()
    browser = visiting(claimed.guarantor)

    answer = browser.post(url(claimed, "accept/"))

    assert answer["Location"] == url(claimed)
    account = queries.claim(claim_id=claimed.id, actor=claimed.guarantor).account
    assert account
    page = text(browser, url(claimed))
    assert f'data-copy="{account.number}"' in page
    given.paid(claimed)
    page = text(browser, url(claimed))
    assert "已赔付" in page
    assert "登记追回款项" in page
    with trusted(settings, tmp_path):
        letter = text(
            visiting(claimed.applied.bidder),
            f"/guarantee/applications/{claimed.applied.id}/letter/",
        )
    assert claimed.now.number in letter


def test_refused_once_with_every_discrepancy():
    claimed = given.presented()
    browser = visiting(claimed.guarantor)

    empty = browser.post(url(claimed, "refuse/"), {"words": "未附通知书"})
    assert empty.status_code == 422
    assert claimed.state is ClaimState.PRESENTED
    told = {"discrepancies": ["CLAUSE", "DOCUMENTS"], "words": "未附中标通知书。"}
    answer = browser.post(url(claimed, "refuse/"), told)

    assert answer["Location"] == url(claimed)
    page = text(browser, url(claimed))
    for said in ("已拒绝", "所引的招标文件条款不符", "未附中标通知书。"):
        assert said in page
    again = browser.post(url(claimed, "accept/"))
    assert again.status_code == 422
    assert "已经有了决定" in again.content.decode()
    assert claimed.state is ClaimState.REFUSED


def test_a_courts_order_suspends_it_with_its_watches():
    claimed = given.presented()
    browser = visiting(claimed.guarantor)
    order = SimpleUploadedFile("裁定书.pdf", given.PDF, "application/pdf")
    told = {"court": "衢州示例法院", "case_number": "（2026）示例民初1号"}

    without = browser.post(url(claimed, "stay/"), told)
    assert (without.status_code, claimed.state) == (422, ClaimState.PRESENTED)
    browser.post(url(claimed, "stay/"), {**told, "order": order})

    page = text(browser, url(claimed))
    for said in ("中止支付", "48 小时内作出裁定", "30 日内提起诉讼", "裁定书.pdf", "登记结果"):
        assert said in page
    assert claimed.state is ClaimState.STAYED
    browser.post(url(claimed, "stay/end/"), {"outcome": "NOT_SUED"})
    assert claimed.state is ClaimState.PRESENTED
    assert "三十日内没有起诉" in text(browser, url(claimed))


def test_what_was_paid_is_recovered_or_given_up():
    claimed = given.accepted()
    given.paid(claimed)
    browser = visiting(claimed.guarantor)
    today = clock.now().date().isoformat()

    more = browser.post(url(claimed, "recover/"), {"amount": "50,000.01", "received_on": today})
    assert (more.status_code, claimed.now.recovered) == (422, Money(0))
    browser.post(url(claimed, "recover/"), {"amount": "20,000", "received_on": today})
    assert claimed.now.to_recover == Money.yuan(30_000)
    browser.post(url(claimed, "give-up/"), {"words": "申请人已破产"})

    assert claimed.state is ClaimState.CLOSED
    page = text(browser, url(claimed))
    assert "申请人已破产" in page
    assert queries.mismatches(actor=SYSTEM) == ()
