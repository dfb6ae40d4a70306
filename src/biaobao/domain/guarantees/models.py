"""Tables of guarantors and what they offer."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from biaobao.core.money import Money
from biaobao.domain.guarantees import types


class Guarantor(models.Model):
    """Who issues letters (出函机构). What it takes on by default for one bidder, and for one lot."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    uscc = models.CharField(max_length=18, unique=True)
    issuer_class = models.TextField()
    address = models.TextField()
    postcode = models.TextField(blank=True)
    phone = models.TextField()
    licence_until = models.DateField(null=True)
    principal_limit_fen = models.BigIntegerField()
    lot_limit_fen = models.BigIntegerField()
    added_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_limit_fen__gt=0, lot_limit_fen__gt=0),
                name="guarantees_guarantor_takes_something_on",
            ),
        ]


class Limit(models.Model):
    """How much a guarantor takes on in total, for one principal, or for one lot; what is taken of it.

    Sealed for good: what is taken for a lot tells how many bid for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="+")
    principal = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, related_name="+"
    )
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, null=True, related_name="+")
    limit_fen = models.BigIntegerField()
    reserved_fen = models.BigIntegerField(default=0)
    used_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guarantor", "principal", "lot"],
                nulls_distinct=False,
                name="guarantees_limit_is_one_for_each_scope",
            ),
            models.CheckConstraint(
                condition=Q(principal=None) | Q(lot=None), name="guarantees_limit_has_one_scope"
            ),
            models.CheckConstraint(
                condition=Q(
                    reserved_fen__gte=0,
                    used_fen__gte=0,
                    limit_fen__gte=F("reserved_fen") + F("used_fen"),
                ),
                name="guarantees_limit_is_never_exceeded",
            ),
        ]


class Suspension(models.Model):
    """A principal for whom a guarantor issues nothing for now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="+")
    principal = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guarantor", "principal"],
                condition=Q(lifted_at=None),
                name="guarantees_suspension_is_one_at_a_time",
            ),
        ]


class Product(models.Model):
    """What a guarantor offers: form, paper and text of the letter, and how long it takes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="products")
    name = models.TextField()
    form = models.TextField()
    paper = models.TextField()
    text = models.TextField()
    lead = models.DurationField()
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    grace_days = models.IntegerField()
    needs_person = models.BooleanField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__lt=F("closes")),
                name="guarantees_product_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(grace_days__gte=0), name="guarantees_product_grace_is_no_less_than_none"
            ),
        ]


class PriceRule(models.Model):
    """A dated version of a product's price. Never changed: another version follows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    product = models.ForeignKey(Product, models.PROTECT, related_name="prices")
    version = models.IntegerField()
    valid_from = models.DateTimeField()
    minimum_fen = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "version"],
                name="guarantees_pricerule_versions_follow_each_other",
            ),
            models.UniqueConstraint(
                fields=["product", "valid_from"], name="guarantees_pricerule_is_one_at_a_time"
            ),
        ]


class PriceTier(models.Model):
    """The rate of the part of an amount above ``above_fen``."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(PriceRule, models.PROTECT, related_name="tiers")
    above_fen = models.BigIntegerField()
    rate_ppm = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "above_fen"], name="guarantees_pricetier_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(above_fen__gte=0, rate_ppm__gt=0), name="guarantees_pricetier_costs"
            ),
        ]


def read_guarantor(row: Guarantor) -> types.Guarantor:
    return types.Guarantor(
        id=row.pk,
        name=row.name,
        uscc=row.uscc,
        issuer_class=types.IssuerClass(row.issuer_class),
        address=row.address,
        postcode=row.postcode,
        phone=row.phone,
        licence_until=row.licence_until,
        paused_at=row.paused_at,
    )


def read_product(row: Product, price: types.PriceRule | None) -> types.Product:
    hours = types.Hours(row.opens, row.closes) if row.opens and row.closes else None
    return types.Product(
        id=row.pk,
        guarantor=read_guarantor(row.guarantor),
        terms=types.ProductTerms(
            name=row.name,
            form=types.Form(row.form),
            paper=types.Paper(row.paper),
            text=row.text,
            lead=row.lead,
            hours=hours,
            grace_days=row.grace_days,
            needs_person=row.needs_person,
        ),
        price=price,
    )


def read_price(row: PriceRule) -> types.PriceRule:
    """Return a price with its tiers, which must have been read with it."""
    tiers = sorted(row.tiers.all(), key=lambda tier: tier.above_fen)
    return types.PriceRule(
        id=row.pk,
        version=row.version,
        valid_from=row.valid_from,
        terms=types.PriceTerms(
            tuple(types.Tier(Money(tier.above_fen), tier.rate_ppm) for tier in tiers),
            Money(row.minimum_fen),
        ),
    )
