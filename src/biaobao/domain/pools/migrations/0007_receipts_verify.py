"""Every hold has its code; from the opening on it shows to whoever verifies a receipt, as letters do."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from biaobao.core.numbers import CODE_LENGTH, drawn
from biaobao.platform.db import is_opened, is_organisation, resealed

OWN = is_organisation("bidder_id")
IS_OPENED = (
    "EXISTS (SELECT 1 FROM tenders_lot WHERE tenders_lot.id = lot_id AND opened_at IS NOT NULL)"
)


def draw(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("SELECT set_config('biaobao.role', 'SYSTEM', true)")
    hold = apps.get_model("pools", "Hold")
    for row in hold.objects.filter(code=""):
        hold.objects.filter(pk=row.pk).update(code=drawn(CODE_LENGTH))


class Migration(migrations.Migration):
    dependencies = [("pools", "0006_receipts"), ("tenders", "0007_lots_fail")]
    operations = [
        migrations.RunPython(draw, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="pools_hold_has_a_code"
            ),
        ),
        resealed("pools_hold", [OWN, is_opened("lot_id")], [OWN, IS_OPENED]),
    ]
