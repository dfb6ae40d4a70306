"""What sections share: the run they belong to, waiting until notices are through, and percentiles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import baseline
from bench.baseline import Baseline
from bench.load import Answer, Generator
from bench.report import Report
from bench.scale import Scale
from bench.server import Server
from bench.world import World

PATIENCE_SECONDS = 600
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench: what is measured, how much, and where the figures go."""

    server: Server
    scale: Scale
    world: World
    load: Generator
    report: Report

    def baseline(self) -> Baseline:
        """Return the transactions of pgbench that the server does in a second just now.

        The product must not run beside it: a busy worker would lower what it is measured against.
        """
        return baseline.transactions_per_second(self.server, seconds=self.scale.baseline_seconds)


class Booking:
    """The notices that are booked from now on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        with server.connect() as connection:
            row = connection.execute("SELECT coalesce(max(id), 0) FROM banking_notice").fetchone()
        self._after = row[0] if row else 0

    def wait_for(self, number: int) -> None:
        """Wait until so many are booked.

        :raises TimeoutError: if they are not after ten minutes.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        with self._server.connect() as connection:
            while time.monotonic() < until:
                if self._count(connection) >= number:
                    return
                time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"{number} notices were not booked within {PATIENCE_SECONDS} s")

    def count(self) -> int:
        """Return how many are booked by now."""
        with self._server.connect() as connection:
            return self._count(connection)

    def through_at(self) -> dict[str, float]:
        """Return when each notice was through, by its serial: its commit, in seconds since the epoch."""
        with self._server.connect() as connection:
            rows = connection.execute(
                "SELECT serial, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
                " FROM banking_notice WHERE id > %s",
                [self._after],
            )
            return dict(rows.fetchall())

    def _count(self, connection: psycopg.Connection[Any]) -> int:
        row = connection.execute(
            "SELECT count(*) FROM banking_notice WHERE id > %s AND state <> 'RECEIVED'",
            [self._after],
        ).fetchone()
        return int(row[0]) if row else 0


def all_answered(answers: Sequence[Answer], status: int) -> Sequence[Answer]:
    """Return the answers, which are all to have this status.

    :raises RuntimeError: if one has another.
    """
    others = {answer.status for answer in answers} - {status}
    if others:
        raise RuntimeError(f"answered with {sorted(others)}")
    return answers


def percentiles(seconds: Sequence[float]) -> str:
    """Return the 50th, 95th and 99th percentile, as people read them."""
    of_hundred = statistics.quantiles(seconds, n=100, method="inclusive")
    return " / ".join(_duration(of_hundred[n - 1]) for n in (50, 95, 99))


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
