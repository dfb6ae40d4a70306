"""Interest by hand and by rule: days, rates that change, what is capitalised (domain 2.5, scenario 13)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies

from biaobao.core.money import Money
from biaobao.domain.interest import rules
from biaobao.domain.interest.types import Change, Rate, Stretch

LOW, HIGH = Rate(date(2025, 5, 20), 500), Rate(date(2012, 7, 6), 3_500)
YUAN = 100


def reckon(came: date, left: date, yuan: int, *rates: Rate) -> Money:
    found = rules.reckon([Change(came, yuan * YUAN)], left, rates)
    assert found is not None
    return found.amount


@pytest.mark.parametrize(
    ("rate", "interest"), [(500, Money(4_167)), (3_500, Money(29_167))], ids=["0.05 %", "0.35 %"]
)
def test_half_a_million_for_sixty_days(rate: int, interest: Money):
    came, left = date(2025, 12, 22), date(2026, 2, 20)

    assert reckon(came, left, 500_000, Rate(date(2025, 1, 1), rate)) == interest


def test_the_day_it_came_counts_and_the_day_it_left_does_not():
    day, next_day = date(2026, 4, 1), date(2026, 4, 2)

    assert reckon(day, day, 72_000_000, LOW) == Money(0)
    assert reckon(day, next_day, 72_000_000, LOW) == Money(10_000)


@pytest.mark.parametrize(("yuan", "fen"), [(3_600, 1), (3_599, 0)])
def test_half_a_fen_is_a_fen_and_less_is_nothing(yuan: int, fen: int):
    assert reckon(date(2026, 4, 1), date(2026, 4, 2), yuan, LOW) == Money(fen)


def test_each_day_has_the_rate_of_its_day():
    """Scenario 13: the rate changes between, and from the day on only."""
    later = Rate(date(2026, 4, 11), 500)

    found = rules.reckon(
        [Change(date(2026, 4, 1), 360_000 * YUAN)], date(2026, 4, 16), [later, HIGH]
    )

    assert found is not None
    assert found.stretches == (
        Stretch(date(2026, 4, 1), date(2026, 4, 11), Money.yuan(360_000), 3_500, "3500.0000"),
        Stretch(date(2026, 4, 11), date(2026, 4, 16), Money.yuan(360_000), 500, "250.0000"),
    )
    assert [stretch.days for stretch in found.stretches] == [10, 5]
    assert found.amount == Money(3_750)


def test_what_the_21st_of_march_and_june_capitalised_bears_interest_too():
    """Scenario 13: over 21 March (89 days), then 92 days to 21 June, then one more."""
    found = rules.reckon([Change(date(2025, 12, 22), 800_000 * YUAN)], date(2026, 6, 22), [HIGH])

    assert found is not None
    # 80,000,000 fen × 89 × 0.35 % / 360 = 69,222.22 fen are principal from the 21st of March on.
    assert [(s.since, s.until, s.principal) for s in found.stretches] == [
        (date(2025, 12, 22), date(2026, 3, 21), Money(80_000_000)),
        (date(2026, 3, 21), date(2026, 6, 21), Money(80_069_222)),
        (date(2026, 6, 21), date(2026, 6, 22), Money(80_140_840)),
    ]
    assert found.amount == Money(141_619)
    simple = 80_000_000 * 182 * 35 / 10_000 / 360
    assert found.amount.fen > simple + 60


def test_what_leaves_in_between_bears_none_from_that_day_on():
    changes = [
        Change(date(2026, 4, 1), 720_000 * YUAN),
        Change(date(2026, 4, 11), -360_000 * YUAN),
        Change(date(2026, 4, 21), 36_000 * YUAN),
    ]

    found = rules.reckon(changes, date(2026, 4, 26), [LOW])

    assert found is not None
    assert [(s.days, s.principal) for s in found.stretches] == [
        (10, Money.yuan(720_000)),
        (10, Money.yuan(360_000)),
        (5, Money.yuan(396_000)),
    ]
    assert found.amount == Money(1_000 + 500 + 275)


def test_nothing_is_reckoned_without_a_rate_for_each_day():
    came = [Change(date(2025, 5, 19), 1_000 * YUAN)]

    assert rules.reckon(came, date(2026, 1, 1), [LOW]) is None
    assert rules.reckon(came, date(2026, 1, 1), []) is None
    assert rules.reckon(came, date(2025, 5, 19), []) is not None


DAYS = strategies.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(
    days=strategies.tuples(DAYS, DAYS, DAYS).map(sorted),
    fen=strategies.integers(0, 10**12),
    ppm=strategies.integers(0, 50_000),
)
def test_two_halves_are_the_whole_but_for_what_is_capitalised_and_rounded(days, fen, ppm):
    first, between, last = days
    rates = [Rate(date(2020, 1, 1), ppm)]

    def amount(since: date, until: date) -> int:
        found = rules.reckon([Change(since, fen)], until, rates)
        assert found is not None
        return found.amount.fen

    whole = amount(first, last)
    simple = fen * (last - first).days * ppm / 360_000_000
    assert simple - 1 <= whole <= simple * (1 + simple / max(fen, 1)) + 1
    assert amount(first, between) + amount(between, last) <= whole + 1


@pytest.mark.parametrize(
    ("wanted", "balance", "short"),
    [
        (0, 0, 0),
        (100, 100, 0),
        (101, 100, 100_000),
        (100_100, 100, 100_000),
        (100_101, 100, 200_000),
    ],
)
def test_what_a_fund_lacks_is_told_in_whole_thousands(wanted: int, balance: int, short: int):
    assert rules.short_of(Money(wanted), Money(balance)) == Money(short)
