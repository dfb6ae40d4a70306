"""Interest as all consoles show it: how much, how it stands, and how it was reckoned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.core.money import Money
from biaobao.domain.interest.states import STUCK, InterestState
from biaobao.domain.interest.types import Interest
from biaobao.web.ui.banks import bank_reason

Words = str | Promise

# Tone, a word, and what is next.
STATES: dict[InterestState, tuple[str, Words, Words]] = {
    InterestState.DUE: ("wait", _("计算中"), _("有了这段时间的银行利率，自动计算并支付。")),
    InterestState.NOTHING: (
        "muted",
        _("不足 1 分"),
        _("这笔款项在账的天数内，利息不足半分，不支付。"),
    ),
    InterestState.WAITING: (
        "wait",
        _("待支付"),
        _("银行付给平台的利息到账后自动支付，不需要申请。"),
    ),
    InterestState.ORDERED: ("wait", _("银行办理中"), _("已交银行付到退款的同一账户。")),
    InterestState.PAID: ("ok", _("已支付"), _("已付到退款的同一账户。")),
    InterestState.FAILED: (
        "warn",
        _("银行没有办理"),
        _("利息仍在平台名下。登记并核验新的基本账户后自动改付；账户没有问题的，可以重新支付。"),
    ),
    InterestState.RETURNED: (
        "warn",
        _("被退回"),
        _("利息仍在平台名下。登记并核验新的基本账户后自动改付；账户没有问题的，可以重新支付。"),
    ),
}
SAME_DAY: Words = _("当日存入、当日退还，不计息。")
SEALED: Words = _("标段开标或终止后自动支付；开标前别人看不到这笔利息。")
AGAIN: Words = _("正在重新交银行支付。")


@dataclass(frozen=True, slots=True)
class Line:
    """Days with one principal and one rate: ``last`` is the last day that counts.

    :param interest: in yuan, to four decimals.
    """

    first: date
    last: date
    days: int
    principal: Money
    rate: str
    interest: Decimal


@dataclass(frozen=True, slots=True)
class Shown:
    """Interest in words, with the lines of its reckoning."""

    row: Interest
    tone: str
    state: Words
    next_step: Words
    lines: tuple[Line, ...]
    why: str
    is_stuck: bool

    @property
    def days(self) -> int:
        return (self.row.until - self.row.since).days


def shown(row: Interest) -> Shown:
    """Return interest in words."""
    tone, state, next_step = STATES[row.state]
    if row.state is InterestState.NOTHING and row.since == row.until:
        next_step = SAME_DAY
    elif row.state is InterestState.WAITING and row.is_sealed:
        next_step = SEALED
    elif row.state is InterestState.WAITING and row.ordered_at:
        next_step = AGAIN
    why = "" if row.ended_why == "BANK_RETURNED" else bank_reason(row.ended_why)
    return Shown(row, tone, state, next_step, tuple(_lines(row)), why, row.state in STUCK)


def percent(ppm: int) -> str:
    """Return a rate as people read it: ``0.05%``."""
    return f"{Decimal(ppm).scaleb(-4).normalize():f}%"


def _lines(row: Interest) -> Iterable[Line]:
    for each in row.stretches:
        yield Line(
            first=each.since,
            last=each.until - timedelta(days=1),
            days=each.days,
            principal=each.principal,
            rate=percent(each.ppm),
            interest=(Decimal(each.interest) / 100).quantize(Decimal("0.0001")),
        )
