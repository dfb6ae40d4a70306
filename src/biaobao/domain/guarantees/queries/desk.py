"""What a guarantor's own people see at their desk."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Closure,
    Guarantor,
    Product,
    read_closure,
    read_guarantor,
    read_price,
    read_product,
)
from biaobao.domain.guarantees.rules import desk
from biaobao.platform.db import query


@query
def mine(*, actor: Actor) -> types.Guarantor:
    """Return the guarantor for whom the actor acts.

    :raises NotFound: if he acts for none.
    """
    own = desk.guarantor_of(actor)
    row = Guarantor.objects.select_related("organisation").filter(pk=own).first()
    if row is None:
        raise NotFound(f"guarantor {own}")
    return read_guarantor(row)


@query
def products(*, search: str = "", at: datetime, actor: Actor) -> tuple[types.Priced, ...]:
    """Return the products of the actor's guarantor whose names contain the words, those offered first."""
    rows = _products(actor).filter(name__icontains=search).order_by("-withdrawn_at", "name", "pk")
    return tuple(_priced(row, at) for row in rows)


@query
def product(*, product_id: UUID, at: datetime, actor: Actor) -> types.Priced:
    """Return a product of the actor's guarantor.

    :raises NotFound: if it has no such product.
    """
    row = _products(actor).filter(pk=product_id).first()
    if row is None:
        raise NotFound(f"product {product_id}")
    return _priced(row, at)


@query
def closures(*, search: str = "", actor: Actor) -> tuple[types.Closure, ...]:
    """Return the days on which the actor's guarantor issues nothing, the latest first."""
    own = Closure.objects.filter(guarantor=desk.guarantor_of(actor), reason__icontains=search)
    return tuple(map(read_closure, own.order_by("-first_on", "-added_at", "pk")))


@query
def closure(*, closure_id: UUID, actor: Actor) -> types.Closure:
    """Return a closure of the actor's guarantor.

    :raises NotFound: if it has no such closure.
    """
    row = Closure.objects.filter(pk=closure_id, guarantor=desk.guarantor_of(actor)).first()
    if row is None:
        raise NotFound(f"closure {closure_id}")
    return read_closure(row)


def _products(actor: Actor) -> QuerySet[Product]:
    own = Product.objects.filter(guarantor=desk.guarantor_of(actor))
    known = own.select_related("guarantor__organisation")
    return known.prefetch_related("guarantor__closures", "prices__tiers")


def _priced(row: Product, at: datetime) -> types.Priced:
    prices = sorted(map(read_price, row.prices.all()), key=lambda price: -price.version)
    today = next((price for price in prices if price.valid_from <= at), None)
    return types.Priced(read_product(row, today), tuple(prices))
