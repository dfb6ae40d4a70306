"""When members are reminded that they can renew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pools", "0011_appeals_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="remind_on",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("state__in", ["ACTIVE", "DEFICIT"])),
                fields=["ends_on"],
                name="pools_membership_by_its_end",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("remind_on__isnull", False)),
                fields=["remind_on"],
                name="pools_membership_to_remind",
            ),
        ),
    ]
