"""The figures: printed while they come, and written to docs/benchmarks.md at the end, section by section.

A section on the page says when it was measured, where and how: one that is measured anew takes the place of
the one before, and the others stay.
"""

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

Written by `make bench`; do not edit. What counts are **ratios within one run**: each figure stands beside
what the same server did in the same minutes. Figures of another machine, or of another hour of a shared one,
say little; run it on a machine of yours. They are what was seen, and promise nothing.
"""
_MEASURED = (
    "{day}, {code}, `{command}`; {cores} cores, {memory:.0f} GiB, {system}; Python {python}, PostgreSQL"
    " {postgres}, fsync {fsync}."
)


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
        """Put the figures on the page, each section in the place of what stood there under its name."""
        kept = _sections(path.read_text(encoding="utf-8")) if path.exists() else {}
        measured = _measured(server)
        names = dict.fromkeys(figure.section for figure in self.figures)
        new = {name: _table(self.figures, name, measured) for name in names}
        path.write_text("\n".join([_HEAD, *(kept | new).values()]), encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    """Return the sections of a page by their names."""
    _, *found = page.split("\n## ")
    return {each.partition("\n")[0]: f"## {each.strip()}\n" for each in found}


def _measured(server: Server) -> str:
    with server.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        ).fetchone()
    postgres, fsync = row or ("", "")
    return _MEASURED.format(
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


def _table(figures: Sequence[Figure], section: str, measured: str) -> str:
    rows = [figure for figure in figures if figure.section == section]
    return (
        f"## {section}\n\n{measured}\n\n| Figure | Value | Target | How |\n|---|--:|--:|---|\n"
        + "".join(f"| {f.name} | {f.value} | {f.target} | {f.how} |\n" for f in rows)
    )
