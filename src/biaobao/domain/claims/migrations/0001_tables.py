"""Claims, their files, their money, what courts said of them, and what was recovered."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.claims.states


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("banking", "0005_inbound_indexes"),
        ("guarantees", "0018_letters_are_surrendered"),
        ("parties", "0005_guarantors"),
        ("tenders", "0007_lots_fail"),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("cause", models.TextField()),
                ("clause", models.TextField()),
                ("statement", models.TextField()),
                ("amount_fen", models.BigIntegerField()),
                ("payee_name", models.TextField()),
                ("payee_account", models.TextField()),
                ("payee_bank", models.TextField()),
                (
                    "state",
                    models.TextField(default=biaobao.domain.claims.states.ClaimState["DRAFT"]),
                ),
                ("drafted_at", models.DateTimeField()),
                ("presented_at", models.DateTimeField(null=True)),
                ("signer", models.TextField(blank=True)),
                ("examine_by", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "discrepancies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("funded_fen", models.BigIntegerField(default=0)),
                ("attempt", models.IntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("first_paid_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.TextField(blank=True)),
                ("recovered_fen", models.BigIntegerField(default=0)),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
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
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
                    ),
                ),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guarantees.letter",
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
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="banking.paymentorder",
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
            name="ClaimCredit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("credited_at", models.DateTimeField()),
                ("is_reversed", models.BooleanField(default=False)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="claims.claim",
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
            name="ClaimFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_sha256", models.CharField(max_length=64)),
                ("wrapped_key", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="claims.claim",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("received_on", models.DateField()),
                ("note", models.TextField(blank=True)),
                ("noted_at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="claims.claim",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Stay",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("court", models.TextField()),
                ("case_number", models.TextField()),
                ("ordered_at", models.DateTimeField()),
                ("ruling_by", models.DateTimeField()),
                ("sue_by", models.DateTimeField()),
                ("before", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stays",
                        to="claims.claim",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["guarantor", "state"], name="claims_claim_by_guarantor"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["PRESENTED", "STAYED", "ACCEPTED", "PAYING", "PAY_FAILED"])
                ),
                fields=("letter",),
                name="claims_claim_is_open_once_for_a_letter",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_fen__gt", 0), models.Q(("payee_account", ""), _negated=True)
                ),
                name="claims_claim_demands_something_for_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("funded_fen__gte", 0), ("funded_fen__lte", models.F("amount_fen"))
                ),
                name="claims_claim_is_funded_to_its_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recovered_fen__gte", 0),
                    ("recovered_fen__lte", models.F("amount_fen")),
                    models.Q(
                        ("recovered_fen", 0), ("first_paid_at__isnull", False), _connector="OR"
                    ),
                ),
                name="claims_claim_recovers_what_was_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("presented_at", None), ("state", "DRAFT")),
                    ("state", "WITHDRAWN"),
                    models.Q(
                        models.Q(("state__in", ["DRAFT", "WITHDRAWN"]), _negated=True),
                        ("examine_by__isnull", False),
                        ("presented_at__isnull", False),
                        models.Q(("signer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claims_claim_is_presented_with_a_signature",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        (
                            "state__in",
                            ["ACCEPTED", "PAYING", "PAY_FAILED", "PAID", "CLOSED", "REFUSED"],
                        ),
                    ),
                    models.Q(
                        (
                            "state__in",
                            ["ACCEPTED", "PAYING", "PAY_FAILED", "PAID", "CLOSED", "REFUSED"],
                        ),
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="claims_claim_is_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ["CLOSED", "REFUSED", "WITHDRAWN", "STOPPED"]),
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ["CLOSED", "REFUSED", "WITHDRAWN", "STOPPED"]),
                            _negated=True,
                        ),
                        ("ended_at", None),
                    ),
                    _connector="OR",
                ),
                name="claims_claim_ends_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("state__in", ["PAID", "CLOSED"])),
                    models.Q(
                        models.Q(("state__in", ["PAID", "CLOSED"]), _negated=True),
                        ("paid_at", None),
                    ),
                    _connector="OR",
                ),
                name="claims_claim_is_paid_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["PAYING", "PAY_FAILED", "PAID", "CLOSED"]), _negated=True
                    ),
                    models.Q(("funded_fen", models.F("amount_fen")), ("order__isnull", False)),
                    _connector="OR",
                ),
                name="claims_claim_is_paid_out_of_what_was_funded",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "REFUSED"), _negated=True),
                    models.Q(("discrepancies", []), _negated=True),
                    _connector="OR",
                ),
                name="claims_claim_is_refused_for_discrepancies",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="claims_receipt_is_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("claim",),
                name="claims_stay_is_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("outcome", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="claims_stay_ends_in_some_way",
            ),
        ),
    ]
