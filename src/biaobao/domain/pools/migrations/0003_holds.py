"""What pools hold for lots, and of each membership what that comes to."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.pools.states


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0005_guarantors"),
        ("pools", "0002_sealed"),
        ("securities", "0002_sealed"),
        ("tenders", "0007_lots_fail"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reserve",
            fields=[
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reserve",
                        serialize=False,
                        to="pools.membership",
                    ),
                ),
                ("limit_fen", models.BigIntegerField(null=True)),
                ("held_fen", models.BigIntegerField(default=0)),
                ("lots", models.IntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_fen__gte", 0),
                            ("lots__gte", 0),
                            models.Q(
                                ("limit_fen", None),
                                ("held_fen__lte", models.F("limit_fen")),
                                _connector="OR",
                            ),
                        ),
                        name="pools_reserve_holds_no_more_than_there_is",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("amount_fen", models.BigIntegerField()),
                (
                    "state",
                    models.TextField(default=biaobao.domain.pools.states.HoldState["RESERVED"]),
                ),
                ("reserved_at", models.DateTimeField()),
                ("lot_as_of", models.DateTimeField()),
                ("held_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "bidder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenders.lot",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="pools.membership",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="securities.security",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["RESERVED", "HELD"])),
                        fields=("security",),
                        name="pools_hold_is_one_for_a_security",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="pools_hold_is_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None),
                                ("ended_why", ""),
                                ("held_at", None),
                                ("state", "RESERVED"),
                            ),
                            models.Q(
                                ("ended_at", None),
                                ("ended_why", ""),
                                ("held_at__isnull", False),
                                ("state", "HELD"),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ["RELEASED", "LAPSED"]),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="pools_hold_state_agrees_with_its_times",
                    ),
                ],
            },
        ),
    ]
