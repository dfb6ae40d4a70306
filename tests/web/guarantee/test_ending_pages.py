"""An application that ended: why, where the premium is, and what can still be done in time."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.guarantees.actions import applying, catalogue, ending, issuing, paying
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Onward
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import letters, premiums
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.signing import desk as started
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=5)


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def lot() -> Lot:
    # What happens in tests happens five days before the deadline: just now.
    return given_tenders.lot(deadline_at=clock.now().replace(microsecond=0) + DAYS)


def refused_after_payment() -> Applied:
    applied = letters.paid(lot())
    issuing.keep_refusal(
        application_id=applied.id,
        attempt=letters.claimed(applied).attempt,
        words="授信政策调整",
        at=letters.due_at(applied),
        actor=SYSTEM,
    )
    return applied


def declined() -> Applied:
    """Return an application that underwriting declined, with another guarantor who could issue."""
    given.product()
    small = given.guarantor(limit=Money(1), principal_limit=Money(1), lot_limit=Money(1))
    return given.submitted(lot(), offered=given.product(small))


def told(applied: Applied, page: str) -> str:
    """Return what a page of the application says, in words."""
    answer = visiting(applied.bidder).get(f"/guarantee/applications/{applied.id}/{page}/")
    assert answer.status_code == 200
    shown = answer.content.decode()
    content = shown[shown.index('<div class="page-main">') : shown.index("<footer")]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content)))


@pytest.mark.parametrize("page", ["credit", "signing", "payment", "letter"])
def test_declined_after_payment_every_page_says_why_and_what_now(page: str):
    applied = refused_after_payment()

    said = told(applied, page)

    for words in (
        "担保机构没有同意出函",
        "担保机构答复：授信政策调整",
        "距投标截止",
        "选择其他担保机构",
        "改用保证金",
        "已交银行原路退回",
        "退款已交银行办理 退回 ¥300.00",
    ):
        assert words in said
    assert "保函已开立" not in said


def test_another_guarantor_is_one_step_away():
    applied = refused_after_payment()
    browser = visiting(applied.bidder)

    address = browser.post(f"/guarantee/lots/{applied.lot.id}/begin/")["Location"]

    assert str(applied.id) not in address
    assert "选择产品" in browser.get(f"{address}products/").content.decode()
    # The one that ended leads to what goes on now.
    assert "本标段现在用保函办理" in told(applied, "letter")


def test_the_premium_is_followed_until_it_is_back():
    applied = refused_after_payment()
    (payment,) = given_refunds.told(at=applied.at + DAYS)
    premiums.booked(given_refunds.debit(payment, at=applied.lot.deadline_at))
    paying.settle(limit=9, at=applied.lot.deadline_at, actor=SYSTEM)

    said = told(applied, "letter")

    assert applied.state is ApplicationState.REFUNDED
    assert "已全部原路退回付款账户" in said
    assert "已退回 退回 ¥300.00" in said


def test_a_bank_that_refuses_the_way_back_is_told_of():
    applied = refused_after_payment()
    (payment,) = given_refunds.told(at=applied.at + DAYS)
    premiums.refused(payment.key, at=applied.at + DAYS)

    said = told(applied, "payment")

    assert "请核对企业信息中的基本账户" in said
    assert applied.state is ApplicationState.PREMIUM_REFUNDING


def test_declined_by_underwriting_nothing_was_paid():
    applied = declined()

    said = told(applied, "credit")

    assert applied.state is ApplicationState.DECLINED
    for words in (
        "没有通过授信审核 担保机构给贵单位的额度不足以覆盖这次的金额。",
        "没有收到过保费，不需要退回",
        "选择其他担保机构",
        "改用保证金",
        "逐项审核结果",
    ):
        assert words in said


def test_a_profile_that_lacks_something_is_mended_first():
    bidder = given_parties.bidder()
    given_parties.handler(bidder)
    applied = given.submitted(lot(), bidder)

    said = told(applied, "credit")

    assert applied.now.why == "PROFILE_INCOMPLETE"
    assert "先到 账户中心 补全或更新企业资料" in said


def test_a_second_late_the_letter_is_void_and_no_way_is_left(settings: Any, tmp_path: Path):
    applied = letters.paid(lot())
    claim = letters.claimed(applied)
    letters.kept(claim, at=applied.lot.deadline_at + timedelta(seconds=1))

    with started(tmp_path) as desk:
        settings.TRUST = tmp_path / "trust.pem"
        settings.TRUST.write_bytes(desk.ca.chain)
        said = told(applied, "letter")

    assert "保函无效，不能作为投标担保 保函开立时已过投标截止时间。" in said
    assert "已交银行原路退回" in said
    asked = {"lot_id": applied.lot.id, "actor": applied.bidder}
    last = applications.onward(at=applied.lot.deadline_at, **asked)
    # In the last second nobody issues any more.
    assert last == Onward(tuple(w for w in applied.lot.ways if w is not Way.GUARANTEE), None)
    late = applied.lot.deadline_at + timedelta(seconds=1)
    assert applications.onward(at=late, **asked) == Onward((), None)


def test_a_lot_that_nobody_can_serve_any_more_is_left_with_the_deposit():
    applied = given.submitted(lot(), offered=given.product(needs_person=True))
    applying.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)
    guarantor_id = applied.product.guarantor.id
    catalogue.pause(guarantor_id=guarantor_id, reason="系统升级", at=applied.at, actor=SYSTEM)

    said = told(applied, "letter")

    assert "现在没有担保机构能在投标截止前出函" in said
    assert "改用保证金" in said
    assert "选择其他担保机构" not in said


def test_where_the_lot_is_secured_by_deposit_meanwhile_it_leads_there():
    applied = declined()
    choosing.choose(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)

    said = told(applied, "credit")

    assert "本标段现在用保证金办理" in said
    assert "改用保证金" not in said
    found = applications.onward(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)
    assert found == Onward(applied.lot.ways, Way.DEPOSIT)


@pytest.mark.parametrize(
    ("late", "what"),
    [
        (True, "没有出函 到投标截止时，保函还没有办成。"),
        (False, "申请已结束 标段已终止，不再需要投标担保。"),
    ],
    ids=["deadline", "terminated"],
)
def test_time_or_the_lot_may_end_it(late: bool, what: str):
    applied = given.submitted(lot())
    at = applied.lot.deadline_at + timedelta(seconds=1)
    if not late:
        at = applied.at
        given_tenders.terminated(applied.lot, at=at)
    assert ending.end_over(limit=9, at=at, actor=SYSTEM) == 1

    said = told(applied, "letter")

    assert applied.state is ApplicationState.EXPIRED
    assert what in said
