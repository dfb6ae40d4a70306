"""What a bank's words mean, and when money sent now will arrive."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.banking.types import (
    Cause,
    DayEntry,
    DayFacts,
    Difference,
    Entry,
    SafeTime,
    StatedBalance,
    Stock,
)


def may_keep_bank_matters(actor: Actor) -> bool:
    """Only the house itself stores files, opens sub-accounts and books notices."""
    return actor.role is Role.SYSTEM


def may_read_files(actor: Actor) -> bool:
    return actor.role in (Role.SYSTEM, Role.OPERATOR)


def may_explain(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR and actor.person_id is not None


def may_keep_stock(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same but for full width, brackets and spaces."""
    return bool(one) and (one == other or _plain(one) == _plain(other))


def is_named_in(name: str, text: str) -> bool:
    """Tell whether a name stands in a longer one, but for full width, brackets and spaces."""
    return bool(name) and _plain(name) in _plain(text)


def same_account(one: str, other: str) -> bool:
    """Tell whether two account numbers are the same but for spaces and hyphens."""
    return bool(one) and account_number(one) == account_number(other)


def account_number(text: str) -> str:
    """Return an account number as it is compared: letters and digits, upper case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum()).upper()


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if not c.isspace())


# Where a validator quotes what stands in the file; element names and types stand elsewhere.
_VALUE = re.compile(r"(: |The value )'.*?'(?= (?:is (?:not|less|greater)|has) )", re.DOTALL)


def without_values(detail: str) -> str:
    """Return a reader's complaint without the values it quotes: they may tell who pays, or what."""
    detail = _VALUE.sub(r"\1'…'", detail)
    return re.sub(r"'[^']*[^\x00-\x7f][^']*'|'[^']*\d{6,}[^']*'", "'…'", detail)


def credited_at(entry: Entry, *, received_at: datetime) -> datetime:
    """Return the instant that decides, to the whole second.

    The bank's time is the evidence. Where a bank reports only a day, the money was there when we heard
    of it on that day, and on a later hearing no later than the day's last second.
    """
    if entry.credited_at is not None:
        return entry.credited_at.replace(microsecond=0)
    day_end = datetime.combine(entry.booked_on, time(23, 59, 59), SHANGHAI)
    return min(received_at, day_end).replace(microsecond=0)


def current(statements: Iterable[StatedBalance]) -> tuple[StatedBalance, ...]:
    """Return of each account the statement that holds: a later one of the same day corrects the earlier."""
    newest: dict[str, StatedBalance] = {}
    for statement in sorted(statements, key=lambda s: (s.received_at, s.statement_id)):
        newest[statement.account] = statement
    return tuple(newest[account] for account in sorted(newest))


def days_between(
    before: date, day: date, *, is_working_day: Callable[[date], bool | None]
) -> tuple[date, ...]:
    """Return the working days between two days, at most the last 31: for each there is a statement."""
    days = (day - timedelta(days=back) for back in range(min((day - before).days - 1, 31), 0, -1))
    return tuple(d for d in days if is_working(d, is_working_day))


def judge_entry(entry: DayEntry) -> tuple[Difference, ...]:
    """Return in what one entry of a day differs: by both sides, it stands in the statement and is booked."""
    amount = entry.amount_minor
    if not entry.is_stated:
        return (Difference(Cause.NOT_IN_STATEMENT, entry.serial, ours_minor=amount),)
    found = []
    if entry.is_missed:
        found.append(Difference(Cause.NOTICE_MISSED, entry.serial, amount, amount))
    if entry.is_waiting:
        found.append(Difference(Cause.UNBOOKED, entry.serial, stated_minor=amount))
    return tuple(found)


