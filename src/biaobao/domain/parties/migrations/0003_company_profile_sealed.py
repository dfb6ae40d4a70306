"""What a bidder tells of itself shows to its own people only."""

from django.db import migrations

from biaobao.platform.db import is_organisation, sealed


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_company_profile")]
    operations = [
        sealed("parties_companyprofile", is_organisation("organisation_id")),
        sealed("parties_handler", is_organisation("organisation_id")),
        sealed("parties_scan", is_organisation("organisation_id")),
    ]
