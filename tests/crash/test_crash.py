"""The crash harness itself, told to kill a dozen: ``make crash`` kills hundreds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# The tests' own settings, which the harness must not see.
OURS = ("BIAOBAO_", "DJANGO_", "DATABASE_URL", "PORT", "PYTEST_")
SECONDS_MAX = 600


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
