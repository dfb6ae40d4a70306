"""A forfeiture shows to its bidder, and to those who run or watch the opened lot; what is deducted also to the
member who bears it.
"""

from django.db import migrations

from biaobao.platform.db import append_only, is_opened, is_organisation, sealed

OF_SUCH_A_FORFEITURE = "EXISTS (SELECT 1 FROM pools_forfeiture f WHERE f.id = forfeiture_id)"
OWN = (
    "EXISTS (SELECT 1 FROM pools_membership m WHERE m.id = membership_id"
    f" AND {is_organisation('m.member_id')})"
)


class Migration(migrations.Migration):
    dependencies = [("pools", "0008_forfeitures")]
    operations = [
        append_only("pools_forfeiturepaper"),
        sealed("pools_forfeiture", is_organisation("bidder_id"), is_opened("lot_id")),
        sealed("pools_forfeiturepaper", OF_SUCH_A_FORFEITURE),
        sealed("pools_deduction", OWN, is_opened("lot_id")),
    ]
