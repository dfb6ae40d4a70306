"""Letters are read at the opening before they show: one that cannot be read says why, and is read again."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0016_calendar")]

    operations = [
        migrations.RemoveConstraint("letter", "guarantees_letter_state_agrees_with_its_times"),
        migrations.AddField("letter", "read_at", models.DateTimeField(null=True)),
        migrations.AddField("letter", "unreadable_why", models.TextField(blank=True, default="")),
        migrations.AlterField("letter", "unreadable_why", models.TextField(blank=True)),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=Q(
                    state__in=["ISSUED_SEALED", "DECRYPT_FAILED"], unsealed_at=None, ended_at=None
                )
                | Q(
                    state__in=["UNSEALED", "CLAIMED_PARTIAL"],
                    unsealed_at__isnull=False,
                    ended_at=None,
                )
                | Q(state="CLAIMED_FULL", unsealed_at__isnull=False, ended_at__isnull=False)
                | Q(state__in=["RELEASED", "SURRENDERED", "EXPIRED"], ended_at__isnull=False)
                | Q(state="VOID", unsealed_at=None, ended_at=None),
                name="guarantees_letter_state_agrees_with_its_times",
            ),
        ),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=(Q(state="DECRYPT_FAILED") & ~Q(unreadable_why=""))
                | (~Q(state="DECRYPT_FAILED") & Q(unreadable_why="")),
                name="guarantees_letter_is_unreadable_for_a_reason",
            ),
        ),
    ]
