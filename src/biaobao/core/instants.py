"""Instants as law and people count them: in Shanghai, to the second."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day_of(instant: datetime) -> date:
    """Return the calendar day on which the instant falls."""
    return instant.astimezone(SHANGHAI).date()


def read_out(instant: datetime) -> str:
    """Return the instant as people read it: ``2025-12-08 14:30:00``."""
    return instant.astimezone(SHANGHAI).isoformat(" ")[: len("2025-12-08 14:30:00")]
