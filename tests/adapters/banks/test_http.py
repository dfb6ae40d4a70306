"""What a bank's host may answer, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from biaobao.adapters.banks.http import HttpBank
from biaobao.adapters.banks.iso20022.reading import SIZE_BYTES_MAX
from biaobao.domain.banking.ports import BankRefused, BankUnreachable
from biaobao.domain.banking.types import Address
from tests.adapters.banks.running import SECRET

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def host(answer: Answer) -> Iterator[HttpBank]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def do_DELETE(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield HttpBank(Address("X", "http", url, "1", SECRET))
        finally:
            server.shutdown()
            thread.join()


def saying(status: int, body: bytes) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, '{"error": "户名不符"}'.encode(), BankRefused("户名不符")),
        (403, b"<html>", BankRefused("HTTP 403")),
        (429, b'{"error": "slower"}', BankUnreachable("slower")),
        (500, b"", BankUnreachable("HTTP 500")),
        (302, b"", BankUnreachable("HTTP 302")),
        (200, b"<html>", BankUnreachable("the answer is not JSON")),
        (200, b"[]", BankUnreachable("the answer is not an object")),
        (200, b"{}", BankUnreachable("the answer lacks 'accounts'")),
    ],
)
def test_what_is_no_answer(status: int, body: bytes, refusal: Exception):
    with host(saying(status, body)) as bank, pytest.raises(type(refusal)) as raised:
        bank.open_sub_accounts(key="k", count=1)

    assert str(raised.value) == str(refusal)


def test_a_list_of_files_that_is_none():
    with host(saying(200, b'{"files": [7]}')) as bank, pytest.raises(BankUnreachable):
        list(bank.waiting_files())


def test_a_file_that_went_meanwhile_does_not_keep_the_others_back():
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/h2h/files":
            saying(200, b'{"files": ["gone.xml", "a b/\\u6807.xml"]}')(request)
        elif request.path == "/h2h/files/a%20b%2F%E6%A0%87.xml":
            saying(200, b"content")(request)
        else:
            saying(404, b"")(request)

    with host(answer) as bank:
        (file,) = bank.waiting_files()
        with file.content:
            assert (file.name, file.content.read()) == ("a b/标.xml", b"content")
        bank.acknowledge("gone.xml")


def test_an_answer_without_end_is_cut():
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        piece = b" " * 2**20
        try:
            for _ in range(100):
                request.wfile.write(piece)
        except OSError:
            request.close_connection = True

    with host(answer) as bank:
        file = bank.entries_of("1")

    assert file is not None
    assert len(file.content.read()) == SIZE_BYTES_MAX + 1


def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("biaobao.adapters.banks.http._SECONDS_TOTAL_MAX", 0.3)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(20):
                request.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            request.close_connection = True

    with host(answer) as bank, pytest.raises(BankUnreachable, match="took more than"):
        bank.entries_of("1")


def slowly(pieces: list[bytes]) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/h2h/files":
            saying(200, b'{"files": ["large.xml"]}')(request)
            return
        request.send_response(200)
        request.send_header("content-length", str(sum(map(len, pieces))))
        request.end_headers()
        for piece in pieces:
            request.wfile.write(piece)
            time.sleep(0.05)

    return answer


def test_a_file_may_take_longer_than_an_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("biaobao.adapters.banks.http._SECONDS_TOTAL_MAX", 0.3)

    with host(slowly([b"0123456789"] * 12)) as bank:
        (file,) = bank.waiting_files()

    with file.content:
        assert file.content.read() == b"0123456789" * 12


def test_a_file_that_breaks_off_does_not_wait_for_us():
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/h2h/files":
            saying(200, b'{"files": ["half.xml"]}')(request)
            return
        request.send_response(200)
        request.send_header("content-length", "1000")
        request.end_headers()
        request.wfile.write(b"<half>")

    with host(answer) as bank, pytest.raises(BankUnreachable):
        list(bank.waiting_files())
