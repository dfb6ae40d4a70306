"""Who must secure what, and whether it is secured, shows to the bidder alone until the opening."""

from django.db import migrations

from biaobao.platform.db import is_opened, is_organisation, roomy, sealed


class Migration(migrations.Migration):
    dependencies = [("securities", "0001_tables"), ("tenders", "0002_sealed")]
    operations = [
        roomy("securities_security"),
        sealed("securities_security", is_organisation("bidder_id"), is_opened("lot_id")),
    ]
