"""HTTP/1.1 as the banks' door speaks it: one request after the other, each as long as it says.

A server made for whole web applications takes longer for a notice than storing it does. The grammar is
llhttp's; what is here are the limits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol, cast

import orjson
from httptools import HttpParserError, HttpRequestParser

HEAD_BYTES_MAX = 2**15
# For all of a request, and for the next one on a connection that stays open.
PATIENCE_SECONDS = 60.0
CONNECTIONS_MAX = 1000
# Single notices are far below it. What is above comes a few at a time, for it is held whole.
LARGE_BYTES = 2**18
LARGE_AT_ONCE = 4


@dataclass(slots=True)
class Request:
    """A request; its content is there when all of it has come."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def size(self) -> int:
        """Return how long the content is said to be."""
        return int(self.headers.get("content-length", "0"))


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    words: dict[str, object]


def no(status: HTTPStatus, code: str) -> Answer:
    """Return a refusal."""
    return Answer(status, {"error": code})


MALFORMED = no(HTTPStatus.BAD_REQUEST, "MALFORMED")
OTHER_PROTOCOL = no(HTTPStatus.BAD_REQUEST, "OTHER_PROTOCOL")
NO_LENGTH = no(HTTPStatus.LENGTH_REQUIRED, "NO_LENGTH")
BUSY = no(HTTPStatus.SERVICE_UNAVAILABLE, "BUSY")

Reply = Callable[[Answer], None]


class Service(Protocol):
    """What stands behind the connections."""

    def refuse(self, request: Request) -> Answer | None:
        """Say no to a request before its content is read."""

    def take(self, request: Request, reply: Reply) -> None:
        """Take a whole request, and reply now or later, in the same thread."""


class _Over(Exception):
    """Nothing more is read from this connection."""


class Connection(asyncio.Protocol):
    """A connection, among the others."""

    def __init__(self, service: Service, others: set[Connection]) -> None:
        self._service = service
        self._others = others
        self._parser = HttpRequestParser(self)
        self._request = Request()
        self._pieces: list[bytes] = []
        self._head_bytes = 0
        self._is_large = False
        self._is_busy = False
        self._is_over = False
        self._is_last = False
        self._waits_since = time.monotonic()

    def is_slow(self) -> bool:
        """Tell whether too long has been waited for the peer."""
        return not self._is_busy and time.monotonic() - self._waits_since > PATIENCE_SECONDS

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if len(self._others) >= CONNECTIONS_MAX:
            self.close()
        self._others.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - so asyncio calls it
        self._others.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            # Unless it was one of ours, raised below and come back through the parser.
            if not self._is_over:
                self._end_with(MALFORMED)
            return
        # What came in one piece is small enough already.
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX and not (self._pieces or self._is_busy):
            self._end_with(MALFORMED)

    # What the parser finds, in this order.

    def on_message_begin(self) -> None:
        if self._is_busy:
            self._end_with(MALFORMED)
            raise _Over
        self._head_bytes = 0
        self._waits_since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        self._request.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        request = self._request
        request.method = self._parser.get_method().decode()
        if refusal := self._service.refuse(request) or self._refuse(request):
            self._end_with(refusal)
            raise _Over
        if request.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        request = self._request
        request.content = b"".join(self._pieces)
        # Nothing of it is held here while the next is waited for.
        self._request, self._pieces = Request(), []
        self._is_busy = True
        self._is_last = not self._parser.should_keep_alive()
        # Not from within the parser, which would take an error there for one of the peer.
        asyncio.get_running_loop().call_soon(self._service.take, request, self._reply)

    def _refuse(self, request: Request) -> Answer | None:
        if self._parser.should_upgrade():
            # The parser would not read the content of a request that offers another protocol.
            return OTHER_PROTOCOL
        if "transfer-encoding" in request.headers:
            return NO_LENGTH
        if request.size > LARGE_BYTES:
            if sum(other._is_large for other in self._others) >= LARGE_AT_ONCE:
                return BUSY
            self._is_large = True
        return None

    def _reply(self, answer: Answer) -> None:
        self._is_busy = self._is_large = False
        self._waits_since = time.monotonic()
        if self._is_over or self._transport.is_closing():
            # Who hung up meanwhile, or was hung up on, is told when he asks again.
            return
        self._transport.write(_written(answer))
        if self._is_last:
            self.close()

    def _end_with(self, answer: Answer) -> None:
        """Answer and read nothing more; the peer hangs up, who would lose the answer if we did."""
        self._is_over = True
        self._pieces = []
        if self._is_busy:
            # It would pass for the answer to the request before. Nobody who cares for that says more first.
            self.close()
            return
        self._transport.write(_written(answer, b"connection: close\r\n"))
        self._transport.write_eof()


def _written(answer: Answer, more: bytes = b"") -> bytes:
    content = orjson.dumps(answer.words)
    return (
        b"HTTP/1.1 %d %b\r\ndate: %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n%b"
        % (
            answer.status,
            answer.status.phrase.encode(),
            _date(int(time.time())),
            len(content),
            more,
            content,
        )
    )


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
