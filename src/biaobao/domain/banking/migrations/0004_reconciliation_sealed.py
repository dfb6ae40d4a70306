"""Operators see what differs; sums that would count who paid show when no lot waits any more."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.domain.banking.types import Cause
from biaobao.platform.db import is_opened, no_lot_waits, sealed

IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
OF_SUCH_A_DAY = (
    "EXISTS (SELECT 1 FROM banking_reconciliation r WHERE r.id = reconciliation_id AND "
    + no_lot_waits("r.day")
    + ")"
)
# A file of more than a mebibyte tells of hundreds of entries: how many of them a lot has, it does not.
LARGE = f"CREATE POLICY large ON banking_inboundfile USING ({IS_OPERATOR} AND size > 1048576)"
# Operators count the sub-accounts of opened lots, whatever is in them.
OPENED = f"""
CREATE POLICY opened ON banking_subaccount USING ({IS_OPERATOR} AND {is_opened("lot_id")})
"""


class Migration(migrations.Migration):
    dependencies = [("banking", "0003_reconciliation"), ("tenders", "0006_suspension")]
    operations = [
        sealed("banking_reconciliation", IS_OPERATOR),
        sealed("banking_reconciledtotals", OF_SUCH_A_DAY),
        sealed(
            "banking_statementdifference",
            f"({IS_OPERATOR} AND cause <> '{Cause.NOTICE_MISSED}')",
            OF_SUCH_A_DAY,
        ),
        migrations.RunSQL(LARGE, "DROP POLICY large ON banking_inboundfile"),
        migrations.RunSQL(OPENED, "DROP POLICY opened ON banking_subaccount"),
    ]
