"""Applications, what they tell, how they were judged, and what they take of limits."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.guarantees.states


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0004_reconciliation_sealed"),
        ("guarantees", "0002_catalogue_sealed"),
        ("parties", "0003_company_profile_sealed"),
        ("securities", "0002_sealed"),
        ("tenders", "0006_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("amount_fen", models.BigIntegerField(null=True)),
                ("premium_fen", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.guarantees.states.ApplicationState["DRAFT"]
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("agreement_sha256", models.CharField(blank=True, max_length=64)),
                ("agreement_signer", models.TextField(blank=True)),
                ("agreed_as_of", models.DateTimeField(null=True)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("pay_due_at", models.DateTimeField(null=True)),
                ("counted_fen", models.BigIntegerField(default=0)),
                ("paid_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("why", models.TextField(blank=True)),
                ("words", models.TextField(blank=True)),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.person",
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
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenders.lot",
                    ),
                ),
                (
                    "price",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guarantees.pricerule",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guarantees.product",
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
            name="Verdict",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("check_made", models.TextField()),
                ("finding", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("expected", models.TextField(blank=True)),
                ("actual", models.TextField(blank=True)),
                ("judged_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="guarantees.application",
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
            ],
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="exposure",
                        serialize=False,
                        to="guarantees.application",
                    ),
                ),
                ("amount_fen", models.BigIntegerField()),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.guarantees.states.ExposureState["RESERVED"]
                    ),
                ),
                ("reserved_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenders.lot",
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
            name="Particulars",
            fields=[
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="particulars",
                        serialize=False,
                        to="guarantees.application",
                    ),
                ),
                ("address", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
                ("contact_name", models.TextField(blank=True)),
                ("contact_phone", models.TextField(blank=True)),
                ("legal_name", models.TextField(blank=True)),
                ("legal_id_number", models.TextField(blank=True)),
                ("legal_phone", models.TextField(blank=True)),
                ("qualification", models.TextField(blank=True)),
                ("registered_capital_fen", models.BigIntegerField(default=0)),
                ("consents", models.BooleanField(default=False)),
                ("handler_name", models.TextField(blank=True)),
                ("handler_id_number", models.TextField(blank=True)),
                ("handler_phone", models.TextField(blank=True)),
                (
                    "bidder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)),
                fields=["next_at"],
                name="guarantees_application_due",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            biaobao.domain.guarantees.states.ApplicationState["DRAFT"],
                            biaobao.domain.guarantees.states.ApplicationState["UNDERWRITING"],
                            biaobao.domain.guarantees.states.ApplicationState["APPROVED"],
                            biaobao.domain.guarantees.states.ApplicationState["SIGNING"],
                            biaobao.domain.guarantees.states.ApplicationState["SIGNED"],
                            biaobao.domain.guarantees.states.ApplicationState["PAY_PENDING"],
                            biaobao.domain.guarantees.states.ApplicationState["SUBMITTED"],
                            biaobao.domain.guarantees.states.ApplicationState["PAID"],
                            biaobao.domain.guarantees.states.ApplicationState["ISSUING"],
                            biaobao.domain.guarantees.states.ApplicationState["ISSUED"],
                        ),
                    )
                ),
                fields=["lot"],
                name="guarantees_application_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            biaobao.domain.guarantees.states.ApplicationState["DRAFT"],
                            biaobao.domain.guarantees.states.ApplicationState["UNDERWRITING"],
                            biaobao.domain.guarantees.states.ApplicationState["APPROVED"],
                            biaobao.domain.guarantees.states.ApplicationState["SIGNING"],
                            biaobao.domain.guarantees.states.ApplicationState["SIGNED"],
                            biaobao.domain.guarantees.states.ApplicationState["PAY_PENDING"],
                            biaobao.domain.guarantees.states.ApplicationState["SUBMITTED"],
                            biaobao.domain.guarantees.states.ApplicationState["PAID"],
                            biaobao.domain.guarantees.states.ApplicationState["ISSUING"],
                            biaobao.domain.guarantees.states.ApplicationState["ISSUED"],
                        ),
                    )
                ),
                fields=("bidder", "lot"),
                name="guarantees_application_is_live_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "DRAFT"),
                        ("submitted_at__isnull", True),
                    ),
                    models.Q(
                        ("decided_at__isnull", True),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "SUBMITTED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", True),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "UNDERWRITING"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "DECLINED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "APPROVED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", True),
                        ("state", "SIGNING"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", False),
                        ("state", "SIGNED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", True),
                        ("signed_at__isnull", False),
                        ("state", "PAY_PENDING"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "PAID"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "ISSUING"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("issued_at__isnull", False),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "ISSUED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "LATE_ISSUED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "ISSUE_FAILED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "REVOKED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "PREMIUM_REFUNDING"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("issued_at__isnull", True),
                        ("paid_at__isnull", False),
                        ("signed_at__isnull", False),
                        ("state", "REFUNDED"),
                        ("submitted_at__isnull", False),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("issued_at", None),
                        ("paid_at", None),
                        ("state__in", ["CANCELLED", "EXPIRED"]),
                    ),
                    _connector="OR",
                ),
                name="guarantees_application_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("why", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="guarantees_application_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["DRAFT", "CANCELLED", "EXPIRED"]),
                    models.Q(
                        ("amount_fen__gt", 0),
                        ("premium_fen__gt", 0),
                        ("price__isnull", False),
                        ("product__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="guarantees_application_is_quoted_before_it_is_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("counted_fen", 0),
                    models.Q(("counted_fen__gt", 0), ("counted_fen__lte", models.F("premium_fen"))),
                    _connector="OR",
                ),
                name="guarantees_application_counts_no_more_than_its_premium",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["PAID", "ISSUING", "ISSUED"]), _negated=True),
                    ("counted_fen", models.F("premium_fen")),
                    _connector="OR",
                ),
                name="guarantees_application_is_paid_in_full",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pay_due_at", None), ("sub_account", None)),
                    models.Q(("pay_due_at__isnull", False), ("sub_account__isnull", False)),
                    _connector="OR",
                ),
                name="guarantees_application_is_paid_to_an_account_by_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.UniqueConstraint(
                fields=("application", "check_made"),
                name="guarantees_verdict_is_one_for_each_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("state", "RESERVED"), ("used_at", None)),
                    models.Q(("released_at", None), ("state", "USED"), ("used_at__isnull", False)),
                    models.Q(("released_at__isnull", False), ("state", "RELEASED")),
                    _connector="OR",
                ),
                name="guarantees_exposure_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)),
                name="guarantees_exposure_takes_something",
            ),
        ),
    ]
