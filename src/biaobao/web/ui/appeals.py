"""Appeals (申诉) against refused memberships, in words: for the company and for who decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from biaobao.domain.pools.states import AppealState
from biaobao.domain.pools.types import Appeal, Check, CoverVerdict, Mend
from biaobao.web.ui import parts, pools

Words = str | Promise

STATES: dict[AppealState, tuple[str, Words]] = {
    AppealState.FILED: ("wait", _("待处理")),
    AppealState.UPHELD: ("ok", _("已支持")),
    AppealState.REJECTED: ("bad", _("已驳回")),
    AppealState.WITHDRAWN: ("muted", _("已撤回")),
}
# What is looked at, and what it means that it failed.
CHECKS: dict[Check, tuple[Words, Words]] = {
    Check.NOT_MEMBER: (_("成员资格"), _("没有有效的成员资格")),
    Check.DATA_NOT_SYNCED: (_("款项登记"), _("款项没有登记到账")),
    Check.SUSPENDED: (_("是否暂停"), _("成员资格已暂停")),
    Check.NAME_CHANGED: (_("单位名称"), _("名称与登记的不同")),
    Check.BELOW_FLOOR: (_("余额"), _("余额低于最低余额")),
}
# What an operator mends, and which check asks for it.
MENDS: dict[Mend, tuple[Check, Words]] = {
    Mend.TAKE_NAME: (Check.NAME_CHANGED, _("成员资格改用单位现在的名称")),
    Mend.RESUME: (Check.SUSPENDED, _("恢复被暂停的成员资格")),
}


@dataclass(frozen=True, slots=True)
class ShownAppeal:
    """An appeal in words."""

    row: Appeal
    tone: str
    word: Words
    reasons: str
    mends: str
    is_open: bool


def shown(row: Appeal) -> ShownAppeal:
    return ShownAppeal(
        row,
        *STATES[row.state],
        reasons="、".join(str(CHECKS[each][1]) for each in row.reasons),
        mends="、".join(str(MENDS[each][1]) for each in row.mends),
        is_open=row.state is AppealState.FILED,
    )


def checks(verdicts: Iterable[CoverVerdict]) -> list[parts.Check]:
    """Return what was looked at, with the values compared."""
    return [
        parts.Check(
            str(CHECKS[each.check][0]), "PASS" if each.passes else "FAIL", tuple(_compared(each))
        )
        for each in verdicts
    ]


def mends_of(verdicts: Sequence[CoverVerdict]) -> list[tuple[str, Words]]:
    """Return what can be mended at once of what fails, as choices."""
    failing = {each.check for each in verdicts if not each.passes}
    return [(mend.value, words) for mend, (check, words) in MENDS.items() if check in failing]


def _compared(verdict: CoverVerdict) -> Iterable[tuple[str, object]]:
    match verdict.check:
        case Check.NOT_MEMBER:
            yield _now("成员编号"), verdict.actual or _now("没有")
        case Check.DATA_NOT_SYNCED:
            yield _now("成员编号"), verdict.actual
            yield _now("还没有到账"), verdict.expected
        case Check.SUSPENDED:
            yield _now("暂停原因"), pools.why(verdict.actual) or _now("没有暂停")
        case Check.NAME_CHANGED:
            yield _now("登记的名称"), verdict.expected
            yield _now("现在的名称"), verdict.actual
        case _:
            yield _now("最低余额"), verdict.expected
            yield _now("现有余额"), verdict.actual
