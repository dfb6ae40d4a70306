"""The three steps of registering for a lot, as a bidder reads them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from biaobao.core.instants import read_out
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Registration
from biaobao.web.ui.parts import Step

TITLES = ("选择联系人", "下载招标文件", "保存")


def times(registration: Registration | None) -> tuple[datetime | None, ...]:
    """Return when each of the three steps was done, or None."""
    if registration is None:
        return (None, None, None)
    return (
        registration.contact_chosen_at,
        registration.file_collected_at,
        registration.registered_at,
    )


def is_over(lot: Lot, now: datetime) -> bool:
    """Tell whether nobody can register for a lot now: its time is over, or it is halted."""
    return now > lot.deadline_at or lot.state is not LotState.PUBLISHED


def of(lot: Lot, registration: Registration | None, *, now: datetime) -> list[Step]:
    """Return the steps with their states; the first one not done is the one to do."""
    done = times(registration)
    waiting = "blocked" if is_over(lot, now) else "current"
    states = []
    for at in done:
        states.append("done" if at else waiting)
        waiting = waiting if at else ("blocked" if is_over(lot, now) else "todo")
    return [
        Step(_(title), state, url=f"#s{number}", hint=read_out(at) if at else "")
        for number, (title, state, at) in enumerate(zip(TITLES, states, done, strict=True), 1)
    ]


def next_step(registration: Registration | None) -> str:
    """Return what a bidder has to do next."""
    for title, at in zip(TITLES, times(registration), strict=True):
        if at is None:
            return _(title)
    return _("保证金查询")
