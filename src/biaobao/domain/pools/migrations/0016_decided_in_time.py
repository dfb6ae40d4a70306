"""Each forfeiture has a last day to be decided on, after its bidder could object."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pools", "0015_forfeitures_have_their_time"),
    ]

    operations = [
        migrations.AlterField(
            model_name="forfeiture",
            name="decide_by",
            field=models.DateField(),
        ),
        migrations.AddConstraint(
            model_name="forfeiture",
            constraint=models.CheckConstraint(
                condition=models.Q(("decide_by__gt", models.F("objections_until"))),
                name="pools_forfeiture_is_decided_after_objections",
            ),
        ),
    ]
