"""The sandbox authority, from another process: for the demo's seed and for tests."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key as a PKCS#12 file, and alone as DER."""

    serial: str
    pkcs12: bytes
    certificate: bytes


class SandboxAuthorityAt:
    """A sandbox authority at a base URL. Each method raises httpx.HTTPError if it does not answer."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def chain(self) -> bytes:
        """Return issuing and root certificate, PEM."""
        response = httpx.get(f"{self._base}/chain.pem", timeout=10, trust_env=False)
        response.raise_for_status()
        return response.content

    def issue(self, *, organisation: str, uscc: str, person: str, password: str) -> Issued:
        answer = self._control(
            "issue", organisation=organisation, uscc=uscc, person=person, password=password
        )
        return Issued(
            answer["serial"],
            base64.b64decode(answer["pkcs12"]),
            base64.b64decode(answer["certificate"]),
        )

    def revoke(self, serial: str) -> None:
        self._control("revoke", serial=serial)

    def _control(self, verb: str, **asked: str) -> dict[str, str]:
        response = httpx.post(
            f"{self._base}/control/{verb}", json=asked, timeout=10, trust_env=False
        )
        response.raise_for_status()
        answer: dict[str, str] = response.json()
        return answer
