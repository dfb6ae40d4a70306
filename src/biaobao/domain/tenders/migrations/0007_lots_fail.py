"""An opened lot may fail (流标)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0005_guarantors"),
        ("tenders", "0006_suspension"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="announcement",
            name="tenders_announcement_moves_clocks_only_if_it_may",
        ),
        migrations.RemoveConstraint(
            model_name="lot",
            name="tenders_lot_state_agrees_with_its_times",
        ),
        migrations.AddField(
            model_name="lot",
            name="failed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["POSTPONED", "RESUMED"]),
                    models.Q(
                        ("deadline_at", models.F("deadline_before")),
                        ("kind__in", ["SUSPENDED", "TERMINATED", "FAILED"]),
                        ("opening_at", models.F("opening_before")),
                    ),
                    _connector="OR",
                ),
                name="tenders_announcement_moves_clocks_only_if_it_may",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", True),
                        ("published_at__isnull", True),
                        ("state", "DRAFT"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "PUBLISHED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "SUSPENDED"),
                        ("suspended_at__isnull", False),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "TERMINATED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", False),
                    ),
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "TERMINATED"),
                        ("suspended_at__isnull", False),
                        ("terminated_at__isnull", False),
                    ),
                    models.Q(
                        ("failed_at__isnull", True),
                        ("opened_at__isnull", False),
                        ("published_at__isnull", False),
                        ("state", "OPENED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("failed_at__isnull", False),
                        ("opened_at__isnull", False),
                        ("published_at__isnull", False),
                        ("state", "FAILED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="tenders_lot_state_agrees_with_its_times",
            ),
        ),
    ]
