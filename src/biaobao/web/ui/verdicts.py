"""The words of verdicts on money: what each check compares, and what to do where it failed."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.domain.deposits.types import Check, RefundReason, Verdict
from biaobao.domain.guarantees.types import PremiumCheck, PremiumVerdict
from biaobao.web.ui import parts

Words = str | Promise

# What is checked, and the names of the two values that are compared.
CHECKS: dict[Check, tuple[Words, Words, Words]] = {
    Check.SUB_ACCOUNT: (_("付到了本单位本标段的子账号"), _("应付"), _("实付")),
    Check.CURRENCY: (_("币种是人民币"), _("要求"), _("实收")),
    Check.BIDDER: (_("由子账号认出投标人，不看备注"), _("要求"), _("投标人")),
    Check.WANTED: (_("本标段仍需要这笔保证金"), _("要求"), _("情况")),
    Check.REGISTERED: (_("已在截止前完成报名"), _("截止时间"), _("报名时间")),
    Check.BASIC_ACCOUNT: (_("从基本账户付出"), _("登记的基本账户"), _("付款账户")),
    Check.IN_TIME: (_("在截止时间之前到账（含截止那一秒）"), _("截止时间"), _("银行记账时间")),
    Check.AMOUNT: (_("金额足额"), _("应缴"), _("累计到账")),
    Check.NOT_COVERED: (_("此前没有重复缴纳"), _("要求"), _("情况")),
    Check.OWN_PAYER: (_("付款账户未为其他投标人付款"), _("要求"), _("情况")),
    Check.NOT_REVERSED: (_("银行没有冲回"), _("要求"), _("情况")),
}

# Why a duty ended after the opening.
ENDED: dict[RefundReason, Words] = {
    RefundReason.LOSER: _("未中标，保证金退还"),
    RefundReason.WINNER_AFTER_CONTRACT: _("合同已签订，保证金退还"),
    RefundReason.LOT_FAILED: _("招标失败，保证金退还"),
    RefundReason.EXTENSION_REFUSED: _("不同意延长投标有效期，保证金退还"),
    RefundReason.ORDERED_BY_AUTHORITY: _("按有关部门的决定退还"),
}

# Why, in plain words, and what now.
REASONS: dict[str, tuple[Words, Words]] = {
    "UNDER": (_("金额不足"), _("请在截止前从基本账户补足差额，付到同一子账号，系统自动累计。")),
    "OVER": (
        _("多付"),
        _("不影响有效性；多出的部分可在本页申请退回，开标后系统也会自动提出退款。"),
    ),
    "LATE": (
        _("晚于截止时间"),
        _(
            "这笔钱不能用于本标段，可在本页申请退回，开标后系统也会自动提出退款。"
            "若标段延期，系统会按新的截止时间重新核对。"
        ),
    ),
    "NOT_BASIC_ACCOUNT": (
        _("不是从基本账户付出"),
        _("请在截止前从登记的基本账户重新转账。这笔钱不计入，可在本页申请退回。"),
    ),
    "PAYER_IS_ANOTHER": (
        _("付款户名不是本单位"),
        _("请在截止前从登记的基本账户重新转账。这笔钱不计入，可在本页申请退回。"),
    ),
    "BASIC_ACCOUNT_MISSING": (
        _("没有登记基本账户"),
        _("请到「企业信息」登记基本账户；核验通过后系统会自动重新核对这笔钱。"),
    ),
    "BASIC_ACCOUNT_UNCONFIRMED": (
        _("基本账户尚未核验"),
        _("请联系平台核验基本账户；核验通过后系统会自动重新核对，无需再次付款。"),
    ),
    "UNREGISTERED": (_("没有在截止前完成报名"), _("这笔钱不计入，可在本页申请退回。")),
    "DUPLICATE": (
        _("此前已经足额"),
        _("重复的这笔不需要，可在本页申请退回，开标后系统也会自动提出退款。"),
    ),
    "REVERSED": (_("银行已冲回这笔入账"), _("请与付款银行核实原因，并在截止前重新转账。")),
    "FOREIGN_CURRENCY": (
        _("不是人民币"),
        _("请在截止前用人民币重新转账。这笔钱暂存，可在本页申请退回。"),
    ),
    "UNKNOWN_SUB_ACCOUNT": (_("没有这个子账号"), _("已入账暂存，由平台核对付款人后处理。")),
    "NOT_IN_USE": (_("这个子账号没有指定用途"), _("已入账暂存，由平台核对付款人后处理。")),
    "CLOSED": (_("这个子账号已销户"), _("已入账暂存，由平台核对付款人后处理。")),
    "PAYER_UNKNOWN": (
        _("认不出是哪家投标人付的"),
        _("已入账暂存；付款人可以凭银行回单认领，由平台核对后处理。"),
    ),
    "CLAIMED": (_("经认领转入本标段"), _("不是付到本标段子账号的款项，认领后转入，不影响有效性。")),
    # Why nothing is wanted any more; where it ended after the opening, the code of its refunds.
    "SWITCHED": (
        _("已改用其他缴纳方式"),
        _("这笔钱不再用于本标段，由本单位另一名人员复核后按原路退回。"),
    ),
    "WITHDRAWN": (
        _("已撤回投标"),
        _("这笔钱不再用于本标段，由本单位另一名人员复核后按原路退回。"),
    ),
    "LOT_TERMINATED": (_("标段已终止"), _("不需要再操作，款项由平台复核后按原路退回。")),
    "LOT_FAILED": (_("标段已流标"), _("不需要再操作，款项由平台复核后按原路退回。")),
    **{code.value: (words, _("不需要再操作，退款进度见下方。")) for code, words in ENDED.items()},
}
SEALED = _("为保密起见，本项在开标后由评标委员会核对，开标前任何人都看不到结果。")


def explain(verdict: Verdict) -> parts.Check:
    """Return a verdict as the row that people read."""
    title, expected, actual = CHECKS[verdict.check]
    why, now = REASONS.get(verdict.reason, ("", ""))
    compared = [
        (str(label), value)
        for label, value in ((expected, verdict.expected), (actual, verdict.actual))
        if value
    ]
    remedy = f"{why}。{now}" if why else str(SEALED) if verdict.finding == "SEALED" else ""
    return parts.Check(str(title), verdict.finding.value, tuple(compared), remedy)


def reason(code: str) -> str:
    """Return why in a few words, for tables and headings."""
    return str(REASONS[code][0]) if code in REASONS else code


def remedy(code: str) -> str:
    """Return what to do now."""
    return str(REASONS[code][1]) if code in REASONS else ""


# Money for a premium (保费): it is judged once, and what does not count goes back by itself.
PREMIUM_CHECKS: dict[PremiumCheck, tuple[Words, Words, Words]] = {
    PremiumCheck.CURRENCY: (_("币种是人民币"), _("要求"), _("实收")),
    PremiumCheck.WANTED: (_("这份申请正在等待支付"), _("要求"), _("情况")),
    PremiumCheck.PAYER: (_("由本单位付出"), _("要求"), _("付款人")),
    PremiumCheck.IN_TIME: (_("在支付时限之内到账"), _("支付时限"), _("银行记账时间")),
    PremiumCheck.AMOUNT: (_("金额足额"), _("应付"), _("实付")),
}
PREMIUM_REASONS: dict[str, tuple[Words, Words]] = {
    "UNDER": (_("金额不足"), _("请在支付时限前把差额付到同一子账号，系统自动累计。")),
    "OVER": (_("多付"), _("多出的部分自动退回付款账户，不需要申请。")),
    "LATE": (_("晚于支付时限"), _("这笔钱自动退回付款账户；仍需办理的，请重新申请。")),
    "DUPLICATE": (
        _("现在没有要付的保费：此前已经付清，或者变更已经结束"),
        _("这笔钱自动退回付款账户，不需要申请。"),
    ),
    "NOT_WANTED": (_("这份申请已经结束"), _("这笔钱自动退回付款账户，不需要申请。")),
    "NOT_BASIC_ACCOUNT": (
        _("不是从基本账户付出"),
        _("这笔钱自动退回付款账户。请在支付时限前从登记的基本账户重新支付。"),
    ),
    "PAYER_IS_ANOTHER": (
        _("付款户名不是本单位"),
        _("这笔钱自动退回付款账户。请在支付时限前由本单位账户重新支付。"),
    ),
    "BASIC_ACCOUNT_UNCONFIRMED": (
        _("基本账户尚未核验"),
        _("这笔钱自动退回付款账户。请先登记并核验基本账户，再重新支付。"),
    ),
    "FOREIGN_CURRENCY": (
        _("不是人民币"),
        _("这笔钱自动退回付款账户。请用人民币重新支付。"),
    ),
    "REVERSED": (_("银行已冲回这笔入账"), _("请与付款银行核实原因，并在支付时限前重新支付。")),
    "REVOKED": (_("本单位已撤单"), _("保费自动退回付款账户。")),
    "SURRENDERED": (_("本单位已退保"), _("保费自动退回付款账户。")),
    "CANCELLED": (_("本单位已撤销申请"), _("已付的部分自动退回付款账户。")),
    "UNPAID": (_("支付时限内没有付清"), _("已付的部分自动退回付款账户。")),
    "LATE_ISSUED": (_("开立时已过投标截止"), _("保费自动退回付款账户。")),
    "GUARANTOR_DECLINED": (_("担保机构没有同意出函"), _("保费自动退回付款账户。")),
    "DEADLINE_PASSED": (_("投标已截止"), _("保费自动退回付款账户。")),
    "LOT_TERMINATED": (_("标段已终止"), _("保费自动退回付款账户。")),
    "AMOUNT_CHANGED": (_("标段的保证金金额已变更"), _("保费自动退回付款账户。")),
    "AMOUNT_LOWERED": (_("保函金额调低"), _("保费差额自动退回付款账户。")),
    "NOT_AMENDED": (_("保函变更没有办成"), _("已付的差额自动退回付款账户。")),
}
BANK_PROBLEMS = {
    "BANK_UNREACHABLE": _("银行系统暂时没有应答，可能正忙。资金不受影响，请稍后再查询。"),
    "BANK_REFUSED": _("银行拒绝了这次查询。资金不受影响，请稍后再试或致电咨询。"),
}


def explain_premium(verdict: PremiumVerdict) -> parts.Check:
    """Return a verdict on money for a premium as the row that people read."""
    title, expected, actual = PREMIUM_CHECKS[verdict.check]
    compared = [
        (str(label), value)
        for label, value in ((expected, verdict.expected), (actual, verdict.actual))
        if value
    ]
    why = premium_reason(verdict.reason)
    remedy = f"{why}。{premium_remedy(verdict.reason)}" if why else ""
    return parts.Check(str(title), verdict.finding.value, tuple(compared), remedy)


def premium_reason(code: str) -> str:
    """Return why in a few words; nothing for nothing."""
    return str(PREMIUM_REASONS[code][0]) if code in PREMIUM_REASONS else code


def premium_remedy(code: str) -> str:
    """Return what becomes of the money, and what to do now."""
    return str(PREMIUM_REASONS[code][1]) if code in PREMIUM_REASONS else ""


def bank_problem(code: str) -> str:
    """Return why a bank did not answer a question; nothing if it did."""
    return str(BANK_PROBLEMS.get(code, ""))
