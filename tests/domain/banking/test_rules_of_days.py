"""What is told of a day follows from its facts alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from biaobao.domain.banking import rules
from biaobao.domain.banking.types import (
    Cause,
    DayEntry,
    DayFacts,
    Difference,
    StatedBalance,
    Stock,
)

DAY = date(2026, 6, 8)
AT = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)
AGREES = {"opening_fen": 100, "closing_fen": 150, "entries_fen": 50}


@pytest.mark.parametrize(
    ("stated", "missed", "waits", "found"),
    [
        (True, False, False, ()),
        (True, True, False, (Difference(Cause.NOTICE_MISSED, "S", 7, 7),)),
        (True, False, True, (Difference(Cause.UNBOOKED, "S", 7, None),)),
        (
            *(True, True, True),
            (
                Difference(Cause.NOTICE_MISSED, "S", 7, 7),
                Difference(Cause.UNBOOKED, "S", 7, None),
            ),
        ),
        (False, False, False, (Difference(Cause.NOT_IN_STATEMENT, "S", None, 7),)),
        # An entry that the corrected statement lacks: that it waits besides is the smaller matter.
        (False, True, True, (Difference(Cause.NOT_IN_STATEMENT, "S", None, 7),)),
    ],
)
def test_an_entry_is_judged_by_where_it_stands(
    stated: bool, missed: bool, waits: bool, found: tuple[Difference, ...]
):
    entry = DayEntry("S", 7, is_stated=stated, is_missed=missed, is_waiting=waits)

    assert rules.judge_entry(entry) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"booked_fen": 50, "noticed_fen": 50}, []),
        ({"closing_fen": 151}, [Difference(Cause.DOES_NOT_ADD_UP, apart_minor=1)]),
        ({"previous": ((100, 100),)}, []),
        ({"previous": ((90, 100),)}, [Difference(Cause.GAP, apart_minor=10)]),
        ({"missing_days": (DAY,)}, [Difference(Cause.DAY_MISSING, "2026-06-08")]),
        (
            {"conflicts": ((3, "currency"), (4, "account"))},
            [
                Difference(Cause.CONTENT_DIFFERS, "3", detail="currency"),
                Difference(Cause.CONTENT_DIFFERS, "4", detail="account"),
            ],
        ),
        (
            {"booked_fen": 40, "noticed_fen": 50},
            [Difference(Cause.BOOKS_DIFFER, apart_minor=10)],
        ),
        # What the statement lacks is told of its entry: the books hold what the notices told.
        ({"booked_fen": 90, "noticed_fen": 90}, []),
        # A statement of some accounts says nothing of the sum of all.
        ({"booked_fen": None, "noticed_fen": 50}, []),
    ],
)
def test_a_day_is_judged_by_its_sums(facts: dict[str, object], found: list[Difference]):
    assert list(rules.judge_day(DayFacts(**(AGREES | facts)))) == found  # type: ignore[arg-type]


def stated(account: str, number: str, *, minute: int) -> StatedBalance:
    return StatedBalance(account, number, 0, 0, UUID(int=minute), AT + timedelta(minutes=minute))


def test_the_last_statement_of_an_account_holds():
    first, corrected, other = (
        stated("A", "ST1", minute=0),
        stated("A", "ST2", minute=5),
        stated("B", "ST3", minute=1),
    )

    assert rules.current([corrected, other, first]) == (corrected, other)


@pytest.mark.parametrize(
    ("before", "missing"),
    [
        (date(2026, 6, 7), []),
        (date(2026, 6, 5), []),
        (date(2026, 6, 3), [date(2026, 6, 4), date(2026, 6, 5)]),
    ],
)
def test_only_working_days_are_missed(before: date, missing: list[date]):
    def working(day: date) -> bool | None:
        return None if day.day == 4 else day.weekday() < 5

    assert list(rules.days_between(before, DAY, is_working_day=working)) == missing


def test_a_long_silence_is_told_of_its_last_month_only():
    missing = rules.days_between(date(2026, 1, 1), DAY, is_working_day=lambda _: True)

    assert (len(missing), missing[-1]) == (31, date(2026, 6, 7))


@pytest.mark.parametrize(
    ("back", "is_open", "after"),
    [
        (0, False, timedelta(hours=1)),
        (7, False, timedelta(hours=1)),
        (8, False, None),
        (0, True, timedelta(minutes=1)),
        (8, True, timedelta(minutes=1)),
    ],
)
def test_a_day_is_looked_at_again_while_it_may_change(
    back: int, is_open: bool, after: timedelta | None
):
    day = DAY - timedelta(days=back)

    assert rules.look_again_after(day=day, is_open=is_open, at=AT) == after


@pytest.mark.parametrize(
    ("spare", "waiting", "asked"), [(20, 0, 20), (20, 10, 20), (20, 11, 22), (20, 900, 1000)]
)
def test_a_refill_serves_a_rush(spare: int, waiting: int, asked: int):
    assert rules.refill(spare=spare, waiting=waiting) == asked


@pytest.mark.parametrize(
    ("free", "stock"), [(0, Stock.NONE), (1, Stock.LOW), (5, Stock.LOW), (6, Stock.ENOUGH)]
)
def test_a_stock_is_low_when_more_are_asked_for(free: int, stock: Stock):
    assert rules.stock_of(free, 10) is stock
