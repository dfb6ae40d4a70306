"""保函支付: nobody sees an account before he read the declaration; every credit is explained."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import paying
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import premiums
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(settings: Any, tmp_path: Path) -> Applied:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()
    # What happens in tests happens five days before the deadline: just now.
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=5)
    return given.signed(given_tenders.lot(deadline_at=deadline_at))


def url(applied: Applied, page: str = "payment/") -> str:
    return f"/guarantee/applications/{applied.id}/{page}"


def page_of(applied: Applied, page: str = "payment/") -> str:
    answer = visiting(applied.bidder).get(url(applied, page))
    assert answer.status_code == 200
    return answer.content.decode()


def acknowledged(applied: Applied) -> Applied:
    paying.acknowledge(application_id=applied.id, at=applied.at, actor=applied.bidder)
    return applied


def test_without_saying_that_it_was_read_there_is_no_account(signed: Applied):
    browser = visiting(signed.bidder)

    assert "我已知晓" in page_of(signed)
    for sent in ({}, {"read": "no"}):
        answer = browser.post(url(signed, "payment/acknowledge/"), sent)
        assert (answer.status_code, "没有确认读完出函申明" in answer.content.decode()) == (
            422,
            True,
        )
    assert (signed.state, signed.progress.payment) == (ApplicationState.SIGNED, None)


def test_who_read_it_sees_where_and_until_when_to_pay(signed: Applied):
    browser = visiting(signed.bidder)

    answer = browser.post(url(signed, "payment/acknowledge/"), {"read": "yes"})

    page = page_of(signed)
    account = signed.payment.sub_account
    assert (answer.status_code, signed.state) == (302, ApplicationState.PAY_PENDING)
    assert account
    for fact in (f'data-copy="{account.number}"', 'data-copy="300.00"', "叁佰元整", "距支付时限"):
        assert fact in page


def test_what_does_not_count_is_explained_and_goes_back(signed: Applied):
    acknowledged(signed)
    premiums.booked(premiums.pays(signed, Money.yuan(100)))
    short = page_of(signed)
    premiums.booked(premiums.pays(signed, Money.yuan(250), payer_name="别的公司"))
    page = page_of(signed)

    assert 'data-copy="200.00"' in short
    assert "金额不足" in short
    assert ("付款户名不是本单位" in page) or ("不是从基本账户付出" in page)
    assert re.search(r"退回 .*¥250\.00", page)


def test_paid_it_leads_to_the_letter_and_can_be_left(signed: Applied):
    acknowledged(signed)
    premiums.booked(premiums.pays(signed))
    browser = visiting(signed.bidder)

    assert "保费已付清" in page_of(signed)
    assert "确认撤单" in page_of(signed, "revoke/")
    assert signed.state is ApplicationState.PAID
    assert browser.post(url(signed, "revoke/")).status_code == 302

    page = page_of(signed)
    assert signed.state is ApplicationState.PREMIUM_REFUNDING
    assert "申请已撤单" in page
    assert "选择其他担保机构" in page


def test_the_page_asks_by_itself_and_hears_what_changed(signed: Applied):
    acknowledged(signed)
    browser = visiting(signed.bidder)
    found = re.search(r'name="seen" value="(\w+)"', page_of(signed))
    assert found
    asked = {"seen": found[1]}

    assert browser.get(url(signed, "payment/live/"), asked).status_code == 204
    premiums.booked(premiums.pays(signed))
    part = browser.get(url(signed, "payment/live/"), asked).content.decode()

    assert "保费已付清" in part


def test_asking_the_bank_twice_at_once_is_refused(signed: Applied):
    acknowledged(signed)
    browser = visiting(signed.bidder)

    first = browser.post(url(signed, "payment/ask/"))
    second = browser.post(url(signed, "payment/ask/"))

    assert (first.status_code, second.status_code) == (302, 422)


def test_others_find_nothing(signed: Applied):
    acknowledged(signed)

    for page in ("payment/", "payment/live/", "revoke/", "letter/", "letter/live/"):
        assert visiting(given.bidder()).get(url(signed, page)).status_code == 404
        assert visiting(given_parties.operator()).get(url(signed, page)).status_code == 403
