"""The sandbox authority over HTTP, on the loopback address."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from biaobao.adapters.signing.sandbox_ca.authority import Request, SandboxAuthority
from biaobao.platform import clock

BODY_MAX = 64 * 1024
BINARY = "application/octet-stream"


def serve(authority: SandboxAuthority, port: int) -> ThreadingHTTPServer:
    """Return the server, bound and not yet running; port 0 takes a free one."""

    class Handler(_Handler):
        pass

    Handler.authority = authority
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    authority: SandboxAuthority

    def do_GET(self) -> None:
        match self.path:
            case "/crl.der":
                self._answer(self.authority.revocation_list(at=clock.now()), "application/pkix-crl")
            case "/chain.pem":
                self._answer(self.authority.chain, "application/x-pem-file")
            case "/healthz":
                self._answer(b"ok", "text/plain")
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        controls: dict[str, Callable[[dict[str, Any]], dict[str, str]]] = {
            "/control/issue": self._issue,
            "/control/revoke": self._revoke,
            "/control/past-list": self._past_list,
        }
        if self.path not in controls:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        # A foreign page in a browser here can post plain forms; JSON makes the browser ask first.
        if self.headers.get_content_type() != "application/json":
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        try:
            size = min(int(self.headers["Content-Length"]), BODY_MAX)
            answer = controls[self.path](json.loads(self.rfile.read(size)))
        except (ValueError, TypeError, KeyError) as problem:
            self.send_error(HTTPStatus.BAD_REQUEST, explain=str(problem))
            return
        self._answer(json.dumps(answer).encode(), "application/json")

    def _issue(self, asked: dict[str, Any]) -> dict[str, str]:
        issued = self.authority.issue(Request(**asked), at=clock.now())
        return {
            "serial": issued.serial,
            "pkcs12": base64.b64encode(issued.pkcs12).decode(),
            "certificate": base64.b64encode(issued.certificate).decode(),
        }

    def _revoke(self, asked: dict[str, Any]) -> dict[str, str]:
        serial = str(asked["serial"])
        self.authority.revoke(f"{int(serial, 16):x}", at=clock.now())
        return {"serial": serial}

    def _past_list(self, asked: dict[str, Any]) -> dict[str, str]:
        content = self.authority.past_list(at=datetime.fromisoformat(asked["at"]))
        return {"content": base64.b64encode(content).decode()}

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the console belongs to the product."""
