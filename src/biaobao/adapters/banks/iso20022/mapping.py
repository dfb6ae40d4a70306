"""What the elements of a valid message mean in the house's words.

``docs/bank-host-to-host.md`` has the same as a table, for banks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from lxml import etree

from biaobao.adapters.banks.iso20022.vocabulary import CHINA, minor_digits
from biaobao.domain.banking.types import Balance, Entry, Kind

# What a BIGINT column can hold.
AMOUNT_MINOR_MAX = 2**63 - 1

Element = etree._Element


class Unreadable(Exception):
    """The element is valid by its schema and still says nothing that can be booked."""


def entries(account: str, entry: Element) -> Iterator[Entry | Unreadable]:
    """Return what an entry books on the account, one for each transaction when it is a batch.

    An entry that is not booked yet is an announcement: it gives nothing.
    """
    try:
        if _status(entry) != "BOOK":
            return
        amount, currency = _amount(_the(entry, "Amt"))
    except Unreadable as reason:
        yield reason
        return
    transactions = _all(entry, "NtryDtls/TxDtls")
    if len(transactions) > 1:
        yield from _batch(account, entry, transactions, (amount, currency))
        return
    transaction = transactions[0] if transactions else None
    try:
        serial = (
            text(entry, "AcctSvcrRef")
            or text(transaction, "Refs/AcctSvcrRef")
            or text(entry, "NtryRef")
        )
        yield _entry(account, entry, transaction, serial, (amount, currency))
    except Unreadable as reason:
        yield reason


def _batch(
    account: str, entry: Element, transactions: list[Element], total: tuple[int, str]
) -> Iterator[Entry | Unreadable]:
    read: list[Entry | Unreadable] = []
    for number, transaction in enumerate(transactions, 1):
        try:
            amount = _amount(_the(transaction, "Amt"))
            serial = text(transaction, "Refs/AcctSvcrRef") or text(transaction, "Refs/TxId")
            read.append(_entry(account, entry, transaction, serial, amount))
        except Unreadable as reason:
            read.append(Unreadable(f"transaction {number} of a batch: {reason}"))
    sums = [(one.amount_minor, one.currency) for one in read if isinstance(one, Entry)]
    if len(sums) == len(read) and (
        sum(amount for amount, _ in sums) != total[0]
        or {currency for _, currency in sums} != {total[1]}
    ):
        yield Unreadable("the transactions of the batch do not add up to its amount")
    else:
        yield from read


def balance(statement: Element, account: str, entries_counted: int) -> Balance:
    """Return the opening and closing booked balance of a statement.

    :raises Unreadable: if it lacks one, or is not kept in CNY.
    """
    found = {text(one, "Tp/CdOrPrtry/Cd"): one for one in _all(statement, "Bal")}
    # A bank may state yesterday's closing instead of today's opening balance.
    opening = found["OPBD"] if "OPBD" in found else found.get("PRCD")
    closing = found.get("CLBD")
    if opening is None or closing is None:
        raise Unreadable("the statement lacks an opening (OPBD, PRCD) or a closing (CLBD) balance")
    return Balance(
        account,
        _day(_the(closing, "Dt")),
        text(statement, "Id"),
        _signed_fen(opening),
        _signed_fen(closing),
        entries_counted,
    )


def account(element: Element | None) -> str:
    """Return the number of a CashAccount without spaces; an IBAN in upper case."""
    iban = text(element, "Id/IBAN").upper()
    return "".join((iban or text(element, "Id/Othr/Id")).split())


def text(element: Element | None, path: str) -> str:
    """Return the text at the path, stripped; empty if there is none."""
    found = None if element is None else element.find(_qualified(path))
    return "" if found is None else (found.text or "").strip()


def _entry(
    account_of_group: str,
    entry: Element,
    transaction: Element | None,
    serial: str,
    amount: tuple[int, str],
) -> Entry:
    if not serial:
        raise Unreadable("no serial: neither AcctSvcrRef nor another reference of the bank")
    direction = text(transaction, "CdtDbtInd") or text(entry, "CdtDbtInd")
    reversed_ = text(entry, "RvslInd") in {"true", "1"}
    # A reversal names debtor and creditor of the transaction that it takes back.
    own, payer = ("Cdtr", "Dbtr") if (direction == "CRDT") != reversed_ else ("Dbtr", "Cdtr")
    kind = Kind.CREDIT
    if direction == "DBIT":
        kind = Kind.REVERSAL if reversed_ else Kind.DEBIT
        payer = "Dbtr"
    parties = "RltdPties/"
    own_account = account(_one(transaction, f"{parties}{own}Acct")) or account_of_group
    booked = _the(entry, "BookgDt")
    return Entry(
        account=own_account,
        serial=serial,
        booked_on=_day(booked),
        kind=kind,
        amount_minor=amount[0],
        currency=amount[1],
        credited_at=_instant_of(booked, transaction),
        payer_name=_name(transaction, f"{parties}{payer}"),
        payer_account=own_account
        if payer == own
        else account(_one(transaction, f"{parties}{payer}Acct")),
        payer_bank=text(transaction, f"RltdAgts/{payer}Agt/FinInstnId/Nm")
        or text(transaction, f"RltdAgts/{payer}Agt/FinInstnId/BICFI"),
        remittance=_joined(transaction, "RmtInf/Ustrd"),
        original_serial=_original(transaction, serial) if reversed_ else "",
    )


def _original(transaction: Element | None, serial: str) -> str:
    named = text(transaction, "Refs/AcctSvcrRef")
    return named if named and named != serial else text(transaction, "Refs/TxId")


def _name(transaction: Element | None, party: str) -> str:
    return text(transaction, f"{party}/Pty/Nm") or text(transaction, f"{party}/Agt/FinInstnId/Nm")


def _status(entry: Element) -> str:
    status = text(entry, "Sts/Cd")
    if not status:
        raise Unreadable("a status of the bank's own: whether it is booked is unknown")
    return status


def _amount(element: Element) -> tuple[int, str]:
    currency = element.get("Ccy", "")
    minor = Decimal((element.text or "").strip()).scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        raise Unreadable(f"an amount in {currency} with more decimal places than the currency has")
    if not 0 < minor <= AMOUNT_MINOR_MAX:
        raise Unreadable(f"an amount in {currency} that is nothing, or more than can be kept")
    return int(minor), currency


def _signed_fen(found: Element) -> int:
    amount = _the(found, "Amt")
    if amount.get("Ccy") != "CNY":
        raise Unreadable(f"balances in {amount.get('Ccy')}: the books are kept in CNY")
    if Decimal((amount.text or "").strip()) == 0:
        return 0
    fen = _amount(amount)[0]
    return fen if text(found, "CdtDbtInd") == "CRDT" else -fen


def _day(choice: Element) -> date:
    if moment := text(choice, "DtTm"):
        return _instant(moment).astimezone(CHINA).date()
    try:
        # What may follow is a time zone, which a day of booking does not need.
        return date.fromisoformat(text(choice, "Dt")[:10])
    except ValueError:
        raise Unreadable(f"{text(choice, 'Dt')} is not a day") from None


def _instant_of(booked: Element, transaction: Element | None) -> datetime | None:
    moment = (
        text(booked, "DtTm")
        or text(transaction, "RltdDts/AccptncDtTm")
        or text(transaction, "RltdDts/TxDtTm")
    )
    return _instant(moment) if moment else None


def _instant(moment: str) -> datetime:
    """Return a whole second in UTC; a time without an offset is China's."""
    try:
        read = datetime.fromisoformat(moment)
        aware = read if read.tzinfo else read.replace(tzinfo=CHINA)
        # By both clocks it must be a day of the calendar, which ends with the year 9999.
        return aware.astimezone(CHINA).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Unreadable(f"{moment} is not a time") from None


def _joined(element: Element | None, path: str) -> str:
    lines = [] if element is None else _all(element, path)
    return " ".join(line.text.strip() for line in lines if line.text)


def _one(element: Element | None, path: str) -> Element | None:
    return None if element is None else element.find(_qualified(path))


def _the(element: Element, path: str) -> Element:
    found = element.find(_qualified(path))
    if found is None:
        raise Unreadable(f"no {path}")
    return found


def _all(element: Element, path: str) -> list[Element]:
    return element.findall(_qualified(path))


@cache
def _qualified(path: str) -> str:
    # Whose namespace it is has been settled by the schema.
    return "/".join("{*}" + name for name in path.split("/"))
