"""The opening list as agencies and supervisors read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from biaobao.core.instants import read_out
from biaobao.core.money import Money
from biaobao.domain.claims.rules import objection_to_letter
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter, Unreadable
from biaobao.web.ui import verdicts
from biaobao.web.ui.lots import way
from biaobao.web.ui.sheets import inert
from biaobao.web.ui.words import WORDS

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

STATES = {
    "SECURED": ("ok", "已缴纳"),
    "RELEASED": ("muted", "已缴纳，已了结"),
    "REQUIRED": ("bad", "未有效缴纳"),
    "": ("muted", "未选择方式"),
}

LETTERS: dict[LetterState, tuple[str, _StrOrPromise]] = {
    LetterState.ISSUED_SEALED: ("wait", gettext_lazy("正在解密")),
    LetterState.DECRYPT_FAILED: ("bad", gettext_lazy("没有读出")),
    LetterState.UNSEALED: ("ok", gettext_lazy("已公开")),
    LetterState.CLAIMED_PARTIAL: ("warn", gettext_lazy("部分赔付")),
    LetterState.CLAIMED_FULL: ("muted", gettext_lazy("已赔付")),
    LetterState.RELEASED: ("muted", gettext_lazy("已解保")),
    LetterState.SURRENDERED: ("muted", gettext_lazy("已退保")),
    LetterState.EXPIRED: ("muted", gettext_lazy("已到期")),
}
UNREADABLE: dict[str, _StrOrPromise] = {
    Unreadable.NOT_OPENED: gettext_lazy("文件打不开"),
    Unreadable.CONTENT_CHANGED: gettext_lazy("文件与开立时保存的不一致"),
    Unreadable.NOT_GENUINE: gettext_lazy("签名不能证明文件真实"),
    Unreadable.FIELDS_DIFFER: gettext_lazy("文件内容与登记的不一致"),
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


def letter_words(letter: IssuedLetter) -> tuple[str, _StrOrPromise]:
    """Return the tone and the word for how a letter of an opened lot stands."""
    return LETTERS[letter.state]


def can_be_released(letter: IssuedLetter) -> bool:
    """Tell whether those who run the lot can end a letter's duty."""
    return not rules.why_not_released(letter)


def can_be_claimed(letter: IssuedLetter, now: datetime) -> bool:
    """Tell whether its beneficiary can demand something under a letter now."""
    return objection_to_letter(letter, at=now) is None


def unreadable(why: str) -> _StrOrPromise:
    """Return why a letter could not be read."""
    return UNREADABLE[why]


def state_words(state: str) -> tuple[str, str]:
    """Return the tone and the word for whether a bidder secured the lot."""
    return STATES.get(state, ("muted", state))


def flag_words(flag: str) -> str:
    """Return what a flag of the list says; a word that has no sentence says itself."""
    return str(WORDS[flag][0]).rstrip("。") if flag in WORDS else flag


def _yuan(amount: Money) -> str:
    return f"{amount.fen // 100}.{amount.fen % 100:02d}"
