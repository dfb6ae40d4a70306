"""Rates are only added to. Interest shows to whose money it was, and at the opening to who sees the refund."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import append_only, is_opened, is_organisation, sealed

IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
# That of pooled deposits tells of no lot.
WITHOUT_A_LOT = f"(lot_id IS NULL AND {IS_OPERATOR})"
# The account that banks are to pay interest to is no bidder's.
OF_FUNDS = f"""
CREATE POLICY of_funds ON banking_subaccount USING (purpose = 'interest' AND {IS_OPERATOR})
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interest", "0001_tables"),
        ("banking", "0002_sealed"),
        ("tenders", "0002_sealed"),
    ]
    operations = [
        append_only("interest_interestrate"),
        sealed("interest_fund", IS_OPERATOR),
        sealed("interest_fundcredit", IS_OPERATOR),
        sealed(
            "interest_interest", is_organisation("holder_id"), is_opened("lot_id"), WITHOUT_A_LOT
        ),
        migrations.RunSQL(OF_FUNDS, "DROP POLICY of_funds ON banking_subaccount"),
    ]
