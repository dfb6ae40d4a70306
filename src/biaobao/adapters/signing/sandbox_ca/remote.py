"""The sandbox authority, from another process: for the demo's seed and for tests."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Any

import httpx

from biaobao.adapters.signing.sandbox_ca.authority import Issued, Request


class SandboxAuthorityAt:
    """A sandbox authority at a base URL. Each method raises httpx.HTTPError if it does not answer."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def chain(self) -> bytes:
        """Return issuing and root certificate, PEM."""
        response = httpx.get(f"{self._base}/chain.pem", timeout=10, trust_env=False)
        response.raise_for_status()
        return response.content

    def issue(self, request: Request) -> Issued:
        answer = self._control("issue", asdict(request))
        return Issued(
            answer["serial"],
            base64.b64decode(answer["pkcs12"]),
            base64.b64decode(answer["certificate"]),
        )

    def revoke(self, serial: str) -> None:
        self._control("revoke", {"serial": serial})

    def past_list(self, *, at: datetime) -> bytes:
        """Return the revocation list (DER) as it would have been made at an instant."""
        return base64.b64decode(self._control("past-list", {"at": at.isoformat()})["content"])

    def _control(self, verb: str, asked: dict[str, Any]) -> dict[str, str]:
        response = httpx.post(
            f"{self._base}/control/{verb}", json=asked, timeout=10, trust_env=False
        )
        response.raise_for_status()
        answer: dict[str, str] = response.json()
        return answer
