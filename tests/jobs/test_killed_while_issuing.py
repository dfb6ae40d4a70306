"""A worker is killed at each step of issuing: there is one letter, one booking, one use of the limit."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house_settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.guarantees.models import Application, Letter
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.ledger import queries as ledger
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from crash import points
from tests.given import guarantees as given
from tests.jobs.test_guarantees import earned, opened

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("when", points.WHENS)
@pytest.mark.parametrize("step", points.STEPS["letters"])
def test_killed_at_a_step_there_is_one_letter(  # INV-19, INV-20
    committed: None, settings: Any, tmp_path: Path, step: str, when: str
):
    with opened(settings, tmp_path) as house:
        paid = house.paid()

        assert issue(tmp_path, **points.environment(step, when, 1)) == -signal.SIGKILL
        its_lease_runs_out()
        assert issue(tmp_path) == 0
        assert issue(tmp_path) == 0

        guarantor_id = paid.product.guarantor.id
        assert paid.state is ApplicationState.ISSUED
        with seeing_as(SYSTEM):
            assert Letter.objects.count() == 1
        assert (paid.held, earned(guarantor_id)) == (Money(0), Money.yuan(300))
        assert set(given.limits(guarantor_id).values()) == {(0, paid.lot.amount.fen)}
        assert ledger.recount(actor=SYSTEM).discrepancies == ()


def issue(data: Path, **deadly: str) -> int:
    """Let a worker of its own make what is due, and return how it ended."""
    database = make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "biaobao.config.settings",
        "DATABASE_URL": database,
        "BIAOBAO_DATA": str(data),
        "BIAOBAO_DOCUMENT_KEY": base64.b64encode(house_settings.DOCUMENT_KEY).decode(),
        "BIAOBAO_TSA_URL": house_settings.TSA_URL,
        points.READY: str(data / "ready"),
        **deadly,
    }
    started = [sys.executable, "-m", "crash.launch", "letters"]
    return subprocess.run(started, cwd=REPOSITORY, env=environment, check=False).returncode


def its_lease_runs_out() -> None:
    with seeing_as(SYSTEM):
        Application.objects.filter(state=ApplicationState.ISSUING).update(next_at=clock.now())
