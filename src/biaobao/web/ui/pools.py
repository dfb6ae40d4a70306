"""How pooled deposits (联保金) are said, in every console the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.core.actor import Actor
from biaobao.core.refusal import Objection
from biaobao.domain.pools.states import (
    MembershipState,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.pools.types import Check, Coverage, Due, PoolCredit, PoolRefund, Reminder, Terms
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Area
from biaobao.web.ui import interest
from biaobao.web.ui.words import Explanation, explain

Words = str | Promise

COVERAGES: dict[Coverage, tuple[Words, Words]] = {
    Coverage.PER_BID_CAP: (
        _("按标段上限"),
        _("保证金不超过所在档次上限的标段都可以用，同时用于几个标段也不占用余额。"),
    ),
    Coverage.POOL_BALANCE: (
        _("按余额"),
        _("各标段占用的金额合计不超过余额，标段解除后恢复。"),
    ),
    Coverage.MUTUAL: (
        _("互助联保"),
        _("保证金不超过所在档次上限的标段都可以用；有成员违约时，全体成员按缴纳比例分担并补足。"),
    ),
}
MEMBERSHIPS: dict[MembershipState, tuple[str, Words]] = {
    MembershipState.APPLIED: ("wait", _("待审核")),
    MembershipState.UNDER_REVIEW: ("wait", _("审核中")),
    MembershipState.REJECTED: ("bad", _("审核未通过")),
    MembershipState.WITHDRAWN: ("muted", _("已撤回")),
    MembershipState.PAYMENT_PENDING: ("wait", _("待缴纳")),
    MembershipState.ACTIVE: ("ok", _("有效")),
    MembershipState.DEFICIT: ("warn", _("待补足")),
    MembershipState.SUSPENDED: ("bad", _("已暂停")),
    MembershipState.EXPIRED: ("warn", _("已到期")),
    MembershipState.EXIT_REQUESTED: ("wait", _("退出中")),
    MembershipState.REFUNDING: ("wait", _("退款中")),
    MembershipState.EXITED: ("muted", _("已退出")),
}
CREDITS: dict[PoolCreditState, tuple[str, Words]] = {
    PoolCreditState.COUNTED: ("ok", _("计入联保金")),
    PoolCreditState.RETURNED: ("bad", _("不计入，自动退回")),
    PoolCreditState.REVERSED: ("muted", _("银行已冲回")),
}
REFUNDS: dict[PoolRefundState, tuple[str, Words]] = {
    PoolRefundState.WAITING: ("wait", _("等待可退回的账户")),
    PoolRefundState.ORDERED: ("wait", _("退款已交银行办理")),
    PoolRefundState.PAID: ("ok", _("已退回")),
    PoolRefundState.FAILED: ("warn", _("银行没有办理，将改退到基本账户")),
    PoolRefundState.RETURNED: ("warn", _("退款被退回，将改退到基本账户")),
}
# Why money does not count, or goes back; and what now.
REASONS: dict[str, tuple[Words, Words]] = {
    "OVER": (_("多付"), _("多出的部分自动退回付款账户，不需要申请。")),
    "NOT_WANTED": (_("现在没有要缴纳的金额"), _("这笔钱自动退回付款账户，不需要申请。")),
    "NOT_BASIC_ACCOUNT": (
        _("不是从基本账户付出"),
        _("这笔钱自动退回付款账户。请从登记的基本账户重新转账。"),
    ),
    "BASIC_ACCOUNT_UNCONFIRMED": (
        _("基本账户尚未核验"),
        _("这笔钱自动退回付款账户。请先登记并核验基本账户，再重新转账。"),
    ),
    "FOREIGN_CURRENCY": (_("不是人民币"), _("这笔钱自动退回付款账户。请用人民币重新转账。")),
    "WITHDRAWN": (_("申请已撤回"), _("退回基本账户，不需要申请。")),
    "LEFT": (_("退出联保金"), _("退回基本账户，不需要申请。")),
}
# What a member is to do: tone, in a line, why and how, and what to press.
REMINDERS: dict[Reminder, tuple[str, Words, Words, Words]] = {
    Reminder.PAY: (
        "wait",
        _("联保金申请已通过，还需缴纳 %(missing)s"),
        _("从基本账户转到联保金子账号，足额到账当天生效。"),
        _("查看收款账号"),
    ),
    Reminder.TOP_UP: (
        "warn",
        _("联保金余额不足，请在 %(by)s 前补足 %(missing)s"),
        _("%(left)s。逾期没有补足的，成员资格暂停，不能再用于新的标段。"),
        _("去补足"),
    ),
    Reminder.TOP_UP_MISSED: (
        "bad",
        _("联保金成员资格已暂停，还差 %(missing)s"),
        _("补足以后自动恢复；另有暂停原因的，由平台恢复。"),
        _("查看联保金"),
    ),
    Reminder.RENEW: (
        "warn",
        _("联保金 %(by)s 到期，现在可以续期"),
        _("%(left)s。到期后不能用于标段；投标有效期晚于到期日的标段现在就不能选择。"),
        _("去续期"),
    ),
    Reminder.EXPIRED: (
        "warn",
        _("联保金已于 %(by)s 到期"),
        _("续期后恢复使用，编号和余额不变；不再使用的，可以申请退出。"),
        _("去续期"),
    ),
}
SUSPENSIONS: dict[str, Words] = {"TOP_UP_MISSED": _("没有按期补足余额")}


@dataclass(frozen=True, slots=True)
class ShownCredit:
    """Money that came for a membership, with its verdict in words."""

    row: PoolCredit
    tone: str
    outcome: Words
    reason: Words
    remedy: Words


@dataclass(frozen=True, slots=True)
class ShownRefund:
    """Money of a membership that goes back, in words."""

    row: PoolRefund
    tone: str
    state: Words
    why: Words
    interest: tuple[interest.Shown, ...]


@dataclass(frozen=True, slots=True)
class ShownReminder:
    """What a member is to do, in words."""

    tone: str
    title: str
    text: str
    action: Words


def reminder(due: Due, *, today: date) -> ShownReminder:
    tone, title, text, action = REMINDERS[due.reminder]
    told = {
        "missing": due.membership.missing,
        "by": due.by,
        "left": _left((due.by - today).days) if due.by else "",
    }
    return ShownReminder(tone, str(title) % told, str(text) % told, action)


def _left(days: int) -> str:
    return _now("还有 %(days)d 天") % {"days": days} if days > 0 else _now("今天是最后一天")


def credit(row: PoolCredit) -> ShownCredit:
    reason, remedy = REASONS.get(row.reason, (row.reason, ""))
    return ShownCredit(row, *CREDITS[row.state], reason, remedy)


def refund(row: PoolRefund) -> ShownRefund:
    why, _remedy = REASONS.get(row.reason, (row.reason, ""))
    earned = tuple(interest.shown(each) for each in row.interest)
    return ShownRefund(row, *REFUNDS[row.state], why, earned)


def explained(objections: Sequence[Objection], actor: Actor) -> list[Explanation]:
    """Return why a pooled deposit does not cover a lot, regions and kinds by their names."""
    regions, kinds = tenders.areas(actor=actor)
    areas = {Check.AREA_NOT_COVERED.value: regions, Check.KIND_NOT_COVERED.value: kinds}
    return [
        explain(_by_name(each, areas[each.code]) if each.code in areas else each)
        for each in objections
    ]


def _by_name(objection: Objection, areas: Sequence[Area]) -> Objection:
    facts = {fact: _named(codes.split(), areas) for fact, codes in objection.facts.items()}
    return replace(objection, facts=facts)


def why(code: str) -> str:
    """Return why a membership is suspended or was rejected; what an operator wrote says itself."""
    return str(SUSPENSIONS.get(code, code))


def terms_facts(terms: Terms, actor: Actor) -> list[tuple[str, object]]:
    """Return what members agree to, for ``{% facts %}``."""
    regions, kinds = tenders.areas(actor=actor)
    parallel = (
        _now("最多 %(n)d 个标段") % {"n": terms.parallel_max}
        if terms.parallel_max
        else _now("不限")
    )
    return [
        (_now("适用地区"), _named(terms.regions, regions)),
        (_now("采购类别"), _named(terms.kinds, kinds)),
        (_now("期限"), _now("足额到账当天起 %(n)d 个月") % {"n": terms.term_months}),
        (_now("同时担保"), parallel),
        (_now("最低余额"), _now("%(floor)s，低于它不能使用") % {"floor": terms.floor}),
        (_now("续期"), _now("到期前 %(n)d 天起，到期后也可以") % {"n": terms.renewal_days}),
        (_now("补足"), _now("余额不足起 %(n)d 天内") % {"n": terms.top_up_days}),
        (_now("退出"), _now("申请后满 %(n)d 天退还余额") % {"n": terms.cooling_days}),
    ]


def _named(codes: Collection[str], areas: Sequence[Area]) -> str:
    return "、".join(area.name for area in areas if area.code in codes)
