"""An appeal shows to its company, and to operators, who decide on it."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_organisation, sealed

IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"
OF_SUCH_AN_APPEAL = "EXISTS (SELECT 1 FROM pools_appeal a WHERE a.id = appeal_id)"


class Migration(migrations.Migration):
    dependencies = [("pools", "0010_appeals")]
    operations = [
        sealed("pools_appeal", is_organisation("bidder_id"), IS_OPERATOR),
        sealed("pools_appealfile", OF_SUCH_AN_APPEAL),
    ]
