"""Instants as law and people count them: in Shanghai, to the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day_of(instant: datetime) -> date:
    """Return the calendar day on which the instant falls."""
    return instant.astimezone(SHANGHAI).date()


def days_after(day: date, days: int, *, is_working_day: Callable[[date], bool | None]) -> date:
    """Return the last of so many days: the first does not count, and a day off makes it the next working day
    (Civil Code, art. 201 and 203).
    """
    last = day + timedelta(days=days)
    while is_working_day(last) is False:
        last += timedelta(days=1)
    return last


@lru_cache(maxsize=2**16)
def read_out(instant: datetime) -> str:
    """Return the instant as people read it: ``2025-12-08 14:30:00``."""
    # Many credits are judged by few instants: one deadline, and the seconds before it.
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
