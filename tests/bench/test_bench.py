"""That the bench runs: a few of each, of whatever needs no network. Its figures are not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SECTIONS = ("notices", "http", "pages", "memory", "letters", "pools", "rush")
SECONDS_MAX = 900
# The tests' own settings, which the bench must not see.
OURS = ("BIAOBAO_", "DJANGO_", "DATABASE_URL", "PYTEST_")


@pytest.mark.xdist_group("product")
def test_every_section_runs_and_is_on_the_page(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\n## Notices\n\nof long ago\n\n## Hordak\n\nas it was\n")
    command = [sys.executable, "-m", "bench", "--quick", "--output", str(page), *SECTIONS]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}

    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    written = page.read_text(encoding="utf-8")
    headings = [line for line in written.splitlines() if line.startswith("## ")]
    # What was measured takes the place of what stood there; what was not stays.
    sections = [
        "Notices",
        "Hordak",
        "Pushes",
        "Pages",
        "Memory",
        "Letters",
        "Pools",
        "Rush",
        "Books",
    ]
    assert headings == [f"## {section}" for section in sections]
    assert ("of long ago" in written, "as it was" in written) == (False, True)
    assert "| credits judged wrong | 0 of 60 | 0 |" in written
    assert "| 70 approved, 130 declined | 70 and 130 |" in written
