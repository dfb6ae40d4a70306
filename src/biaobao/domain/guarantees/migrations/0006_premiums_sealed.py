"""Money for premiums shows to the bidder alone: whoever asked for a letter and got none stays unknown."""

from django.db import migrations

from biaobao.platform.db import is_organisation, sealed


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0005_premiums")]
    operations = [
        sealed("guarantees_premiumcredit", is_organisation("bidder_id")),
        sealed("guarantees_premiumrefund", is_organisation("bidder_id")),
    ]
