"""``python -m bench``: measure, print, and write what was measured into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import baseline, load, server
from bench.measuring import Run
from bench.report import PAGE, Figure, Report
from bench.scale import FULL, QUICK
from bench.sections import hordak, letters, memory, notices, pages, pools, pushes, rush
from bench.world import World

# A section yields how many registrations must be held before it goes on.
Section = Callable[[Run], Iterator[int]]
SECTIONS: dict[str, Section] = {
    "notices": notices.measure,
    "http": pushes.measure,
    "hordak": hordak.measure,
    "pages": pages.measure,
    "memory": memory.measure,
    "letters": letters.measure,
    "pools": pools.measure,
    "rush": rush.measure,
}


def main() -> int:
    # A shell that starts us in the background has us ignore Ctrl-C; the servers are stopped all the same.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    arguments = _arguments()
    wanted = [name for name in SECTIONS if name in (arguments.sections or SECTIONS)]
    scale = QUICK if arguments.quick else FULL
    report = Report()
    with (
        tempfile.TemporaryDirectory(prefix="biaobao-bench-") as folder,
        server.started(Path(folder)) as running,
        load.generator() as generator,
    ):
        world = World(running, bidders=scale.bidders)
        baseline.prepare(running)
        run = Run(running, scale, world, generator, report)
        try:
            _measure(run, [SECTIONS[name] for name in wanted])
            books_agree = _recount(run)
        finally:
            # What was measured before something broke was measured all the same.
            # Small figures would be misread on the page that all read.
            if path := arguments.output or (None if arguments.quick else PAGE):
                report.write(running, path)
    return 0 if books_agree else 1


def _measure(run: Run, sections: Sequence[Section]) -> None:
    """Run the sections so that what wants few registrations comes before the many are filled."""
    begun = [section(run) for section in sections]
    waiting = [(next(section), number) for number, section in enumerate(begun)]
    while waiting:
        held, number = min(waiting)
        waiting.remove((held, number))
        run.world.hold(held)
        if (more := next(begun[number], None)) is not None:
            waiting.append((more, number))


def _recount(run: Run) -> bool:
    """Have the product recompute its books: what was fast and wrong is no figure."""
    done = subprocess.run(
        run.server.biaobao("verify-ledger"),
        env=run.server.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    said = done.stdout.partition("\n")[0] or done.stderr
    agree = done.returncode == 0
    value = "agree" if agree else "do not agree"
    run.report.add(Figure("Books", "after all of it", value, f"`biaobao verify-ledger`: {said}"))
    return agree


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "sections",
        nargs="*",
        choices=[*SECTIONS, []],
        metavar="SECTION",
        help=f"some of {', '.join(SECTIONS)}; else all",
    )
    parser.add_argument("--quick", action="store_true", help="a few of each, to see that it runs")
    parser.add_argument("--output", type=Path, help="a page for these figures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
