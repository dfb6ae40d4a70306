"""Forfeitures that were proposed already have their time to be decided too."""

from django.db import migrations

from biaobao.core.actor import Role

# Sealed tables show their rows to the house alone.
FILL = f"""
SELECT set_config('biaobao.role', '{Role.SYSTEM}', true);
UPDATE pools_forfeiture SET decide_by = objections_until + 30
"""


class Migration(migrations.Migration):
    dependencies = [("pools", "0014_forfeitures_lapse")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
