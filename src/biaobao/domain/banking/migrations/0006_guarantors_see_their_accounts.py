"""A guarantor sees the sub-accounts that are its own: where it funds claims."""

from django.db import migrations

from biaobao.platform.db import is_guarantor, is_organisation, resealed


class Migration(migrations.Migration):
    dependencies = [("banking", "0005_inbound_indexes")]
    operations = [
        resealed(
            "banking_subaccount",
            [is_organisation("holder_id")],
            [is_organisation("holder_id"), is_guarantor("holder_id")],
        ),
    ]
