"""Refunds as all consoles show them: how one stands, what is next, and every step with its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.domain.banking.rules import account_number, same_name
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.types import Order
from biaobao.domain.deposits.states import ClaimState, PayeeState, RefundState
from biaobao.domain.deposits.types import PayeeChange, RefundReason, RefundRow
from biaobao.web.ui import interest
from biaobao.web.ui.banks import bank_reason
from biaobao.web.ui.parts import Event

Words = str | Promise

REASONS: dict[RefundReason, Words] = {
    RefundReason.LOSER: _("未中标"),
    RefundReason.WINNER_AFTER_CONTRACT: _("中标后已签订合同"),
    RefundReason.WITHDRAWN: _("截止前撤回投标"),
    RefundReason.LOT_TERMINATED: _("标段终止"),
    RefundReason.LOT_FAILED: _("招标失败"),
    RefundReason.OVERPAID: _("多付"),
    RefundReason.DUPLICATE: _("重复缴纳"),
    RefundReason.WRONG_PAYER: _("付款账户不符"),
    RefundReason.LATE: _("晚于截止时间到账"),
    RefundReason.UNMATCHED: _("无法对应到标段"),
    RefundReason.SWITCHED: _("改用其他缴纳方式"),
    RefundReason.EXTENSION_REFUSED: _("不同意延长投标有效期"),
    RefundReason.ORDERED_BY_AUTHORITY: _("按有关部门的决定"),
}
# Why a refund ended that the bank never heard of.
ENDINGS: dict[str, Words] = {
    "TAKEN_BACK": _("已由提出方撤回"),
    "FACTS_CHANGED": _("款项的情况有变化，不再按原申请退还"),
}
CANNOT: dict[str, Words] = {
    "OWN_PROPOSAL": _("提出人不能复核，需由本单位另一名人员复核。"),
    "APPROVED_BY_PLATFORM": _("开标后由平台复核，本单位不需要再操作。"),
    "SEALED": _("开标前由投标人本单位的另一名人员复核，其他人都看不到。"),
    "NOT_YOURS": _("由平台运营人员复核。"),
    "NOT_A_PERSON": _("须由人员登录后复核。"),
}
CLAIMS: dict[ClaimState, tuple[str, Words]] = {
    ClaimState.PROPOSED: ("wait", _("待确认")),
    ClaimState.CONFIRMED: ("ok", _("已认领")),
    ClaimState.DECLINED: ("muted", _("未认领")),
}
PROBLEMS: dict[str, Words] = {
    "BANK_UNREACHABLE": _("银行系统暂时没有应答，系统会自动重试，不会重复付款。"),
    "BANK_REFUSED": _("银行没有接受查询，系统会自动重试，不会重复付款。"),
}
BANK, HOUSE = _("银行"), _("系统")


@dataclass(frozen=True, slots=True)
class State:
    """How a refund stands: a tone, a word, and what happens or is to be done next."""

    tone: str
    word: Words
    next_step: Words


@dataclass(frozen=True, slots=True)
class Shown:
    """A refund in words.

    :param cannot: why its reader cannot approve it while it waits; empty if he can.
    """

    row: RefundRow
    state: State
    reason: Words
    payee: str
    steps: tuple[Event, ...]
    cannot: Words
    interest: tuple[interest.Shown, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody or the bank still has something to do."""
        return self.row.state not in (RefundState.PAID, RefundState.CANCELLED)


def shown(row: RefundRow, *, own_name: str = "") -> Shown:
    """Return a refund in words.

    :param own_name: for a bidder its name: who else pays to its account it is not told by name.
    """
    is_waiting = row.state is RefundState.PROPOSED
    return Shown(
        row=row,
        state=state(row),
        reason=REASONS[row.reason],
        payee=payee(row, own_name=own_name),
        steps=steps(row),
        cannot=cannot_why(row.cannot_why) if is_waiting and not row.can_approve else "",
        interest=tuple(interest.shown(each) for each in row.interest),
    )


def state(row: RefundRow) -> State:
    """Return how a refund stands, as far as its payment order has come."""
    match row.state:
        case RefundState.PROPOSED:
            return _proposed(row)
        case RefundState.APPROVED:
            return _ordered(row.order)
        case RefundState.PAID:
            return State("ok", _("已退款"), _("银行已付出，请留意收款账户。"))
        case RefundState.FAILED:
            return State("bad", _("银行拒绝"), _failed(row))
        case RefundState.RETURNED:
            return State("bad", _("退汇"), _mended(row, str(_("款项付出后又退了回来"))))
        case RefundState.CANCELLED:
            return State("muted", _("已取消"), ENDINGS.get(row.ended_why, ""))


