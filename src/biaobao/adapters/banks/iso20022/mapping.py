"""What the elements of a valid message mean in the house's words.

``docs/bank-host-to-host.md`` has the same as a table, for banks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple

from lxml import etree

from biaobao.adapters.banks.iso20022.vocabulary import CHINA, minor_digits
from biaobao.domain.banking.types import Balance, Entry, Kind

# What a BIGINT column can hold.
AMOUNT_MINOR_MAX = 2**63 - 1

Element = etree._Element
# The text of the first element at each path below another, stripped; an amount's currency beside it.
Found = dict[str, str]
Plan = dict[str, tuple[str, "Plan"]]

_SIDES = ("Dbtr", "Cdtr")
_MOMENT = ("Dt", "DtTm")
_NUMBER = ("Id/IBAN", "Id/Othr/Id")
_ENTRY = (
    *("NtryRef", "Amt", "CdtDbtInd", "RvslInd", "Sts/Cd", "AcctSvcrRef"),
    *(f"BookgDt/{moment}" for moment in _MOMENT),
)
_LINE = "RmtInf/Ustrd"
_TRANSACTION = (
    *("Refs/AcctSvcrRef", "Refs/EndToEndId", "Refs/TxId", "Amt", "CdtDbtInd"),
    *(f"RltdPties/{side}/Pty/Nm" for side in _SIDES),
    *(f"RltdPties/{side}/Agt/FinInstnId/Nm" for side in _SIDES),
    *(f"RltdPties/{side}Acct/{number}" for side in _SIDES for number in _NUMBER),
    *(f"RltdAgts/{side}Agt/FinInstnId/{name}" for side in _SIDES for name in ("Nm", "BICFI")),
    *(_LINE, "RltdDts/AccptncDtTm", "RltdDts/TxDtTm", "RtrInf"),
)
_BALANCE = ("Tp/CdOrPrtry/Cd", "Amt", "CdtDbtInd", "Dt/Dt", "Dt/DtTm")
_ACCOUNT = tuple(f"Acct/{number}" for number in _NUMBER)

# A text in markup that lxml has written.
_TEXT = re.compile(">([^<]+)<")
# What is remembered of how entries are written is bounded.
_MARKUPS_MAX = 256
_MARKUP_CHARACTERS_MAX = 10_000
# Times, days and amounts come again and again.
_TEXTS_MAX = 4096


class Unreadable(Exception):
    """The element is valid by its schema and still says nothing that can be booked."""


def entries(of_account: str, entry: Element) -> Iterator[Entry | Unreadable]:
    """Return what an entry books on the account, one for each transaction when it is a batch.

    An entry that is not booked yet is an announcement: it gives nothing.
    """
    found, transactions = _found_in_entry(entry)
    try:
        if _status(found) != "BOOK":
            return
        amount = _amount(found)
    except Unreadable as reason:
        yield reason
        return
    if len(transactions) > 1:
        yield from _batch(of_account, found, transactions, amount)
        return
    transaction = transactions[0] if transactions else {}
    try:
        serial = (
            text(found, "AcctSvcrRef")
            or text(transaction, "Refs/AcctSvcrRef")
            or text(found, "NtryRef")
        )
        yield _entry(of_account, found, transaction, serial, amount)
    except Unreadable as reason:
        yield reason


def _batch(
    of_account: str, entry: Found, transactions: list[Found], total: tuple[int, str]
) -> Iterator[Entry | Unreadable]:
    read: list[Entry | Unreadable] = []
    for number, transaction in enumerate(transactions, 1):
        try:
            amount = _amount(transaction)
            serial = text(transaction, "Refs/AcctSvcrRef") or text(transaction, "Refs/TxId")
            read.append(_entry(of_account, entry, transaction, serial, amount))
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


def balance(statement: Element, of_account: str, entries_counted: int) -> Balance:
    """Return the opening and closing booked balance of a statement.

    :raises Unreadable: if it lacks one, or is not kept in CNY.
    """
    every = [found_in(one, _BALANCE) for one in children(statement, "Bal")]
    found = {text(one, "Tp/CdOrPrtry/Cd"): one for one in every}
    # A bank may state yesterday's closing instead of today's opening balance.
    opening = found["OPBD"] if "OPBD" in found else found.get("PRCD")
    closing = found.get("CLBD")
    if opening is None or closing is None:
        raise Unreadable("the statement lacks an opening (OPBD, PRCD) or a closing (CLBD) balance")
    return Balance(
        of_account,
        _day(closing, "Dt"),
        text(found_in(statement, ("Id",)), "Id"),
        _signed_fen(opening),
        _signed_fen(closing),
        entries_counted,
    )


def account_of(group: Element) -> str:
    """Return the account that a Ntfctn or a Stmt is about."""
    return account(found_in(group, _ACCOUNT), "Acct")


def message_id(body: Element) -> str:
    return text(found_in(body, ("GrpHdr/MsgId",)), "GrpHdr/MsgId")


def text(found: Found, path: str) -> str:
    return found.get(path, "")


def account(found: Found, path: str) -> str:
    """Return the number of a CashAccount without spaces; an IBAN in upper case."""
    iban = text(found, f"{path}/Id/IBAN").upper()
    return "".join((iban or text(found, f"{path}/Id/Othr/Id")).split())


def found_in(element: Element, paths: tuple[str, ...]) -> Found:
    """Return what is at each of the paths: one walk costs less than a search for each."""
    found: Found = {}
    _walk(element, _plan(_namespace(element), paths), found)
    return found


def _walk(element: Element, plan: Plan, found: Found) -> None:
    for child in element:
        step = plan.get(child.tag)
        if step is not None:
            path, below = step
            if path not in found:
                _note(child, path, found)
            if below:
                _walk(child, below, found)


def _note(element: Element, path: str, found: Found) -> None:
    found[path] = (element.text or "").strip()
    currency = element.get("Ccy")
    if currency is not None:
        found[f"{path}/@Ccy"] = currency


@cache
def _plan(namespace: str, paths: tuple[str, ...], above: str = "") -> Plan:
    """Return for each tag that leads to one of the paths where it is, and what to look for below."""
    plan: Plan = {}
    for name in dict.fromkeys(path.partition("/")[0] for path in paths):
        below = tuple(path[len(name) + 1 :] for path in paths if path.startswith(name + "/"))
        here = above + name
        plan[namespace + name] = here, _plan(namespace, below, here + "/")
    return plan


def _found_in_entry(entry: Element) -> tuple[Found, list[Found]]:
    """Return what is in an entry, and in each of its transactions.

    To walk through an entry takes longer than to parse it, and a bank writes most of them alike. So
    the texts are taken out of the markup, and which text is where is found once for each markup.
    """
    markup = etree.tostring(entry, encoding="unicode", with_tail=False)
    parts = _TEXT.split(markup)
    places = _places if len(markup) <= _MARKUP_CHARACTERS_MAX else _places.__wrapped__
    of_entry, of_transactions = places(tuple(parts[::2]))
    texts = parts[1::2]
    return _filled(of_entry, texts), [_filled(one, texts) for one in of_transactions]


class _Places(NamedTuple):
    """Where the texts of an entry or of a transaction are, among all of the entry.

    :param texts: the number of the first text at each path.
    :param lines: the numbers of all lines of the remittance.
    :param marks: what the markup itself says: currencies, and elements without a text.
    """

    texts: dict[str, int]
    lines: list[int]
    marks: Found


def _filled(places: _Places, texts: list[str]) -> Found:
    found = {path: unescape(texts[number]).strip() for path, number in places.texts.items()}
    if len(places.lines) > 1:
        found[_LINE] = " ".join([unescape(texts[number]).strip() for number in places.lines])
    return found | places.marks


@lru_cache(_MARKUPS_MAX)
def _places(around: tuple[str, ...]) -> tuple[_Places, list[_Places]]:
    """Return where the texts are that were taken out of the markup of an entry."""
    before, *behind = around
    numbered = "".join(f">{number}<{part}" for number, part in enumerate(behind))
    entry = etree.fromstring(before + numbered)
    return _numbers(entry, _ENTRY), [
        _numbers(transaction, _TRANSACTION)
        for details in children(entry, "NtryDtls")
        for transaction in children(details, "TxDtls")
    ]


def _numbers(element: Element, paths: tuple[str, ...]) -> _Places:
    """Return what is where in an element of which each text is its number."""
    found = found_in(element, paths)
    lines = [
        int(line.text or "")
        for information in children(element, "RmtInf")
        for line in children(information, "Ustrd")
    ]
    texts = {path: int(number) for path, number in found.items() if number.isdigit()}
    return _Places(texts, lines, {path: mark for path, mark in found.items() if path not in texts})


def children(element: Element, name: str) -> Iterator[Element]:
    return element.iterchildren(_namespace(element) + name)


def _namespace(element: Element) -> str:
    # Whose namespace it is has been settled by the schema.
    return element.tag[: element.tag.rindex("}") + 1]


def _entry(
    of_account: str,
    entry: Found,
    transaction: Found,
    serial: str,
    amount: tuple[int, str],
) -> Entry:
    if not serial:
        raise Unreadable("no serial: neither AcctSvcrRef nor another reference of the bank")
    direction = text(transaction, "CdtDbtInd") or text(entry, "CdtDbtInd")
    reversed_ = text(entry, "RvslInd") in {"true", "1"}
    # A reversal names debtor and creditor of the transaction that it takes back.
    # So does what comes back of a payment of ours (退汇), which some banks only say in RtrInf.
    kind = Kind.CREDIT
    takes_back = reversed_ or "RtrInf" in transaction
    own, payer = ("Dbtr", "Cdtr") if takes_back else ("Cdtr", "Dbtr")
    if direction == "DBIT":
        kind = Kind.REVERSAL if reversed_ else Kind.DEBIT
        takes_back = reversed_
        own, payer = ("Cdtr" if reversed_ else "Dbtr"), "Dbtr"
    is_ours = kind is Kind.DEBIT or (kind is Kind.CREDIT and takes_back)
    own_account = account(transaction, f"RltdPties/{own}Acct") or of_account
    bank = f"RltdAgts/{payer}Agt/FinInstnId"
    return Entry(
        account=own_account,
        serial=serial,
        booked_on=_day(entry, "BookgDt"),
        kind=kind,
        amount_minor=amount[0],
        currency=amount[1],
        credited_at=_instant_of(entry, transaction),
        payer_name=_name(transaction, f"RltdPties/{payer}"),
        payer_account=own_account
        if payer == own
        else account(transaction, f"RltdPties/{payer}Acct"),
        payer_bank=text(transaction, f"{bank}/Nm") or text(transaction, f"{bank}/BICFI"),
        remittance=text(transaction, _LINE),
        original_serial=_original(transaction, serial) if takes_back else "",
        order_key=_order_key(transaction) if is_ours else "",
    )


def _original(transaction: Found, serial: str) -> str:
    named = text(transaction, "Refs/AcctSvcrRef")
    return named if named and named != serial else text(transaction, "Refs/TxId")


def _order_key(transaction: Found) -> str:
    key = text(transaction, "Refs/EndToEndId")
    return "" if key == "NOTPROVIDED" else key


def _name(transaction: Found, party: str) -> str:
    return text(transaction, f"{party}/Pty/Nm") or text(transaction, f"{party}/Agt/FinInstnId/Nm")


def _status(entry: Found) -> str:
    status = text(entry, "Sts/Cd")
    if not status:
        raise Unreadable("a status of the bank's own: whether it is booked is unknown")
    return status


def _amount(found: Found) -> tuple[int, str]:
    if "Amt" not in found:
        raise Unreadable("no Amt")
    currency = found["Amt/@Ccy"]
    minor = minor_units(found["Amt"], currency)
    if not 0 < minor <= AMOUNT_MINOR_MAX:
        raise Unreadable(f"an amount in {currency} that is nothing, or more than can be kept")
    return minor, currency


@lru_cache(_TEXTS_MAX)
def minor_units(written: str, currency: str) -> int:
    digits = minor_digits(currency)
    whole, _, decimals = written.partition(".")
    if decimals[digits:].strip("0"):
        raise Unreadable(f"an amount in {currency} with more decimal places than the currency has")
    return int(whole + decimals[:digits].ljust(digits, "0"))


def _signed_fen(found: Found) -> int:
    if found["Amt/@Ccy"] != "CNY":
        raise Unreadable(f"balances in {found['Amt/@Ccy']}: the books are kept in CNY")
    if minor_units(found["Amt"], "CNY") == 0:
        return 0
    fen = _amount(found)[0]
    return fen if text(found, "CdtDbtInd") == "CRDT" else -fen


def _day(found: Found, path: str) -> date:
    """Return the day of a DateAndDateTime2Choice."""
    if moment := text(found, f"{path}/DtTm"):
        return _day_of(moment)
    try:
        # What may follow is a time zone, which a day of booking does not need.
        return date.fromisoformat(text(found, f"{path}/Dt")[:10])
    except ValueError:
        raise Unreadable(f"{text(found, path + '/Dt')} is not a day") from None


@lru_cache(_TEXTS_MAX)
def _day_of(moment: str) -> date:
    return _instant(moment).astimezone(CHINA).date()


def _instant_of(entry: Found, transaction: Found) -> datetime | None:
    moment = (
        text(entry, "BookgDt/DtTm")
        or text(transaction, "RltdDts/AccptncDtTm")
        or text(transaction, "RltdDts/TxDtTm")
    )
    return _instant(moment) if moment else None


@lru_cache(_TEXTS_MAX)
def _instant(moment: str) -> datetime:
    """Return a whole second in UTC; a time without an offset is China's."""
    try:
        read = datetime.fromisoformat(moment)
        aware = read if read.tzinfo else read.replace(tzinfo=CHINA)
        # By both clocks it must be a day of the calendar, which ends with the year 9999.
        return aware.astimezone(CHINA).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Unreadable(f"{moment} is not a time") from None
