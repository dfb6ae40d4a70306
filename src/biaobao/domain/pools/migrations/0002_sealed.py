"""Terms are only added to. A membership shows to its company and to those who keep or watch schemes."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import append_only, is_organisation, sealed

KEEPS = f"current_setting('biaobao.role', true) IN ('{Role.OPERATOR}', '{Role.SUPERVISOR}')"
OF_SUCH_A_MEMBER = "EXISTS (SELECT 1 FROM pools_membership m WHERE m.id = membership_id)"


class Migration(migrations.Migration):
    dependencies = [("pools", "0001_tables")]
    operations = [
        append_only("pools_schemeterms"),
        append_only("pools_tier"),
        sealed("pools_membership", is_organisation("member_id"), KEEPS),
        sealed("pools_poolcredit", OF_SUCH_A_MEMBER),
        sealed("pools_poolrefund", OF_SUCH_A_MEMBER),
    ]
