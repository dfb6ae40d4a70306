"""What a letter costs, and until when it can still be had."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from biaobao.core import uscc
from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.banking.rules import is_working
from biaobao.domain.guarantees.types import (
    Closure,
    GuarantorTerms,
    Hours,
    Offer,
    PriceTerms,
    ProductTerms,
)

PPM = 1_000_000
# Farther back no window is looked for: a closure and a holiday are shorter.
DAYS_BACK = 62
CLOSURE_DAYS_MAX = 30
ALL_DAY = Hours(time.min, time(23, 59, 59))


def may_keep_catalogue(actor: Actor, guarantor_id: UUID) -> bool:
    """Tell whether the actor may keep what a guarantor offers and takes on: its own people, and operators."""
    if actor.role is Role.GUARANTOR:
        return actor.person_id is not None and actor.organisation_id == guarantor_id
    return actor.role in (Role.OPERATOR, Role.SYSTEM)


def premium(amount: Money, price: PriceTerms) -> Money:
    """Return what a letter over the amount costs: each part at its tier's rate, at least the minimum.

    Rounded once, half up to the whole fen.
    """
    ends = [*(tier.above.fen for tier in price.tiers[1:]), amount.fen]
    parts = (
        max(0, min(amount.fen, end) - tier.above.fen) * tier.rate_ppm
        for tier, end in zip(price.tiers, ends, strict=True)
    )
    return max(price.minimum, Money((2 * sum(parts) + PPM) // (2 * PPM)))


def latest_at(
    product: ProductTerms,
    deadline_at: datetime,
    *,
    is_working_day: Callable[[date], bool | None],
    closures: Sequence[Closure] = (),
) -> datetime | None:
    """Return the last instant at which a premium can come so that the letter is there by the deadline.

    None if none of the guarantor's hours is left before it.
    """
    latest = deadline_at - product.lead
    for days_before in range(DAYS_BACK):
        day = day_of(latest) - timedelta(days=days_before)
        if any(closure.covers(day) for closure in closures):
            continue
        opens, closes = _window(product.hours or ALL_DAY, day)
        works = product.hours is None or is_working(day, is_working_day)
        if works and opens <= latest:
            return min(closes, latest)
    return None


def objection_to_closure(
    first_on: date, last_on: date, reason: str, *, today: date
) -> Objection | None:
    """Return what keeps days from being closed: those who may pay today were told that they may."""
    if not reason.strip():
        return Objection("TEXT_MISSING", "reason")
    if first_on <= today:
        return Objection("CLOSURE_TOO_SOON", "first_on", {"today": today.isoformat()})
    if last_on < first_on:
        return Objection("CLOSURE_ENDS_BEFORE_IT_BEGINS", "last_on")
    if (last_on - first_on).days >= CLOSURE_DAYS_MAX:
        return Objection("CLOSURE_TOO_LONG", "last_on", {"most": str(CLOSURE_DAYS_MAX)})
    return None


def neutral_order(offers: Iterable[Offer], *, lot_id: UUID, bidder_id: UUID) -> tuple[Offer, ...]:
    """Return offers in an order that favours nobody, the same for one bidder and lot at each look.

    发改法规〔2023〕27号: no guarantor is to be pressed on bidders.
    """
    seed = lot_id.bytes + bidder_id.bytes

    def drawn(offer: Offer) -> bytes:
        return hashlib.sha256(seed + offer.product.id.bytes).digest()

    return tuple(sorted(offers, key=drawn))


def objections_to_guarantor(terms: GuarantorTerms) -> Iterator[Objection]:
    for field in ("name", "address", "phone"):
        if not getattr(terms, field).strip():
            yield Objection("TEXT_MISSING", field)
    if not uscc.is_valid(terms.uscc):
        yield Objection("USCC_INVALID", "uscc", {"uscc": terms.uscc}, "GB 32100-2015")
    for field in ("limit", "principal_limit", "lot_limit"):
        if getattr(terms, field).fen <= 0:
            yield Objection("AMOUNT_NOT_POSITIVE", field)


def objections_to_product(terms: ProductTerms) -> Iterator[Objection]:
    for field in ("name", "text"):
        if not getattr(terms, field).strip():
            yield Objection("TEXT_MISSING", field)
    if terms.lead < timedelta(0):
        yield Objection("AMOUNT_NOT_POSITIVE", "lead")
    if terms.grace_days < 0:
        yield Objection("AMOUNT_NOT_POSITIVE", "grace_days")
    if terms.payment_days <= 0:
        yield Objection("AMOUNT_NOT_POSITIVE", "payment_days")
    if terms.hours and terms.hours.opens >= terms.hours.closes:
        yield Objection("HOURS_CLOSE_BEFORE_THEY_OPEN", "hours")


def objection_to_price(
    terms: PriceTerms, *, valid_from: datetime, previous_from: datetime | None, at: datetime
) -> Objection | None:
    """Return what keeps a price from being added.

    :param previous_from: from when the product's newest price holds, if it has one.
    """
    if not terms.tiers or terms.tiers[0].above.fen:
        return Objection("TIERS_DO_NOT_BEGIN_AT_ZERO", "tiers")
    if any(lower.above >= upper.above for lower, upper in pairwise(terms.tiers)):
        return Objection("TIERS_NOT_ASCENDING", "tiers")
    if any(not 0 < tier.rate_ppm <= PPM for tier in terms.tiers):
        return Objection("RATE_NOT_A_RATE", "tiers")
    if terms.minimum.fen < 0:
        return Objection("AMOUNT_NOT_POSITIVE", "minimum")
    # Quotes of days gone by stand: a price is never put under them afterwards.
    if valid_from < at or (previous_from is not None and valid_from <= previous_from):
        return Objection("PRICE_BACKDATED", "valid_from")
    return None


def _window(hours: Hours, day: date) -> tuple[datetime, datetime]:
    opens, closes = (
        datetime.combine(day, moment, SHANGHAI) for moment in (hours.opens, hours.closes)
    )
    return opens, closes
