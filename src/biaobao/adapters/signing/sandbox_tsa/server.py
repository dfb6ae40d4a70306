"""The sandbox timestamp authority over HTTP (RFC 3161, 3.4), on the loopback address.

With ``?at=`` and an instant in the address it says that it saw what it is asked then: the demo has a past.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from biaobao.adapters.signing.sandbox_tsa.authority import SandboxTimestamps
from biaobao.platform import clock

BODY_MAX = 64 * 1024


def serve(
    authority: SandboxTimestamps, port: int, now: Callable[[], datetime] = clock.now
) -> ThreadingHTTPServer:
    """Return the server, bound and not yet running; port 0 takes a free one."""

    class Handler(_Handler):
        pass

    Handler.authority, Handler.now = authority, staticmethod(now)
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    authority: SandboxTimestamps
    now: Callable[[], datetime]
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece: in two, the second waits for the first one's receipt.
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path != "/healthz":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._send(b"ok", "text/plain")

    def do_POST(self) -> None:
        if self.headers.get_content_type() != "application/timestamp-query":
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        size = min(int(self.headers.get("Content-Length", 0)), BODY_MAX)
        told = parse_qs(urlsplit(self.path).query).get("at")
        at = datetime.fromisoformat(told[0]) if told else self.now()
        answer = self.authority.answer(self.rfile.read(size), at=at)
        self._send(answer, "application/timestamp-reply")

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the console belongs to the product."""
