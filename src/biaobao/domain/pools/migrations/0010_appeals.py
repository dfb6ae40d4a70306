"""Appeals against what keeps memberships from covering lots, with their documents."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.pools.states


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0005_guarantors"),
        ("pools", "0009_forfeitures_sealed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("words", models.TextField()),
                (
                    "state",
                    models.TextField(default=biaobao.domain.pools.states.AppealState["FILED"]),
                ),
                ("filed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.TextField(blank=True)),
                (
                    "mends",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "bidder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
                    ),
                ),
                (
                    "filed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pools.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AppealFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("place", models.IntegerField()),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_sha256", models.CharField(max_length=64)),
                ("wrapped_key", models.BinaryField()),
                (
                    "appeal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="pools.appeal",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", biaobao.domain.pools.states.AppealState["FILED"])),
                fields=("bidder",),
                name="pools_appeal_is_one_for_a_company",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reasons__len__gt", 0), models.Q(("words", ""), _negated=True)),
                name="pools_appeal_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("decided_by", None),
                        ("decision", ""),
                        ("state", "FILED"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state", "WITHDRAWN"),
                    ),
                    models.Q(
                        ("state__in", ["UPHELD", "REJECTED"]),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("decision", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_appeal_is_decided_by_somebody_who_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "UPHELD"), ("mends", []), _connector="OR"),
                name="pools_appeal_mends_if_upheld",
            ),
        ),
        migrations.AddConstraint(
            model_name="appealfile",
            constraint=models.UniqueConstraint(
                fields=("appeal", "place"), name="pools_appealfile_has_its_own_place"
            ),
        ),
    ]
