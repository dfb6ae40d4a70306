"""Postponements become one kind of what is announced of a lot."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenders", "0004_postponements"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="postponement",
            name="tenders_postponement_is_never_to_earlier",
        ),
        migrations.RenameModel(old_name="Postponement", new_name="Announcement"),
        migrations.AddField(
            model_name="announcement",
            name="kind",
            field=models.TextField(default="POSTPONED"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deadline_at__gte", models.F("deadline_before")),
                    ("opening_at__gte", models.F("opening_before")),
                ),
                name="tenders_announcement_clocks_never_move_to_earlier",
            ),
        ),
    ]
