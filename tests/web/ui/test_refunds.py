"""Refunds in words: each state says what is next, and the steps tell who did what and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.domain.banking.types import AnswerStatus
from biaobao.domain.deposits.actions import choosing, refunds
from biaobao.domain.deposits.queries import refunds as shown
from biaobao.domain.deposits.types import RefundReason, RefundRow
from biaobao.web.ui import refunds as words
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import refunds as given_refunds
from tests.given.deposits import Chosen
from tests.given.refunds import SECOND, colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def withdrawn() -> Chosen:
    """Return a bidder who paid and withdrew a second before the deadline."""
    given_banking.bank()
    chosen = given.chosen()
    given.booked(chosen.pays())
    choosing.give_up(
        lot_id=chosen.lot.id,
        reason="WITHDRAWN",
        at=chosen.lot.deadline_at - SECOND,
        actor=chosen.bidder,
    )
    return chosen


def of(chosen: Chosen) -> RefundRow:
    (refund,) = shown.of_lot(lot_id=chosen.lot.id, actor=chosen.bidder)
    return refund


def said(row: RefundRow) -> tuple[str, str]:
    state = words.state(row)
    return state.tone, str(state.word)


def test_every_reason_has_words():
    assert words.REASONS.keys() == set(RefundReason)


def test_who_proposed_it_reads_why_he_cannot_approve_it(withdrawn: Chosen):
    own = words.shown(of(withdrawn))
    other = words.shown(shown.refund(refund_id=of(withdrawn).id, actor=colleague(withdrawn.bidder)))

    assert str(own.state.word) == "待复核"
    assert str(own.cannot) == "提出人不能复核，需由本单位另一名人员复核。"
    assert (str(other.state.word), other.cannot) == ("待复核", "")


def test_its_way_through_the_bank_is_told_step_by_step(withdrawn: Chosen):
    at = withdrawn.lot.deadline_at
    approver = colleague(withdrawn.bidder)
    refunds.approve(refund_id=of(withdrawn).id, at=at, actor=approver)
    told = [said(of(withdrawn))]
    (payment,) = given_refunds.told(at=at + SECOND)
    told.append(said(of(withdrawn)))
    given_refunds.answer(payment, at=at + 2 * SECOND)
    told.append(said(of(withdrawn)))
    given.booked(given_refunds.debit(payment, at=at + 3 * SECOND))
    told.append(said(of(withdrawn)))

    assert told == [
        ("wait", "待发送银行"),
        ("wait", "已发送，等待银行答复"),
        ("info", "银行已受理"),
        ("ok", "已退款"),
    ]
    assert [(e.text, e.actor, e.at) for e in words.steps(of(withdrawn))] == [
        ("提出退款", withdrawn.bidder.name, at - SECOND),
        ("复核通过", approver.name, at),
        ("发送银行", "系统", at + SECOND),
        ("银行受理", "银行", at + 2 * SECOND),
        ("银行付出", "银行", at + 3 * SECOND),
    ]


def test_a_refusal_says_what_the_banks_code_means(withdrawn: Chosen):
    at = withdrawn.lot.deadline_at
    refunds.approve(refund_id=of(withdrawn).id, at=at, actor=colleague(withdrawn.bidder))
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at)

    assert said(of(withdrawn)) == ("bad", "银行拒绝")
    assert str(words.state(of(withdrawn)).next_step) == (
        "AC04 账户已销户。款项仍在平台名下，请更正收款账户，或按原账户重新提出。"
    )


def test_money_that_came_back_and_is_proposed_again_shows_both_attempts(withdrawn: Chosen):
    at = withdrawn.lot.deadline_at
    refunds.approve(refund_id=of(withdrawn).id, at=at, actor=colleague(withdrawn.bidder))
    (payment,) = given_refunds.told(at=at)
    debit = given_refunds.debit(payment, at=at + SECOND)
    given.booked(debit)
    given.booked(given_refunds.return_of(debit, at=at + timedelta(days=1)))
    returned = said(of(withdrawn))
    refunds.propose_again(
        refund_id=of(withdrawn).id, at=at + timedelta(days=2), actor=withdrawn.bidder
    )

    assert returned == ("bad", "退汇")
    assert [e.text for e in words.steps(of(withdrawn))] == [
        "发送银行",
        "银行付出",
        "退汇，款项回到平台",
        "第 2 次提出退款",
    ]


def test_an_account_shows_by_its_last_digits():
    assert words.masked("浙江某某有限公司", "3305 0168 6208 0000 9999", "建设银行") == (
        "浙江某某有限公司 · 尾号 9999 · 建设银行"
    )
    assert words.masked("", "") == "户名未提供 · 账号未提供"


def test_a_bank_that_books_before_our_clock_and_answers_after_it_paid_keeps_the_order_of_the_way(
    withdrawn: Chosen,
):
    at = withdrawn.lot.deadline_at
    refunds.approve(refund_id=of(withdrawn).id, at=at, actor=colleague(withdrawn.bidder))
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, at=at + 2 * SECOND)
    given.booked(given_refunds.debit(payment, at=at - SECOND), at=at + 3 * SECOND)

    assert [e.text for e in words.steps(of(withdrawn))] == [
        "提出退款",
        "复核通过",
        "发送银行",
        "银行受理",
        "银行付出",
    ]


def test_another_account_stands_between_the_refusal_and_the_next_attempt(withdrawn: Chosen):
    at = withdrawn.lot.deadline_at
    refunds.approve(refund_id=of(withdrawn).id, at=at, actor=colleague(withdrawn.bidder))
    (payment,) = given_refunds.told(at=at)
    given_refunds.answer(payment, AnswerStatus.REFUSED, reason="AC04", at=at + SECOND)
    change = refunds.correct_payee(
        refund_id=of(withdrawn).id,
        account_name=of(withdrawn).payee_name,
        number="33050168620800009999",
        bank_name="中国建设银行",
        note="",
        at=at + 2 * SECOND,
        actor=withdrawn.bidder,
    )
    told = [e.text for e in words.steps(of(withdrawn))]
    operator, _other = given_refunds.operators()
    refunds.confirm_payee(change_id=change, at=at + 3 * SECOND, actor=operator)

    assert told == ["提出退款", "复核通过", "发送银行", "银行拒绝", "填写新的收款账户"]
    assert [e.text for e in words.steps(of(withdrawn))] == [
        "发送银行",
        "银行拒绝",
        "填写新的收款账户",
        "收款账户核对通过",
        "第 2 次提出退款",
    ]
