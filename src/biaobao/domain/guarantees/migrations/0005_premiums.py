"""Money for premiums, what of it goes back, and who handles an application."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import biaobao.domain.guarantees.states


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0004_reconciliation_sealed"),
        ("guarantees", "0004_applications_sealed"),
        ("parties", "0003_company_profile_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="handler_named_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="PremiumCredit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("credited_at", models.DateTimeField()),
                ("payer_name", models.TextField(blank=True)),
                ("payer_account", models.TextField(blank=True)),
                ("payer_bank", models.TextField(blank=True)),
                ("account", models.TextField()),
                ("serial", models.TextField()),
                ("outcome", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("checks", models.JSONField()),
                ("judged_at", models.DateTimeField()),
                ("counted_fen", models.BigIntegerField(default=0)),
                ("returned_minor", models.BigIntegerField(default=0)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="guarantees.application",
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="banking.bank",
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
            name="PremiumRefund",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.guarantees.states.PremiumRefundState["WAITING"]
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
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
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
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="guarantees.premiumcredit",
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
        migrations.AddConstraint(
            model_name="premiumcredit",
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
                name="guarantees_premiumcredit_counts_or_goes_back",
            ),
        ),
        migrations.AddIndex(
            model_name="premiumrefund",
            index=models.Index(
                condition=models.Q(("state", "PAID"), _negated=True),
                fields=["state"],
                name="guarantees_premiumrefund_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="premiumrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)),
                name="guarantees_premiumrefund_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="premiumrefund",
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
                name="guarantees_premiumrefund_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="premiumrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order", None), ("state", "WAITING")),
                    models.Q(
                        models.Q(("state", "WAITING"), _negated=True),
                        ("order__isnull", False),
                        models.Q(("payee_account", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="guarantees_premiumrefund_is_ordered_to_an_account",
            ),
        ),
    ]
