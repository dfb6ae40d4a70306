"""What a pooled deposit holds for a lot, in words: for its bidder, and for whoever verifies its receipt."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.domain.pools.states import HoldState
from biaobao.domain.pools.types import HeldRow
from biaobao.domain.securities.rules import CAUSES
from biaobao.web.ui.forfeitures import STATES

Badge = tuple[str, str | Promise]

# Why a pooled deposit covers a lot no more.
HOLD_ENDINGS = {
    "GIVEN_UP": _("本单位改用其他方式"),
    "TERMINATED": _("标段已终止"),
    "FAILED": _("流标"),
    "NOT_AWARDED": _("未中标"),
    "CONTRACTED": _("中标后已签订合同"),
    "VALIDITY_OVER": _("投标有效期已过"),
    "NOT_MEMBER": _("成员资格已结束"),
    "DATA_NOT_SYNCED": _("成员资格的款项没有登记到账"),
    "SUSPENDED": _("成员资格已暂停"),
    "NAME_CHANGED": _("单位名称与成员资格登记的不同"),
    "EXPIRED_BEFORE_OPENING": _("成员资格在开标前到期"),
    "EXPIRES_BEFORE_BID_VALIDITY_END": _("成员资格在投标有效期结束前到期"),
    "AREA_NOT_COVERED": _("成员资格不适用本标段的地区"),
    "KIND_NOT_COVERED": _("成员资格不适用本标段的采购类别"),
    "BELOW_FLOOR": _("联保金余额低于最低余额"),
    "CAP_TOO_LOW": _("本标段金额高于单个标段上限"),
    "BALANCE_TOO_LOW": _("联保金可用余额不足"),
    "PARALLEL_LIMIT": _("同时担保的标段数已满"),
}
# How a receipt stands: tone, in a word, in a line, why, and what to do now.
HOLDS = {
    HoldState.RESERVED: (
        "ok",
        _("有效"),
        _("凭证真实，联保金现在为该标段提供担保"),
        _("编号和验证码与平台登记的一致；开标时系统自动重新核对。"),
        _("请核对下面的投标人、标段和金额，与手中的凭证一致才能采用。"),
    ),
    HoldState.HELD: (
        "ok",
        _("有效"),
        _("凭证真实，联保金现在为该标段提供担保"),
        _("编号和验证码与平台登记的一致；开标时已重新核对通过。"),
        _("请核对下面的投标人、标段和金额，与手中的凭证一致才能采用。"),
    ),
    HoldState.RELEASED: (
        "muted",
        _("已解除"),
        _("凭证真实，但担保已经解除"),
        _("编号和验证码与平台登记的一致，但联保金已不再为该标段提供担保。"),
        _("不能作为投标担保采用；对解除有疑问，请联系平台。"),
    ),
    HoldState.LAPSED: (
        "bad",
        _("已失效"),
        _("凭证真实，但担保已经失效"),
        _("编号和验证码与平台登记的一致，但重新核对没有通过，联保金已不再为该标段提供担保。"),
        _("不能作为投标担保采用。"),
    ),
    HoldState.DEDUCTED: (
        "bad",
        _("已扣除"),
        _("凭证真实，但所担保的金额已按规定不予退还"),
        _("编号和验证码与平台登记的一致；担保的金额已按规定扣除，联保金已不再为该标段提供担保。"),
        _("不能作为投标担保采用。"),
    ),
}

# How a hold stands, to those who run the lot.
HELD: dict[HoldState, Badge] = {
    HoldState.RESERVED: ("wait", _("等待开标核对")),
    HoldState.HELD: ("ok", _("担保中")),
    HoldState.RELEASED: ("muted", _("已解除")),
    HoldState.LAPSED: ("bad", _("已失效")),
    HoldState.DEDUCTED: ("bad", _("已扣除")),
}


def why_ended(code: str) -> str:
    """Return in words why a hold ended."""
    return str(HOLD_ENDINGS.get(code) or CAUSES.get(code, code))  # type: ignore[call-overload]  # a cause is its code


def lines(rows: Sequence[HeldRow]) -> list[tuple[HeldRow, Badge, str, Badge | None]]:
    """Return what is held for bidders of an opened lot: how it stands, why it ended, its forfeiture."""
    return [
        (
            row,
            HELD[row.state],
            why_ended(row.ended_why),
            STATES[row.forfeiture_state] if row.forfeiture_state else None,
        )
        for row in rows
    ]
