"""The bank's books: accounts, transfers with both their sides, reversals."""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime

from biaobao.adapters.banks.iso20022.vocabulary import CHINA
from biaobao.adapters.banks.sandbox import notices, store, terms
from biaobao.adapters.banks.sandbox.terms import Declined

SUB_ACCOUNTS_PER_KEY_MAX = 1000
_SUB_ACCOUNT_TITLE = "（投标保证金专户）"
_TAIL_DIGITS = 9
# The bank's own account that it pays interest from.
_INTEREST_PAYABLE, _PLENTY_FEN = "2211000000000001", 10**14


@dataclass(frozen=True, slots=True)
class Order:
    """A transfer that somebody asks for.

    :param key: the same key is one transfer, however often it is asked for.
    :param payer_name: what the payee reads as payer; empty: the name of the payer's account.
    :param payee_name: checked against the account's when given.
    :param booked_at: the bank books it as if at this time; None: now.
    :param to_unopened: the payee account may be a number under the house's that nobody opened.
    """

    key: str
    from_account: str
    to_account: str
    amount_minor: int
    currency: str = "CNY"
    remark: str = ""
    payer_name: str = ""
    payee_name: str = ""
    booked_at: datetime | None = None
    to_unopened: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    account: str
    kind: str
    serial: str
    original: str = ""


def enrol(
    db: sqlite3.Connection, uscc: str, name: str, accounts: list[tuple[str, str, int]]
) -> None:
    """Make a customer with accounts (number, branch, opening fen); those there already stay."""
    db.execute(
        "INSERT INTO customer (uscc, name) VALUES (?, ?)"
        " ON CONFLICT (uscc) DO UPDATE SET name = excluded.name",
        (uscc, name),
    )
    for place, (number, branch, opening_fen) in enumerate(accounts):
        db.execute(
            "INSERT INTO account (number, name, branch, uscc, opening_fen, balance_fen, place)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
            (number, name, branch, uscc, opening_fen, opening_fen, place),
        )


def open_sub_accounts(db: sqlite3.Connection, key: str, count: int) -> list[sqlite3.Row]:
    """Return ``count`` sub-accounts of the house opened under the key, opening those that lack.

    :raises Declined: if there is no agreement, or the request is out of bounds.
    """
    house = terms.agreed_house(db)
    if not key or not 0 < count <= SUB_ACCOUNTS_PER_KEY_MAX:
        raise Declined(f"一次可开立 1 至 {SUB_ACCOUNTS_PER_KEY_MAX} 个子账户，且须有请求号")
    opened = _opened_under(db, key)
    for place in range(len(opened), count):
        db.execute(
            "INSERT INTO account (number, name, branch, main, opened_key, place)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                _unused_number(db, house),
                house.name + _SUB_ACCOUNT_TITLE,
                house.branch,
                house.main_account,
                key,
                place,
            ),
        )
    return _opened_under(db, key)[:count]


def transfer(db: sqlite3.Connection, order: Order, *, at: datetime) -> str:
    """Move money and return the bank's serial; the house hears of what concerns it.

    :raises Declined: if the bank does not do it; nothing has moved.
    """
    done = db.execute("SELECT serial FROM transfer WHERE key = ?", (order.key,)).fetchone()
    if done:
        return str(done["serial"])
    payer, payee = _judged(db, order)
    booked_at = _booked_at(db, order.booked_at, at)
    serial = _serial(booked_at)
    db.execute(
        "INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            serial,
            order.key,
            order.from_account,
            order.to_account,
            payee["name"] if payee else order.payee_name,
            order.amount_minor,
            order.currency,
            order.remark,
            _kept(booked_at),
        ),
    )
    sides = (
        _Side(order.from_account, "DEBIT", _serial(booked_at)),
        _Side(order.to_account, "CREDIT", serial),
    )
    _book(db, serial, sides, order.payer_name or payer["name"])
    notices.enqueue(db, serial, at=at)
    return serial


def reverse(
    db: sqlite3.Connection, serial: str, *, at: datetime, booked_at: datetime | None = None
) -> str:
    """Take a transfer back (冲正) and return the serial of that; a second time changes nothing.

    :raises Declined: if there is no such transfer, it is a reversal itself, or was given back.
    """
    original = db.execute("SELECT * FROM transfer WHERE serial = ?", (serial,)).fetchone()
    if original is None or original["reverses"]:
        raise Declined("没有这笔可冲正的交易")
    done = db.execute("SELECT serial FROM transfer WHERE reverses = ?", (serial,)).fetchone()
    if done:
        return str(done["serial"])
    given_back = db.execute(
        "SELECT 1 FROM payment WHERE transfer = ? AND given_back IS NOT NULL", (serial,)
    ).fetchone()
    if given_back:
        raise Declined("这笔付款已退汇")
    when = _booked_at(db, booked_at, at)
    new = _serial(when)
    db.execute(
        "INSERT INTO transfer SELECT ?, ?, from_account, to_account, payee_name, amount_minor,"
        " currency, ?, ?, serial FROM transfer WHERE serial = ?",
        (new, f"reverse:{serial}", f"冲正 {serial}", _kept(when), serial),
    )
    debit, credit = db.execute(
        "SELECT serial, account, payer_name FROM entry WHERE transfer = ? ORDER BY id", (serial,)
    ).fetchall()
    sides = (
        _Side(credit["account"], "REVERSAL", new, credit["serial"]),
        _Side(debit["account"], "CREDIT", _serial(when), debit["serial"]),
    )
    _book(db, new, sides, debit["payer_name"])
    notices.enqueue(db, new, at=at)
    return new


