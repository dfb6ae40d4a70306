"""The whole walk: from the certificate to 已到账, with the money sent on the bank's own page."""

from __future__ import annotations

import base64
import urllib.parse
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.sync_api import Request, expect

from biaobao.jobs.demo import CERTIFICATE_PASSWORD
from tests.browser import desk

COMPANY = "衢州示例建设有限公司"
# How many bytes in a row of a secret would be a leak.
PIECE = 32

LOTS = [
    pytest.param(1440, "QZGQ202511019-1", "80,000.00", "捌万元整", id="1440"),
    pytest.param(390, "QZGQ202511020-1", "50,000.00", "伍万元整", id="390"),
]


@pytest.mark.parametrize(("width", "code", "amount", "capitals"), LOTS)
def test_from_the_certificate_to_arrived(visit, tmp_path, width, code, amount, capitals):
    bidder = visit(width=width)
    page = bidder.page
    file = desk.signs_in_by_certificate(bidder, "jianshe", tmp_path)
    expect(page.locator("h1")).to_have_text("项目")
    assert desk.fits(page)

    desk.goes_to_lot(bidder, code)
    desk.goes_to(page, "保证金查询")
    expect(desk.standing(page)).to_contain_text("尚未报名")
    expect(page.locator(".step-current")).to_contain_text("选择联系人")
    expect(page.get_by_text("三步完成之前没有可以付款的账号，请不要转账。")).to_be_visible()
    assert page.locator(".account-number").count() == 0
    assert page.get_by_role("button", name="用保证金缴纳").count() == 0
    assert desk.fits(page)

    tender_file = desk.registers(bidder, code)
    assert tender_file.startswith(b"%PDF-1.4\n")
    assert f"({code} - DEMO TENDER FILE".encode() in tender_file
    assert desk.fits(page)

    desk.goes_to(page, "保证金查询")
    expect(desk.standing(page)).to_contain_text("请选择缴纳方式")
    page.get_by_role("button", name="用保证金缴纳").click()
    number = desk.sub_account(page)
    assert number.isdigit()
    expect(desk.standing(page)).to_contain_text("请向下方子账号转账")
    expect(page.locator(".hero .money")).to_have_text(f"¥{amount}")
    expect(page.locator(".hero .capitals")).to_have_text(capitals)
    assert desk.fits(page)

    page.evaluate("window.stayed = true")
    desk.transfers(bidder, payer=COMPANY, to=number, yuan=amount)
    # Nobody touches the page: it hears of the money by itself.
    expect(desk.standing(page)).to_contain_text("已到账，本标段保证金缴纳完成")
    assert page.evaluate("window.stayed") is True
    assert desk.figures(page) == {"已收到": f"¥{amount}", "计入保证金": f"¥{amount}"}
    assert desk.verdicts(page.locator(".credit")) == {
        "付到了本单位本标段的子账号": "符合",
        "币种是人民币": "符合",
        "由子账号认出投标人，不看备注": "符合",
        "已在截止前完成报名": "符合",
        "从基本账户付出": "符合",
        "在截止时间之前到账（含截止那一秒）": "符合",
        "金额足额": "符合",
        "此前没有重复缴纳": "符合",
        "付款账户未为其他投标人付款": "开标前保密",
        "银行没有冲回": "符合",
    }
    assert desk.fits(page)

    desk.asks_the_bank(page)
    expect(page.get_by_text("银行最近答复")).to_be_visible()
    expect(desk.standing(page)).to_contain_text("已到账，本标段保证金缴纳完成")
    assert [request.url for request in bidder.sent if leaks(request, file)] == []


def leaks(request: Request, file: Path) -> bool:
    """Tell whether a request carries the file, a piece of it or of its key, or the password."""
    body = request.post_data_buffer or b""
    sent = b"\n".join(
        (
            body,
            urllib.parse.unquote_to_bytes(body),
            urllib.parse.unquote_to_bytes(request.url),
            repr(request.headers).encode(),
        )
    )
    return CERTIFICATE_PASSWORD.encode() in sent or any(
        piece in sent for secret in secrets_of(file) for piece in written(secret)
    )


def secrets_of(file: Path) -> list[bytes]:
    """Return the file and the numbers of its private key."""
    content = file.read_bytes()
    key, _certificate, _others = pkcs12.load_key_and_certificates(
        content, CERTIFICATE_PASSWORD.encode()
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    parts = (numbers.p, numbers.q, numbers.d)
    return [content, *(part.to_bytes((part.bit_length() + 7) // 8, "big") for part in parts)]


def written(secret: bytes) -> set[bytes]:
    """Return every piece of a secret, as it is and as base64 would write it at any offset."""
    pieces = {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}
    # From a multiple of three on, base64 writes the same wherever the piece stands.
    inside = {base64.b64encode(piece[: PIECE // 3 * 3]) for piece in pieces}
    return pieces | inside


def test_a_leak_would_be_noticed(tmp_path, product):
    file = product.data / "demo" / "certificates" / "jianshe.p12"
    content = file.read_bytes()

    class Sent:
        url = "http://127.0.0.1/"
        headers: dict[str, str] = {}
        post_data_buffer = b""

    sent = Sent()
    assert not leaks(sent, file)
    for body in (
        b"name=" + content[40:72],
        b"file=" + urllib.parse.quote_plus(base64.b64encode(content)).encode(),
        b"file=" + base64.b64encode(b"x" + content[101:150]),
        b"password=" + CERTIFICATE_PASSWORD.encode(),
    ):
        sent.post_data_buffer = body
        assert leaks(sent, file)
