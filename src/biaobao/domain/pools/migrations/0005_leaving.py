"""When a membership is left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0006_guarantors_see_their_accounts"),
        ("parties", "0005_guarantors"),
        ("pools", "0004_holds_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="leaves_on",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["EXIT_REQUESTED", "REFUNDING", "EXITED"]), _negated=True
                    ),
                    ("leaves_on__isnull", False),
                    _connector="OR",
                ),
                name="pools_membership_is_left_on_a_day",
            ),
        ),
    ]
