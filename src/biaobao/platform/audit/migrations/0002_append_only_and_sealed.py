"""Audit rows stay as written, and show to others only when what they tell of is opened."""

from django.db import migrations

from biaobao.platform.db import append_only, is_opened, is_organisation, sealed


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables"), ("tenders", "0001_tables")]
    operations = [
        append_only("audit_auditevent"),
        sealed("audit_auditevent", is_organisation("organisation_id"), is_opened("lot_id")),
    ]
