"""Statements of a day (camt.053) for tests, booked by the real actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

from biaobao.core.actor import SYSTEM, Actor
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import statements
from biaobao.domain.banking.types import (
    Balance,
    DayAccount,
    Entry,
    Kind,
    Message,
    Problem,
    ReadFile,
)
from biaobao.domain.booking import actions as booking
from tests.given import banking as given

KIND = "camt.053.001.08"
_numbers = count(1)


def stated(
    *entries: Entry,
    day: date,
    at: datetime,
    opening_fen: int = 0,
    closing_fen: int | None = None,
    account: str = given.MAIN_ACCOUNT,
    statement_id: str | None = None,
    problems: tuple[Problem, ...] = (),
) -> None:
    """Let the bank state a day: it closes with what its entries come to, unless told."""
    moved = sum(e.amount_minor if e.kind is Kind.CREDIT else -e.amount_minor for e in entries)
    closing = opening_fen + moved if closing_fen is None else closing_fen
    number = statement_id or f"ST{next(_numbers)}"
    balance = Balance(account, day, number, opening_fen, closing, len(entries))
    file = given.file(at=at)
    message = Message(KIND, number, entries, (balance,), problems)
    booking.book(files=[ReadFile(file.id, message)], at=at, actor=SYSTEM)


def reconciled(*, at: datetime) -> int:
    return statements.reconcile(limit=100, at=at, actor=SYSTEM)


def day_of_bank(day: date, *, actor: Actor) -> DayAccount:
    """Return the account of a day, as the actor sees it."""
    found = queries.reconciled_days(page=1, actor=actor).rows
    (one,) = (row for row in found if row.day == day)
    return queries.reconciled_day(reconciliation_id=one.id, actor=actor)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)
