"""The sandbox bank's control, from another process: for the demo's seed and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from biaobao.core.money import Money


class SandboxBank:
    """Pulls the levers of a sandbox bank at a base URL.

    Each method raises httpx.HTTPError if the bank does not answer or declines.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def agree(self, *, main_account: str, name: str, branch: str, delivery: list[str]) -> None:
        self._put(
            "house",
            {"main_account": main_account, "name": name, "branch": branch, "delivery": delivery},
        )

    def enrol(self, uscc: str, name: str, accounts: Mapping[str, Money], *, branch: str) -> None:
        """Give a customer accounts with their balances; known ones stay as they are."""
        rows = [
            {"number": number, "branch": branch, "balance_fen": balance.fen}
            for number, balance in accounts.items()
        ]
        self._put("customers", {"customers": [{"uscc": uscc, "name": name, "accounts": rows}]})

    def transfer(
        self,
        amount: Money,
        *,
        from_account: str,
        to_account: str,
        key: str,
        remark: str = "",
        booked_at: datetime | None = None,
    ) -> str:
        """Transfer once for a key and return the bank's serial."""
        answer = self._send(
            "POST",
            "transfers",
            {
                "from_account": from_account,
                "to_account": to_account,
                "amount_fen": amount.fen,
                "remark": remark,
                "key": key,
                "booked_at": booked_at.isoformat() if booked_at else "",
            },
        )
        return str(answer["serial"])

    def reverse(self, serial: str) -> str:
        return str(self._send("POST", f"transfers/{serial}/reverse", {})["serial"])

    def pay_interest(self, to_account: str, *, amount: Money | None = None) -> str:
        """Have the bank pay interest, as much as it reckons itself or so much; return its serial."""
        asked = {"to_account": to_account, "amount_fen": amount.fen if amount else 0}
        return str(self._send("POST", "interest", asked)["serial"])

    def close_account(self, number: str) -> None:
        """Close an account: what is paid to it comes to nothing."""
        self._send("POST", f"accounts/{number}/close", {})

    def payments(self) -> list[dict[str, Any]]:
        """Return the payments that the house ordered, oldest first.

        Of each: key, amount_fen, state (HEARD, PAID, REFUSED, RETURNED), reason, told (how often),
        transfers (the serials of payment and return).
        """
        payments: list[dict[str, Any]] = self._send("GET", "payments", {})["payments"]
        return payments

    def give_back(self, key: str) -> str:
        """Send the money of a payment back and return the bank's serial of that."""
        return str(self._send("POST", f"payments/{key}/give-back", {})["serial"])

    def switch(self, **switches: Any) -> None:
        self._put("switches", switches)

    def _put(self, path: str, body: dict[str, Any]) -> None:
        self._send("PUT", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = httpx.request(
            method, f"{self._base}/control/{path}", json=body, timeout=10, trust_env=False
        )
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer
