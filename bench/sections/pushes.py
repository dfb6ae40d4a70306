"""Single notices delivered by HTTP, 8 at once, all to one bank account."""

from __future__ import annotations

from collections.abc import Iterator

from bench import baseline, files
from bench.load import Plan
from bench.measuring import Booking, Run, all_answered, percentiles
from bench.report import Figure
from bench.tables import PAST

SECTION = "Pushes"
STORED = 202
AT_ONCE = 8
WARMING = 30


def measure(run: Run) -> Iterator[int]:
    yield run.scale.few
    tps = run.baseline()
    with run.server.running("inbound", "worker"):
        # One by one, each a booking of its own: all is loaded then, and each statement planned for good.
        _push(run, WARMING, at_once=1)
        seconds, waits = _push(run, run.scale.pushes, at_once=AT_ONCE)
    rate = run.scale.pushes / seconds
    pushed = f"{run.scale.pushes:,} single notices by HTTP, {AT_ONCE} at once, until booked"
    for branches in baseline.BRANCHES:
        run.report.add(
            Figure(
                SECTION,
                f"{pushed}{baseline.beside(branches)}",
                f"{rate / tps[branches]:.2f} ×",
                f"{rate:,.0f} notices/s against {tps[branches]:,.0f} {baseline.words(branches)};"
                " from the first request to the last commit",
                target="≥ 0.5 ×" if branches == baseline.ONE else "",
            )
        )
    run.report.add(
        Figure(
            SECTION,
            "from request to 已到账, p50 / p95 / p99",
            percentiles(waits),
            "from the first byte of a notice's request to the commit that confirms its deposit",
        )
    )


def _push(run: Run, number: int, *, at_once: int) -> tuple[float, list[float]]:
    """Return the seconds until all are booked, and what each took."""
    places = run.world.expect(number)
    entries = [files.paid(place, at=PAST) for place in places]
    requests = files.pushed(run.server, (files.notice([entry]) for entry in entries))
    booking = Booking(run.server)
    plan = Plan(run.server.inbound_port, requests, at_once=at_once)
    answers = all_answered(run.load.send(plan), STORED)
    booking.wait_for(number)
    through_at = booking.through_at()
    began = min(answer.due_at for answer in answers)
    waits = [
        through_at[entry.serial] - answer.due_at
        for entry, answer in zip(entries, answers, strict=True)
    ]
    return max(through_at.values()) - began, waits
