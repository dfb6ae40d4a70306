"""A worker is killed at each step of invoicing and of reversing: there is one invoice, and one red one."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as house_settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from biaobao.core.actor import SYSTEM
from biaobao.domain.invoices import queries
from biaobao.domain.invoices.states import InvoiceState
from biaobao.platform import clock
from crash import points
from tests.adapters.invoicing.running import SECRET, Partner, running
from tests.given import invoices as given

REPOSITORY = Path(__file__).parents[2]
# At which of the two ways, to the invoice and to the red one, a step is reached.
FORWARD = (
    "invoices are claimed",
    "an invoice is asked for",
    "a file is kept",
    "an invoice is kept",
)
BACK = (
    *("invoices are claimed", "a red one is confirmed", "a confirmation is kept"),
    *("a red one is asked for", "a file is kept", "a red one is kept"),
)


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    with running(tmp_path_factory.mktemp("invoicing")) as started:
        yield started


@pytest.mark.parametrize("when", points.WHENS)
@pytest.mark.parametrize(
    ("step", "is_red"), [*((step, False) for step in FORWARD), *((step, True) for step in BACK)]
)
def test_killed_at_a_step_there_is_one_invoice(  # INV-26, INV-27
    committed: None, partner: Partner, tmp_path: Path, step: str, is_red: bool, when: str
):
    invoice = given.applied(given.item(), given.item(), at=clock.now())
    if is_red:
        assert carry(partner, tmp_path) == 0
        assert given.reversing(invoice, at=clock.now()) is True

    assert carry(partner, tmp_path, **points.environment(step, when, 1)) == -signal.SIGKILL
    for _ in range(3):
        given.due_now(invoice)
        assert carry(partner, tmp_path) == 0

    ended = given.now(invoice)
    assert ended.state is (InvoiceState.RED_ISSUED if is_red else InvoiceState.ISSUED)
    heard = [
        each["number"]
        for each in partner.control.invoices()
        if each["key"].startswith(invoice.id.hex)
    ]
    assert heard == [number for number in (ended.invoice_number, ended.red_number) if number]
    assert queries.mismatches(actor=SYSTEM) == ()
    live = given.live_of(each.order_key for each in invoice.items)
    assert len(live) == (0 if is_red else 2)


def test_every_step_is_one_that_is_died_at():
    assert set(FORWARD) | set(BACK) == set(points.STEPS["invoices"])


def carry(partner: Partner, data: Path, **deadly: str) -> int:
    """Let a worker of its own carry what is due, and return how it ended."""
    database = make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "biaobao.config.settings",
        "DATABASE_URL": database,
        "BIAOBAO_DATA": str(data),
        "BIAOBAO_DOCUMENT_KEY": base64.b64encode(house_settings.DOCUMENT_KEY).decode(),
        "BIAOBAO_INVOICING_URL": partner.url,
        "BIAOBAO_INVOICING_SECRET": SECRET,
        points.READY: str(data / "ready"),
        **deadly,
    }
    started = [sys.executable, "-m", "crash.launch", "invoices"]
    return subprocess.run(started, cwd=REPOSITORY, env=environment, check=False).returncode
