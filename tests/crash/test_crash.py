"""The crash harness itself, told to kill a dozen: ``make crash`` kills hundreds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crash import points

REPOSITORY = Path(__file__).parents[2]
# The tests' own settings, which the harness must not see.
OURS = ("BIAOBAO_", "DJANGO_", "DATABASE_URL", "PORT", "PYTEST_")
SECONDS_MAX = 600


@pytest.mark.parametrize(
    ("part", "step"), [(part, step) for part in points.STEPS for step in points.STEPS[part]]
)
def test_every_step_to_die_at_is_one_of_the_product(part: str, step: str):
    holder, name = points.found(part, step)

    assert callable(getattr(holder, name))


@pytest.mark.xdist_group("product")
def test_whoever_is_killed_every_notice_is_booked_and_every_order_paid_once(tmp_path: Path):
    # INV-4, INV-5, INV-12
    record = tmp_path / "record.md"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "crash", "--kills", "12", "--rounds", "1", "--seed", "7"),
            *("--output", str(record)),
        ],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| Result | all adds up |" in record.read_text(encoding="utf-8")
