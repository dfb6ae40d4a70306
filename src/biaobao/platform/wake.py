"""Waking the worker: a notification that arrives when, and only when, the transaction commits.

Nothing depends on it. A sleeping worker finds the same rows at its next round.
"""

from __future__ import annotations

from django.db import connection


def channel(what: str) -> str:
    """Return the channel on which those listen who do this kind of work, and nobody else."""
    return f"biaobao {what}"


def worker(what: str) -> None:
    """Wake the worker for some kind of work; many wakings in one transaction are one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel(what)])
