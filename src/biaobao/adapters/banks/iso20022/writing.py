"""Writes payment orders, and what the sandbox bank says: the inverse of reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from lxml import etree
from stdnum import iban

from biaobao.adapters.banks.iso20022.mapping import Element
from biaobao.adapters.banks.iso20022.vocabulary import (
    CHINA,
    NOTICE,
    ORDER,
    STATEMENT,
    STATUS,
    minor_digits,
    namespace,
)
from biaobao.domain.banking.types import Balance, Entry, Kind, Payment

_LINE_CHARACTERS_MAX = 140
_REASON_CHARACTERS_MAX = 105
# People type anything; XML 1.0 has no place for control characters.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Header:
    """Who says it: the message, when it was made, the main account it is about, and the bank."""

    message_id: str
    created_at: datetime
    account: str
    bank: str


def notice(header: Header, entries: Sequence[Entry]) -> bytes:
    """Return a camt.054 that reports entries of the header's account and its sub-accounts."""
    document, group = _envelope(NOTICE, "BkToCstmrDbtCdtNtfctn/Ntfctn", header, header.message_id)
    for entry in entries:
        _write(group, entry, header.account)
    return _bytes(document)


def statement(header: Header, balance: Balance, entries: Sequence[Entry]) -> bytes:
    """Return a camt.053 of one day."""
    document, group = _envelope(STATEMENT, "BkToCstmrStmt/Stmt", header, balance.statement_id)
    for code, fen in (("OPBD", balance.opening_fen), ("CLBD", balance.closing_fen)):
        element = _put(group, "Bal")
        _put(element, "Tp/CdOrPrtry/Cd", code)
        _put_amount(element, abs(fen), "CNY")
        _put(element, "CdtDbtInd", "DBIT" if fen < 0 else "CRDT")
        _put(element, "Dt/Dt", balance.day.isoformat())
    for entry in entries:
        _write(group, entry, header.account)
    return _bytes(document)


def payment_order(payment: Payment, *, debtor: str = "", bank: str = "") -> bytes:
    """Return the pain.001 that orders one payment; its key is every id in it.

    The same payment is always the same bytes.
    """
    document = _document(ORDER)
    amount = _amount(payment.amount_minor, payment.currency)
    header, order, transfer = (
        f"CstmrCdtTrfInitn/{path}" for path in ("GrpHdr", "PmtInf", "PmtInf/CdtTrfTxInf")
    )
    for path, text in (
        (f"{header}/MsgId", payment.key),
        (f"{header}/CreDtTm", _moment(payment.ordered_at)),
        (f"{header}/NbOfTxs", "1"),
        (f"{header}/CtrlSum", amount),
        (f"{header}/InitgPty", ""),
        (f"{order}/PmtInfId", payment.key),
        (f"{order}/PmtMtd", "TRF"),
        (f"{order}/NbOfTxs", "1"),
        (f"{order}/CtrlSum", amount),
        (f"{order}/ReqdExctnDt/Dt", payment.ordered_at.astimezone(CHINA).date().isoformat()),
    ):
        _put(document, path, text)
    _put_named(document, f"{order}/Dbtr", "Nm", debtor)
    _put_account(document, f"{order}/DbtrAcct", payment.from_account)
    _put_named(document, f"{order}/DbtrAgt/FinInstnId", "Nm", bank)
    _put(document, f"{transfer}/PmtId/InstrId", payment.key)
    _put(document, f"{transfer}/PmtId/EndToEndId", payment.key)
    _put(document, f"{transfer}/Amt/InstdAmt", amount).set("Ccy", payment.currency)
    _put_named(document, f"{transfer}/CdtrAgt/FinInstnId", "Nm", payment.payee_bank)
    _put_named(document, f"{transfer}/Cdtr", "Nm", payment.payee_name)
    _put_account(document, f"{transfer}/CdtrAcct", payment.payee_account)
    if payment.remittance:
        _put(document, f"{transfer}/RmtInf/Ustrd", payment.remittance[:_LINE_CHARACTERS_MAX])
    return _bytes(document)


def payment_status(
    key: str, status: str, *, header: Header, reason: str = "", words: str = ""
) -> bytes:
    """Return the pain.002 that tells how a payment order stands, e.g. ``ACSP`` or ``RJCT``."""
    document = _document(STATUS)
    report = "CstmrPmtStsRpt"
    order = f"{report}/OrgnlPmtInfAndSts"
    transaction = f"{order}/TxInfAndSts"
    for path, text in (
        (f"{report}/GrpHdr/MsgId", header.message_id),
        (f"{report}/GrpHdr/CreDtTm", _moment(header.created_at)),
        (f"{report}/OrgnlGrpInfAndSts/OrgnlMsgId", key),
        (f"{report}/OrgnlGrpInfAndSts/OrgnlMsgNmId", ORDER),
        (f"{order}/OrgnlPmtInfId", key),
        (f"{transaction}/OrgnlInstrId", key),
        (f"{transaction}/OrgnlEndToEndId", key),
        (f"{transaction}/TxSts", status),
    ):
        _put(document, path, text)
    if reason:
        _put(document, f"{transaction}/StsRsnInf/Rsn/Cd", reason)
    for start in range(0, len(words), _REASON_CHARACTERS_MAX):
        line = words[start : start + _REASON_CHARACTERS_MAX]
        _put(document, f"{transaction}/StsRsnInf/AddtlInf", line)
    return _bytes(document)