def give_back(db: sqlite3.Connection, key: str, *, at: datetime) -> str:
    """Send the money of an order back (退汇) and return the serial of that; twice changes nothing.

    :raises Declined: if the order was not paid, or its payment was taken back.
    """
    paid = db.execute("SELECT * FROM payment WHERE key = ?", (key,)).fetchone()
    if paid is None or paid["transfer"] is None:
        raise Declined("没有这笔可退汇的付款")
    if paid["given_back"]:
        return str(paid["given_back"])
    reversed_ = db.execute(
        "SELECT 1 FROM transfer WHERE reverses = ?", (paid["transfer"],)
    ).fetchone()
    if reversed_:
        raise Declined("这笔付款已冲正")
    when = _booked_at(db, None, at)
    serial = _serial(when)
    payer = account(db, paid["from_account"])
    db.execute(
        "INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            serial,
            f"return:{key}",
            paid["to_account"],
            paid["from_account"],
            payer["name"] if payer else "",
            paid["amount_minor"],
            paid["currency"],
            f"退汇 {paid['remark']}".strip(),
            _kept(when),
        ),
    )
    debit = db.execute(
        "SELECT serial FROM entry WHERE transfer = ? AND kind = 'DEBIT'", (paid["transfer"],)
    ).fetchone()
    sides = (
        _Side(paid["to_account"], "DEBIT", _serial(when)),
        _Side(paid["from_account"], "CREDIT", serial, debit["serial"]),
    )
    _book(db, serial, sides, paid["payee_name"])
    notices.enqueue(db, serial, at=at)
    db.execute("UPDATE payment SET state = 'RETURNED', given_back = ? WHERE key = ?", (serial, key))
    return serial


def pay_interest(
    db: sqlite3.Connection, to_account: str, *, amount_fen: int = 0, at: datetime
) -> str:
    """Pay the house interest (结息) to an account of its own, and return the serial.

    :param amount_fen: how much; else what the bank itself reckons since it last did.
    :raises Declined: if it comes to nothing, or the account is not the house's.
    """
    if not is_houses(db, to_account):
        raise Declined("结息账户须是贵单位的账户")
    today = at.astimezone(CHINA).date()
    amount = amount_fen or _interest_due(db, until=today)
    if amount <= 0:
        raise Declined("还没有可结的利息")
    db.execute(
        "INSERT INTO account (number, name, branch, balance_fen, place) VALUES (?, ?, ?, ?, 0)"
        " ON CONFLICT (number) DO NOTHING",
        (_INTEREST_PAYABLE, terms.NAME, terms.agreed_house(db).branch, _PLENTY_FEN),
    )
    if not amount_fen:
        store.keep(db, "settled_on", today.isoformat())
    key = f"interest:{secrets.token_hex(8)}"
    return transfer(db, Order(key, _INTEREST_PAYABLE, to_account, amount, remark="结息"), at=at)


def _interest_due(db: sqlite3.Connection, *, until: date) -> int:
    """Return the demand interest on what lay on the house's accounts since the last settlement, in fen."""
    settled_on = date.fromisoformat(store.kept(db, "settled_on") or date.min.isoformat())
    moved = db.execute(
        "SELECT booked_on, sum(CASE kind WHEN 'CREDIT' THEN amount_minor ELSE -amount_minor END)"
        " FROM entry WHERE house AND currency = 'CNY' AND booked_on < ? GROUP BY booked_on",
        (until.isoformat(),),
    )
    fen_days = sum(
        fen * (until - max(date.fromisoformat(day), settled_on)).days for day, fen in moved
    )
    return round(int(fen_days) * terms.DEMAND_RATE_PPM / 360 / 1_000_000)


def close(db: sqlite3.Connection, number: str) -> None:
    """Close an account (销户): nothing can be paid from it or to it any more.

    :raises Declined: if there is no such account.
    """
    if account(db, number) is None:
        raise Declined("没有这个账户")
    db.execute("INSERT INTO closed_account VALUES (?) ON CONFLICT DO NOTHING", (number,))


def is_closed(db: sqlite3.Connection, number: str) -> bool:
    row = db.execute("SELECT 1 FROM closed_account WHERE number = ?", (number,)).fetchone()
    return row is not None


