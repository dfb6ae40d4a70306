"""The clock of the edges; the domain is told the time and never asks."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)
