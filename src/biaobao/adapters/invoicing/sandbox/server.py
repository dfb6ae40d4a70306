"""The sandbox partner over HTTP, on the loopback address: signed requests, and the demo's own control."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from biaobao.adapters.invoicing.sandbox.issuer import Declined, Issuer, NotUnderstood, Unheard
from biaobao.adapters.signature import NotSigned, request_line, verify
from biaobao.platform import clock

BODY_MAX = 256 * 1024
Answer = tuple[int, dict[str, Any]]
ACCEPTED: Answer = (HTTPStatus.ACCEPTED, {})


def serve(
    issuer: Issuer, port: int, secret: str, now: Callable[[], datetime] = clock.now
) -> ThreadingHTTPServer:
    """Return the server, bound and not yet running; port 0 takes a free one."""

    class Handler(_Handler):
        pass

    Handler.issuer, Handler.secret, Handler.now = issuer, secret, staticmethod(now)
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer
    secret: str
    now: Callable[[], datetime]
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece: in two, the second waits for the first one's receipt.
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._send(b"ok", "text/plain")
        elif self.path == "/control/invoices":
            self._say((HTTPStatus.OK, {"invoices": self.issuer.invoices()}))
        elif self.path.startswith("/invoices/"):
            key = unquote(self.path.removeprefix("/invoices/"))
            self._partner(b"", lambda _told: self.issuer.answer(key, at=self.now()))
        else:
            self._say((HTTPStatus.NOT_FOUND, {"error": "没有这个地址"}))

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), BODY_MAX))
        match self.path:
            case "/invoices":
                self._partner(body, lambda told: self.issuer.issue(told, at=self.now()))
            case "/red-confirmations":
                self._partner(body, self._confirmed)
            case "/red-invoices":
                self._partner(body, lambda told: self.issuer.reverse(told, at=self.now()))
            case _:
                self._say((HTTPStatus.NOT_FOUND, {"error": "没有这个地址"}))

    def do_PUT(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), BODY_MAX))
        # A foreign page in a browser here can post plain forms; JSON makes the browser ask first.
        if (
            self.path != "/control/switches"
            or self.headers.get_content_type() != "application/json"
        ):
            self._say((HTTPStatus.NOT_FOUND, {"error": "没有这个地址"}))
            return
        try:
            self._say((HTTPStatus.OK, asdict(self.issuer.switch(**json.loads(body)))))
        except (ValueError, TypeError) as problem:
            self._say((HTTPStatus.BAD_REQUEST, {"error": str(problem)}))

    def _confirmed(self, told: dict[str, Any]) -> dict[str, str] | None:
        code = self.issuer.confirm(told)
        return {"confirmation": code} if code else None

    def _partner(self, body: bytes, act: Callable[[dict[str, Any]], dict[str, str] | None]) -> None:
        """Answer the house, or misbehave as switched: hang up before or after hearing it."""
        silence = self.issuer.behaviour().silence
        if silence == "deaf":
            self._hang_up()
            return
        answer = self._answer(body, act)
        if silence == "mute":
            self._hang_up()
            return
        self._say(answer)

    def _answer(
        self, body: bytes, act: Callable[[dict[str, Any]], dict[str, str] | None]
    ) -> Answer:
        try:
            signed = body or request_line(str(self.command), self.path)
            verify(self.secret, dict(self.headers.items()), signed)
            done = act(json.loads(body) if body else {})
        except NotSigned as problem:
            return HTTPStatus.UNAUTHORIZED, {"error": f"签名无效：{problem}"}
        except Unheard:
            return HTTPStatus.NOT_FOUND, {"error": "没有听说过这张发票"}
        except Declined as problem:
            return HTTPStatus.CONFLICT, {"error": str(problem)}
        except (NotUnderstood, ValueError, TypeError, KeyError, ArithmeticError) as problem:
            return HTTPStatus.BAD_REQUEST, {"error": f"{type(problem).__name__}: {problem}"}
        return ACCEPTED if done is None else (HTTPStatus.OK, done)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, answer: Answer) -> None:
        status, said = answer
        content = json.dumps(said, ensure_ascii=False).encode()
        self._send(content, "application/json", status=status)

    def _send(self, content: bytes, kind: str, *, status: int = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the console belongs to the product."""
