"""The three steps of registering for a lot, as a bidder reads them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from biaobao.core.instants import read_out
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


def of(lot: Lot, registration: Registration | None, *, now: datetime, url: str) -> list[Step]:
    """Return the steps with their states; the first one not done is the one to do."""
    done = times(registration)
    waiting = "blocked" if now > lot.deadline_at else "current"
    states = []
    for at in done:
        states.append("done" if at else waiting)
        waiting = waiting if at else ("blocked" if now > lot.deadline_at else "todo")
    return [
        Step(_(title), state, url=url, hint=read_out(at) if at else "")
        for title, state, at in zip(TITLES, states, done, strict=True)
    ]


def next_step(registration: Registration | None) -> str:
    """Return what a bidder has to do next."""
    for title, at in zip(TITLES, times(registration), strict=True):
        if at is None:
            return _(title)
    return _("保证金查询")
