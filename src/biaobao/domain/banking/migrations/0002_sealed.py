"""Accounts and entries show to their holder alone; what others may learn, upper contexts decide."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_organisation, sealed

MINE = (
    "EXISTS (SELECT 1 FROM banking_subaccount s WHERE s.id = sub_account_id AND "
    + is_organisation("s.holder_id")
    + ")"
)
OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
# Operators look after what could not be read or booked. How many files there are tells how many pay.
NOT_BOOKED = (
    f"({OPERATOR} AND (state IN ('SET_ASIDE', 'PARTLY_READ')"
    " OR (state = 'RECEIVED' AND lease_until IS NOT NULL)))"
)


class Migration(migrations.Migration):
    dependencies = [("banking", "0001_tables")]
    operations = [
        sealed("banking_subaccount", is_organisation("holder_id")),
        sealed("banking_inboundfile", NOT_BOOKED),
        sealed("banking_fileproblem", OPERATOR),
        sealed("banking_notice", MINE),
        sealed("banking_statement"),
    ]
