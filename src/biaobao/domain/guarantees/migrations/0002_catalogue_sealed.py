"""Prices are only added to; what is taken of a limit shows to nobody, for it tells how many bid."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import append_only, sealed

IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0001_catalogue")]
    operations = [
        append_only("guarantees_pricerule"),
        append_only("guarantees_pricetier"),
        sealed("guarantees_limit"),
        sealed("guarantees_suspension", IS_OPERATOR),
    ]
