"""How lots and their terms are said, in every console the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import AnnouncementKind, Lot, Way

WAYS = {Way.DEPOSIT: _("保证金"), Way.GUARANTEE: _("保函"), Way.POOL: _("联保金")}
ANNOUNCED = {
    AnnouncementKind.POSTPONED: ("wait", _("延期")),
    AnnouncementKind.AMOUNT_CHANGED: ("warn", _("变更保证金金额")),
    AnnouncementKind.SUSPENDED: ("warn", _("暂停")),
    AnnouncementKind.RESUMED: ("ok", _("恢复")),
    AnnouncementKind.TERMINATED: ("bad", _("终止")),
    AnnouncementKind.FAILED: ("bad", _("流标")),
    AnnouncementKind.AWARDED: ("ok", _("中标结果")),
    AnnouncementKind.AWARD_WITHDRAWN: ("warn", _("撤销中标结果")),
    AnnouncementKind.CONTRACTED: ("ok", _("合同签订")),
}
# Where a lot stands whatever its clocks say.
_STAGES = {
    LotState.DRAFT: ("muted", _("草稿")),
    LotState.SUSPENDED: ("warn", _("已暂停")),
    LotState.TERMINATED: ("bad", _("已终止")),
    LotState.OPENED: ("ok", _("已开标")),
    LotState.FAILED: ("bad", _("已流标")),
    LotState.AWARDED: ("ok", _("已定标")),
    LotState.CONTRACTED: ("ok", _("已签订合同")),
}


def way(code: str) -> str:
    """Return the manual's word for a way to secure a lot."""
    return str(WAYS[Way(code)]) if code else ""


def ways(codes: Iterable[str]) -> str:
    return "、".join(way(code) for code in codes)


def stage(lot: Lot, now: datetime) -> tuple[str, object]:
    """Return the tone and the word for where a lot stands: its state, and what its clocks add."""
    if lot.state in _STAGES:
        return _STAGES[lot.state]
    if now <= lot.deadline_at:
        return "info", _("报名中")
    if now < lot.opening_at:
        return "wait", _("已截止，待开标")
    return "warn", _("到开标时间")
