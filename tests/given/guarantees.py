"""Guarantors, products, applications and premiums for tests, made by the real actions."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.guarantees.types import (
    Form,
    Guarantor,
    GuarantorTerms,
    Hours,
    IssuerClass,
    Paper,
    PriceTerms,
    Product,
    ProductTerms,
    Tier,
)
from tests.given import parties as given_parties

AT = given_parties.AT
OFFICE = Hours(time(9), time(16))
# Half a per cent, at least three hundred yuan.
PRICE = PriceTerms((Tier(Money(0), 5_000),), Money.yuan(300))


def guarantor_terms(**changes: Any) -> GuarantorTerms:
    values: dict[str, Any] = {
        "name": "衢州融担（示例）",
        "uscc": given_parties.credit_code(),
        "issuer_class": IssuerClass.GUARANTEE_COMPANY,
        "address": "衢州市柯城区示例路1号",
        "postcode": "324000",
        "phone": "0570-3000001",
        "licence_until": None,
        "limit": Money.yuan(10_000_000),
        "principal_limit": Money.yuan(2_000_000),
        "lot_limit": Money.yuan(5_000_000),
    }
    return GuarantorTerms(**(values | changes))


def guarantor(**changes: Any) -> UUID:
    return catalogue.add_guarantor(terms=guarantor_terms(**changes), at=AT, actor=SYSTEM)


def product_terms(**changes: Any) -> ProductTerms:
    values: dict[str, Any] = {
        "name": "投标保函",
        "form": Form.INDEPENDENT,
        "paper": Paper.LETTER,
        "text": "MOHURD-INDEPENDENT",
        "lead": timedelta(minutes=10),
        "hours": None,
        "grace_days": 30,
        "needs_person": False,
    }
    return ProductTerms(**(values | changes))


def product(
    guarantor_id: UUID | None = None, *, price: PriceTerms | None = PRICE, **changes: Any
) -> Product:
    """Return a product with a price, of a guarantor of its own unless given."""
    product_id = catalogue.add_product(
        guarantor_id=guarantor_id or guarantor(),
        terms=product_terms(**changes),
        at=AT,
        actor=SYSTEM,
    )
    if price:
        priced(product_id, price)
    return offers.product(product_id=product_id, at=AT, actor=SYSTEM)


def priced(product_id: UUID, price: PriceTerms = PRICE, *, at: datetime = AT) -> UUID:
    return catalogue.add_price(
        product_id=product_id, terms=price, valid_from=at, at=at, actor=SYSTEM
    )


def guarantor_of(product: Product) -> Guarantor:
    return product.guarantor
