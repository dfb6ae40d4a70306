"""The bank's own store: one SQLite file, a connection for each transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from biaobao.adapters.banks.sandbox import options

_SCHEMA = Path(__file__).with_name("schema.sql")


def prepare() -> None:
    """Make the store if there is none."""
    options.data().mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(_file()) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_SCHEMA.read_text(encoding="utf-8"))
    db.close()


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """See the store as it is at one moment."""
    with _transaction("BEGIN") as db:
        yield db


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """Change the store alone, all or nothing."""
    with _transaction("BEGIN IMMEDIATE") as db:
        yield db


def kept(db: sqlite3.Connection, name: str) -> Any:
    """Return a setting as it was kept, or None."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return json.loads(row["value"]) if row else None


def keep(db: sqlite3.Connection, name: str, value: Any) -> None:
    db.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value, ensure_ascii=False)),
    )


@contextmanager
def _transaction(begin: str) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(_file(), timeout=10, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(begin)
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    finally:
        db.close()


def _file() -> Path:
    return options.data() / "bank.sqlite3"
