"""The record of a run, as docs/crash-record.md shows it."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from crash import points
from crash.killing import AT_RANDOM, PARTS
from crash.parts import REPOSITORY
from crash.rounds import REPEAT, Story

_CHECKED = """\
After each round the bank is switched back to normal, one inbound process and one worker run unharmed until
nothing waits, and then, from the bank's own books and the house's:

- every message that the house acknowledged, by 2xx or by fetching and deleting it, is stored, byte for byte;
- every entry of the bank is a notice exactly once, and was moved in the books exactly once;
- every payment order stands here as it stands at the bank, each refund's money went out and stayed out
  exactly once, and the bank paid nothing that nobody ordered;
- what the books say lies at the bank is what the bank says; what each bidder paid, less what it has back,
  is what its deposits hold;
- no file is unread or kept aside, no order is under way, no notice waits, no refund is left over;
- `biaobao verify-ledger` exits 0."""


def write(path: Path, story: Story, *, seed: int, minutes: float) -> None:
    """Write the record of a run."""
    kills = story.tally.kills
    by_part = Counter[str]()
    for (part, _), number in kills.items():
        by_part[part] += number
    lines = [
        "# Killed, and counted",
        "",
        "A record of `make crash`: processes of the product and its PostgreSQL are killed with SIGKILL",
        "while bidders pay, give up and get their money back, and the bank repeats, keeps silent and",
        "returns. The run itself writes it.",
        "",
        "| | |",
        "|---|---|",
        f"| Command | `make crash ARGS='--kills {story.tally.wanted} --seed {seed}'` |",
        f"| Day | {datetime.now(UTC):%Y-%m-%d} |",
        f"| Commit | {_commit()} |",
        f"| Machine | {_machine()} |",
        f"| Took | {minutes:.0f} minutes |",
        f"| Kills | {story.tally.total} |",
        f"| Result | {'all adds up' if not story.complaints else 'IT DOES NOT ADD UP'} |",
        "",
        *(f"- {complaint}" for complaint in story.complaints),
        "## Who was killed",
        "",
        "| Part | Kills |",
        "|---|--:|",
        *(f"| {part} | {by_part[part]} |" for part in (*PARTS, "postgres")),
        "",
        "Two workers and two processes of people ran at once, one inbound process and one PostgreSQL;",
        "each was killed independently of the others. Killing PostgreSQL is killing the postmaster and all",
        "that it started.",
        "",
        "## Where",
        "",
        "| Part | Step | before | after |",
        "|---|---|--:|--:|",
        *(
            f"| {part} | {step} | {kills[part, f'before: {step}']} |"
            f" {kills[part, f'after: {step}']} |"
            for part in PARTS
            for step in points.STEPS[part]
        ),
        *(
            f"| {part} | {AT_RANDOM} | {kills[part, AT_RANDOM]} | |"
            for part in (*PARTS, "postgres")
        ),
        "",
        "## How the bank behaved",
        "",
        f"Each notice was sent {REPEAT} times. Payments, round by round: {', '.join(story.modes)}",
        "([what these mean](bank-host-to-host.md)).",
        "",
        "## What happened",
        "",
        "| | |",
        "|---|--:|",
        *(f"| {what} | {number} |" for what, number in story.totals.items()),
        "",
        "## What was checked",
        "",
        _CHECKED,
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def _machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}"
    )


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - the one on the path
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"
