"""Who bears a forfeiture is written down when it is proposed, and what a member bore for others."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pools", "0017_appeal_files_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bearing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("contribution_fen", models.BigIntegerField()),
                (
                    "forfeiture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bearings",
                        to="pools.forfeiture",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bearings",
                        to="pools.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("forfeiture", "membership"),
                        name="pools_bearing_is_one_for_a_membership",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contribution_fen__gt", 0)),
                        name="pools_bearing_is_by_a_contribution",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="shared_fen",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("shared_fen__gte", 0)),
                name="pools_membership_shared_nothing_or_more",
            ),
        ),
    ]
