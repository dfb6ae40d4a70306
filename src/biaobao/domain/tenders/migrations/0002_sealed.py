"""Who registered, and how many, shows to the bidder alone until the opening."""

from django.db import migrations

from biaobao.platform.db import is_opened, is_organisation, sealed


class Migration(migrations.Migration):
    dependencies = [("tenders", "0001_tables")]
    operations = [
        sealed("tenders_registration", is_organisation("bidder_id"), is_opened("lot_id")),
    ]
