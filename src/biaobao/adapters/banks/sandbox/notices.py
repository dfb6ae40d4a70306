"""Messages to the house: notices of what was booked, statements of a day."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import UTC, date, datetime, timedelta

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.vocabulary import CHINA
from biaobao.adapters.banks.sandbox import delivery, terms
from biaobao.domain.banking.types import Balance, Entry, Kind

_SUM_BEFORE = (
    "SELECT coalesce(sum(CASE kind WHEN 'CREDIT' THEN amount_minor ELSE -amount_minor END), 0)"
    " FROM entry WHERE house AND currency = 'CNY' AND booked_on < ?"
)


def enqueue(db: sqlite3.Connection, transfer: str, *, at: datetime) -> None:
    """Tell the house what a transfer did to its accounts, as late and as often as switched."""
    rows = db.execute(
        "SELECT * FROM told_entry WHERE transfer = ? AND house ORDER BY id", (transfer,)
    ).fetchall()
    house = terms.house(db)
    if not rows or house is None:
        return
    switches = terms.switches(db)
    for _ in range(switches.repeat):
        head = header(house, at)
        content = writing.notice(head, [_entry(row) for row in rows])
        delivery.enqueue(
            db, f"camt054-{head.message_id}.xml", content, late_seconds=switches.delay_seconds
        )


def state(db: sqlite3.Connection, day: date, *, at: datetime) -> str:
    """Make the statement (对账单) of one day and return its number.

    What came in another currency is not in it: it changed no balance in yuan.
    """
    house = terms.agreed_house(db)
    account = db.execute(
        "SELECT opening_fen FROM account WHERE number = ?", (house.main_account,)
    ).fetchone()
    before, until = (
        db.execute(_SUM_BEFORE, (edge.isoformat(),)).fetchone()[0]
        for edge in (day, day + timedelta(days=1))
    )
    rows = db.execute(
        "SELECT * FROM told_entry WHERE house AND currency = 'CNY' AND booked_on = ?"
        " ORDER BY booked_at, id",
        (day.isoformat(),),
    ).fetchall()
    opening, closing = account["opening_fen"] + before, account["opening_fen"] + until
    number = f"ST{day:%Y%m%d}-{secrets.token_hex(4).upper()}"
    balance = Balance(house.main_account, day, number, opening, closing, len(rows))
    head = header(house, at)
    content = writing.statement(head, balance, [_entry(row) for row in rows])
    delivery.enqueue(db, f"camt053-{head.message_id}.xml", content, late_seconds=0)
    return number


def entries_of(db: sqlite3.Connection, number: str, *, at: datetime) -> bytes:
    """Return all that was booked on an account of the house, whatever is held back or late.

    :raises Declined: if it is not the house's.
    """
    house = terms.agreed_house(db)
    known = db.execute(
        "SELECT 1 FROM account WHERE number = ? AND ? IN (number, main)",
        (number, house.main_account),
    ).fetchone()
    if not known:
        raise terms.Declined("不是贵单位的账户")
    rows = db.execute(
        "SELECT * FROM told_entry WHERE house AND (account = ? OR ?) ORDER BY id",
        (number, number == house.main_account),
    ).fetchall()
    return writing.notice(header(house, at), [_entry(row) for row in rows])


def break_file(db: sqlite3.Connection, *, at: datetime) -> str:
    """Send a notice that ends in the middle, and return its name."""
    head = header(terms.agreed_house(db), at)
    whole = writing.notice(head, []).decode()
    name = f"camt054-{head.message_id}.xml"
    delivery.enqueue(db, name, whole[: len(whole) // 2].encode(), late_seconds=0)
    return name


def header(house: terms.House, at: datetime) -> writing.Header:
    number = f"{at.astimezone(CHINA):%Y%m%d%H%M%S}-{secrets.token_hex(6).upper()}"
    return writing.Header(number, at, house.main_account, terms.NAME)


def _entry(row: sqlite3.Row) -> Entry:
    kind = Kind(row["kind"])
    came_back = kind is Kind.CREDIT and row["original_serial"]
    return Entry(
        account=row["account"],
        serial=row["serial"],
        booked_on=date.fromisoformat(row["booked_on"]),
        kind=kind,
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        credited_at=datetime.fromisoformat(row["booked_at"]).astimezone(UTC),
        payer_name=row["other_name"] if came_back else row["payer_name"],
        payer_account=row["other_account"] if came_back else row["payer_account"],
        payer_bank="" if came_back else row["payer_bank"],
        remittance=row["remark"],
        original_serial=row["original_serial"],
        order_key=row["order_key"],
    )
