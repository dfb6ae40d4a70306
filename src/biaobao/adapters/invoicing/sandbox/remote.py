"""The sandbox partner's control, from another process: for the demo and for tests."""

from __future__ import annotations

from typing import Any

import httpx


class SandboxInvoicing:
    """A sandbox partner at a base URL. Each method raises httpx.HTTPError if it does not answer."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def switch(self, **said: Any) -> None:
        """Have it behave in another way; see ``issuer.Behaviour``."""
        response = httpx.put(
            f"{self._base}/control/switches", json=said, timeout=10, trust_env=False
        )
        response.raise_for_status()

    def invoices(self) -> list[dict[str, Any]]:
        """Return what it heard, oldest first."""
        response = httpx.get(f"{self._base}/control/invoices", timeout=10, trust_env=False)
        response.raise_for_status()
        heard: list[dict[str, Any]] = response.json()["invoices"]
        return heard
