"""Peak memory: web, inbound, the worker, and the import of a large file."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench import files
from bench.load import Plan
from bench.measuring import Booking, Run, all_answered
from bench.report import Figure
from bench.sections import pages
from bench.server import BANK, peak_bytes
from bench.tables import PAST

SECTION = "Memory"
STORED = 202
MEBIBYTE = 2**20
SAMPLE = 1_000


def measure(run: Run) -> Iterator[int]:
    yield run.scale.few
    _measure_processes(run)
    _measure_import(run)


def _measure_processes(run: Run) -> None:
    places = run.world.open_places(pages.BROWSERS)
    keys = run.world.signed_in(places)
    loads = [pages.page(run, place, key) for place, key in zip(places, keys, strict=True)]
    paid = run.world.expect(run.scale.entries)
    content = files.notice([files.paid(place, at=PAST) for place in paid])
    with run.server.running("web", "inbound", "worker") as parts:
        booking = Booking(run.server)
        all_answered(run.load.send(Plan(run.server.port, loads)), pages.OK)
        push = Plan(run.server.inbound_port, files.pushed(run.server, [content]), at_once=1)
        all_answered(run.load.send(push), STORED)
        booking.wait_for(len(paid))
        peaks = {name: part.peak_bytes() for name, part in parts.items()}
    size = len(content) / MEBIBYTE
    after = {
        "web": f"the largest of its processes, after {len(loads)} pages",
        "inbound": f"the larger of its processes, after a push of {size:.0f} MiB",
        "worker": f"after booking that push of {len(paid):,} notices",
    }
    for name, what in after.items():
        run.report.add(Figure(SECTION, name, _mebibytes(peaks[name]), what))


def _measure_import(run: Run) -> None:
    sample = [files.paid(place, at=PAST) for place in run.world.expect(SAMPLE)]
    number = run.scale.large_bytes * SAMPLE // len(files.notice(sample))
    entries = [files.paid(place, at=PAST) for place in run.world.expect(number)]
    large = run.server.folder / "large.xml"
    large.write_bytes(files.notice(entries))
    booking = Booking(run.server)
    process = subprocess.Popen(
        run.server.biaobao("import-camt", BANK, str(large)),
        env=run.server.environment,
        stdout=subprocess.DEVNULL,
    )
    # Asked while it runs: what wait4 tells in the end counts this process, too, which it was forked from.
    peak = 0
    while process.poll() is None:
        with suppress(OSError, StopIteration):
            peak = max(peak, peak_bytes(Path(f"/proc/{process.pid}")))
        time.sleep(0.2)
    booked = booking.count()
    size = large.stat().st_size / MEBIBYTE
    run.report.add(
        Figure(
            SECTION,
            f"import of a file of {size:.0f} MiB",
            _mebibytes(peak) if booked == number else "not taken",
            f"`biaobao import-camt`: {booked:,} of {number:,} notices booked",
        )
    )


def _mebibytes(number: int) -> str:
    return f"{number / MEBIBYTE:,.0f} MiB"
