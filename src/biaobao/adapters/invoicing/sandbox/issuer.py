"""What the sandbox partner keeps: one answer for each key, and how it was told to behave."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from biaobao.adapters.invoicing.sandbox import paper
from biaobao.core.instants import SHANGHAI

SCHEMA = """
CREATE TABLE IF NOT EXISTS invoice (
    key TEXT PRIMARY KEY,
    told TEXT NOT NULL,
    number TEXT NOT NULL UNIQUE,
    reverses TEXT UNIQUE REFERENCES invoice (number),
    heard_at TEXT NOT NULL,
    ready_at TEXT NOT NULL,
    times_told INTEGER NOT NULL DEFAULT 1,
    refused TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS confirmation (
    key TEXT PRIMARY KEY, number TEXT NOT NULL, code TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS behaviour (one INTEGER PRIMARY KEY CHECK (one = 1), said TEXT NOT NULL);
"""
# Of Zhejiang, by a channel of ours.
PROVINCE, CHANNEL = "33", "9"


class Declined(Exception):
    """The partner says no for good, in these words."""


class Unheard(Exception):
    """The partner has never heard of this key."""


class NotUnderstood(Exception):
    """What was told lacks something, or does not add up; nothing was heard."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the partner is switched.

    :param late_seconds: so long it takes to issue; until then the answer comes later.
    :param refuses: the words in which it says no to everything new; empty when it does not.
    :param silence: ``deaf`` hangs up without listening, ``mute`` listens and hangs up; empty answers.
    :param agrees: whether buyers agree to red invoices at once.
    """

    late_seconds: int = 0
    refuses: str = ""
    silence: str = ""
    agrees: bool = True


class Issuer:
    """A partner that keeps what it issued in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "invoicing.sqlite3"
        with sqlite3.connect(self._file) as db:
            db.executescript(SCHEMA)
        db.close()

    def behaviour(self) -> Behaviour:
        with self._open() as db:
            return _behaviour(db)

    def switch(self, **said: Any) -> Behaviour:
        with self._open() as db:
            behaviour = replace(_behaviour(db), **said)
            db.execute(
                "INSERT INTO behaviour VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET said = excluded.said",
                (json.dumps(asdict(behaviour)),),
            )
        return behaviour

    def issue(self, told: dict[str, Any], *, at: datetime) -> dict[str, str] | None:
        """Issue what is told, once for a key, and return it; None while it is being issued."""
        _check_sums(told)
        with self._open() as db:
            self._hear(db, told, reverses=None, at=at)
        return self.answer(str(told["key"]), at=at)

    def confirm(self, told: dict[str, Any]) -> str:
        """Return the confirmation of a red invoice, the same for a key; empty until the buyer agrees."""
        with self._open() as db:
            self._original(db, str(told["number"]))
            behaviour = _behaviour(db)
            if behaviour.refuses:
                raise Declined(behaviour.refuses)
            if not behaviour.agrees:
                return ""
            code = hashlib.sha256(f"confirmation {told['key']}".encode()).hexdigest()[:32]
            db.execute(
                "INSERT INTO confirmation VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (told["key"], told["number"], code),
            )
        return code

    def reverse(self, told: dict[str, Any], *, at: datetime) -> dict[str, str] | None:
        """Issue the red invoice that was confirmed, once for a key and for the invoice that it takes back."""
        with self._open() as db:
            original = self._original(db, str(told["number"]))
            confirmed = db.execute(
                "SELECT 1 FROM confirmation WHERE key = ? AND number = ? AND code = ?",
                (told["key"], told["number"], told["confirmation"]),
            ).fetchone()
            if confirmed is None:
                raise Declined("没有这份红字确认单")
            red = {**json.loads(original["told"]), "key": told["key"]}
            self._hear(db, red, reverses=original["number"], at=at)
        return self.answer(str(told["key"]), at=at)

    def answer(self, key: str, *, at: datetime) -> dict[str, str] | None:
        """Return what came of a key, with its files; None while it is being issued."""
        with self._open() as db:
            row = db.execute("SELECT * FROM invoice WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise Unheard(key)
        if row["refused"]:
            raise Declined(row["refused"])
        ready_at = datetime.fromisoformat(row["ready_at"])
        if at < ready_at:
            return None
        return paper.files(json.loads(row["told"]), row["number"], row["reverses"] or "", ready_at)

    def invoices(self) -> list[dict[str, Any]]:
        """Return what was heard, oldest first."""
        with self._open() as db:
            rows = db.execute("SELECT * FROM invoice ORDER BY rowid").fetchall()
        shown = ("key", "number", "reverses", "times_told", "refused")
        return [{name: row[name] for name in shown} for row in rows]

    def _hear(
        self, db: sqlite3.Connection, told: dict[str, Any], *, reverses: str | None, at: datetime
    ) -> None:
        key = str(told["key"])
        heard = db.execute("UPDATE invoice SET times_told = times_told + 1 WHERE key = ?", (key,))
        if heard.rowcount:
            return
        behaviour = _behaviour(db)
        ready_at = at + timedelta(seconds=behaviour.late_seconds)
        try:
            db.execute(
                "INSERT INTO invoice (key, told, number, reverses, heard_at, ready_at, refused)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(key, json.dumps(told, ensure_ascii=False), _number(key, at)),
                    *(None if behaviour.refuses else reverses, at.isoformat()),
                    *(ready_at.isoformat(), behaviour.refuses),
                ),
            )
        except sqlite3.IntegrityError:
            raise Declined("这张发票已经红冲") from None

    @staticmethod
    def _original(db: sqlite3.Connection, number: str) -> sqlite3.Row:
        row: sqlite3.Row | None = db.execute(
            "SELECT * FROM invoice WHERE number = ? AND refused = '' AND reverses IS NULL",
            (number,),
        ).fetchone()
        if row is None:
            raise Declined("没有这张发票")
        return row

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._file, timeout=10, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        finally:
            db.close()


def _behaviour(db: sqlite3.Connection) -> Behaviour:
    row = db.execute("SELECT said FROM behaviour").fetchone()
    return Behaviour(**json.loads(row["said"])) if row else Behaviour()


def _number(key: str, at: datetime) -> str:
    """Return the 20 digits of a key: year, province, channel, and what the key comes to."""
    drawn = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**15
    return f"{at.astimezone(SHANGHAI):%y}{PROVINCE}{CHANNEL}{drawn:015d}"


def _check_sums(told: dict[str, Any]) -> None:
    """Let an order pass whose lines add up; a partner refuses others before it hears of them."""
    for total, part in (("total", "amount"), ("tax", "tax")):
        if sum(Decimal(line[part]) for line in told["lines"]) != Decimal(told[total]):
            raise NotUnderstood(f"the lines do not add up to the {total}")
    if told["kind"] not in ("81", "82"):
        raise NotUnderstood(f"no kind {told['kind']}")
