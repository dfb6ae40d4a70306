"""A guarantor is an organisation, whose people come in: its key, name and credit code are the organisation's.

Those that were there become organisations; they are the demo's where all others are.
"""

import django.db.models.deletion
from django.db import migrations, models

BECOME_ORGANISATIONS = """
    INSERT INTO parties_organisation (id, name, uscc, role, is_demo, enrolled_at)
    SELECT id, name, uscc, 'GUARANTOR',
           (SELECT coalesce(bool_and(is_demo), false) FROM parties_organisation), added_at
      FROM guarantees_guarantor;
    ALTER TABLE guarantees_guarantor RENAME COLUMN id TO organisation_id;
    ALTER TABLE guarantees_guarantor ADD CONSTRAINT guarantees_guarantor_is_an_organisation
        FOREIGN KEY (organisation_id) REFERENCES parties_organisation (id) DEFERRABLE INITIALLY DEFERRED;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0012_letters_are_bounded"), ("parties", "0005_guarantors")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BECOME_ORGANISATIONS)],
            state_operations=[
                migrations.RenameField("guarantor", "id", "organisation"),
                migrations.AlterField(
                    "guarantor",
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="parties.organisation",
                    ),
                ),
            ],
        ),
        migrations.RemoveField("guarantor", "name"),
        migrations.RemoveField("guarantor", "uscc"),
    ]
