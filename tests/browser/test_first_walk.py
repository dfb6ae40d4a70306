"""The whole walk: from the certificate to 已到账, with the money sent on the bank's own page."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.sync_api import Page, Request, expect

from biaobao.jobs.demo import CERTIFICATE_PASSWORD
from tests.browser import desk
from tests.browser.desk import Visit
from tests.browser.running import Product

COMPANY = "衢州示例建设有限公司"
VERDICTS = {
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
# Any 32 bytes in a row of a secret hold one of its blocks whole.
BLOCK = 16

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
    sees_which_step_is_missing(bidder, code)

    tender_file = desk.registers(bidder, code)
    assert tender_file.startswith(b"%PDF-1.4\n")
    assert f"({code} - DEMO TENDER FILE".encode() in tender_file
    assert desk.fits(page)

    desk.goes_to(page, "保证金查询")
    expect(desk.standing(page)).to_contain_text("请选择缴纳方式")
    account = desk.chooses_deposit(bidder, code)
    assert account.number.isdigit()
    expect(desk.standing(page)).to_contain_text("请向下方子账号转账")
    expect(page.locator(".hero .money")).to_have_text(f"¥{amount}")
    expect(page.locator(".hero .capitals")).to_have_text(capitals)
    assert desk.faults(page, [width]) == []

    desk.transfers(bidder, payer=COMPANY, to=account, yuan=amount)
    sees_it_arrive(page, amount)

    desk.asks_the_bank(page)
    expect(page.get_by_text("银行最近答复")).to_be_visible()
    expect(desk.standing(page)).to_contain_text("已到账，本标段保证金缴纳完成")
    assert desk.faults(page, [width]) == []
    assert leaks(everything(bidder.sent), file) == []


def sees_which_step_is_missing(bidder: Visit, code: str) -> None:
    page = bidder.page
    desk.goes_to_lot(bidder, code)
    desk.goes_to(page, "保证金查询")
    expect(desk.standing(page)).to_contain_text("尚未报名")
    expect(page.locator(".step-current")).to_contain_text("选择联系人")
    expect(page.get_by_text("三步完成之前没有可以付款的账号，请不要转账。")).to_be_visible()
    assert page.locator(".account-number").count() == 0
    assert page.get_by_role("button", name="用保证金缴纳").count() == 0
    assert desk.fits(page)


def sees_it_arrive(page: Page, amount: str) -> None:
    """Nobody touches the page: it hears of the money by itself."""
    page.evaluate("window.isStillThere = true")
    expect(desk.standing(page)).to_contain_text("已到账，本标段保证金缴纳完成")
    assert page.evaluate("window.isStillThere") is True
    assert desk.figures(page) == {"已收到": f"¥{amount}", "计入保证金": f"¥{amount}"}
    assert desk.verdicts(page.locator(".credit")) == VERDICTS
    assert desk.fits(page)


def everything(sent: Iterable[Request]) -> bytes:
    """Return all that the browser sent, as it was and with its escapes undone."""
    raw = b"\n".join(
        part
        for request in sent
        for part in (request.url.encode(), repr(request.headers).encode(), body_of(request))
    )
    return raw + b"\n" + urllib.parse.unquote_to_bytes(raw)


def body_of(request: Request) -> bytes:
    return request.post_data_buffer or b""


def leaks(sent: bytes, file: Path) -> list[str]:
    """Return which secrets were sent, whole or in part: the file, its key, its password."""
    content = file.read_bytes()
    password = CERTIFICATE_PASSWORD.encode()
    key, _certificate, _others = pkcs12.load_key_and_certificates(content, password)
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    secrets = {"file": content}
    for name in ("d", "p", "q"):
        number: int = getattr(numbers, name)
        secrets[name] = number.to_bytes((number.bit_length() + 7) // 8, "big")
    found = [
        name for name, secret in secrets.items() if any(each in sent for each in written(secret))
    ]
    return found + ["password"] * (password in sent)


def written(secret: bytes) -> Iterator[bytes]:
    """Yield each block of a secret, as it is and as base64 writes it from any offset."""
    for start in range(0, len(secret) - BLOCK + 1, BLOCK):
        block = secret[start : start + BLOCK]
        yield block
        # Base64 writes three bytes at a time, so some twelve of these begin where it begins.
        yield from (base64.b64encode(block[offset : offset + 12]) for offset in range(3))


def test_a_leak_would_be_noticed(product: Product):
    file = product.data / "demo" / "certificates" / "jianshe.p12"
    content = file.read_bytes()

    assert leaks(b"name=" + content[40:72], file) == ["file"]
    assert leaks(b"file=" + base64.b64encode(b"x" + content[101:133]), file) == ["file"]
    assert leaks(b"secret=" + CERTIFICATE_PASSWORD.encode(), file) == ["password"]
    assert leaks(b"name=" + content[40:50], file) == []
