"""Guarantors are organisations too, and their people come in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0004_scans_encrypted")]

    operations = [
        migrations.RemoveConstraint("organisation", "parties_organisation_role_is_known"),
        migrations.AddConstraint(
            "organisation",
            models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["BIDDER", "TENDERER", "AGENCY", "GUARANTOR", "OPERATOR", "SUPERVISOR"],
                    )
                ),
                name="parties_organisation_role_is_known",
            ),
        ),
    ]
