"""Claims show to those whom they concern: beneficiary, guarantor, bidder, and who runs or watches the opened lot."""

from django.db import migrations

from biaobao.platform.db import append_only, is_guarantor, is_opened, is_organisation, sealed

OF_SUCH_A_CLAIM = "EXISTS (SELECT 1 FROM claims_claim c WHERE c.id = claim_id)"


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_tables"), ("tenders", "0007_lots_fail")]
    operations = [
        append_only("claims_claimfile"),
        append_only("claims_receipt"),
        sealed(
            "claims_claim",
            is_organisation("bidder_id"),
            is_guarantor("guarantor_id"),
            is_opened("lot_id"),
        ),
        sealed("claims_claimfile", OF_SUCH_A_CLAIM),
        sealed("claims_stay", OF_SUCH_A_CLAIM),
        sealed("claims_receipt", OF_SUCH_A_CLAIM),
        sealed("claims_claimcredit"),
    ]