def steps(row: RefundRow) -> tuple[Event, ...]:
    """Return every step of a refund with its time and actor, in the order of the way.

    That is not always the order of the times: banks book to the second, and answer after they paid.
    """
    ordered, told = _order_events(row.order), _payee_events(row.payee_change)
    proposed = _("提出退款") if row.attempt == 1 else _("第 %(n)d 次提出退款") % {"n": row.attempt}
    events = [_event(row.proposed_at, row.proposed_by, proposed, detail=row.note)]
    if row.order is not None and row.order.attempt < row.attempt:
        events = [*ordered, *events]
        ordered = []
    if told and told[0].at < row.proposed_at:
        # It is why the refund was proposed anew.
        events = [*events[:-1], *told, events[-1]]
        told = []
    if row.approved_at:
        events.append(_event(row.approved_at, row.approved_by, _("复核通过")))
    events += [*ordered, *told]
    if row.state is RefundState.CANCELLED and row.ended_at:
        detail = str(ENDINGS.get(row.ended_why, row.ended_why))
        events.append(_event(row.ended_at, HOUSE, _("取消退款"), detail=detail))
    return tuple(events)


def cannot_why(code: str) -> Words:
    """Return why somebody cannot approve."""
    return CANNOT.get(code, "")


def masked(name: str, number: str, bank: str = "") -> str:
    """Return an account by its name and last digits."""
    tail = account_number(number)[-4:]
    parts = [
        name or str(_("户名未提供")),
        str(_("尾号 %(tail)s") % {"tail": tail}) if tail else str(_("账号未提供")),
        bank,
    ]
    return " · ".join(part for part in parts if part)


def payee(row: RefundRow, *, own_name: str = "") -> str:
    """Return the account that a refund goes to, by its name and last digits."""
    name = row.payee_name
    if own_name and not same_name(name, own_name):
        name = str(_("付款账户"))
    return masked(name, row.payee_account, row.payee_bank)


def _proposed(row: RefundRow) -> State:
    change = row.payee_change
    if change is not None and change.state is PayeeState.PROPOSED:
        return State("wait", _("待核对收款账户"), _("平台正在核对新的收款账户，通过后再复核。"))
    if not row.payee_account:
        told = _("银行没有提供付款账号，请投标人填写收款账户。")
        return State("warn", _("缺收款账户"), told)
    if row.can_approve:
        return State("wait", _("待复核"), _("请核对金额和收款账户，复核后交银行付款。"))
    return State("wait", _("待复核"), cannot_why(row.cannot_why))


def _ordered(order: Order | None) -> State:
    if order is None or order.state is OrderState.READY:
        return State("wait", _("待发送银行"), _("系统正在把付款指令发送给银行，通常几秒钟。"))
    if order.problem:
        told = PROBLEMS.get(order.problem, _("银行暂时没有办理，系统会自动重试，不会重复付款。"))
        return State("warn", _("暂时联系不上银行"), told)
    if order.state is OrderState.SENT:
        return State("wait", _("已发送，等待银行答复"), _("通常几秒钟；银行答复后本页会显示。"))
    return State("info", _("银行已受理"), _("银行正在付款；付出后本页会显示。"))


def _failed(row: RefundRow) -> str:
    words = row.order.words if row.order else ""
    return _mended(row, bank_reason(row.ended_why, words))


def _mended(row: RefundRow, why: str) -> str:
    """Return why a refund did not reach its payee, and what is done about it."""
    change = row.payee_change
    if change is not None and change.state is PayeeState.PROPOSED:
        now: Words = _("平台正在核对新的收款账户，通过后重新复核。")
    elif change is not None and change.state is PayeeState.DECLINED:
        now = _("新的收款账户未通过：%(why)s。请重新填写，或按原账户重新提出。") % {
            "why": change.decline_reason.rstrip("。")
        }
    else:
        now = _("款项仍在平台名下，请更正收款账户，或按原账户重新提出。")
    return f"{why}。{now}" if why else str(now)


def _order_events(order: Order | None) -> list[Event]:
    if order is None:
        return []
    events = []
    if order.sent_at:
        events.append(_event(order.sent_at, HOUSE, _("发送银行")))
    was_refused = bool(order.reason)
    if order.answered_at and not was_refused:
        events.append(_event(order.answered_at, BANK, _("银行受理")))
    if was_refused and order.answered_at:
        why = bank_reason(order.reason, order.words)
        events.append(_event(order.answered_at, BANK, _("银行拒绝"), "bad", why))
    if order.paid_at:
        events.append(_event(order.paid_at, BANK, _("银行付出"), "ok"))
    if order.state is OrderState.RETURNED and order.ended_at:
        events.append(_event(order.ended_at, BANK, _("退汇，款项回到平台"), "bad"))
    return events


def _payee_events(change: PayeeChange | None) -> list[Event]:
    if change is None:
        return []
    account = masked(change.account_name, change.number, change.bank_name)
    told = _event(change.proposed_at, change.proposed_by, _("填写新的收款账户"), detail=account)
    if change.decided_at is None:
        return [told]
    is_confirmed = change.state is PayeeState.CONFIRMED
    decided = _event(
        change.decided_at,
        _("平台"),
        _("收款账户核对通过") if is_confirmed else _("收款账户未通过"),
        "ok" if is_confirmed else "bad",
        change.decline_reason,
    )
    return [told, decided]


def _event(at: datetime, actor: Words, text: Words, tone: str = "muted", detail: str = "") -> Event:
    return Event(at, str(actor or HOUSE), str(text), tone, detail)
