"""利息 at the operator's desk: funds and what they lack, rates, what is owed and how it was reckoned."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.interest.states import InterestState
from biaobao.domain.interest.types import Interest, Rate
from biaobao.domain.pools.actions import joining
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import interest as given
from tests.given import parties as given_parties
from tests.given import pools as given_pools
from tests.given import refunds as given_refunds
from tests.given.pools import Member
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAID_AT = given_pools.AT + 12 * DAY


@pytest.fixture(autouse=True)
def bank() -> None:
    given_banking.bank()


def left() -> Member:
    """Return a company whose contribution lay here for twelve days before it withdrew."""
    member = given_pools.approved()
    part = given_pools.TIER.contribution - Money(1)
    given_deposits.booked(member.pays(part, at=given_pools.AT))
    joining.withdraw(membership_id=member.id, at=given_pools.AT + DAY, actor=member.bidder)
    (payment,) = given_refunds.told(at=PAID_AT)
    given_deposits.booked(given_refunds.debit(payment, at=PAID_AT))
    return member


def page(actor: Actor, address: str = "interest/") -> str:
    answer = visiting(actor).get(f"/operator/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def of(member: Member) -> Interest:
    (refund,) = member.desk.refunds
    (found,) = given.on(refund.id, actor=SYSTEM)
    return found


def ordered(keeper: Actor, *, at: datetime = PAID_AT) -> None:
    given_deposits.booked(given.comes(keeper, Money.yuan(500), at=at))
    assert given.ordered(at=at) == 1


def test_without_any_it_says_so_and_where_the_bank_is_to_pay():
    keeper = given.fund()

    shown = page(keeper)

    assert "还没有应付利息" in shown
    assert given.number(keeper) in shown.replace(" ", "")
    assert "0.35%" in shown
    assert "利息" not in page(keeper, "").partition("怎么办")[2]


def test_what_lacks_is_on_the_first_page_and_here():
    keeper = given.fund()
    left()
    given.ordered(at=PAID_AT)

    assert "¥1,000.00" in page(keeper)
    assert "可付利息的余额不足" in page(keeper)
    assert "缺少利率或余额" in page(keeper, "")


def test_a_missing_rate_is_asked_for_and_adding_it_reckons():
    keeper = given.fund(Rate(date(2026, 4, 10), 500))
    member = left()
    given.reckoned(at=PAID_AT)
    assert "缺少利率" in page(keeper)
    assert "需要 2026-04-01 起的活期利率" in page(keeper)
    assert of(member).state is InterestState.DUE

    said = {"valid_from": "2026-04-01", "rate": "0.35", "note": ""}
    answer = visiting(keeper).post(f"/operator/interest/{given_banking.BANK}/rates/add/", said)

    assert answer.status_code == 302
    assert given.reckoned(at=PAID_AT) == 1
    assert of(member).state is InterestState.WAITING
    assert "缺少利率" not in page(keeper)


def test_a_rate_is_added_and_shown_with_its_ground():
    keeper = given.fund()
    said = {"valid_from": "2026-05-01", "rate": "0.05", "note": "示例公告"}

    answer = visiting(keeper).post(
        f"/operator/interest/{given_banking.BANK}/rates/add/", said, follow=True
    )

    shown = answer.content.decode()
    assert "利率已添加" in shown
    assert "示例公告" in shown
    assert "0.05%" in shown
    assert given.now(keeper).rates[0] == Rate(date(2026, 5, 1), 500, "示例公告")


@pytest.mark.parametrize("rate", ["100", "-1", "0.00001", "许多"])
def test_what_is_no_rate_is_refused_with_words(rate: str):
    keeper = given.fund()
    said = {"valid_from": "2026-05-01", "rate": rate, "note": ""}

    answer = visiting(keeper).post(f"/operator/interest/{given_banking.BANK}/rates/add/", said)

    assert answer.status_code == 422
    assert given.now(keeper).rates == (given.RATE,)


def test_each_is_found_with_its_reckoning_and_is_a_file():
    keeper = given.fund()
    member = left()
    given.ordered(at=PAID_AT)
    row = of(member)

    shown = page(keeper, f"interest/?q={row.number}&state=WAITING")

    assert row.number in shown
    assert str(row.amount) in shown
    assert "2026-04-01" in shown
    assert "12 天" in shown
    assert "没有符合条件的利息" in page(keeper, "interest/?q=没有这家")
    content = visiting(keeper).get("/operator/interest.csv").content.decode("utf-8-sig")
    (line,) = list(csv.reader(io.StringIO(content)))[1:]
    assert line[0] == row.number
    assert line[2:6] == ["2026-04-01", "2026-04-13", f"{row.amount.fen / 100:.2f}", "待支付"]


def test_what_did_not_reach_its_payee_is_paid_again():
    keeper = given.fund()
    member = left()
    ordered(keeper)
    assert "重新支付" not in page(keeper)
    (payment,) = given_refunds.told(at=PAID_AT)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=PAID_AT)
    page_before = page(keeper)
    assert "重新支付" in page_before

    answer = visiting(keeper).post(f"/operator/interest/{of(member).id}/again/", follow=True)

    assert "AC04 账户已销户" in page_before
    assert "正在重新交银行支付" in answer.content.decode()
    assert of(member).state is InterestState.WAITING


def test_the_member_reads_it_beside_its_refund():
    keeper = given.fund()
    member = left()
    ordered(keeper)

    shown = visiting(member.bidder).get("/bidder/pool/").content.decode()

    assert str(of(member).amount) in shown
    assert "利息怎么算（12 天）" in shown
    assert "0.35%" in shown


def test_its_holder_has_it_paid_again_from_its_own_page():
    keeper = given.fund()
    member = left()
    ordered(keeper)
    (payment,) = given_refunds.told(at=PAID_AT)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=PAID_AT)
    address = f"/bidder/interest/{of(member).id}/again/"
    assert address in visiting(member.bidder).get("/bidder/pool/").content.decode()
    assert visiting(given_parties.bidder()).post(address).status_code == 404
    assert of(member).state is InterestState.FAILED

    answer = visiting(member.bidder).post(address, follow=True)

    assert "正在重新交银行支付利息" in answer.content.decode()
    assert of(member).state is InterestState.WAITING


def test_others_do_not_come_here():
    keeper = given.fund()
    address = f"/operator/interest/{given_banking.BANK}/rates/add/"
    for who in (given_parties.bidder(), given_parties.supervisor()):
        for path in ("/operator/interest/", "/operator/interest.csv", address):
            assert visiting(who).get(path).status_code == 403, path
    assert visiting(keeper).get("/operator/interest/NONE/rates/add/").status_code == 404
    again = f"/operator/interest/{UUID(int=1)}/again/"
    assert visiting(keeper).post(again).status_code == 404
