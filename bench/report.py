"""The figures: printed while they come, and written to docs/benchmarks.md at the end."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.server import REPOSITORY, Server

PAGE = REPOSITORY / "docs" / "benchmarks.md"
GIBIBYTE = 2**30

_HEAD = """\
# Benchmarks

Written by `make bench` on {day}; do not edit. What counts are **ratios within one run**: each figure stands
beside what the same server did in the same minutes. Figures of another machine, or of another hour of a
shared one, say little; run it on a machine of yours. They are what was seen, and promise nothing.

| | |
|---|---|
| Machine | {cores} cores, {memory:.0f} GiB, {system} |
| Software | Python {python}, PostgreSQL {postgres}, fsync {fsync} |
| Command | `{command}` |
| Code | {code} |

"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report.

    :param section: the heading that it stands under.
    :param value: the figure as people read it.
    :param target: what the house wants to reach, or nothing where it only wants to know.
    :param how: how it was measured.
    """

    section: str
    name: str
    value: str
    how: str
    target: str = ""


class Report:
    """Collects figures in the order in which they come."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)
        aim = f"   (target {figure.target})" if figure.target else ""
        print(f"{figure.section:<9} {figure.name}: {figure.value}{aim}", flush=True)

    def write(self, server: Server, path: Path) -> None:
        path.write_text(_head(server) + _tables(self.figures), encoding="utf-8")


def _head(server: Server) -> str:
    with server.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        ).fetchone()
    postgres, fsync = row or ("", "")
    return _HEAD.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        postgres=postgres,
        fsync=fsync,
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        code=_revision(),
    )


def _revision() -> str:
    """Return the commit that is measured, if the tree is a repository's."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or "unknown"


def _tables(figures: Sequence[Figure]) -> str:
    sections = dict.fromkeys(figure.section for figure in figures)
    parts = []
    for section in sections:
        rows = [figure for figure in figures if figure.section == section]
        parts.append(
            f"## {section}\n\n| Figure | Value | Target | How |\n|---|--:|--:|---|\n"
            + "".join(f"| {f.name} | {f.value} | {f.target} | {f.how} |\n" for f in rows)
        )
    return "\n".join(parts)
