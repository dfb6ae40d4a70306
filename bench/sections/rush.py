"""The last minute before a deadline: money comes in, and everybody looks whether it did."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench import files
from bench.load import Answer, Plan
from bench.measuring import Booking, Run, all_answered, percentiles
from bench.report import Figure
from bench.sections import pages
from bench.world import Place
from biaobao.domain.banking.types import Entry

SECTION = "Rush"
STORED = 202
# A third of the notices come one by one, the others in files of so many.
SINGLE_EVERY = 3
FILE_ENTRIES = 100
BROWSERS = 500
PREPARATION_SECONDS_MAX = 60
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages that fall due evenly over the minute, and the entries in each."""

    entries: Sequence[Sequence[Entry]]
    requests: Sequence[bytes]


def measure(run: Run) -> Iterator[int]:
    yield run.scale.many
    scale = run.scale
    with run.server.running("web", "inbound", "worker"):
        begin_at = math.ceil(time.time()) + _preparation_seconds(scale.rush_credits)
        deadline_at = datetime.fromtimestamp(begin_at + scale.rush_seconds, UTC)
        places = run.world.expect(scale.rush_credits, deadline_at=deadline_at)
        paid = [_paid(place, deadline_at) for place in places]
        deliveries = [_delivered(run, paid[::SINGLE_EVERY], 1)]
        rest = [entry for number, entry in enumerate(paid) if number % SINGLE_EVERY]
        deliveries.append(_delivered(run, rest, FILE_ENTRIES))
        looks = _looks(run, places)
        booking = Booking(run.server)
        if time.time() > begin_at:
            raise RuntimeError("the rush was not prepared in time")

        loading = _start(run, run.server.port, looks, scale.rush_pages, begin_at)
        inbound = run.server.inbound_port
        delivering = [
            _start(run, inbound, d.requests, len(d.requests), begin_at) for d in deliveries
        ]
        shown = all_answered(loading.result(), pages.OK)
        sent = [future.result() for future in delivering]
        taken = _taken(deliveries, sent)
        booking.wait_for(len(taken))
    _report(run, booking, paid, taken, shown, deadline_at)


def _taken(
    deliveries: Sequence[Delivery], sent: Sequence[Sequence[Answer]]
) -> list[tuple[Entry, float]]:
    """Return the entries that the house took, each with when its message was due.

    A house that falls behind by more than five minutes takes no message signed before.
    """
    return [
        (entry, answer.due_at)
        for delivery, answers in zip(deliveries, sent, strict=True)
        for entries, answer in zip(delivery.entries, answers, strict=True)
        for entry in entries
        if answer.status == STORED
    ]


def _preparation_seconds(credits: int) -> int:
    # Filling and writing files takes about 1 ms a credit; the machine may be busy.
    return 5 + PREPARATION_SECONDS_MAX * credits // 20_000


def _paid(place: Place, deadline_at: datetime) -> Entry:
    """Return a payment before the deadline, in its last second, in its own, or in the one after."""
    early = deadline_at - place.number % 60 * SECOND
    instants = (early, deadline_at - SECOND, deadline_at, deadline_at + SECOND)
    return files.paid(place, at=instants[place.number % len(instants)])


def _delivered(run: Run, entries: Sequence[Entry], together: int) -> Delivery:
    parts = [entries[start : start + together] for start in range(0, len(entries), together)]
    return Delivery(parts, files.pushed(run.server, map(files.notice, parts)))


def _looks(run: Run, places: Sequence[Place]) -> list[bytes]:
    watching = places[:: max(1, len(places) // BROWSERS)]
    keys = run.world.signed_in(watching)
    return [pages.page(run, place, key) for place, key in zip(watching, keys, strict=True)]


def _start(
    run: Run, port: int, requests: Sequence[bytes], number: int, begin_at: float
) -> Future[list[Answer]]:
    """Ask so many over the rush, each when it is due, whether or not earlier ones are answered."""
    again = -(-number // len(requests))
    return run.load.start(
        Plan(
            port,
            (list(requests) * again)[:number],
            begin_at=begin_at,
            per_second=number / run.scale.rush_seconds,
        )
    )


def _report(
    run: Run,
    booking: Booking,
    paid: Sequence[Entry],
    taken: Sequence[tuple[Entry, float]],
    shown: Sequence[Answer],
    deadline_at: datetime,
) -> None:
    scale = run.scale
    wrong, judged = _misjudged(run, paid, deadline_at)
    through_at = booking.through_at()
    waits = [through_at[entry.serial] - due_at for entry, due_at in taken]
    within = (
        f"{scale.rush_credits:,} credits and {scale.rush_pages:,} pages in {scale.rush_seconds} s"
    )
    run.report.add(
        Figure(
            SECTION,
            "credits judged wrong",
            f"{wrong:,} of {len(paid):,}",
            f"{within}, {scale.many:,} held; {judged['CONFIRMED']:,} in time, up to the deadline's own"
            f" second, and {judged['INVALID']:,} a second late",
            target="0",
        )
    )
    run.report.add(
        Figure(
            SECTION,
            "page, p50 / p95 / p99",
            percentiles([answer.seconds for answer in shown]),
            "from when the request was due, so that waiting for a connection counts",
        )
    )
    run.report.add(
        Figure(
            SECTION,
            "from notice to 已到账, p50 / p95 / p99",
            percentiles(waits),
            "from when the bank's message was due to the commit with its verdict; a third came one by"
            f" one, the others in files of {FILE_ENTRIES}",
        )
    )


def _misjudged(run: Run, paid: Iterable[Entry], deadline_at: datetime) -> tuple[int, Counter[str]]:
    """Return how many credits have another verdict than their second asks for, and the verdicts."""
    verdicts = run.world.verdicts(deadline_at)
    wrong, seen = 0, Counter[str]()
    for entry in paid:
        found = verdicts.get(entry.serial)
        wrong += found != _expected(entry.credited_at or deadline_at, deadline_at)
        seen[found[0] if found else "MISSING"] += 1
    return wrong, seen


def _expected(
    credited_at: datetime, deadline_at: datetime
) -> tuple[str, str, str, datetime | None]:
    if credited_at <= deadline_at:
        return "CONFIRMED", "COUNTED", "", credited_at
    return "INVALID", "REFUNDABLE", "LATE", None
