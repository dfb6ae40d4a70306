"""Carries messages to the house: pushed, kept to be fetched, dropped into the folder."""

from __future__ import annotations

import math
import sqlite3
import time

import httpx

from biaobao.adapters.banks.folder import write_whole
from biaobao.adapters.banks.sandbox import options, store, terms
from biaobao.adapters.signature import sign

_RETRY_SECONDS_MAX = 60
_DUE = {
    "push": "SELECT * FROM message WHERE push AND due_at <= ? AND next_at <= ? ORDER BY id",
    "pull": "SELECT * FROM message WHERE pull AND due_at <= ? AND next_at <= ? ORDER BY id",
    "folder": "SELECT * FROM message WHERE folder AND due_at <= ? AND next_at <= ? ORDER BY id",
}
_GONE = {
    "push": "UPDATE message SET push = 0, last_words = '' WHERE name = ?",
    "pull": "UPDATE message SET pull = 0 WHERE name = ?",
    "folder": "UPDATE message SET folder = 0 WHERE name = ?",
}
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)


def enqueue(db: sqlite3.Connection, name: str, content: bytes, *, late_seconds: int) -> None:
    """Keep a message until it has gone each way that the house wants."""
    ways = terms.agreed_house(db).delivery
    now = time.time()
    db.execute(
        "INSERT INTO message (name, content, made_at, due_at, push, pull, folder)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, content, now, now + late_seconds, *(way in ways for way in terms.WAYS)),
    )


def offered(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return what the house may fetch now, oldest first."""
    return _due(db, "pull")


def carry() -> None:
    """Push and drop what is due."""
    with store.reading() as db:
        pushes, drops = _due(db, "push"), _due(db, "folder")
    for message in pushes if options.push_url() else []:
        if not _push(message):
            break
    folder = options.folder()
    if folder is None:
        return
    for message in drops:
        write_whole(folder / "in" / message["name"], message["content"])
        gone(message["name"], "folder")


def gone(name: str, way: str) -> None:
    """Note that a message has gone one way; a second time changes nothing."""
    with store.writing() as db:
        db.execute(_GONE[way], (name,))


def _push(message: sqlite3.Row) -> bool:
    """Send a message, and tell whether the house is there at all."""
    headers = sign(options.secret(), message["content"], message_id=message["name"])
    headers["content-type"] = "application/xml"
    try:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
            response = client.post(options.push_url(), content=message["content"], headers=headers)
    except httpx.HTTPError as reason:
        _try_later(message, f"{type(reason).__name__}: {reason}")
        return False
    if response.is_success:
        gone(message["name"], "push")
    else:
        _try_later(message, f"HTTP {response.status_code}")
    return True


def _try_later(message: sqlite3.Row, words: str) -> None:
    wait = min(2 ** message["attempts"], _RETRY_SECONDS_MAX)
    with store.writing() as db:
        db.execute(
            "UPDATE message SET attempts = attempts + 1, next_at = ?, last_words = ? WHERE id = ?",
            (time.time() + wait, words, message["id"]),
        )


def _due(db: sqlite3.Connection, way: str) -> list[sqlite3.Row]:
    switches = terms.switches(db)
    if switches.hold or switches.offline:
        return []
    now = time.time()
    return db.execute(_DUE[way], (now, now if way == "push" else math.inf)).fetchall()
