"""Scans are kept encrypted; no page has kept one before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_company_profile_sealed")]
    operations = [
        migrations.AddField(
            "scan",
            "stored_sha256",
            models.CharField(max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "scan", "wrapped_key", models.BinaryField(default=b""), preserve_default=False
        ),
    ]
