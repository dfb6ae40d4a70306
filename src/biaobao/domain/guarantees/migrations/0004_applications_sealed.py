"""Applications show to the bidder alone; at the opening those that led to a letter show to the others."""

from django.db import migrations

from biaobao.platform.db import is_opened, is_organisation, sealed

ISSUED = f"(state = 'ISSUED' AND {is_opened('lot_id')})"


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0003_applications"), ("tenders", "0002_sealed")]
    operations = [
        sealed("guarantees_application", is_organisation("bidder_id"), ISSUED),
        # Numbers of people, and why somebody was declined: nobody else's business, ever.
        sealed("guarantees_particulars", is_organisation("bidder_id")),
        sealed("guarantees_verdict", is_organisation("bidder_id")),
        sealed("guarantees_exposure"),
    ]
