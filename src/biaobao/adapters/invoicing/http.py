"""Invoices over HTTPS, with signed requests: what ``docs/invoicing.md`` says."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from biaobao.adapters import https
from biaobao.adapters.invoicing.reading import NotAnInvoice, read
from biaobao.core.money import Money
from biaobao.domain.invoices.ports import InvoiceUnknown, InvoicingRefused, InvoicingUnreachable
from biaobao.domain.invoices.types import Issued, ToIssue, ToReverse
from biaobao.domain.parties.types import InvoiceKind

# As the tax authority numbers them: 数电专票, 数电普票.
CODES = {InvoiceKind.SPECIAL: "81", InvoiceKind.ORDINARY: "82"}
# Two files of ten mebibytes at the most, in base64.
ANSWER_BYTES_MAX = 30 * 2**20
# It does not understand what it is told, or declines.
NO = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_SECONDS_TOTAL_MAX = 8.0
_TIMEOUT = httpx.Timeout(_SECONDS_TOTAL_MAX, connect=2.0)


class HttpInvoicing:
    """The partner at a URL, with which a secret is shared."""

    def __init__(self, url: str, secret: str) -> None:
        self._base = httpx.URL(url.rstrip("/") + "/")
        self._secret = secret

    def issue(self, order: ToIssue) -> Issued | None:
        return _issued(self._ask("POST", "invoices", _told(order)))

    def confirm(self, reversal: ToReverse) -> str:
        told = {"key": reversal.key, "number": reversal.number, "reason": reversal.reason}
        answer = self._ask("POST", "red-confirmations", told)
        return str(answer.get("confirmation", ""))

    def reverse(self, reversal: ToReverse) -> Issued | None:
        told = {
            "key": reversal.key,
            "number": reversal.number,
            "confirmation": reversal.confirmation,
        }
        return _issued(self._ask("POST", "red-invoices", told))

    def ask(self, key: str) -> Issued | None:
        return _issued(self._ask("GET", f"invoices/{quote(key, safe='')}"))

    def _ask(
        self, method: str, path: str, told: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """Return what the partner answers, an empty object when the answer comes later."""
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        with self._asked(method, path, body) as response:
            content = _bounded(response)
        if response.status_code == HTTPStatus.ACCEPTED:
            return {}
        if response.status_code == HTTPStatus.NOT_FOUND and method == "GET":
            raise InvoiceUnknown(path)
        if response.is_success:
            return _understood(content)
        words = https.words(content) or f"HTTP {response.status_code}"
        if response.status_code in NO:
            raise InvoicingRefused(words)
        # In trouble, or not sure that it is we who ask: it said nothing about the invoice.
        raise InvoicingUnreachable(words)

    @contextmanager
    def _asked(self, method: str, path: str, body: bytes) -> Iterator[httpx.Response]:
        request = (self._base, self._secret, method, path, body)
        try:
            with https.asked(*request, kind=https.JSON, timeout=_TIMEOUT) as response:
                yield response
        except httpx.HTTPError as reason:
            raise InvoicingUnreachable(f"{type(reason).__name__}: {reason}") from reason


def yuan(amount: Money) -> str:
    """Return an amount as partners write it: ``-300.00``."""
    return f"{'-' if amount.fen < 0 else ''}{abs(amount.fen) // 100}.{abs(amount.fen) % 100:02d}"


def _told(order: ToIssue) -> dict[str, object]:
    seller, details = order.seller, order.details
    return {
        "key": order.key,
        "kind": CODES[details.kind],
        "seller": {
            "name": seller.name,
            "tax_number": seller.uscc,
            "address": seller.address,
            "phone": seller.phone,
        },
        "buyer": {
            "name": order.title,
            "tax_number": order.tax_number,
            "bank": details.bank_name,
            "account": details.account,
            "address": details.address,
            "phone": details.phone,
            "email": details.email,
        },
        "rate_ppm": order.rate_ppm,
        "total": yuan(order.total),
        "tax": yuan(order.tax),
        "lines": [
            {"name": each.description, "amount": yuan(each.amount), "tax": yuan(each.tax)}
            for each in order.items
        ],
        "remark": order.remark,
    }


def _issued(answer: dict[str, Any]) -> Issued | None:
    if not answer:
        return None
    try:
        pdf, xml = (base64.b64decode(answer[name], validate=True) for name in ("pdf", "xml"))
        said = read(xml)
    except (KeyError, TypeError, ValueError, NotAnInvoice) as reason:
        raise InvoicingUnreachable(f"the answer is no invoice: {reason}") from reason
    if said.number != answer.get("number") or not pdf.startswith(b"%PDF-"):
        raise InvoicingUnreachable("the answer and its files do not agree")
    return Issued(
        number=said.number,
        issued_at=said.issued_at,
        title=said.title,
        tax_number=said.tax_number,
        total=said.total,
        tax=said.tax,
        pdf=pdf,
        xml=xml,
    )


def _bounded(response: httpx.Response) -> bytes:
    deadline = time.monotonic() + _SECONDS_TOTAL_MAX
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if time.monotonic() > deadline or len(content) > ANSWER_BYTES_MAX:
            raise InvoicingUnreachable("the answer is too long, or takes too long")
    return bytes(content)


def _understood(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError as reason:
        raise InvoicingUnreachable("the answer is not JSON") from reason
    if not isinstance(answer, dict) or not answer:
        raise InvoicingUnreachable("the answer says nothing")
    return answer
