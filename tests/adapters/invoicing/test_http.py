"""What goes over the wire: who may ask, what cannot be understood, and what the files are."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from biaobao.adapters.invoicing.http import HttpInvoicing
from biaobao.adapters.invoicing.reading import NotAnInvoice, read
from biaobao.adapters.signature import sign
from biaobao.domain.invoices.ports import InvoicingRefused, InvoicingUnreachable
from tests import outside
from tests.adapters.invoicing.running import SECRET, Partner, running
from tests.adapters.invoicing.test_contract import issued, order


def test_another_secret_opens_nothing_and_says_nothing_of_the_invoice(partner: Partner):
    told = order()
    stranger = HttpInvoicing(partner.url, "whsec_" + base64.b64encode(b"x" * 32).decode())

    for ask in (stranger.issue, lambda one: stranger.ask(one.key)):
        with pytest.raises(InvoicingUnreachable, match="签名无效"):
            ask(told)

    assert told.key not in {each["key"] for each in partner.control.invoices()}


def test_the_switches_want_json(partner: Partner):
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = httpx.put(
            f"{partner.url}/control/switches",
            content=b"{}",
            headers={"Content-Type": content_type},
            trust_env=False,
        )
        assert answer.status_code == 404
    assert httpx.get(f"{partner.url}/elsewhere", trust_env=False).status_code == 404


def test_what_is_no_json_is_refused(partner: Partner):
    body = b"no json"
    answer = httpx.post(
        f"{partner.url}/invoices", content=body, headers=sign(SECRET, body), trust_env=False
    )

    assert answer.status_code == 400


def test_started_anew_it_knows_what_it_issued(tmp_path: Path):
    told = order()
    with running(tmp_path) as partner:
        first = issued(partner.channel, told)

    with running(tmp_path) as partner:
        assert partner.channel.ask(told.key) == partner.channel.issue(told) == first


def test_the_pdf_is_one_page_that_shows_the_invoice(partner: Partner, tmp_path: Path):
    told = order()
    found = issued(partner.channel, told)
    file = tmp_path / "invoice.pdf"
    file.write_bytes(found.pdf)

    text = outside.told("pdftotext", "-layout", file, "-").decode()

    assert text.count("\f") == 1
    for shown in (
        found.number,
        told.title,
        told.tax_number,
        "423.45",
        "肆佰贰拾叁元肆角伍分",
        "6%",
    ):
        assert shown in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<InvoiceNumber>", "<Number>"),
        ("423.45</TotalTax-included", "423.4</TotalTax-included"),
        ("<IssueTime>20", "<IssueTime>x"),
        ("<EInvoice>", "<EInvoice"),
    ],
)
def test_a_spoilt_invoice_cannot_be_read(partner: Partner, before: str, after: str):
    xml = issued(partner.channel, order()).xml.decode()
    assert before in xml

    with pytest.raises(NotAnInvoice):
        read(xml.replace(before, after, 1).encode())


def test_entities_are_not_resolved(tmp_path: Path, partner: Partner):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    xml = issued(partner.channel, order()).xml.decode()
    declared = f'<!DOCTYPE EInvoice [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    forged = xml.replace("?>", f"?>{declared}", 1).replace("衢州示例建设有限公司", "&x;", 1)

    assert "secret" not in read(forged.encode()).title


@pytest.mark.parametrize(
    ("status", "content", "raised"),
    [
        (200, b"not json", InvoicingUnreachable),
        (200, b"[]", InvoicingUnreachable),
        (200, b"{}", InvoicingUnreachable),
        (200, b'{"number": "1", "pdf": "", "xml": ""}', InvoicingUnreachable),
        (200, b'{"number": "1", "pdf": "!", "xml": "!"}', InvoicingUnreachable),
        (500, b"", InvoicingUnreachable),
        (503, b'{"error": "busy"}', InvoicingUnreachable),
        (404, b"", InvoicingUnreachable),
        (422, b'{"error": "no"}', InvoicingRefused),
    ],
)
def test_an_odd_answer_is_no_invoice(status: int, content: bytes, raised: type[Exception]):
    with answering(status, content) as url, pytest.raises(raised):
        HttpInvoicing(url, SECRET).issue(order())


def test_files_of_another_number_are_no_answer(partner: Partner):
    found = issued(partner.channel, order())
    said = {
        "number": "26339000000000000001",
        "pdf": base64.b64encode(found.pdf).decode(),
        "xml": base64.b64encode(found.xml).decode(),
    }

    with (
        answering(200, json.dumps(said).encode()) as url,
        pytest.raises(InvoicingUnreachable, match="do not agree"),
    ):
        HttpInvoicing(url, SECRET).issue(order())


def test_nobody_listens():
    with pytest.raises(InvoicingUnreachable):
        HttpInvoicing("http://127.0.0.1:9/", SECRET).issue(order())


@contextmanager
def answering(status: int, content: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
