"""A sandbox bank that really runs, for what the worker does with banks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.domain.banking.actions import banks
from tests.adapters.banks import running
from tests.adapters.banks.running import Sandbox
from tests.given import banking as given_banking

_numbers = count(1)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a bank in a process of its own, reached over real sockets."""
    folder: Path = tmp_path_factory.mktemp("sandbox-bank")
    with running.running(folder) as bank:
        yield bank


@pytest.fixture(params=["http", "folder"])
def bank(request: pytest.FixtureRequest, db: None, sandbox: Sandbox, settings) -> Sandbox:
    """Return the running bank, connected over HTTPS or over folders."""
    connect(sandbox, request.param, settings)
    return sandbox


def connect(sandbox: Sandbox, channel: str, settings: Any, *, spare: int = 6) -> None:
    """Connect the house to the bank under a code of its own: no other test has its accounts."""
    address = sandbox.address(channel)
    code = f"SANDBOX{next(_numbers)}"
    settings.BANK_SECRETS = {code: running.SECRET}
    sandbox.deliver_by("pull" if channel == "http" else "folder")
    sandbox.switch(offline=False, hold=False, repeat=1, delay_seconds=0)
    banks.connect_bank(
        code=code,
        name="标保示范银行",
        channel=channel,
        location=address.location,
        main_account=address.main_account,
        spare_accounts=spare,
        at=given_banking.AT,
        actor=SYSTEM,
    )
