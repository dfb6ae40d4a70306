"""Money that goes back, on the bidder's pages: one asks for it, another approves, and both can read on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as queries
from biaobao.domain.deposits.states import DepositState, RefundState
from biaobao.domain.deposits.types import RefundRow
from biaobao.platform import clock
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.refunds import colleague
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def paid() -> Chosen:
    """Return a bidder who paid exactly for a lot that is still open for a month."""
    given_banking.bank()
    chosen = given.chosen(given_tenders.lot(deadline_at=coming()))
    given.booked(chosen.pays(at=clock.now().replace(microsecond=0)))
    return chosen


def coming():
    return clock.now().replace(microsecond=0) + timedelta(days=30)


def page_of(chosen: Chosen, browser: Client) -> str:
    return browser.get(f"/bidder/lots/{chosen.lot.id}/security/").content.decode()


def of(chosen: Chosen) -> RefundRow:
    (refund,) = queries.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return refund


def withdraws(chosen: Chosen, browser: Client) -> RefundRow:
    here = f"/bidder/lots/{chosen.lot.id}/security/"
    answer = browser.post(f"{here}withdraw/")
    assert answer["Location"] == f"{here}#refunds"
    return of(chosen)


def approved(chosen: Chosen) -> RefundRow:
    withdraws(chosen, visiting(chosen.bidder))
    second = visiting(colleague(chosen.bidder))
    second.post(f"/bidder/refunds/{of(chosen).id}/approve/")
    return of(chosen)


def refused(chosen: Chosen, reason: str = "AC04") -> RefundRow:
    approved(chosen)
    (payment,) = given_refunds.told(at=clock.now())
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason=reason, at=clock.now())
    return of(chosen)


def test_before_it_is_done_the_page_says_what_withdrawing_means(paid: Chosen):
    browser = visiting(paid.bidder)

    shown = browser.get(f"/bidder/lots/{paid.lot.id}/security/withdraw/").content.decode()

    assert "已到账的 ¥50,000.00 提出退款，由本单位另一名人员复核后按原路退回。" in shown
    assert "《招标投标法实施条例》第三十五条" in shown
    assert paid.standing.state is DepositState.CONFIRMED


@pytest.mark.parametrize(
    ("way", "word"), [("withdraw", "已撤回投标"), ("switch", "已改用其他方式")]
)
def test_giving_up_ends_the_cover_and_offers_choosing_again(paid: Chosen, way: str, word: str):
    browser = visiting(paid.bidder)

    browser.post(f"/bidder/lots/{paid.lot.id}/security/{way}/")

    assert paid.standing.state is DepositState.RELEASED
    shown = page_of(paid, browser)
    assert word in shown
    assert "重新用保证金缴纳" in shown
    assert "撤回投标，申请退还" not in shown
    assert "提出人不能复核，需由本单位另一名人员复核。" in shown


@pytest.mark.parametrize("page", ["withdraw", "switch", "claim"])
def test_without_a_deposit_there_is_nothing_to_give_up_or_claim_for(page: str):
    lot, bidder = given_tenders.lot(deadline_at=coming()), given_parties.bidder()

    answer = visiting(bidder).get(f"/bidder/lots/{lot.id}/security/{page}/")

    assert answer["Location"] == f"/bidder/lots/{lot.id}/security/"


def test_the_only_person_reads_that_he_needs_a_colleague_and_where_to_add_one(paid: Chosen):
    browser = visiting(paid.bidder)
    withdraws(paid, browser)
    alone = "本单位现在只有您一人可以登录。"
    assert alone in page_of(paid, browser)

    colleague(paid.bidder)

    assert alone not in page_of(paid, browser)


def test_a_colleague_is_led_to_it_looks_and_approves(paid: Chosen):
    refund = withdraws(paid, visiting(paid.bidder))
    second = visiting(colleague(paid.bidder))
    approve = f"/bidder/refunds/{refund.id}/approve/"
    assert "有 1 笔退款等您复核" in second.get("/bidder/").content.decode()
    assert approve in page_of(paid, second)
    looked = second.get(approve).content.decode()
    assert "¥50,000.00" in looked
    assert "尾号 0123" in looked
    assert of(paid).state is RefundState.PROPOSED

    assert second.post(approve)["Location"] == f"/bidder/lots/{paid.lot.id}/security/#refunds"

    assert of(paid).state is RefundState.APPROVED
    assert "待发送银行" in page_of(paid, second)
    assert second.post(approve).status_code == 422


def test_who_proposed_it_finds_no_button_and_is_refused(paid: Chosen):
    browser = visiting(paid.bidder)
    refund = withdraws(paid, browser)
    approve = f"/bidder/refunds/{refund.id}/approve/"
    assert approve not in page_of(paid, browser)
    assert '<button class="btn btn-primary" type="submit">复核并退款' not in (
        browser.get(approve).content.decode()
    )

    answer = browser.post(approve)

    assert answer.status_code == 422
    assert "提出和复核须由两个人分别办理" in answer.content.decode()
    assert of(paid) == refund


def test_a_stranger_finds_nothing(paid: Chosen):
    refund = withdraws(paid, visiting(paid.bidder))
    stranger = visiting(given.chosen().bidder)

    for address in ("approve", "payee"):
        assert stranger.get(f"/bidder/refunds/{refund.id}/{address}/").status_code == 404
    for address in ("approve", "cancel", "again"):
        assert stranger.post(f"/bidder/refunds/{refund.id}/{address}/").status_code == 404

    assert of(paid) == refund
    assert "还没有退款" in stranger.get("/bidder/refunds/").content.decode()


def test_what_was_asked_for_can_be_taken_back(paid: Chosen):
    browser = visiting(paid.bidder)
    refund = withdraws(paid, browser)
    choosing.choose(lot_id=paid.lot.id, at=clock.now(), actor=paid.bidder)
    assert of(paid).state is RefundState.CANCELLED
    given.booked(paid.pays(Money(1), at=clock.now().replace(microsecond=0)))
    (extra,) = (c for c in paid.standing.credits if c.refundable_minor)
    browser.post(f"/bidder/lots/{paid.lot.id}/security/credits/{extra.id}/return/")
    second = next(r for r in queries.of_lot(lot_id=paid.lot.id, actor=paid.bidder))
    assert (second.state, second.amount_minor) == (RefundState.PROPOSED, 1)

    browser.post(f"/bidder/refunds/{second.id}/cancel/")

    rows = queries.of_lot(lot_id=paid.lot.id, actor=paid.bidder)
    assert {row.id for row in rows} == {refund.id, second.id}
    assert {row.state for row in rows} == {RefundState.CANCELLED}
    assert "已取消的退款（2）" in page_of(paid, browser)
    assert paid.standing.state is DepositState.CONFIRMED


def test_what_is_too_much_is_asked_back_once(paid: Chosen):
    browser = visiting(paid.bidder)
    given.booked(paid.pays(at=clock.now().replace(microsecond=0)))
    (extra,) = (c for c in paid.standing.credits if c.refundable_minor)
    ask = f"/bidder/lots/{paid.lot.id}/security/credits/{extra.id}/return/"
    assert ask in page_of(paid, browser)

    browser.post(ask)

    shown = page_of(paid, browser)
    assert ask not in shown
    assert "已申请退回，进度见下方「退款」。" in shown
    assert browser.post(ask).status_code == 422
    assert Money(of(paid).amount_minor) == paid.lot.amount
    assert paid.standing.state is DepositState.CONFIRMED


def test_the_page_follows_the_bank_by_itself(paid: Chosen):
    browser = visiting(paid.bidder)
    here = f"/bidder/lots/{paid.lot.id}/security/live/"
    approved(paid)
    seen = re.search(r'name="seen" value="(\w+)"', page_of(paid, browser))[1]  # type: ignore[index]
    assert browser.get(here, {"seen": seen}).status_code == 204
    (payment,) = given_refunds.told(at=clock.now())
    part = browser.get(here, {"seen": seen}).content.decode()
    assert "已发送，等待银行答复" in part

    given.booked(given_refunds.debit(payment, at=clock.now().replace(microsecond=0)))

    seen = re.search(r'name="seen" value="(\w+)"', part)[1]  # type: ignore[index]
    assert "已退款" in browser.get(here, {"seen": seen}).content.decode()


def test_a_refusal_of_the_bank_is_told_and_proposed_again(paid: Chosen):
    refund = refused(paid)
    browser = visiting(paid.bidder)
    assert "AC04 账户已销户" in page_of(paid, browser)

    browser.post(f"/bidder/refunds/{refund.id}/again/")

    assert (of(paid).state, of(paid).attempt) == (RefundState.PROPOSED, 2)


def test_another_account_is_told_and_waits_for_the_platform(paid: Chosen):
    refund = refused(paid)
    browser = visiting(paid.bidder)
    form = f"/bidder/refunds/{refund.id}/payee/"
    told = {
        "account_name": refund.payee_name,
        "number": "3305 0168 6208 0000 9999",
        "bank_name": "中国建设银行衢州分行",
    }

    assert browser.post(form, told).status_code == 302

    shown = page_of(paid, browser)
    assert "平台正在核对新的收款账户" in shown
    assert form not in shown
    operator, _other = given_refunds.operators()
    assert of(paid).payee_change is not None
    refunds.decline_payee(
        change_id=of(paid).payee_change.id,  # type: ignore[union-attr]
        reason="开户行不存在",
        at=clock.now(),
        actor=operator,
    )
    assert "新的收款账户未通过：开户行不存在。" in page_of(paid, browser)


def test_an_account_of_somebody_else_stays_on_the_form_with_its_reason(paid: Chosen):
    refund = refused(paid)
    browser = visiting(paid.bidder)
    told = {"account_name": "他人有限公司", "number": "33050168620800009999", "bank_name": "某行"}

    answer = browser.post(f"/bidder/refunds/{refund.id}/payee/", told)

    assert answer.status_code == 422
    assert "保证金只能退到本单位的账户" in answer.content.decode()
    assert of(paid) == refund


def test_money_that_another_paid_goes_back_without_telling_his_name(paid: Chosen):
    browser = visiting(paid.bidder)
    given.booked(
        paid.pays(
            at=clock.now().replace(microsecond=0),
            payer_name="某某竞争对手有限公司",
            payer_account="6222000011114444",
        )
    )
    (theirs,) = (c for c in paid.standing.credits if c.refundable_minor)

    browser.post(f"/bidder/lots/{paid.lot.id}/security/credits/{theirs.id}/return/")

    for shown in (
        page_of(paid, browser),
        browser.get("/bidder/refunds/").content.decode(),
        browser.get(f"/bidder/refunds/{of(paid).id}/approve/").content.decode(),
    ):
        assert "尾号 4444" in shown
        assert "竞争对手" not in shown


def test_what_was_wrong_with_money_that_is_on_its_way_back_is_no_next_step_any_more():
    given_banking.bank()
    chosen = given.chosen(given_tenders.lot(deadline_at=coming()))
    now = clock.now().replace(microsecond=0)
    given.booked(chosen.pays(at=now, payer_account="6222000011114444"))
    browser = visiting(chosen.bidder)
    wrong = "这笔钱不计入，可在本页申请退回。</p>"
    assert wrong in page_of(chosen, browser)
    (credit,) = chosen.standing.credits
    browser.post(f"/bidder/lots/{chosen.lot.id}/security/credits/{credit.id}/return/")

    visiting(colleague(chosen.bidder)).post(f"/bidder/refunds/{of(chosen).id}/approve/")

    hero, _rest = page_of(chosen, browser).split("</section>", 1)
    assert "请从基本账户向下方子账号转账，到账后本页自动更新。" in hero
    assert wrong not in hero


def test_the_list_of_refunds_leads_to_each_lot(paid: Chosen):
    withdraws(paid, visiting(paid.bidder))

    shown = visiting(colleague(paid.bidder)).get("/bidder/refunds/").content.decode()

    assert paid.lot.code in shown
    assert f"/bidder/lots/{paid.lot.id}/security/#refunds" in shown
    assert "请核对金额和收款账户，复核后交银行付款。" in shown


def test_a_suspended_lot_says_that_money_may_be_asked_back_and_lets_it(paid: Chosen):
    given_tenders.suspended(paid.lot)
    browser = visiting(paid.bidder)
    shown = page_of(paid, browser)
    assert "标段已暂停" in shown
    assert "也可以在下方申请退回" in shown
    assert "撤回投标，申请退还" in shown

    withdraws(paid, browser)

    assert paid.standing.state is DepositState.RELEASED
    assert "用保证金缴纳</button>" not in page_of(paid, browser)


def test_a_terminated_lot_says_that_all_of_it_goes_back(paid: Chosen):
    given_tenders.terminated(paid.lot)
    choosing.reassess(limit=10, at=clock.now(), actor=SYSTEM)
    refunds.propose_due(limit=10, at=clock.now(), actor=SYSTEM)

    shown = page_of(paid, visiting(paid.bidder))

    assert "标段已终止，不再开标" in shown
    assert "款项按原路退回，进度见下方「退款」。" in shown
    assert of(paid).number in shown
    assert "其他办理" not in shown


@pytest.mark.parametrize("halt", [given_tenders.suspended, given_tenders.terminated])
def test_a_halted_lot_offers_no_registration(halt):
    lot = given_tenders.lot(deadline_at=coming())
    halt(lot)
    bidder: Actor = given_parties.bidder()

    shown = visiting(bidder).get(f"/bidder/lots/{lot.id}/registration/").content.decode()

    assert f"/bidder/lots/{lot.id}/registration/contact/" not in shown
    assert 'id="announcements"' in shown


def test_the_list_of_refunds_asks_the_database_no_more_for_three_than_for_one(paid: Chosen):
    browser = visiting(paid.bidder)
    withdraws(paid, browser)
    browser.get("/bidder/refunds/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/bidder/refunds/")
    for _more in range(2):
        other = given.chosen(given_tenders.lot(deadline_at=coming()), paid.bidder)
        given.booked(other.pays(at=clock.now().replace(microsecond=0)))
        withdraws(other, browser)

    with CaptureQueriesContext(connection) as three:
        shown = browser.get("/bidder/refunds/").content.decode()

    assert shown.count("待复核") == 3
    assert len(three) == len(one)
