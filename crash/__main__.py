"""``python -m crash``: kill, settle, count; again and again; and write docs/crash-record.md."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

from crash import parts
from crash.parts import REPOSITORY

PAGE = REPOSITORY / "docs" / "crash-record.md"


def main() -> int:
    # Told to stop, it stops what it started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {arguments.kills} kills", flush=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="biaobao-crash-") as folder,
        parts.house(Path(folder)) as house,
    ):
        django.setup()
        from crash import record, rounds  # noqa: PLC0415 - Django comes first

        story = rounds.run(house, kills=arguments.kills, seed=seed, of=arguments.rounds)
        for complaint in story.complaints:
            print(f"WRONG: {complaint}", flush=True)
        minutes = (time.monotonic() - began) / 60
        record.write(arguments.output, story, seed=seed, minutes=minutes)
    return 1 if story.complaints else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how many (300)")
    parser.add_argument("--rounds", type=int, default=6, help="in how many rounds (6)")
    parser.add_argument("--seed", type=int, help="repeats what was drawn by lot, not its instants")
    parser.add_argument("--output", type=Path, default=PAGE, help="where the record is written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
