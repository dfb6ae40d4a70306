"""The sandbox bank as its customers know it: a process behind sockets and a folder."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from biaobao.adapters.banks.sandbox.remote import SandboxBank
from biaobao.domain.banking.types import Address

T = TypeVar("T")

SECRET = "whsec_" + base64.b64encode(b"between bank and house, 32 bytes").decode()
MAIN = "1209280129200566688"
HOUSE = "衢州市公共资源交易中心"
BRANCH = "标保示范银行衢州分行"
PAYER = "1209280100000000018"
PAYER_NAME = "浙江甲（集团）建设有限公司"
OTHER_PAYER = "1209280100000000026"


def soon(ask: Callable[[], T], *, seconds: float = 8) -> T:
    """Return the first answer that is not empty, or the last one when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


@dataclass
class House:
    """Where the bank pushes to: keeps what comes, and can be out of order."""

    url: str
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.received.append((headers, body))
        return self.status


@dataclass
class Sandbox:
    """A running bank: its control, its addresses."""

    url: str
    folder: Path
    house: House

    def ask(self, method: str, path: str, **asked: Any) -> dict[str, Any]:
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            response = client.request(
                method, f"/control/{path}", json=None if method == "GET" else asked
            )
        assert response.status_code == 200, response.text
        return dict(response.json())

    def switch(self, **switches: Any) -> None:
        self.ask("PUT", "switches", **switches)

    def deliver_by(self, *ways: str) -> None:
        self.ask("PUT", "house", main_account=MAIN, name=HOUSE, branch=BRANCH, delivery=list(ways))

    def payments(self) -> list[dict[str, Any]]:
        return SandboxBank(self.url).payments()

    def balance_fen(self, account: str) -> int:
        return int(self.ask("GET", f"accounts/{account}")["balance_fen"])

    def pay(self, account: str, amount_fen: int = 5_000_000, **more: Any) -> str:
        """Have the demo company pay, and return the serial of the credit."""
        order = {
            "from_account": PAYER,
            "to_account": account,
            "amount_fen": amount_fen,
            "key": uuid4().hex,
            **more,
        }
        return str(self.ask("POST", "transfers", **order)["serial"])

    def address(self, channel: str, *, secret: str = SECRET) -> Address:
        location = self.url if channel == "http" else str(self.folder)
        return Address("SANDBOX", channel, location, MAIN, secret)


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """Start a bank, and the house that it pushes to, for as long as the block."""
    with _listening() as house:
        port = free_port()
        shared = folder / "shared"
        command = [sys.executable, "-m", "biaobao.adapters.banks.sandbox", "--port", str(port)]
        command += ["--data", str(folder / "bank"), "--folder", str(shared), "--house", house.url]
        environment = {**os.environ, "DEMO_BANK_SECRET": SECRET}
        with subprocess.Popen(command, env=environment) as process:
            try:
                sandbox = Sandbox(f"http://127.0.0.1:{port}", shared, house)
                assert soon(lambda: _answers(sandbox.url), seconds=20), "the bank did not start"
                _furnish(sandbox)
                yield sandbox
            finally:
                process.terminate()
        assert process.returncode == 0, process.returncode


def _furnish(sandbox: Sandbox) -> None:
    sandbox.deliver_by("pull", "folder")
    accounts = [
        (PAYER, PAYER_NAME, "91330800MA28F0001X"),
        (OTHER_PAYER, "衢州乙工程有限公司", "91330800MA28F0002X"),
    ]
    customers = [
        {
            "uscc": uscc,
            "name": name,
            "accounts": [{"number": number, "branch": BRANCH, "balance_fen": 10**12}],
        }
        for number, name, uscc in accounts
    ]
    sandbox.ask("PUT", "customers", customers=customers)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).text == "ok"
    except httpx.TransportError:
        return False


@contextmanager
def _listening() -> Iterator[House]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(house.take(dict(self.headers), body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        house = House(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
