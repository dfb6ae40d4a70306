"""The product as its users start it: one command, six ports, a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

WELCOME_ENDS_WITH = "按 Ctrl-C 停止；再次启动保留数据；make clean-demo 清除数据。"
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30
# The tests' own settings, which the product must not see.
OURS = ("BIAOBAO_", "DJANGO_", "DATABASE_URL", "DEMO_BANK_SECRET", "PORT", "PYTEST_")
PORTS = 6


@dataclass
class Product:
    """The product on a data folder and six ports; it may be stopped and started again."""

    data: Path
    port: int
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bank(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    def start(self) -> None:
        """Start and wait for the welcome, which the product says when all of it answers."""
        self.said.clear()
        self._process = subprocess.Popen(
            _command("run"),
            env=environment(data=self.data, port=self.port),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        welcomed = threading.Event()
        self._listener = threading.Thread(target=self._listen, args=[welcomed])
        self._listener.start()
        if not welcomed.wait(START_SECONDS_MAX) or self._process.poll() is not None:
            self.stop()
            raise AssertionError("the product did not start:\n" + "\n".join(self.said))

    def stop(self) -> int:
        """Press Ctrl-C, wait until nothing of the product is left, and return its exit code."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(STOP_SECONDS_MAX)
        # Every part inherited the output, so it ends when the last of them is gone.
        self._listener.join(STOP_SECONDS_MAX)
        assert not self._listener.is_alive(), "a part of the product outlived it"
        assert not (self.data / "postgres" / "postmaster.pid").exists()
        assert not any(_answers(self.port + number) for number in range(PORTS))
        return code

    def _listen(self, welcomed: threading.Event) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self.said.append(line.rstrip("\n"))
                if self.said[-1] == WELCOME_ENDS_WITH:
                    welcomed.set()
        welcomed.set()


def run(*arguments: str, data: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run one of the product's commands to its end."""
    return subprocess.run(
        _command(*arguments),
        env=environment(data=data, port=port),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=START_SECONDS_MAX,
        check=False,
    )


def environment(*, data: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "BIAOBAO_DATA": str(data), "PORT": str(port), "PYTHONIOENCODING": "utf-8"}


def free_ports() -> int:
    """Return the first of six free ports in a row, below those that systems hand out."""
    for first in range(20_000 + os.getpid() % 2_000 * PORTS, 32_000, PORTS):
        if not any(_answers(first + number) for number in range(PORTS)):
            return first
    raise AssertionError("no six free ports in a row")


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "biaobao", *arguments]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
