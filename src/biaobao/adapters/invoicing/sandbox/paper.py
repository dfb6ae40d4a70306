"""The files of the sandbox partner's invoices: XML, its elements named as in a real one, and a PDF of it."""

from __future__ import annotations

import base64
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import segno
import typst
from lxml import etree

from biaobao.adapters.typesetting.typesetter import FONTS
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money

Parts: TypeAlias = "list[tuple[str, str | Parts]]"
TEMPLATE = Path(__file__).parent / "invoice.typ"
KINDS = {"81": "电子发票（增值税专用发票）", "82": "电子发票（普通发票）"}
# How a real one writes the tax category of such services before what was sold.
CATEGORY = "*金融服务*"


def files(told: dict[str, Any], number: str, reverses: str, issued_at: datetime) -> dict[str, str]:
    """Return what is answered for an invoice: its number and time, its XML and its PDF.

    :param reverses: the number that a red one takes back, whose amounts it has, negative.
    """
    sign = -1 if reverses else 1
    at = f"{issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    xml = _xml(told, number, reverses, at, sign)
    pdf = _pdf(told, number, reverses, at, sign)
    return {
        "number": number,
        "issued_at": at,
        "xml": base64.b64encode(xml).decode(),
        "pdf": base64.b64encode(pdf).decode(),
    }


def _xml(told: dict[str, Any], number: str, reverses: str, at: str, sign: int) -> bytes:
    total, tax = (sign * Decimal(told[name]) for name in ("total", "tax"))
    additional: Parts = [("Remark", told["remark"])]
    if reverses:
        additional.append(("OriginalInvoiceNumber", reverses))
    data: Parts = [
        ("SellerInformation", _party("Seller", told["seller"])),
        ("BuyerInformation", _party("Buyer", told["buyer"])),
        (
            "BasicInformation",
            [
                ("TotalAmWithoutTax", f"{total - tax:.2f}"),
                ("TotalTaxAm", f"{tax:.2f}"),
                ("TotalTax-includedAmount", f"{total:.2f}"),
                ("TotalTax-includedAmountInChinese", _in_capitals(total)),
            ],
        ),
        *(("IssuItemInformation", _line(line, told["rate_ppm"], sign)) for line in told["lines"]),
        ("AdditionalInformation", additional),
    ]
    kind: Parts = [("LabelCode", told["kind"]), ("LabelName", KINDS[told["kind"]])]
    whole: Parts = [
        ("Header", [("EIid", number), ("EInvoiceType", kind)]),
        ("EInvoiceData", data),
        (
            "TaxSupervisionInfo",
            [
                ("InvoiceNumber", number),
                ("IssueTime", at),
                ("TaxBureauName", "示范数据，不是真实发票"),
            ],
        ),
    ]
    root = _element("EInvoice", whole)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _party(role: str, it: dict[str, str]) -> Parts:
    names = {
        "IdNum": "tax_number",
        "Name": "name",
        "Addr": "address",
        "TelNum": "phone",
        "BankName": "bank",
        "BankAccNum": "account",
    }
    return [(role + name, it.get(key, "")) for name, key in names.items()]


def _line(line: dict[str, str], rate_ppm: int, sign: int) -> Parts:
    amount, tax = (sign * Decimal(line[name]) for name in ("amount", "tax"))
    return [
        ("ItemName", CATEGORY + line["name"]),
        ("Amount", f"{amount - tax:.2f}"),
        ("TaxRate", f"{Decimal(rate_ppm) / 1_000_000:.2f}"),
        ("ComTaxAm", f"{tax:.2f}"),
        ("TotaltaxIncludedAmount", f"{amount:.2f}"),
    ]


def _element(name: str, content: str | Parts) -> etree._Element:
    element = etree.Element(name)
    if isinstance(content, str):
        element.text = content
    else:
        element.extend(_element(*part) for part in content)
    return element


def _pdf(told: dict[str, Any], number: str, reverses: str, at: str, sign: int) -> bytes:
    total, tax = (sign * Decimal(told[name]) for name in ("total", "tax"))
    printed = {
        **told,
        "number": number,
        "reverses": reverses,
        "at": at,
        "title": KINDS[told["kind"]],
        "rate": f"{Decimal(told['rate_ppm']) / 10_000:g}%",
        "total": f"{total:.2f}",
        "tax": f"{tax:.2f}",
        "net": f"{total - tax:.2f}",
        "capitals": _in_capitals(total),
        "lines": [_printed(line, sign) for line in told["lines"]],
    }
    qr = io.BytesIO()
    segno.make(f"01,{told['kind']},,{number},{total:.2f},{at[:10]}", error="m").save(
        qr, kind="svg", border=0
    )
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )
    made = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts).compile(
        format="pdf",
        timestamp=int(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).timestamp()),
        sys_inputs={
            "printed": json.dumps(printed, ensure_ascii=False),
            "qr": qr.getvalue().decode(),
        },
    )
    if not isinstance(made, bytes):
        raise TypeError("no PDF was made")
    return made


def _printed(line: dict[str, str], sign: int) -> dict[str, str]:
    amount, tax = (sign * Decimal(line[name]) for name in ("amount", "tax"))
    return {
        "name": CATEGORY + line["name"],
        "net": f"{amount - tax:.2f}",
        "tax": f"{tax:.2f}",
    }


def _in_capitals(amount: Decimal) -> str:
    return Money(int(amount * 100)).in_capitals()
