"""A guarantor sees what it takes on, and its applications while its people decide, and after the opening.

Between the two an application is the bidder's alone: the guarantor knows how much it took on, and for whom.
"""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_guarantor, is_opened, is_organisation, resealed

IS_OWN = (
    f"(current_setting('biaobao.role', true) = '{Role.GUARANTOR}' AND EXISTS (SELECT 1 FROM"
    " guarantees_product p WHERE p.id = product_id AND p.guarantor_id::text"
    " = current_setting('biaobao.organisation', true)) AND (state = 'UNDERWRITING' OR EXISTS"
    " (SELECT 1 FROM tenders_lot t WHERE t.id = lot_id AND t.opened_at IS NOT NULL)))"
)
TO_DECIDE = (
    f"(current_setting('biaobao.role', true) = '{Role.GUARANTOR}' AND EXISTS (SELECT 1 FROM"
    " guarantees_application a WHERE a.id = application_id AND a.state = 'UNDERWRITING'))"
)
ISSUED = f"(state = 'ISSUED' AND {is_opened('lot_id')})"
BIDDER = is_organisation("bidder_id")
OF_NO_LOT = f"({is_guarantor('guarantor_id')} AND lot_id IS NULL)"


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0020_contingencies_sealed")]
    operations = [
        resealed("guarantees_application", [BIDDER, ISSUED], [BIDDER, ISSUED, IS_OWN]),
        resealed("guarantees_particulars", [BIDDER], [BIDDER, TO_DECIDE]),
        resealed("guarantees_verdict", [BIDDER], [BIDDER, TO_DECIDE]),
        resealed("guarantees_exposure", [], [is_guarantor("guarantor_id")]),
        resealed("guarantees_limit", [], [OF_NO_LOT]),
    ]
