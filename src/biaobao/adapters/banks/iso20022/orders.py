"""Reads a payment order (pain.001.001.09) as the bank does that gets it."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from biaobao.adapters.banks.iso20022.mapping import (
    Unreadable,
    account,
    found_in,
    minor_units,
    text,
)
from biaobao.adapters.banks.iso20022.vocabulary import ORDER, schema
from biaobao.domain.banking.types import Payment

_NUMBER = ("Id/IBAN", "Id/Othr/Id")
_TRANSFER = "PmtInf/CdtTrfTxInf"
_AMOUNT = f"{_TRANSFER}/Amt/InstdAmt"
_PATHS = (
    *("GrpHdr/MsgId", "GrpHdr/CreDtTm", "GrpHdr/NbOfTxs"),
    *(f"PmtInf/DbtrAcct/{number}" for number in _NUMBER),
    *(f"{_TRANSFER}/CdtrAcct/{number}" for number in _NUMBER),
    *(_AMOUNT, f"{_TRANSFER}/PmtId/EndToEndId", f"{_TRANSFER}/Cdtr/Nm"),
    *(f"{_TRANSFER}/{name}" for name in ("CdtrAgt/FinInstnId/Nm", "RmtInf/Ustrd")),
)


def read_order(content: bytes) -> Payment:
    """Return the one payment that an order asks for.

    :raises Unreadable: if it is no valid order of one payment under one key.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as reason:
        raise Unreadable(str(reason)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("a document type declaration")
    if not schema(ORDER).validate(root):
        raise Unreadable(str(schema(ORDER).error_log))
    found = found_in(root[0], _PATHS)
    key = text(found, f"{_TRANSFER}/PmtId/EndToEndId")
    if text(found, "GrpHdr/NbOfTxs") != "1" or text(found, "GrpHdr/MsgId") != key:
        raise Unreadable("not one payment under one key")
    currency = text(found, f"{_AMOUNT}/@Ccy")
    return Payment(
        key=key,
        from_account=account(found, "PmtInf/DbtrAcct"),
        amount_minor=minor_units(found[_AMOUNT], currency),
        currency=currency,
        payee_name=text(found, f"{_TRANSFER}/Cdtr/Nm"),
        payee_account=account(found, f"{_TRANSFER}/CdtrAcct"),
        payee_bank=text(found, f"{_TRANSFER}/CdtrAgt/FinInstnId/Nm"),
        remittance=text(found, f"{_TRANSFER}/RmtInf/Ustrd"),
        ordered_at=datetime.fromisoformat(text(found, "GrpHdr/CreDtTm")),
    )
