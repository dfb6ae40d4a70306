"""What a letter costs, and until when it can still be had."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.guarantees.rules import pricing
from biaobao.domain.guarantees.types import Closure, Hours, PriceTerms, ProductTerms, Tier
from biaobao.platform.calendar import is_working_day
from tests.given.guarantees import product_terms

FLAT = PriceTerms((Tier(Money(0), 5_000),), Money.yuan(300))
# 1 % up to 100,000, 0.8 % up to 1,000,000, 0.6 % above.
TIERED = PriceTerms(
    (
        Tier(Money(0), 10_000),
        Tier(Money.yuan(100_000), 8_000),
        Tier(Money.yuan(1_000_000), 6_000),
    ),
    Money.yuan(300),
)
OFFICE = Hours(time(9), time(16))


@pytest.mark.parametrize(
    ("amount", "price", "costs"),
    [
        (Money.yuan(50_000), FLAT, Money.yuan(300)),
        (Money.yuan(60_000), FLAT, Money.yuan(300)),
        (Money(60_000_99), FLAT, Money(300_00)),
        (Money(60_001_00), FLAT, Money(300_01)),  # 300.005 rounds up
        (Money(60_000_98), FLAT, Money(300_00)),
        (Money.yuan(800_000), FLAT, Money.yuan(4_000)),
        (Money.yuan(100_000), TIERED, Money.yuan(1_000)),
        (Money(100_000_00 + 1), TIERED, Money.yuan(1_000)),
        (Money.yuan(100_001), TIERED, Money(1_000_01)),  # 1000.008
        (Money.yuan(1_000_000), TIERED, Money.yuan(8_200)),
        (Money.yuan(2_000_000), TIERED, Money.yuan(14_200)),
        (Money.yuan(1), TIERED, Money.yuan(300)),
    ],
)
def test_each_part_of_the_amount_costs_its_own_rate(amount: Money, price: PriceTerms, costs: Money):
    assert pricing.premium(amount, price) == costs


def test_a_larger_amount_never_costs_less():
    costs = [pricing.premium(Money(fen), TIERED) for fen in range(99_990_00, 100_010_00, 7)]

    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (PriceTerms((), Money(0)), "TIERS_DO_NOT_BEGIN_AT_ZERO"),
        (PriceTerms((Tier(Money(1), 1),), Money(0)), "TIERS_DO_NOT_BEGIN_AT_ZERO"),
        (PriceTerms((Tier(Money(0), 1), Tier(Money(0), 2)), Money(0)), "TIERS_NOT_ASCENDING"),
        (PriceTerms((Tier(Money(0), 0),), Money(0)), "RATE_NOT_A_RATE"),
        (PriceTerms((Tier(Money(0), 1_000_001),), Money(0)), "RATE_NOT_A_RATE"),
        (PriceTerms((Tier(Money(0), 1),), Money(-1)), "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(terms: PriceTerms, says: str):
    at = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    objection = pricing.objection_to_price(terms, valid_from=at, previous_from=None, at=at)

    assert objection
    assert objection.code == says


@pytest.mark.parametrize(
    ("product", "deadline", "latest"),
    [
        # At any hour: only the time that it takes.
        (product_terms(), "2026-06-08 14:30:00", "2026-06-08 14:20:00"),
        # A Monday afternoon, within the hours.
        (product_terms(hours=OFFICE), "2026-06-08 14:30:00", "2026-06-08 14:20:00"),
        # Two hours before is after they close.
        (
            product_terms(hours=OFFICE, lead=timedelta(hours=2)),
            "2026-06-08 20:00:00",
            "2026-06-08 16:00:00",
        ),
        # A Monday morning before they open: the Friday before.
        (product_terms(hours=OFFICE), "2026-06-08 09:05:00", "2026-06-05 16:00:00"),
        # They open at the very second.
        (product_terms(hours=OFFICE), "2026-06-08 09:10:00", "2026-06-08 09:00:00"),
        # Across the National Day holiday, of whose last days some are worked.
        (product_terms(hours=OFFICE), "2025-10-08 09:00:00", "2025-09-30 16:00:00"),
    ],
)
def test_the_latest_time_leaves_what_a_letter_takes(
    product: ProductTerms, deadline: str, latest: str
):
    found = pricing.latest_at(product, _at(deadline), is_working_day=is_working_day)

    assert found == _at(latest)


@pytest.mark.parametrize(
    ("hours", "closed", "latest"),
    [
        # The day of the deadline, and the two before it: the evening of the Friday.
        (None, ("2026-06-06", "2026-06-08"), "2026-06-05 23:59:59"),
        # The Friday: the afternoon of the Thursday.
        (OFFICE, ("2026-06-05", "2026-06-08"), "2026-06-04 16:00:00"),
        # The day before is nobody's business.
        (None, ("2026-06-07", "2026-06-07"), "2026-06-08 08:50:00"),
    ],
)
def test_on_days_when_a_guarantor_is_closed_no_premium_comes_in_time(
    hours: Hours | None, closed: tuple[str, str], latest: str
):
    first, last = map(date.fromisoformat, closed)
    closure = Closure(uuid4(), first, last, "月末盘点", _at("2026-06-01 09:00:00"))

    found = pricing.latest_at(
        product_terms(hours=hours),
        _at("2026-06-08 09:00:00"),
        is_working_day=is_working_day,
        closures=[closure],
    )

    assert found == _at(latest)


def test_with_no_working_day_in_a_month_there_is_no_latest_time():
    def never(day: date) -> bool:
        return False

    product = product_terms(hours=OFFICE)

    assert pricing.latest_at(product, _at("2026-06-08 09:00:00"), is_working_day=never) is None


def test_in_a_year_without_a_calendar_mondays_to_fridays_count():
    def unknown(day: date) -> None:
        return None

    product = product_terms(hours=OFFICE)
    monday = _at("2099-06-08 09:05:00")

    assert pricing.latest_at(product, monday, is_working_day=unknown) == _at("2099-06-05 16:00:00")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
