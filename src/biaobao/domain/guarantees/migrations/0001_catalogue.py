"""Guarantors, what they take on, their products and dated prices."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0003_company_profile_sealed"),
        ("tenders", "0006_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="Guarantor",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("uscc", models.CharField(max_length=18, unique=True)),
                ("issuer_class", models.TextField()),
                ("address", models.TextField()),
                ("postcode", models.TextField(blank=True)),
                ("phone", models.TextField()),
                ("licence_until", models.DateField(null=True)),
                ("principal_limit_fen", models.BigIntegerField()),
                ("lot_limit_fen", models.BigIntegerField()),
                ("added_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lot_limit_fen__gt", 0), ("principal_limit_fen__gt", 0)
                        ),
                        name="guarantees_guarantor_takes_something_on",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("form", models.TextField()),
                ("paper", models.TextField()),
                ("text", models.TextField()),
                ("lead", models.DurationField()),
                ("opens", models.TimeField(null=True)),
                ("closes", models.TimeField(null=True)),
                ("grace_days", models.IntegerField()),
                ("payment_days", models.IntegerField()),
                ("needs_person", models.BooleanField()),
                ("added_at", models.DateTimeField()),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="guarantees.guarantor",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PriceRule",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("valid_from", models.DateTimeField()),
                ("minimum_fen", models.BigIntegerField()),
                ("added_at", models.DateTimeField()),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="guarantees.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("since", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guarantees.guarantor",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("limit_fen", models.BigIntegerField()),
                ("reserved_fen", models.BigIntegerField(default=0)),
                ("used_fen", models.BigIntegerField(default=0)),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guarantees.guarantor",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenders.lot",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("guarantor", "principal", "lot"),
                        name="guarantees_limit_is_one_for_each_scope",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("principal", None), ("lot", None), _connector="OR"),
                        name="guarantees_limit_has_one_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "limit_fen__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("reserved_fen"), "+", models.F("used_fen")
                                ),
                            ),
                            ("reserved_fen__gte", 0),
                            ("used_fen__gte", 0),
                        ),
                        name="guarantees_limit_is_never_exceeded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceTier",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("above_fen", models.BigIntegerField()),
                ("rate_ppm", models.IntegerField()),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tiers",
                        to="guarantees.pricerule",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "above_fen"), name="guarantees_pricetier_begins_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("above_fen__gte", 0), ("rate_ppm__gt", 0)),
                        name="guarantees_pricetier_costs",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes", None), ("opens", None)),
                    ("opens__lt", models.F("closes")),
                    _connector="OR",
                ),
                name="guarantees_product_opens_before_it_closes",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("grace_days__gte", 0), ("payment_days__gt", 0)),
                name="guarantees_product_holds_and_pays",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.UniqueConstraint(
                fields=("product", "version"),
                name="guarantees_pricerule_versions_follow_each_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.UniqueConstraint(
                fields=("product", "valid_from"), name="guarantees_pricerule_is_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("guarantor", "principal"),
                name="guarantees_suspension_is_one_at_a_time",
            ),
        ),
    ]
