"""Accounts and entries show to their holder alone; what others may learn, upper contexts decide."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_organisation, sealed

MINE = (
    "EXISTS (SELECT 1 FROM banking_subaccount s WHERE s.id = sub_account_id AND "
    + is_organisation("s.holder_id")
    + ")"
)
# How many files came is how many payments came: operators see those that need them, no others.
NEEDS_CARE = (
    f"(current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
    " AND (state IN ('SET_ASIDE', 'PARTLY_READ')"
    " OR (state = 'RECEIVED' AND lease_until < now())))"
)
OF_SUCH_A_FILE = "EXISTS (SELECT 1 FROM banking_inboundfile f WHERE f.id = file_id)"


# Money that left without an order of ours must be seen; of whose account it left is not said.
UNEXPLAINED = (
    f"(current_setting('biaobao.role', true) = '{Role.OPERATOR}' AND state = 'WAITING'"
    " AND (kind = 'DEBIT' OR sub_account_id IS NULL))"
)


class Migration(migrations.Migration):
    dependencies = [("banking", "0001_tables")]
    operations = [
        sealed("banking_subaccount", is_organisation("holder_id")),
        sealed("banking_notice", MINE, UNEXPLAINED),
        sealed("banking_statement"),
        sealed("banking_inboundfile", NEEDS_CARE),
        sealed("banking_filepart"),
        sealed("banking_fileproblem", OF_SUCH_A_FILE),
    ]
