"""A contingency shows to those who run or watch the opened lot, and to the bidder whose letter it is."""

from django.db import migrations

from biaobao.platform.db import is_opened, is_organisation, sealed


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0019_contingencies"), ("tenders", "0007_lots_fail")]
    operations = [
        sealed("guarantees_contingency", is_organisation("bidder_id"), is_opened("lot_id")),
    ]
