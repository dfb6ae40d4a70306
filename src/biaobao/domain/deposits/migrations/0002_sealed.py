"""Deposits and their credits show to the bidder alone until the opening."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_opened, is_organisation, sealed

# Money that fits no lot betrays none; operators must be able to see it.
UNPLACED = f"(lot_id IS NULL AND current_setting('biaobao.role', true) = '{Role.OPERATOR}')"


class Migration(migrations.Migration):
    dependencies = [("deposits", "0001_tables"), ("tenders", "0002_sealed")]
    operations = [
        sealed("deposits_deposit", is_organisation("bidder_id"), is_opened("lot_id")),
        sealed("deposits_credit", is_organisation("bidder_id"), is_opened("lot_id"), UNPLACED),
    ]
