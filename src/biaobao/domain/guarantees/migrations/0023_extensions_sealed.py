"""An extension shows to its bidder alone; from the opening on, to everybody who verifies a code."""

from django.db import migrations

from biaobao.platform.db import is_organisation, sealed

IS_OPENED = (
    "EXISTS (SELECT 1 FROM tenders_lot WHERE tenders_lot.id = lot_id AND opened_at IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0022_extensions"), ("tenders", "0007_lots_fail")]
    operations = [sealed("guarantees_extension", is_organisation("bidder_id"), IS_OPENED)]
