"""Letters that could not be read at the opening (应急处理), as all consoles show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.domain.deposits.types import OpeningRow
from biaobao.domain.guarantees.states import ContingencyState
from biaobao.domain.guarantees.types import Cause, Contingency, Fault

Words = str | Promise

CAUSES: dict[Cause, Words] = {
    Cause.NOT_FETCHED: _("保函在开标时无法获取"),
    Cause.SOFTWARE: _("出函机构或保函系统的软件、数据库错误"),
    Cause.SERVER: _("服务器故障或停电"),
    Cause.ATTACK: _("病毒或网络攻击"),
    Cause.OTHER: _("其他原因"),
}
FAULTS: dict[Fault, Words] = {
    Fault.PLATFORM: _("交易平台或保函系统"),
    Fault.ISSUER: _("出函机构"),
}
STATES: dict[ContingencyState, tuple[str, Words]] = {
    ContingencyState.PROPOSED: ("wait", _("待监管确认")),
    ContingencyState.ACCEPTED: ("ok", _("应急确认有效")),
    ContingencyState.REFUSED: ("bad", _("未确认，投标担保无效")),
    ContingencyState.OVERTAKEN: ("muted", _("保函已读出，不再需要")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A contingency in words."""

    row: Contingency
    tone: str
    word: Words
    cause: Words
    fault: Words


def shown(row: Contingency) -> Shown:
    told = row.established
    return Shown(row, *STATES[row.state], CAUSES[told.cause], FAULTS[told.fault])


def flagged(rows: Iterable[OpeningRow], found: Sequence[Contingency]) -> list[OpeningRow]:
    """Return an opening list that says of whom something was decided, or is to be; the last one counts."""
    states = {each.bidder_id: each.state for each in found}
    return [replace(row, flags=(*row.flags, *_flags(states.get(row.bidder_id)))) for row in rows]


def _flags(state: ContingencyState | None) -> tuple[str, ...]:
    if state is None or state is ContingencyState.OVERTAKEN:
        return ()
    return (str(STATES[state][1]),)
