"""Letters and their versions."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import biaobao.domain.guarantees.states


class Migration(migrations.Migration):
    dependencies = [
        ("guarantees", "0006_premiums_sealed"),
        ("parties", "0003_company_profile_sealed"),
        ("tenders", "0006_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("code_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.TextField(
                        default=biaobao.domain.guarantees.states.LetterState["ISSUED_SEALED"]
                    ),
                ),
                ("issued_at", models.DateTimeField()),
                ("unsealed_at", models.DateTimeField(null=True)),
                ("lot_as_of", models.DateTimeField()),
                ("extend_until", models.DateField(null=True)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter",
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
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenders.lot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LetterVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("form", models.TextField()),
                ("paper", models.TextField()),
                ("guarantor_name", models.TextField()),
                ("principal_name", models.TextField()),
                ("principal_uscc", models.CharField(max_length=18)),
                ("beneficiary_name", models.TextField()),
                ("lot_code", models.TextField()),
                ("lot_name", models.TextField()),
                ("amount_fen", models.BigIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("signer_name", models.TextField()),
                ("certificate_serial", models.TextField()),
                ("stamped_at", models.DateTimeField()),
                (
                    "bidder",
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
                        related_name="versions",
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
            ],
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ISSUED_SEALED"), ("unsealed_at", None)),
                    models.Q(("state", "UNSEALED"), ("unsealed_at__isnull", False)),
                    models.Q(("state", "VOID"), ("unsealed_at", None)),
                    _connector="OR",
                ),
                name="guarantees_letter_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="letterversion",
            constraint=models.UniqueConstraint(
                fields=("letter", "version"), name="guarantees_letterversion_follow_each_other"
            ),
        ),
        migrations.AddConstraint(
            model_name="letterversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_fen__gt", 0), ("valid_until__gte", models.F("valid_from"))
                ),
                name="guarantees_letterversion_covers_something",
            ),
        ),
    ]
