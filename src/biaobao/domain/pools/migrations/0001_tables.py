"""Schemes with their dated terms, memberships and their money."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import biaobao.domain.pools.states


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("banking", "0006_guarantors_see_their_accounts"),
        ("parties", "0005_guarantors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("member_name", models.TextField()),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.pools.states.MembershipState["APPLIED"]
                    ),
                ),
                ("applied_at", models.DateTimeField()),
                ("consented_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("balance_fen", models.BigIntegerField(default=0)),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("top_up_by", models.DateField(null=True)),
                ("why", models.TextField(blank=True)),
                (
                    "applied_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "sub_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="banking.subaccount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolCredit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("credited_at", models.DateTimeField()),
                ("payer_name", models.TextField(blank=True)),
                ("payer_account", models.TextField(blank=True)),
                ("payer_bank", models.TextField(blank=True)),
                ("serial", models.TextField()),
                ("state", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("judged_at", models.DateTimeField()),
                ("counted_fen", models.BigIntegerField(default=0)),
                ("returned_minor", models.BigIntegerField(default=0)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="pools.membership",
                    ),
                ),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="banking.notice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolRefund",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.pools.states.PoolRefundState["WAITING"]
                    ),
                ),
                ("attempt", models.IntegerField(default=0)),
                ("payee_name", models.TextField(blank=True)),
                ("payee_account", models.TextField(blank=True)),
                ("payee_bank", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "credit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="pools.poolcredit",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="pools.membership",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="banking.paymentorder",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scheme",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField(unique=True)),
                ("coverage", models.TextField()),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("coverage__in", ["PER_BID_CAP", "POOL_BALANCE", "MUTUAL"])
                        ),
                        name="pools_scheme_covers_in_a_known_way",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="scheme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pools.scheme"
            ),
        ),
        migrations.CreateModel(
            name="SchemeTerms",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("valid_from", models.DateField()),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                ("floor_fen", models.BigIntegerField()),
                ("parallel_max", models.IntegerField(null=True)),
                ("term_months", models.IntegerField()),
                ("renewal_days", models.IntegerField()),
                ("top_up_days", models.IntegerField()),
                ("cooling_days", models.IntegerField()),
                ("added_at", models.DateTimeField()),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dated",
                        to="pools.scheme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tier",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("contribution_fen", models.BigIntegerField()),
                ("cap_fen", models.BigIntegerField()),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tiers",
                        to="pools.schemeterms",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="membership",
            name="tier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pools.tier"
            ),
        ),
        migrations.AddConstraint(
            model_name="poolcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_minor__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("counted_fen"), "+", models.F("returned_minor")
                        ),
                    ),
                    ("counted_fen__gte", 0),
                    ("returned_minor__gte", 0),
                ),
                name="pools_poolcredit_counts_or_goes_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="poolrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="pools_poolrefund_moves_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="poolrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at", None),
                        ("ordered_at", None),
                        ("paid_at", None),
                        ("state", "WAITING"),
                    ),
                    models.Q(
                        ("ended_at", None),
                        ("ordered_at__isnull", False),
                        ("paid_at", None),
                        ("state", "ORDERED"),
                    ),
                    models.Q(("ended_at__isnull", False), ("paid_at", None), ("state", "FAILED")),
                    models.Q(("ended_at", None), ("paid_at__isnull", False), ("state", "PAID")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("paid_at__isnull", False),
                        ("state", "RETURNED"),
                    ),
                    _connector="OR",
                ),
                name="pools_poolrefund_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeterms",
            constraint=models.UniqueConstraint(
                fields=("scheme", "valid_from"), name="pools_schemeterms_begin_on_days_of_their_own"
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cooling_days__gte", 0),
                    ("floor_fen__gte", 0),
                    ("renewal_days__gte", 0),
                    ("term_months__gt", 0),
                    ("top_up_days__gt", 0),
                ),
                name="pools_schemeterms_can_be_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="tier",
            constraint=models.UniqueConstraint(
                fields=("terms", "name"), name="pools_tier_has_its_own_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="tier",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_fen__gt", 0), ("contribution_fen__gt", 0)),
                name="pools_tier_is_of_something",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["state"], name="pools_membership_by_state"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["REJECTED", "WITHDRAWN", "EXITED"]), _negated=True
                ),
                fields=("member",),
                name="pools_membership_is_one_for_a_company",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_fen__gte", 0)),
                name="pools_membership_has_nothing_or_more",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("decided_by", None),
                        ("state__in", ["APPLIED", "UNDER_REVIEW"]),
                    ),
                    ("state", "WITHDRAWN"),
                    models.Q(
                        models.Q(
                            ("state__in", ["APPLIED", "UNDER_REVIEW", "WITHDRAWN"]), _negated=True
                        ),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="pools_membership_is_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["ACTIVE", "DEFICIT", "SUSPENDED", "EXPIRED"]), _negated=True
                    ),
                    models.Q(("ends_on__gte", models.F("starts_on")), ("starts_on__isnull", False)),
                    _connector="OR",
                ),
                name="pools_membership_runs_from_day_to_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "DEFICIT"), _negated=True),
                    ("top_up_by__isnull", False),
                    _connector="OR",
                ),
                name="pools_membership_is_topped_up_by_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["REJECTED", "SUSPENDED"]), _negated=True),
                    models.Q(("why", ""), _negated=True),
                    _connector="OR",
                ),
                name="pools_membership_is_refused_with_a_reason",
            ),
        ),
    ]
