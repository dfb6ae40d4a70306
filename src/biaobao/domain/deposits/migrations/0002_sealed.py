"""Deposits, their credits and refunds show to the bidder alone until the opening."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_opened, is_organisation, roomy, sealed

# Money that fits no lot betrays none; operators must be able to see it.
UNPLACED = f"(lot_id IS NULL AND current_setting('biaobao.role', true) = '{Role.OPERATOR}')"
IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
# A sub-account that all bidders of a lot pay to shows to each of them.
SHARED = f"""
CREATE POLICY shared ON banking_subaccount USING (EXISTS (
    SELECT 1 FROM deposits_deposit
     WHERE sub_account_id = banking_subaccount.id AND {is_organisation("bidder_id")}))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("deposits", "0001_tables"),
        ("banking", "0002_sealed"),
        ("tenders", "0002_sealed"),
    ]
    operations = [
        roomy("deposits_deposit"),
        sealed("deposits_deposit", is_organisation("bidder_id"), is_opened("lot_id")),
        sealed("deposits_credit", is_organisation("bidder_id"), is_opened("lot_id"), UNPLACED),
        sealed("deposits_refund", is_organisation("bidder_id"), is_opened("lot_id"), UNPLACED),
        # These name no lot: operators must see them to decide on them.
        sealed("deposits_payeechange", is_organisation("bidder_id"), IS_OPERATOR),
        sealed("deposits_claim", is_organisation("bidder_id"), IS_OPERATOR),
        sealed("deposits_claimtarget", is_organisation("bidder_id"), is_opened("lot_id")),
        sealed("banking_paymentorder", is_organisation("holder_id"), is_opened("lot_id"), UNPLACED),
        migrations.RunSQL(SHARED, "DROP POLICY shared ON banking_subaccount"),
    ]