def is_houses(db: sqlite3.Connection, number: str) -> bool:
    """Tell whether the account is the house's main account or one of its sub-accounts."""
    return account(db, number) is not None and _is_houses(db, number)


def is_named(name: str, holder: str) -> bool:
    """Tell whether a name is the account holder's, however spaces and brackets are typed."""
    return _plain(name) == _plain(holder)


def check(db: sqlite3.Connection, order: Order) -> None:
    """Let an order pass that would be carried out now.

    :raises Declined: if it would not.
    """
    _judged(db, order)


def account(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM account WHERE number = ?", (number,)
    ).fetchone()
    return row


def unopened_number(db: sqlite3.Connection) -> str:
    """Return a number that looks like one of the house's sub-accounts and is none."""
    return _unused_number(db, terms.agreed_house(db))


def _judged(db: sqlite3.Connection, order: Order) -> tuple[sqlite3.Row, sqlite3.Row | None]:
    payer = account(db, order.from_account)
    payee = account(db, order.to_account)
    if payer is None:
        raise Declined("付款账号不存在")
    if order.from_account == order.to_account:
        raise Declined("付款账号与收款账号相同")
    if payee is None and not (order.to_unopened and _is_houses(db, order.to_account)):
        raise Declined("收款账号不存在，请核对后重新填写")
    if payee and order.payee_name and not is_named(order.payee_name, payee["name"]):
        raise Declined("收款户名与收款账号不符，请核对后重新填写")
    if is_closed(db, order.from_account) or is_closed(db, order.to_account):
        raise Declined("账户已销户")
    if order.amount_minor <= 0:
        raise Declined("转账金额须大于零")
    # What is sent in another currency comes out of another pocket than the balance in yuan.
    if order.currency == "CNY" and payer["balance_fen"] < order.amount_minor:
        raise Declined("可用余额不足")
    return payer, payee


def _book(db: sqlite3.Connection, serial: str, sides: tuple[_Side, _Side], payer_name: str) -> None:
    moved = db.execute("SELECT * FROM transfer WHERE serial = ?", (serial,)).fetchone()
    payer = account(db, moved["from_account"])
    payer_bank = payer["branch"] if payer else ""
    booked_on = datetime.fromisoformat(moved["booked_at"]).astimezone(CHINA).date()
    for side in sides:
        is_payer = side.account == moved["from_account"]
        db.execute(
            "INSERT INTO entry (serial, transfer, account, house, kind, amount_minor, currency,"
            " booked_at, booked_on, payer_name, payer_account, payer_bank, other_name,"
            " other_account, remark, original_serial)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                side.serial,
                serial,
                side.account,
                _is_houses(db, side.account),
                side.kind,
                moved["amount_minor"],
                moved["currency"],
                moved["booked_at"],
                booked_on.isoformat(),
                payer_name,
                moved["from_account"],
                payer_bank,
                moved["payee_name"] if is_payer else payer_name,
                moved["to_account"] if is_payer else moved["from_account"],
                moved["remark"],
                side.original,
            ),
        )
        if moved["currency"] == "CNY":
            fen = moved["amount_minor"] if side.kind == "CREDIT" else -moved["amount_minor"]
            _change_balances(db, side.account, fen)


def _change_balances(db: sqlite3.Connection, number: str, fen: int) -> None:
    """Change an account's balance, and with a sub-account's its main account's."""
    house = terms.house(db)
    main = house.main_account if house and _is_houses(db, number) else number
    db.execute(
        "UPDATE account SET balance_fen = balance_fen + ? WHERE number IN (?, ?)",
        (fen, number, main),
    )


def _is_houses(db: sqlite3.Connection, number: str) -> bool:
    """Tell whether money at the number is the house's: also where it only looks like a sub."""
    house = terms.house(db)
    if house is None:
        return False
    found = account(db, number)
    if found is None:
        return number.startswith(house.sub_account_prefix)
    return house.main_account in {number, found["main"]}


def _opened_under(db: sqlite3.Connection, key: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT number, name, branch FROM account WHERE opened_key = ? ORDER BY place", (key,)
    ).fetchall()


def _unused_number(db: sqlite3.Connection, house: terms.House) -> str:
    # Drawn by lot: consecutive numbers would tell how many others were asked for.
    while True:
        tail = f"{secrets.randbelow(10**_TAIL_DIGITS):0{_TAIL_DIGITS}d}"
        number = house.sub_account_prefix + tail
        if account(db, number) is None:
            return number


def _serial(booked_at: datetime) -> str:
    return f"{booked_at.astimezone(CHINA):%Y%m%d}{secrets.randbelow(10**10):010d}"


def _booked_at(db: sqlite3.Connection, asked: datetime | None, at: datetime) -> datetime:
    switched = terms.switches(db).booked_at
    moment = asked or (datetime.fromisoformat(switched) if switched else at)
    return moment.astimezone(UTC).replace(microsecond=0)


def _kept(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
