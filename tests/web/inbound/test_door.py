"""How the banks' door speaks HTTP, and what it does not put up with."""

from __future__ import annotations

from contextlib import ExitStack

import httpx
import pytest

from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.adapters.signature import sign
from biaobao.core.actor import SYSTEM
from biaobao.domain.banking.models import InboundFile
from biaobao.platform.db import seeing_as
from biaobao.web.inbound import door as doors
from biaobao.web.inbound import http
from tests.given import banking as given_banking
from tests.web.inbound.opening import SECRET, Door, everything, open_door

PLACE = f"/inbound/banks/{given_banking.BANK}/messages"
LARGE = http.LARGE_BYTES + 1


def request(*headers: str, method: str = "POST", path: str = PLACE) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: house.example", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def message(content: bytes) -> bytes:
    headers = {"Content-Length": str(len(content)), **sign(SECRET, content)}
    return request(*(f"{name}: {value}" for name, value in headers.items())) + content


def stored() -> int:
    with seeing_as(SYSTEM):
        return InboundFile.objects.count()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (request(f"Content-Length: {SIZE_BYTES_MAX + 1}"), 413, "TOO_LARGE"),
        (request("Transfer-Encoding: chunked"), 411, "NO_LENGTH"),
        (request(path="/"), 404, "NOT_FOUND"),
        (request(path="/inbound/banks//messages"), 404, "NOT_FOUND"),
        (request(path=PLACE + "/"), 404, "NOT_FOUND"),
        (request(method="GET"), 405, "OTHER_METHOD"),
        (request(method="PUT", path="/healthz"), 405, "OTHER_METHOD"),
        (request("Content-Length: -1"), 400, "MALFORMED"),
        (request("Content-Length: 1", "Content-Length: 2"), 400, "MALFORMED"),
        (request("Content-Length: 4", "Transfer-Encoding: chunked"), 400, "MALFORMED"),
        (request("Connection: upgrade", "Upgrade: h2c"), 400, "OTHER_PROTOCOL"),
        (request(method="CONNECT", path="house.example:443"), 404, "NOT_FOUND"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "MALFORMED"),
        (request("X: " + "x" * http.HEAD_BYTES_MAX)[:-2], 400, "MALFORMED"),
        (b"POST /" + b"x" * (http.HEAD_BYTES_MAX + 1), 400, "MALFORMED"),
    ],
    ids=[
        *("too large", "no length", "elsewhere", "no bank", "not quite there", "another method"),
        *("another method for health", "negative", "two lengths", "smuggling"),
        *("another protocol", "proxying"),
        *("no HTTP", "endless head", "endless line"),
    ],
)
def test_what_is_no_message_is_refused_unread(door: Door, said: bytes, status: int, code: str):
    answer = door.told(said)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in head
    assert body == b'{"error":"%b"}' % code.encode()
    assert stored() == 0


def test_a_bank_that_asks_first_is_told_to_go_on(door: Door):
    content = b"<Document/>"
    whole = message(content).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")

    with door.connect() as bank:
        bank.sendall(whole.removesuffix(content))
        told = bank.recv(1000)
        bank.sendall(content)
        answer = bank.recv(1000)

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert stored() == 1


def test_a_message_may_come_in_pieces(door: Door):
    with door.connect() as bank:
        for byte in message(b"<Document/>"):
            bank.sendall(bytes([byte]))
        answer = bank.recv(1000)

    assert answer.startswith(b"HTTP/1.1 202 Accepted\r\n")


def test_a_bank_that_wants_no_more_is_hung_up_on_after_its_answer(door: Door):
    said = message(b"<Document/>").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    assert door.told(said).startswith(b"HTTP/1.1 202 Accepted\r\n")


@pytest.mark.parametrize(
    "more",
    [message(b"two"), b"\0", b"POST", b"\r\n\r\nnonsense"],
    ids=["another", "a zero", "a beginning", "nonsense"],
)
@pytest.mark.parametrize("first", ["one", "the last, as it says"])
def test_whoever_says_more_before_the_answer_is_hung_up_on(door: Door, first: str, more: bytes):
    said = message(first.encode())
    if first != "one":
        said = said.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    answers = [door.told(said + more), door.push(b"<Another/>").status_code]

    assert answers == [b"", 202]


def test_whoever_is_slow_is_hung_up_on(committed: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(doors, "LOOK_ROUND_SECONDS", 0.01)

    with open_door() as door:
        assert door.told(message(b"<Document/>")[:-1]) == b""

    assert stored() == 0


def test_large_messages_come_a_few_at_a_time_and_small_ones_beside_them(door: Door):
    announced = request(f"Content-Length: {LARGE}", "Expect: 100-continue")
    with ExitStack() as stack:
        for _ in range(http.LARGE_AT_ONCE):
            bank = stack.enter_context(door.connect())
            bank.sendall(announced)
            assert bank.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one_more = door.told(announced)
        small = door.push(b"<Document/>")
    later = door.push(b"x" * LARGE)

    assert one_more.startswith(b"HTTP/1.1 503 ")
    assert one_more.endswith(b'{"error":"BUSY"}')
    assert small.status_code == 202
    assert later.status_code == 202


def test_too_many_at_once_are_not_let_in(door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "CONNECTIONS_MAX", 0)

    with door.connect() as bank:
        assert everything(bank) == b""


def test_it_says_that_it_is_ready(door: Door):
    answer = httpx.get(f"{door.url}/healthz", trust_env=False)

    assert (answer.status_code, answer.json()) == (200, {"ready": True})