def judge_day(facts: DayFacts) -> tuple[Difference, ...]:
    """Return in what a day as a whole differs.

    The statement is compared with the notices, entry by entry, and the notices with the books, sum by sum:
    an entry that one side lacks is told once, and the books are not blamed for it.
    """
    found = [
        Difference(Cause.CONTENT_DIFFERS, str(position), detail=names)
        for position, names in facts.conflicts
    ]
    movement = facts.closing_fen - facts.opening_fen
    if movement != facts.entries_fen:
        found.append(Difference(Cause.DOES_NOT_ADD_UP, apart_minor=movement - facts.entries_fen))
    if gap := sum(opens - closed for closed, opens in facts.previous):
        found.append(Difference(Cause.GAP, apart_minor=gap))
    found += [Difference(Cause.DAY_MISSING, day.isoformat()) for day in facts.missing_days]
    if facts.booked_fen is not None and facts.booked_fen != facts.noticed_fen:
        apart = facts.noticed_fen - facts.booked_fen
        found.append(Difference(Cause.BOOKS_DIFFER, apart_minor=apart))
    return tuple(found)


def look_again_after(*, day: date, is_open: bool, at: datetime) -> timedelta | None:
    """Return when a day is compared anew: soon while something is open, now and then while it is young."""
    if is_open:
        return timedelta(minutes=1)
    return timedelta(hours=1) if at.astimezone(SHANGHAI).date() - day <= _YOUNG else None


_YOUNG = timedelta(days=7)

SPARE_MIN, SPARE_MAX = 2, 1000


def threshold(spare: int) -> int:
    """Return at how many free sub-accounts more are asked for."""
    return spare // 2


def stock_of(free: int, spare: int) -> Stock:
    if free == 0:
        return Stock.NONE
    return Stock.LOW if free <= threshold(spare) else Stock.ENOUGH


def refill(*, spare: int, waiting: int) -> int:
    """Return how many sub-accounts to ask for: twice as many as wait for one, so that a rush is served."""
    return min(max(spare, waiting * 2), SPARE_MAX)


def wait_before_asking(tries: int) -> timedelta:
    """Return how long to wait before a bank is asked again: ever longer, at most ten minutes."""
    return timedelta(seconds=min(15 << min(tries - 1, 10), 600))


@dataclass(frozen=True, slots=True)
class Rail:
    """A payment system, as bidders meet it."""

    name: str
    limit: Money | None
    opens: time | None
    closes: time | None
    margin: timedelta


# Published hours of the People's Bank's systems; not law, banks may set narrower ones of their own.
INSTANT = Rail(
    "网上支付跨行清算（实时到账）", Money.yuan(50_000), None, None, timedelta(minutes=30)
)
LARGE_VALUE = Rail("大额支付系统", None, time(8, 30), time(17, 15), timedelta(minutes=60))


def latest_safe_time(
    amount: Money, deadline_at: datetime, *, is_working_day: Callable[[date], bool | None]
) -> SafeTime:
    """Return until when to pay so that the money arrives by the deadline.

    Above the instant rail's limit the large-value system's hours count: working days until 17:15.
    """
    if amount <= (INSTANT.limit or amount):
        return SafeTime(INSTANT.name, deadline_at - INSTANT.margin, certain=True)
    local = deadline_at.astimezone(SHANGHAI)
    certain = True
    for days_before in range(31):
        day = local.date() - timedelta(days=days_before)
        certain = certain and is_working_day(day) is not None
        if not is_working(day, is_working_day):
            continue
        opens, closes = (
            datetime.combine(day, at, SHANGHAI)
            for at in (LARGE_VALUE.opens or time.min, LARGE_VALUE.closes or time.max)
        )
        latest = min(closes, local) - LARGE_VALUE.margin
        if latest >= opens:
            return SafeTime(LARGE_VALUE.name, latest, certain)
    return SafeTime(LARGE_VALUE.name, None, certain)


def is_working(day: date, is_working_day: Callable[[date], bool | None]) -> bool:
    """Tell whether banks and guarantors work on a day."""
    working = is_working_day(day)
    # A year whose calendar is not published yet has its Mondays to Fridays.
    return day.weekday() < 5 if working is None else working  # noqa: PLR2004 - Monday to Friday
