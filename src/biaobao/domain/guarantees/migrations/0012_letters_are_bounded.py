"""A letter pays no more than its amount, ends for a reason, and is claimed only while it binds."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0011_letters_say_their_amount")]

    operations = [
        migrations.AlterField("letter", "amount_fen", models.BigIntegerField()),
        migrations.AlterField("letter", "valid_until", models.DateField()),
        migrations.AlterField("letter", "ended_why", models.TextField(blank=True)),
        migrations.RemoveConstraint("letter", "guarantees_letter_state_agrees_with_its_times"),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=Q(state="ISSUED_SEALED", unsealed_at=None, ended_at=None)
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
                condition=Q(ended_at=None, ended_why="")
                | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="guarantees_letter_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=Q(paid_out_fen__gte=0, paid_out_fen__lte=F("amount_fen")),
                name="guarantees_letter_pays_no_more_than_its_amount",
            ),
        ),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=Q(open_claims=0)
                | Q(open_claims__gt=0, state__in=["UNSEALED", "CLAIMED_PARTIAL"]),
                name="guarantees_letter_is_claimed_while_it_binds",
            ),
        ),
        migrations.AddIndex(
            "letter",
            models.Index(
                fields=["valid_until"],
                condition=Q(ended_at=None, open_claims=0) & ~Q(state="VOID"),
                name="guarantees_letter_expires",
            ),
        ),
    ]
