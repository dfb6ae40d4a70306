"""What bidders may choose from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Guarantor,
    PriceRule,
    Product,
    read_guarantor,
    read_price,
    read_product,
)
from biaobao.domain.guarantees.rules import applying, pricing
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import query


@query
def guarantors(*, actor: Actor) -> tuple[types.Guarantor, ...]:  # noqa: ARG001 - who issues letters is public
    """Return all guarantors by name."""
    found = Guarantor.objects.select_related("organisation").prefetch_related("closures")
    rows = found.order_by("organisation__name", "pk")
    return tuple(read_guarantor(row) for row in rows)


@query
def product(*, product_id: UUID, at: datetime, actor: Actor) -> types.Product:  # noqa: ARG001 - as above
    """Return a product with the price of the instant.

    :raises NotFound: if there is none.
    """
    row = Product.objects.select_related("guarantor__organisation").filter(pk=product_id).first()
    if row is None:
        raise NotFound(f"product {product_id}")
    return read_product(row, _prices([row.pk], at).get(row.pk))


@query
def prices(*, product_id: UUID, actor: Actor) -> tuple[types.PriceRule, ...]:  # noqa: ARG001 - as above
    """Return every version of a product's price, the newest first."""
    rows = PriceRule.objects.filter(product=product_id).prefetch_related("tiers")
    return tuple(read_price(row) for row in rows.order_by("-version"))


@query
def for_lot(*, lot_id: UUID, at: datetime, actor: Actor) -> tuple[types.Offer, ...]:
    """Return all products side by side with what each costs for the lot, in an order that favours nobody.

    :raises NotFound: if there is no such lot for him.
    """
    bidder_id = applying.bidder_of(actor)
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    found = [
        applying.offer(each, lot, at=at, is_working_day=is_working_day) for each in _priced(at)
    ]
    return pricing.neutral_order(found, lot_id=lot_id, bidder_id=bidder_id)


@query
def served(*, lots: Iterable[Lot], at: datetime, actor: Actor) -> frozenset[UUID]:  # noqa: ARG001 - as above
    """Return the lots for which some product can still be had."""
    products = _priced(at)
    return frozenset(
        lot.id
        for lot in lots
        if any(
            not applying.offer(each, lot, at=at, is_working_day=is_working_day).why_not
            for each in products
        )
    )


def _priced(at: datetime) -> list[types.Product]:
    offered = Product.objects.filter(withdrawn_at=None)
    known = offered.select_related("guarantor__organisation")
    rows = known.prefetch_related("guarantor__closures").order_by("pk")
    prices = _prices([row.pk for row in rows], at)
    return [read_product(row, prices[row.pk]) for row in rows if row.pk in prices]


def _prices(product_ids: Iterable[UUID], at: datetime) -> dict[UUID, types.PriceRule]:
    """Return the newest price that holds at the instant, by product."""
    rows = (
        PriceRule.objects.filter(product__in=list(product_ids), valid_from__lte=at)
        .prefetch_related("tiers")
        .order_by("version")
    )
    return {row.product_id: read_price(row) for row in rows}
