"""What a bidder tells of itself, its handlers, and scans of its papers."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyProfile",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="parties.organisation",
                    ),
                ),
                ("legal_name", models.TextField(blank=True)),
                ("legal_id_number", models.TextField(blank=True)),
                ("legal_phone", models.TextField(blank=True)),
                ("address", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
                ("licence_until", models.DateField(null=True)),
                ("invoice_kind", models.TextField()),
                ("invoice_bank", models.TextField(blank=True)),
                ("invoice_account", models.TextField(blank=True)),
                ("invoice_address", models.TextField(blank=True)),
                ("invoice_phone", models.TextField(blank=True)),
                ("invoice_email", models.TextField(blank=True)),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("invoice_kind__in", ["ORDINARY", "SPECIAL"])),
                        name="parties_companyprofile_invoice_kind_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Handler",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("id_number", models.TextField()),
                ("phone", models.TextField()),
                ("told_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("organisation", "id_number"),
                        name="parties_handler_is_one_for_each_number",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind"), name="parties_scan_is_one_for_each_kind"
                    )
                ],
            },
        ),
    ]
