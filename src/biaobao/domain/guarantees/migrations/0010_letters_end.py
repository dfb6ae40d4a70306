"""Letters end: by release, surrender, expiry, or when all their amount was paid out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0009_kept_papers")]

    operations = [
        migrations.AddField("letter", "amount_fen", models.BigIntegerField(null=True)),
        migrations.AddField("letter", "valid_until", models.DateField(null=True)),
        migrations.AddField("letter", "paid_out_fen", models.BigIntegerField(default=0)),
        migrations.AddField("letter", "open_claims", models.IntegerField(default=0)),
        migrations.AddField("letter", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField("letter", "ended_why", models.TextField(blank=True, default="")),
    ]
