"""A bank over HTTPS: requests of ours to its host, files of its to be fetched."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx

from biaobao.adapters import https
from biaobao.adapters.banks import spool
from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.adapters.banks.iso20022.writing import payment_order
from biaobao.domain.banking.ports import BankRefused, BankUnreachable, PaymentUnknown
from biaobao.domain.banking.types import Address, BankFile, OpenedAccount, Payment

_SECONDS_TOTAL_MAX = 5.0
_TIMEOUT = httpx.Timeout(_SECONDS_TOTAL_MAX, connect=2.0)
_XML = "application/xml"


class _Gone(BankRefused):
    """The bank has no such thing any more."""


class _Unknown(_Gone):
    """The bank has never had such a thing, as far as it says."""


class HttpBank:
    """Speaks the protocol of ``docs/bank-host-to-host.md`` with the host at the address."""

    def __init__(self, address: Address) -> None:
        self._base = httpx.URL(address.location.rstrip("/") + "/")
        self._secret = address.secret

    def open_sub_accounts(self, *, key: str, count: int) -> tuple[OpenedAccount, ...]:
        body = json.dumps({"key": key, "count": count}).encode()
        answer = _understood(self._ask("POST", "h2h/sub-accounts", body))
        try:
            return tuple(
                OpenedAccount(number=one["number"], name=one["name"], branch=one["branch"])
                for one in answer["accounts"]
            )
        except (KeyError, TypeError) as reason:
            raise BankUnreachable(f"the answer lacks {reason}") from reason

    def waiting_files(self) -> Iterator[BankFile]:
        for name in _names(_understood(self._ask("GET", "h2h/files"))):
            try:
                # However long it takes: only silence ends it.
                with self._asked("GET", f"h2h/files/{quote(name, safe='')}") as response:
                    content = spool.copied(response.iter_bytes())
            except _Gone:  # acknowledged by somebody else since the list was made
                continue
            yield BankFile(name, content)

    def acknowledge(self, name: str) -> None:
        with suppress(_Gone):
            self._ask("DELETE", f"h2h/files/{quote(name, safe='')}")

    def entries_of(self, account: str) -> BankFile | None:
        content = self._ask("GET", f"h2h/accounts/{quote(account, safe='')}/entries")
        return BankFile(f"entries-{account}.xml", BytesIO(content))

    def pay(self, payment: Payment) -> BankFile | None:
        content = self._ask("POST", "h2h/payments", payment_order(payment), _XML)
        return _status(payment.key, content) if content else None

    def status_of(self, key: str) -> BankFile | None:
        try:
            return _status(key, self._ask("GET", f"h2h/payments/{quote(key, safe='')}"))
        except _Unknown as reason:
            raise PaymentUnknown(str(reason)) from reason

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = https.JSON) -> bytes:
        with self._asked(method, path, body, kind) as response:
            return _bounded(response)

    @contextmanager
    def _asked(
        self, method: str, path: str, body: bytes = b"", kind: str = https.JSON
    ) -> Iterator[httpx.Response]:
        """Ask, and give what the bank accepts, its body not read yet."""
        request = (self._base, self._secret, method, path, body)
        try:
            with https.asked(*request, kind=kind, timeout=_TIMEOUT) as response:
                if not response.is_success:
                    raise _no(response)
                yield response
        except httpx.HTTPError as reason:
            raise BankUnreachable(f"{type(reason).__name__}: {reason}") from reason


def _bounded(response: httpx.Response) -> bytes:
    """Return the answer, or one byte more of it than the reader takes."""
    deadline = time.monotonic() + _SECONDS_TOTAL_MAX
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if time.monotonic() > deadline:
            raise BankUnreachable(f"the answer took more than {_SECONDS_TOTAL_MAX:.0f} s")
        if len(content) > SIZE_BYTES_MAX:
            break
    return bytes(content[: SIZE_BYTES_MAX + 1])


def _no(response: httpx.Response) -> BankRefused | BankUnreachable:
    words = https.words(_bounded(response)) or f"HTTP {response.status_code}"
    # Asked too often or in trouble: whether it heard us is as unknown as when nothing answers.
    if response.status_code == HTTPStatus.NOT_FOUND:
        return _Unknown(words)
    if response.status_code == HTTPStatus.GONE:
        return _Gone(words)
    if response.is_client_error and response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return BankRefused(words)
    return BankUnreachable(words)


def _status(key: str, content: bytes) -> BankFile:
    return BankFile(f"pain002-{key}.xml", BytesIO(content))


def _names(answer: dict[str, Any]) -> list[str]:
    names = answer.get("files")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BankUnreachable("the answer lacks a list of files")
    return names


def _understood(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError as reason:
        raise BankUnreachable("the answer is not JSON") from reason
    if not isinstance(answer, dict):
        raise BankUnreachable("the answer is not an object")
    return answer
