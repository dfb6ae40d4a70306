"""A file from a bank is stored, claimed and closed with less work."""

import django.db.models.deletion
from django.db import migrations, models

from biaobao.platform.db import roomy

# Packing a single notice costs as much as all the rest of storing it. Unpacked it lies beside its row, which
# is then small enough to change in place when it is claimed. Later parts of large files are packed as before.
UNPACKED = "ALTER TABLE banking_inboundfile ALTER COLUMN content SET STORAGE EXTERNAL"
PACKED = "ALTER TABLE banking_inboundfile ALTER COLUMN content SET STORAGE EXTENDED"


class Migration(migrations.Migration):
    dependencies = [("banking", "0004_reconciliation_sealed")]
    operations = [
        migrations.AlterField(
            model_name="inboundfile",
            name="bank",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="banking.bank",
            ),
        ),
        migrations.RunSQL(UNPACKED, PACKED),
        roomy("banking_inboundfile"),
    ]
