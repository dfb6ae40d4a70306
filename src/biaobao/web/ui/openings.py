"""The opening list as agencies and supervisors read it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from biaobao.core.instants import read_out
from biaobao.core.money import Money
from biaobao.web.ui import verdicts
from biaobao.web.ui.lots import way
from biaobao.web.ui.sheets import inert
from biaobao.web.ui.words import WORDS

STATES = {
    "SECURED": ("ok", "已缴纳"),
    "RELEASED": ("muted", "已缴纳，已退还"),
    "REQUIRED": ("bad", "未有效缴纳"),
    "": ("muted", "未选择方式"),
}


def columns() -> list[str]:
    """Return the headings of the list's file."""
    return [
        _("投标人"),
        _("统一社会信用代码"),
        _("报名时间"),
        _("缴纳方式"),
        _("状态"),
        _("缴纳完成时间"),
        _("应缴（元）"),
        _("到账（元）"),
        _("未有效缴纳的原因"),
        _("提示"),
    ]


def line(row: Any) -> list[str]:
    """Return a row of the opening list for its file."""
    return [
        inert(row.bidder_name),
        row.bidder_uscc,
        read_out(row.registered_at),
        way(row.way),
        state_words(row.state)[1],
        read_out(row.secured_at) if row.secured_at else "",
        _yuan(row.required),
        _yuan(row.received),
        verdicts.reason(row.reason),
        "；".join(flag_words(flag) for flag in row.flags),
    ]


def state_words(state: str) -> tuple[str, str]:
    """Return the tone and the word for whether a bidder secured the lot."""
    return STATES.get(state, ("muted", state))


def flag_words(flag: str) -> str:
    """Return what a flag of the list says; a word that has no sentence says itself."""
    return str(WORDS[flag][0]).rstrip("。") if flag in WORDS else flag


def _yuan(amount: Money) -> str:
    return f"{amount.fen // 100}.{amount.fen % 100:02d}"
