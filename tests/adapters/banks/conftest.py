"""A running sandbox bank, and the channels to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from biaobao.adapters.banks.channels import open_channel
from biaobao.domain.banking.ports import BankChannel, BankUnreachable
from tests.adapters.banks.reading import names
from tests.adapters.banks.running import Sandbox, running, soon


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("bank")) as sandbox:
        yield sandbox


def on_their_way(sandbox: Sandbox) -> bool:
    messages = sandbox.ask("GET", "messages")["messages"]
    return any(message["push"] or message["folder"] for message in messages)


@pytest.fixture
def sandbox(started: Sandbox) -> Sandbox:
    """Return the bank with all switches off and nothing waiting."""
    started.switch(
        delay_seconds=0, hold=False, repeat=1, offline=False, booked_at="", payments="pay"
    )
    started.deliver_by("pull", "folder")
    started.house.status = 202
    assert soon(lambda: not on_their_way(started))
    for way in ("http", "folder"):
        channel = open_channel(started.address(way))
        # A folder has no files before the first one comes.
        with suppress(BankUnreachable):
            for name in names(channel):
                channel.acknowledge(name)
    return started


@pytest.fixture(params=["http", "folder"])
def channel(request: pytest.FixtureRequest, sandbox: Sandbox) -> BankChannel:
    return open_channel(sandbox.address(request.param))
