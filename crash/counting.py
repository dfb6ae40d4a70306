"""What must hold after all the killing: the bank's own books against the house's, entry by entry."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
from django.db import connection

from biaobao.core.actor import SYSTEM
from biaobao.platform.db import seeing_as
from crash.parts import BANK, House
from crash.world import MAIN_ACCOUNT, RICH, World

OVER = ("PAID", "CANCELLED")


def unsettled() -> dict[str, int]:
    """Return what still waits for somebody, by kind; nothing when all is quiet."""
    waiting = {
        "files not read": "SELECT count(*) FROM banking_inboundfile WHERE state = 'RECEIVED'",
        "orders under way": "SELECT count(*) FROM banking_paymentorder"
        " WHERE state IN ('READY', 'SENT', 'ACCEPTED')",
        "notices that wait": "SELECT count(*) FROM banking_notice WHERE state = 'WAITING'",
        "refunds not over": "SELECT count(*) FROM deposits_refund"
        " WHERE state NOT IN ('PAID', 'CANCELLED')",
    }
    counted = {what: int(_rows(sql)[0][0]) for what, sql in waiting.items()}
    return {what: number for what, number in counted.items() if number}


def messages_under_way(house: House) -> int:
    """Return how many of the bank's messages have not gone every way that the house wants."""
    return int(_bank(house, "SELECT count(*) FROM message WHERE push OR pull")[0][0])


def complaints(house: House, world: World) -> Iterator[str]:
    """Tell everything that does not add up."""
    yield from _acknowledged_are_stored(house)
    yield from _entries_are_booked_once(house)
    yield from _orders_are_paid_once(house)
    yield from _money_adds_up(house, world)
    waiting = unsettled()
    if waiting:
        yield f"it does not come to rest: {waiting}"
    kept_aside = _rows(
        "SELECT state, count(*) FROM banking_inboundfile WHERE state <> 'READ' GROUP BY 1"
    )
    if kept_aside:
        yield f"files that were not read whole: {kept_aside}"
    verified = house.run("verify-ledger")
    if verified.returncode:
        yield f"verify-ledger: {verified.stdout}{verified.stderr}"


def totals(house: House) -> dict[str, int]:
    """Return how much happened, for the record."""
    return {
        "messages acknowledged": len(_bank(house, "SELECT 1 FROM message WHERE NOT push")),
        "files stored": int(_rows("SELECT count(*) FROM banking_inboundfile")[0][0]),
        "notices booked": int(_rows("SELECT count(*) FROM banking_notice")[0][0]),
        "transfers in the books": int(_rows("SELECT count(*) FROM ledger_transfer")[0][0]),
        "refunds paid": int(
            _rows("SELECT count(*) FROM deposits_refund WHERE state = 'PAID'")[0][0]
        ),
        "payment orders": int(_rows("SELECT count(*) FROM banking_paymentorder")[0][0]),
        "orders told more than once": len(_bank(house, "SELECT 1 FROM payment WHERE told > 1")),
    }


def _acknowledged_are_stored(house: House) -> Iterator[str]:
    # INV-12
    stored = {sha256 for (sha256,) in _rows("SELECT sha256 FROM banking_inboundfile")}
    gone = _bank(house, "SELECT name, content FROM message WHERE NOT push OR NOT pull")
    for name, content in gone:
        if hashlib.sha256(content).hexdigest() not in stored:
            yield f"{name} was acknowledged and is not stored"


def _entries_are_booked_once(house: House) -> Iterator[str]:
    # INV-4, INV-5
    told = Counter(
        _bank(house, "SELECT serial, booked_on, kind, amount_minor FROM entry WHERE house")
    )
    known = Counter(
        (serial, str(day), kind, fen)
        for serial, day, kind, fen in _rows(
            "SELECT serial, booked_on, kind, amount_minor FROM banking_notice"
        )
    )
    if told != known:
        yield f"the bank's entries and ours differ: {told - known} missing, {known - told} too many"
    keys = Counter(
        key.split(":", 1)[1]
        for (key,) in _rows("SELECT key FROM ledger_transfer")
        if key.startswith(("credit:", "debit:", "return:"))
    )
    booked = Counter(f"{BANK}:{serial}:{day}" for serial, day, kind, _ in told.elements())
    if keys != booked:
        yield f"entries booked otherwise than once: {(keys - booked) + (booked - keys)}"


def _orders_are_paid_once(house: House) -> Iterator[str]:
    at_bank = dict(_bank(house, "SELECT key, state FROM payment"))
    carried_out: Counter[str] = Counter()
    for key, order_state, refund, refund_state in _rows(
        "SELECT o.key, o.state, f.number, f.state FROM banking_paymentorder o"
        " JOIN deposits_refund f ON f.id = o.purpose_id"
    ):
        state = at_bank.pop(key, "UNKNOWN")
        if state != order_state:
            yield f"order {key} is {order_state} here and {state} at the bank"
        carried_out[refund] += state == "PAID"
        if refund_state not in OVER:
            yield f"refund {refund} is {refund_state}"
    for refund, times in carried_out.items():
        if times != 1:
            yield f"refund {refund} was paid {times} times"
    if at_bank:
        yield f"the bank paid what nobody ordered: {at_bank}"


def _money_adds_up(house: House, world: World) -> Iterator[str]:
    ours = _rows(
        "SELECT coalesce(sum(debit_fen - credit_fen), 0) FROM ledger_account WHERE code = %s",
        f"bank:{BANK}",
    )[0][0]
    theirs = _bank(house, f"SELECT balance_fen FROM account WHERE number = '{MAIN_ACCOUNT}'")[0][0]  # noqa: S608
    if ours != theirs:
        yield f"the books say {ours} fen lie at the bank, the bank says {theirs}"
    for bidder in world.bidders:
        (balance,) = _bank(
            house,
            f"SELECT balance_fen FROM account WHERE number = '{bidder.account}'",  # noqa: S608
        )[0]
        held = _rows(
            "SELECT coalesce(sum(received_fen), 0) FROM deposits_deposit WHERE bidder_id = %s",
            bidder.organisation,
        )[0][0]
        if RICH.fen - balance != held:
            yield f"{bidder.name} paid {RICH.fen - balance} fen net, its deposits hold {held}"


def _rows(sql: str, *values: str) -> list[tuple[Any, ...]]:
    with seeing_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _bank(house: House, sql: str) -> list[tuple[Any, ...]]:
    (store,) = house.bank_store.glob("bank.sqlite3")
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


def switch(house: House, **switches: object) -> None:
    """Switch how the bank misbehaves."""
    httpx.put(
        f"{house.bank_url}/control/switches", json=switches, timeout=30, trust_env=False
    ).raise_for_status()
