"""Accounts and entries show to their holder alone; what others may learn, upper contexts decide."""

from django.db import migrations

from biaobao.platform.db import is_organisation, sealed

MINE = (
    "EXISTS (SELECT 1 FROM banking_subaccount s WHERE s.id = sub_account_id AND "
    + is_organisation("s.holder_id")
    + ")"
)


class Migration(migrations.Migration):
    dependencies = [("banking", "0001_tables")]
    operations = [
        sealed("banking_subaccount", is_organisation("holder_id")),
        sealed("banking_notice", MINE),
        sealed("banking_statement"),
    ]
