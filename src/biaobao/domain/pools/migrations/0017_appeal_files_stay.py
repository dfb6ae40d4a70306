"""Documents of appeals are added and never changed."""

from django.db import migrations

from biaobao.platform.db import append_only


class Migration(migrations.Migration):
    dependencies = [("pools", "0016_decided_in_time")]
    operations = [append_only("pools_appealfile")]
