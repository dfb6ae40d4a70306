"""The banks' door, open in a thread of the test's own process: real sockets, and the test's database."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvloop

from biaobao.adapters.signature import sign
from biaobao.web.inbound import door
from tests.given import banking as given_banking

HOST = "127.0.0.1"
SECRET = base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Door:
    """An open door, and how a bank knocks at it."""

    port: int
    closing: Future[None]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def push(
        self,
        content: bytes,
        headers: dict[str, str] | None = None,
        *,
        bank: str = given_banking.BANK,
    ) -> httpx.Response:
        """Push a message, signed unless other headers are given."""
        return httpx.post(
            f"{self.url}/inbound/banks/{bank}/messages",
            content=content,
            headers=sign(SECRET, content) if headers is None else headers,
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=PATIENCE_SECONDS)

    def told(self, said: bytes) -> bytes:
        """Say this on a new connection, and return all that is answered before the door hangs up."""
        with self.connect() as peer:
            peer.sendall(said)
            return everything(peer)


def everything(peer: socket.socket) -> bytes:
    """Return what comes until the other side hangs up."""
    return b"".join(iter(lambda: peer.recv(65536), b""))


@contextmanager
def open_door() -> Iterator[Door]:
    """Open the door and close it again."""
    port, closing = Future[int](), Future[None]()

    async def serve() -> None:
        async with door.opened(HOST, 0) as opened_at:
            port.set_result(opened_at)
            await asyncio.wrap_future(closing)

    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(uvloop.run, serve())
        try:
            yield Door(port.result(PATIENCE_SECONDS), closing)
        finally:
            if not closing.done():
                closing.set_result(None)
            serving.result(PATIENCE_SECONDS)
