"""Payments that the house orders: heard once for a key, carried out, answered."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from hashlib import sha256

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.mapping import Unreadable
from biaobao.adapters.banks.iso20022.orders import read_order
from biaobao.adapters.banks.sandbox import books, notices, terms
from biaobao.adapters.banks.sandbox.terms import Declined
from biaobao.domain.banking.types import Payment

# ISO 20022 external codes of status and of reasons.
_STATUS = {"HEARD": "RCVD", "PAID": "ACSP", "RETURNED": "ACSP", "REFUSED": "RJCT"}
_CLOSED = "AC04", "收款账户已销户"


def hear(db: sqlite3.Connection, content: bytes, *, way: str, at: datetime) -> sqlite3.Row:
    """Take an order and carry it out, unless that is switched to be late. Told again, nothing moves.

    :param way: by which it came, ``http`` or ``folder``, and its answer goes.
    :raises Declined: if it is no order, or another one under a known key.
    """
    terms.agreed_house(db)
    try:
        order = read_order(content)
    except Unreadable as reason:
        raise Declined(f"付款指令无法读取：{str(reason)[:200]}") from reason
    digest = sha256(content).hexdigest()
    known = told(db, order.key)
    if known is None:
        _keep(db, order, digest, way=way, at=at)
        if terms.switches(db).payments != "late":
            _carry_out(db, order.key, at=at)
    elif known["digest"] != digest:
        raise Declined("同一支付号已用于另一笔付款")
    else:
        db.execute("UPDATE payment SET told = told + 1 WHERE key = ?", (order.key,))
    heard = told(db, order.key)
    assert heard is not None  # noqa: S101 - for the type checker
    return heard


def carry_out_late(db: sqlite3.Connection, *, at: datetime) -> list[sqlite3.Row]:
    """Carry out what was heard and is due by now, and return how each order stands."""
    late = db.execute(
        "SELECT key FROM payment WHERE state = 'HEARD' AND due_at <= ? ORDER BY rowid",
        (time.time(),),
    ).fetchall()
    for row in late:
        _carry_out(db, row["key"], at=at)
    return [known for row in late if (known := told(db, row["key"]))]


def told(db: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM payment WHERE key = ?", (key,)).fetchone()
    return row


def answer(db: sqlite3.Connection, payment: sqlite3.Row, *, at: datetime) -> tuple[str, bytes]:
    """Return the name and the content of a pain.002 that tells how an order stands."""
    header = notices.header(terms.agreed_house(db), at)
    content = writing.payment_status(
        payment["key"],
        _STATUS[payment["state"]],
        header=header,
        reason=payment["reason"],
        words=payment["words"],
    )
    return f"pain002-{header.message_id}.xml", content


def _keep(db: sqlite3.Connection, order: Payment, digest: str, *, way: str, at: datetime) -> None:
    db.execute(
        "INSERT INTO payment (key, digest, way, from_account, to_account, payee_name,"
        " amount_minor, currency, remark, state, heard_at, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'HEARD', ?, ?)",
        (
            order.key,
            digest,
            way,
            order.from_account,
            order.payee_account,
            order.payee_name,
            order.amount_minor,
            order.currency,
            order.remittance,
            at.isoformat(timespec="seconds"),
            time.time() + terms.switches(db).delay_seconds,
        ),
    )


def _carry_out(db: sqlite3.Connection, key: str, *, at: datetime) -> None:
    payment = told(db, key)
    assert payment is not None  # noqa: S101 - it has just been kept
    behaviour = terms.switches(db).payments
    objection = _CLOSED if behaviour == "refuse" else _objection(db, payment)
    if objection:
        db.execute(
            "UPDATE payment SET state = 'REFUSED', reason = ?, words = ? WHERE key = ?",
            (*objection, key),
        )
        return
    order = books.Order(
        key=f"payment:{key}",
        from_account=payment["from_account"],
        to_account=payment["to_account"],
        amount_minor=payment["amount_minor"],
        currency=payment["currency"],
        remark=payment["remark"],
        payee_name=payment["payee_name"],
    )
    serial = books.transfer(db, order, at=at)
    db.execute("UPDATE payment SET state = 'PAID', transfer = ? WHERE key = ?", (serial, key))
    if behaviour == "return":
        books.give_back(db, key, at=at)


def _objection(db: sqlite3.Connection, payment: sqlite3.Row) -> tuple[str, str] | None:
    """Return why an order is not carried out: the code of the reason, and words."""
    payer = books.account(db, payment["from_account"])
    payee = books.account(db, payment["to_account"])
    objections = (
        (payer is None or not books.is_houses(db, payment["from_account"]), "AC02", "付款账号有误"),
        (payee is None or payee == payer, "AC01", "收款账号不存在"),
        (books.is_closed(db, payment["from_account"]), "AC04", "付款账户已销户"),
        (books.is_closed(db, payment["to_account"]), *_CLOSED),
        (
            payee is not None and not books.is_named(payment["payee_name"], payee["name"]),
            "BE01",
            "收款户名与收款账号不符",
        ),
        (payment["currency"] != "CNY", "AM03", "只能以人民币付款"),
        (payer is not None and payer["balance_fen"] < payment["amount_minor"], "AM04", "余额不足"),
    )
    return next(((code, words) for holds, code, words in objections if holds), None)
