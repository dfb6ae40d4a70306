"""What is held for a lot has a code on its receipt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pools", "0005_leaving")]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="code",
            field=models.TextField(default=""),
            preserve_default=False,
        ),
    ]
