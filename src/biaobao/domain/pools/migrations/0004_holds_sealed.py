"""What is held of a membership tells for what its company bids: it shows to the company alone, a hold to others
from the opening on.
"""

from django.db import migrations

from biaobao.platform.db import is_opened, is_organisation, sealed

OWN = (
    "EXISTS (SELECT 1 FROM pools_membership m WHERE m.id = membership_id"
    f" AND {is_organisation('m.member_id')})"
)


class Migration(migrations.Migration):
    dependencies = [("pools", "0003_holds")]
    operations = [
        sealed("pools_reserve", OWN),
        sealed("pools_hold", is_organisation("bidder_id"), is_opened("lot_id")),
    ]
