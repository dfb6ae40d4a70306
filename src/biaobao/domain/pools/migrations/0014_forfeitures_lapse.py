"""A forfeiture that nobody decides in time lapses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pools", "0013_reminders_set"),
    ]

    operations = [
        migrations.AddField(
            model_name="forfeiture",
            name="decide_by",
            field=models.DateField(null=True),
        ),
        migrations.RemoveConstraint(
            model_name="forfeiture",
            name="pools_forfeiture_is_decided_by_another_person",
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "PROPOSED")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state", "WITHDRAWN"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False), ("decided_by", None), ("state", "LAPSED")
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("state__in", ["APPROVED", "DECLINED"]),
                        models.Q(("words", ""), _negated=True),
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pools_forfeiture_is_decided_by_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["DECLINED", "LAPSED"])),
                fields=("hold", "cause"),
                name="pools_forfeiture_comes_to_nothing_once_for_a_cause",
            ),
        ),
    ]