def _document(kind: str) -> Element:
    names = cast("dict[str, str]", {None: namespace(kind)})
    return etree.Element(f"{{{namespace(kind)}}}Document", nsmap=names)


def _envelope(kind: str, path: str, header: Header, group_id: str) -> tuple[Element, Element]:
    document = _document(kind)
    body, group = path.split("/")
    _put(document, f"{body}/GrpHdr/MsgId", header.message_id)
    _put(document, f"{body}/GrpHdr/CreDtTm", _moment(header.created_at))
    element = _put(document, f"{body}/{group}")
    _put(element, "Id", group_id)
    _put(element, "CreDtTm", _moment(header.created_at))
    _put_account(element, "Acct", header.account)
    if header.bank:
        _put(element, "Acct/Svcr/FinInstnId/Nm", header.bank)
    return document, element


def _write(group: Element, entry: Entry, main_account: str) -> None:
    reversed_ = _takes_back(entry)
    element = _put(group, "Ntry")
    _put_amount(element, entry.amount_minor, entry.currency)
    _put(element, "CdtDbtInd", "CRDT" if entry.kind is Kind.CREDIT else "DBIT")
    if reversed_:
        _put(element, "RvslInd", "true")
    _put(element, "Sts/Cd", "BOOK")
    if entry.credited_at is None:
        _put(element, "BookgDt/Dt", entry.booked_on.isoformat())
    else:
        _put(element, "BookgDt/DtTm", _moment(entry.credited_at))
    _put(element, "AcctSvcrRef", entry.serial)
    _put(element, "BkTxCd/Prtry/Cd", "TRANSFER")
    transaction = _put(element, "NtryDtls/TxDtls")
    if reversed_ and entry.original_serial:
        _put(transaction, "Refs/AcctSvcrRef", entry.original_serial)
    if entry.order_key:
        _put(transaction, "Refs/EndToEndId", entry.order_key)
    _put_parties(transaction, entry, main_account)
    for start in range(0, len(entry.remittance), _LINE_CHARACTERS_MAX):
        line = entry.remittance[start : start + _LINE_CHARACTERS_MAX]
        _put(transaction, "RmtInf/Ustrd", line)
    if reversed_ and entry.kind is Kind.CREDIT:
        _put(transaction, "RtrInf")


def _put_parties(transaction: Element, entry: Entry, main_account: str) -> None:
    """Name debtor and creditor in the order of the schema, a reversal those of its original."""
    returned = entry.kind is Kind.CREDIT and _takes_back(entry)
    own = "Dbtr" if entry.kind is Kind.DEBIT or returned else "Cdtr"
    payer = "Cdtr" if returned else "Dbtr"
    names = {payer: entry.payer_name}
    accounts = {payer: entry.payer_account}
    if entry.account != main_account or own == payer:
        accounts[own] = entry.account
    for side in ("Dbtr", "Cdtr"):
        if names.get(side):
            _put(transaction, f"RltdPties/{side}/Pty/Nm", names[side])
        if accounts.get(side):
            _put_account(transaction, f"RltdPties/{side}Acct", accounts[side])
    if entry.payer_bank:
        _put(transaction, f"RltdAgts/{payer}Agt/FinInstnId/Nm", entry.payer_bank)


def _takes_back(entry: Entry) -> bool:
    return entry.kind is Kind.REVERSAL or (
        entry.kind is Kind.CREDIT and bool(entry.original_serial or entry.order_key)
    )


def _put(parent: Element, path: str, text: str = "") -> Element:
    """Add an element at the end of the path, inside those that are there already, and return it."""
    *above, last = path.split("/")
    namespace_ = etree.QName(parent).namespace
    for name in above:
        found = parent.findall(f"{{{namespace_}}}{name}")
        parent = found[-1] if found else etree.SubElement(parent, f"{{{namespace_}}}{name}")
    element = etree.SubElement(parent, f"{{{namespace_}}}{last}")
    if text:
        element.text = _NOT_XML.sub("", text)
    return element


def _put_named(parent: Element, path: str, name: str, text: str) -> None:
    """Add an element that must be there, with a name in it if there is one."""
    element = _put(parent, path)
    if text:
        _put(element, name, text)


def _put_amount(parent: Element, minor: int, currency: str) -> None:
    _put(parent, "Amt", _amount(minor, currency)).set("Ccy", currency)


def _amount(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def _put_account(parent: Element, path: str, number: str) -> None:
    _put(parent, f"{path}/Id/IBAN" if iban.is_valid(number) else f"{path}/Id/Othr/Id", number)


def _moment(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _bytes(document: Element) -> bytes:
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
