"""A product that is offered no more stays, for the letters that were issued by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0014_suspensions_resealed")]

    operations = [
        migrations.AddField("product", "withdrawn_at", models.DateTimeField(null=True)),
    ]
