"""A file of many notices: through matching, books, states and audit."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from bench import files
from bench.load import Plan
from bench.measuring import Booking, Run, all_answered
from bench.report import Figure
from bench.tables import PAST

SECTION = "Notices"
STORED = 202


def measure(run: Run) -> Iterator[int]:
    scale = run.scale
    rates = {}
    for held in (scale.few, scale.many):
        yield held
        tps = run.baseline()
        with run.server.running("web", "worker"):
            _book(run, scale.entries // 10)  # the processes have loaded what they need
            rates[held] = [_book(run, scale.entries) for _ in range(scale.repeats)]
        rate = statistics.median(rates[held])
        run.report.add(
            Figure(
                SECTION,
                f"a file of {scale.entries:,} notices, {held:,} held",
                f"{rate / tps:.2f} ×",
                f"{rate:,.0f} notices/s against {tps:,.0f} transactions/s of pgbench's TPC-B with"
                " 8 clients just before; from the first byte of the file's POST to the last commit",
                target="≥ 2 ×",
            )
        )
    few, many = (statistics.median(rates[held]) for held in (scale.few, scale.many))
    run.report.add(
        Figure(
            SECTION,
            f"cost per notice, {scale.many:,} held to {scale.few:,} held",
            f"{few / many:.2f}",
            "the quotient of the two above, in seconds per notice",
            target="near 1",
        )
    )


def _book(run: Run, number: int) -> float:
    """Let a file of so many notices be pushed and booked, and return how many went through in a second."""
    places = run.world.expect(number)
    content = files.notice([files.paid(place, at=PAST) for place in places])
    booking = Booking(run.server)
    began = time.time()
    plan = Plan(run.server.port, files.pushed(run.server, [content]), at_once=1)
    all_answered(run.load.send(plan), STORED)
    booking.wait_for(number)
    return number / (max(booking.through_at().values()) - began)
