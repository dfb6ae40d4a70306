"""A file of many notices: through matching, books, states and audit."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench import baseline, files
from bench.baseline import Baseline
from bench.load import Plan
from bench.measuring import Booking, Run, all_answered
from bench.report import Figure
from bench.tables import PAST

SECTION = "Notices"
STORED = 202


def measure(run: Run) -> Iterator[int]:
    scale = run.scale
    ratios = {}
    for held in (scale.few, scale.many):
        yield held
        pairs = [_beside_the_baseline(run) for _ in range(scale.repeats)]
        for branches in baseline.BRANCHES:
            ratio = statistics.median(rate / tps[branches] for rate, tps in pairs)
            ratios[held, branches] = ratio
            seen = ", ".join(f"{rate:,.0f} against {tps[branches]:,.0f}" for rate, tps in pairs)
            run.report.add(
                Figure(
                    SECTION,
                    f"a file of {scale.entries:,} notices, {held:,} held{baseline.beside(branches)}",
                    f"{ratio:.2f} ×",
                    f"notices/s against {baseline.words(branches)}, the median of {seen};"
                    " from the first byte of the file's POST to the last commit",
                    target="≥ 2 ×" if (held, branches) == (scale.few, baseline.ONE) else "",
                )
            )
    run.report.add(
        Figure(
            SECTION,
            f"cost per notice, {scale.many:,} held to {scale.few:,} held",
            f"{ratios[scale.few, baseline.TEN] / ratios[scale.many, baseline.TEN]:.2f}",
            "the quotient of the two beside ten branches: a machine that grew slower is no cost of ours",
            target="near 1",
        )
    )


def _beside_the_baseline(run: Run) -> tuple[float, Baseline]:
    """Return the notices booked in a second, and the baseline's transactions just before."""
    tps = run.baseline()
    with run.server.running("inbound", "worker"):
        _book(run, run.scale.entries // 10)  # the processes have loaded what they need
        return _book(run, run.scale.entries), tps


def _book(run: Run, number: int) -> float:
    """Let a file of so many notices be pushed and booked, and return how many went through in a second."""
    places = run.world.expect(number)
    content = files.notice([files.paid(place, at=PAST) for place in places])
    booking = Booking(run.server)
    plan = Plan(run.server.inbound_port, files.pushed(run.server, [content]), at_once=1)
    (answer,) = all_answered(run.load.send(plan), STORED)
    booking.wait_for(number)
    return number / (max(booking.through_at().values()) - answer.due_at)
