"""The sandbox partner as its customers know it: a process behind a socket."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from biaobao.adapters.invoicing.http import HttpInvoicing
from biaobao.adapters.invoicing.sandbox.remote import SandboxInvoicing
from tests.adapters.banks.running import free_port

SECRET = "whsec_" + base64.b64encode(b"between partner and house, 32 byt").decode()
USUAL = {"late_seconds": 0, "refuses": "", "silence": "", "agrees": True}


@dataclass
class Partner:
    """A running partner: where it is, and its control."""

    url: str
    folder: Path

    @property
    def control(self) -> SandboxInvoicing:
        return SandboxInvoicing(self.url)

    @property
    def channel(self) -> HttpInvoicing:
        return HttpInvoicing(self.url, SECRET)


@contextmanager
def running(folder: Path) -> Iterator[Partner]:
    port = free_port()
    with _process(folder, port):
        yield Partner(f"http://127.0.0.1:{port}", folder)


@contextmanager
def _process(folder: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "biaobao.adapters.invoicing.sandbox"]
    command += ["--port", str(port), "--data", str(folder)]
    environment = {**os.environ, "DEMO_INVOICING_SECRET": SECRET}
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            yield
        finally:
            process.terminate()


def _wait(url: str, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(url, trust_env=False).text == "ok":
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the partner did not start"
        time.sleep(0.05)
