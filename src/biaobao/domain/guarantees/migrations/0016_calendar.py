"""A guarantor closes for days, and pauses for a reason."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0015_products_withdrawn")]

    operations = [
        migrations.CreateModel(
            name="Closure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("reason", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closures",
                        to="guarantees.guarantor",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("lifted_at", None)),
                        fields=("guarantor", "first_on", "last_on"),
                        name="guarantees_closure_is_one_for_its_days",
                    ),
                    models.CheckConstraint(
                        condition=Q(last_on__gte=F("first_on")),
                        name="guarantees_closure_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "guarantor",
            "paused_why",
            models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        # Why those that pause already do was not asked for.
        migrations.RunSQL(
            "UPDATE guarantees_guarantor SET paused_why = '平台暂停' WHERE paused_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "guarantor",
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_why="")
                | (Q(paused_at__isnull=False) & ~Q(paused_why="")),
                name="guarantees_guarantor_pauses_for_a_reason",
            ),
        ),
    ]
