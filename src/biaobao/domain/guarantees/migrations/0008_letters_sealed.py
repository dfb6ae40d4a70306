"""A letter shows to its holder alone; from the opening on, to everybody who has its number and code.

The queries ask for number and code. That there is a letter at all is no secret then.
"""

from django.db import migrations

from biaobao.platform.db import append_only, is_organisation, sealed

IS_OPENED = (
    "EXISTS (SELECT 1 FROM tenders_lot WHERE tenders_lot.id = lot_id AND opened_at IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0007_letters"), ("tenders", "0002_sealed")]
    operations = [
        sealed("guarantees_letter", is_organisation("bidder_id"), IS_OPENED),
        sealed("guarantees_letterversion", is_organisation("bidder_id"), IS_OPENED),
        append_only("guarantees_letterversion"),
    ]
