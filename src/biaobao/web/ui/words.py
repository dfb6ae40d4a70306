"""What people read when something is refused: what happened, why, and what now.

Each code has its three sentences in ``WORDS``, the only place. ``{names}`` are filled with the
objection's facts. Sentences say who does what, and blame nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.core.refusal import Objection

Templates = tuple[str | Promise, str | Promise, str | Promise]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal in three parts, and the article or standard that asks for it, if one does."""

    what: str
    why: str
    now: str
    citation: str = ""


GENERAL: Templates = (
    _("这一步没有办成，资料和资金都没有变动。"),
    _("当前情况不符合办理条件。"),
    _("请返回上一页核对；如仍不明白，请拨打页面下方的咨询电话，并告知代码 {code}。"),
)

WORDS: dict[str, Templates] = {}


class _Facts(dict[str, str]):
    """Facts that never fail a sentence: a missing one is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def explain(objection: Objection) -> Explanation:
    """Return the words for an objection; a code without words of its own gets general ones."""
    facts: Mapping[str, str] = _Facts(objection.facts, code=objection.code)
    what, why, now = (str(part).format_map(facts) for part in WORDS.get(objection.code, GENERAL))
    return Explanation(what, why, now, objection.citation)
