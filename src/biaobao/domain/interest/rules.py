"""How interest is reckoned, and who may do what about it. Plain Python."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise

from biaobao.core.actor import Actor, Role
from biaobao.core.money import Money
from biaobao.domain.banking.rules import is_named_in
from biaobao.domain.interest.types import Change, Rate, Reckoning, Stretch

# A rate is a year's of 360 days, as demand deposits are reckoned by.
DAYS_OF_A_YEAR = 360
MILLION = 1_000_000
# Demand deposits never paid as much: what is above is a slip of the pen.
PPM_MAX = 50_000
# Demand deposits are settled on the 20th of these months: from the 21st it is principal.
SETTLED_IN, PRINCIPAL_FROM = (3, 6, 9, 12), 21
# What a fund lacks is told in steps of this, so that it tells of no single lot.
SHORT_STEP = Money.yuan(1000)
NOTE_MAX = 200
INTEREST_PAYABLE = "应付利息"


def may_keep_rates(actor: Actor) -> bool:
    """Operators say what a bank's rate is, and see what is owed."""
    return actor.role is Role.OPERATOR


def may_pay_again(actor: Actor) -> bool:
    """Operators have what did not reach its payee paid again, and whose money it is."""
    return actor.role in (Role.OPERATOR, Role.BIDDER)


def may_work(actor: Actor) -> bool:
    """The house itself reckons and pays, by rule."""
    return actor.role is Role.SYSTEM


def is_for_the_fund(payer_name: str, payer_account: str, known: Collection[str]) -> bool:
    """Tell whether money on a fund's account is for interest: the bank's own, or an operator's in advance.

    A bank names itself, a branch, the account that it pays interest from (应付利息), or nobody.

    :param known: the names of the bank and of operators.
    """
    if not payer_name:
        return not payer_account
    return any(is_named_in(each, payer_name) for each in (INTEREST_PAYABLE, *known))


def reckon(changes: Sequence[Change], until: date, rates: Sequence[Rate]) -> Reckoning | None:
    """Return the interest on money up to the day on which it left; None where a rate lacks.

    Of several rates from one day on the last holds. The day on which it came counts, that on which it left
    does not. Rounded half up, once.
    """
    rates = sorted(rates, key=lambda rate: rate.valid_from)
    principal, settled, accrued = 0, Fraction(0), Fraction(0)
    stretches: list[Stretch] = []
    edges = _edges(changes, until, rates)
    for since, end in pairwise(edges):
        principal += sum(change.fen for change in changes if change.day == since)
        if _is_settled_before(since):
            settled, accrued = settled + accrued, Fraction(0)
        base = max(Fraction(principal), Fraction(0)) + settled
        if not base:
            continue
        ppm = next((rate.ppm for rate in reversed(rates) if rate.valid_from <= since), None)
        if ppm is None:
            return None
        days = (end - since).days
        interest = base * days * ppm / (MILLION * DAYS_OF_A_YEAR)
        accrued += interest
        stretches.append(Stretch(since, end, _rounded(base), ppm, f"{float(interest):.4f}"))
    return Reckoning(_rounded(settled + accrued), tuple(stretches))


def short_of(wanted: Money, balance: Money) -> Money:
    """Return how much a fund lacks, rounded up."""
    steps = -(-max(0, wanted.fen - balance.fen) // SHORT_STEP.fen)
    return Money(steps * SHORT_STEP.fen)


def objection_to_rate(rate: Rate) -> str:
    """Return why a rate cannot be added, or nothing."""
    return "" if 0 <= rate.ppm <= PPM_MAX else "RATE_INVALID"


def _edges(changes: Sequence[Change], until: date, rates: Sequence[Rate]) -> list[date]:
    first = min((change.day for change in changes), default=until)
    settled = (
        date(year, month, PRINCIPAL_FROM)
        for year in range(first.year, until.year + 1)
        for month in SETTLED_IN
    )
    days = {change.day for change in changes} | {rate.valid_from for rate in rates} | {*settled}
    return sorted({day for day in days if first <= day < until} | {until})


def _is_settled_before(day: date) -> bool:
    return day.month in SETTLED_IN and day.day == PRINCIPAL_FROM


def _rounded(fen: Fraction) -> Money:
    return Money(int(fen + Fraction(1, 2)))
