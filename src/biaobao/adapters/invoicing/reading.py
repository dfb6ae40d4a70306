"""Reads what the XML of an invoice (数电票) says: the XML is the original, the PDF shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
_YUAN = re.compile(r"(-?)([0-9]{1,12})\.([0-9]{2})")


class NotAnInvoice(Exception):
    """The content is no invoice whose number, title and amounts can be read."""


@dataclass(frozen=True, slots=True)
class Read:
    """What an invoice says of itself."""

    number: str
    issued_at: datetime
    title: str
    tax_number: str
    total: Money
    tax: Money


def read(content: bytes) -> Read:
    """Return what an invoice says.

    :raises NotAnInvoice: if it is none.
    """
    try:
        root = etree.fromstring(content, PARSER)
    except etree.XMLSyntaxError as problem:
        raise NotAnInvoice(str(problem)) from problem
    issued = _text(root, "TaxSupervisionInfo/IssueTime")
    try:
        issued_at = datetime.strptime(issued, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError as problem:
        raise NotAnInvoice(f"no time: {issued}") from problem
    return Read(
        number=_text(root, "TaxSupervisionInfo/InvoiceNumber"),
        issued_at=issued_at,
        title=_text(root, "EInvoiceData/BuyerInformation/BuyerName"),
        tax_number=_text(root, "EInvoiceData/BuyerInformation/BuyerIdNum"),
        total=_money(_text(root, "EInvoiceData/BasicInformation/TotalTax-includedAmount")),
        tax=_money(_text(root, "EInvoiceData/BasicInformation/TotalTaxAm")),
    )


def _text(root: etree._Element, path: str) -> str:
    found = root.findtext(path)
    if found is None:
        raise NotAnInvoice(f"it has no {path}")
    return found.strip()


def _money(text: str) -> Money:
    parts = _YUAN.fullmatch(text)
    if parts is None:
        raise NotAnInvoice(f"no amount: {text}")
    fen = int(parts[2]) * 100 + int(parts[3])
    return Money(-fen if parts[1] else fen)
