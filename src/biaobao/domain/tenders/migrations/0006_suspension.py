"""A published lot may be suspended, and terminated before its opening."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0001_tables"),
        ("tenders", "0005_announcements"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lot",
            name="tenders_lot_state_agrees_with_its_times",
        ),
        migrations.AddField(
            model_name="lot",
            name="suspended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="lot",
            name="terminated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="lot",
            name="terminated_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.person",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["POSTPONED", "RESUMED"]),
                    models.Q(
                        ("deadline_at", models.F("deadline_before")),
                        ("kind__in", ["SUSPENDED", "TERMINATED"]),
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
                        ("opened_at__isnull", True),
                        ("published_at__isnull", True),
                        ("state", "DRAFT"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "PUBLISHED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "SUSPENDED"),
                        ("suspended_at__isnull", False),
                        ("terminated_at__isnull", True),
                    ),
                    models.Q(
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "TERMINATED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", False),
                    ),
                    models.Q(
                        ("opened_at__isnull", True),
                        ("published_at__isnull", False),
                        ("state", "TERMINATED"),
                        ("suspended_at__isnull", False),
                        ("terminated_at__isnull", False),
                    ),
                    models.Q(
                        ("opened_at__isnull", False),
                        ("published_at__isnull", False),
                        ("state", "OPENED"),
                        ("suspended_at__isnull", True),
                        ("terminated_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="tenders_lot_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("terminated_by", None), ("terminated_at__isnull", False), _connector="OR"
                ),
                name="tenders_lot_terminated_by_somebody_only_when_terminated",
            ),
        ),
    ]
