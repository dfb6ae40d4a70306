"""What is held may not be given back (不予退还): proposed, decided, and deducted."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.pools.states


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0006_guarantors_see_their_accounts"),
        ("parties", "0005_guarantors"),
        ("pools", "0007_receipts_verify"),
        ("securities", "0002_sealed"),
        ("tenders", "0009_lots_are_awarded"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deduction",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("membership_number", models.TextField()),
                ("member_name", models.TextField()),
                (
                    "state",
                    models.TextField(default=biaobao.domain.pools.states.DeductionState["ORDERED"]),
                ),
                ("attempt", models.IntegerField(default=1)),
                ("payee_account", models.TextField()),
                ("ordered_at", models.DateTimeField()),
                ("paid_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Forfeiture",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("held_fen", models.BigIntegerField()),
                ("amount_fen", models.BigIntegerField(default=0)),
                ("cause", models.TextField()),
                ("clause", models.TextField()),
                ("statement", models.TextField()),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.pools.states.ForfeitureState["PROPOSED"]
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("objections_until", models.DateField()),
                ("objection", models.TextField(blank=True)),
                ("objected_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("words", models.TextField(blank=True)),
                ("payee_name", models.TextField()),
                ("payee_account", models.TextField()),
                ("payee_bank", models.TextField()),
                ("payee_confirmed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ForfeiturePaper",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_sha256", models.CharField(max_length=64)),
                ("wrapped_key", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="hold",
            name="pools_hold_state_agrees_with_its_times",
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
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
                        ("state__in", ["RELEASED", "LAPSED", "DEDUCTED"]),
                        models.Q(("ended_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_hold_state_agrees_with_its_times",
            ),
        ),
        migrations.AddField(
            model_name="deduction",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenders.lot"
            ),
        ),
        migrations.AddField(
            model_name="deduction",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deductions",
                to="pools.membership",
            ),
        ),
        migrations.AddField(
            model_name="deduction",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="banking.paymentorder",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="bidder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.organisation",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.person",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="hold",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="forfeitures",
                to="pools.hold",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenders.lot"
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="objected_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.person",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="payee_confirmed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.person",
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="payee_told_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.person"
            ),
        ),
        migrations.AddField(
            model_name="forfeiture",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.person"
            ),
        ),
        migrations.AddField(
            model_name="deduction",
            name="forfeiture",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deductions",
                to="pools.forfeiture",
            ),
        ),
        migrations.AddField(
            model_name="forfeiturepaper",
            name="forfeiture",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="pools.forfeiture",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "APPROVED"])),
                fields=("hold",),
                name="pools_forfeiture_is_one_for_a_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_fen__lte", models.F("held_fen")),
                    ("held_fen__gt", 0),
                    models.Q(
                        models.Q(("amount_fen__gt", 0), ("state", "APPROVED")),
                        models.Q(models.Q(("state", "APPROVED"), _negated=True), ("amount_fen", 0)),
                        _connector="OR",
                    ),
                ),
                name="pools_forfeiture_takes_no_more_than_was_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "PROPOSED")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state", "WITHDRAWN"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("state__in", ["APPROVED", "DECLINED"]),
                        models.Q(("words", ""), _negated=True),
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_forfeiture_is_decided_by_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("objected_at", None), ("objected_by", None), ("objection", "")),
                    models.Q(
                        ("objected_at__isnull", False),
                        ("objected_by__isnull", False),
                        models.Q(("objection", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_forfeiture_is_objected_to_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payee_confirmed_at", None), ("payee_confirmed_by", None)),
                    models.Q(
                        ("payee_confirmed_at__isnull", False),
                        ("payee_confirmed_by__isnull", False),
                        models.Q(("payee_confirmed_by", models.F("payee_told_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_forfeiture_has_its_payee_confirmed_by_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clause", ""), _negated=True),
                    models.Q(("statement", ""), _negated=True),
                    models.Q(("payee_account", ""), _negated=True),
                ),
                name="pools_forfeiture_says_why_and_for_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="deduction",
            constraint=models.UniqueConstraint(
                fields=("forfeiture", "membership"), name="pools_deduction_is_borne_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="deduction",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="pools_deduction_is_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="deduction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("paid_at", None), ("state", "ORDERED")),
                    models.Q(("ended_at__isnull", False), ("paid_at", None), ("state", "FAILED")),
                    models.Q(("ended_at", None), ("paid_at__isnull", False), ("state", "PAID")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("paid_at__isnull", False),
                        ("state", "RETURNED"),
                    ),
                    _connector="OR",
                ),
                name="pools_deduction_state_agrees_with_its_times",
            ),
        ),
    ]
