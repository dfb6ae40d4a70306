"""What a bank's words mean, and when money sent now will arrive."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.banking.types import Entry, SafeTime


def may_keep_bank_matters(actor: Actor) -> bool:
    """Only the house itself stores files, opens sub-accounts and books notices."""
    return actor.role is Role.SYSTEM


def may_read_files(actor: Actor) -> bool:
    return actor.role in (Role.SYSTEM, Role.OPERATOR)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same but for full width, brackets and spaces."""
    return bool(one) and (one == other or _plain(one) == _plain(other))


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
        working = is_working_day(day)
        if working is None:
            certain = False
            working = day.weekday() < 5  # noqa: PLR2004 - Monday to Friday
        if not working:
            continue
        opens, closes = (
            datetime.combine(day, at, SHANGHAI)
            for at in (LARGE_VALUE.opens or time.min, LARGE_VALUE.closes or time.max)
        )
        latest = min(closes, local) - LARGE_VALUE.margin
        if latest >= opens:
            return SafeTime(LARGE_VALUE.name, latest, certain)
    return SafeTime(LARGE_VALUE.name, None, certain)
