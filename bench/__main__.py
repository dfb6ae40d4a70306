"""``python -m bench``: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import baseline, load, server
from bench.measuring import Run
from bench.report import PAGE, Report
from bench.scale import FULL, QUICK
from bench.sections import notices, pushes
from bench.world import World

# In the order in which they run: the few are measured before the many are there.
SECTIONS: dict[str, Callable[[Run], None]] = {
    "notices": notices.measure,
    "http": pushes.measure,
}


def main() -> int:
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
        for name in wanted:
            SECTIONS[name](run)
        report.write(
            running,
            command=f"python -m bench {' '.join(sys.argv[1:])}".strip(),
            path=arguments.output,
        )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"some of: {', '.join(SECTIONS)}; else all")
    parser.add_argument("--quick", action="store_true", help="a few of each, to see that it runs")
    parser.add_argument("--output", type=Path, default=PAGE, help="where the page is written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
