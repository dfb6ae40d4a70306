"""Who bears a forfeiture stays with the house, as it was when it was proposed."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import append_only, sealed

# Forfeitures that were proposed already are borne by whoever would have borne them today. Sealed tables show
# their rows to the house alone.
FILL = f"""
SELECT set_config('biaobao.role', '{Role.SYSTEM}', true);
INSERT INTO pools_bearing (id, forfeiture_id, membership_id, contribution_fen)
SELECT gen_random_uuid(), f.id, m.id, t.contribution_fen
  FROM pools_forfeiture f
  JOIN pools_hold h ON h.id = f.hold_id
  JOIN pools_membership own ON own.id = h.membership_id
  JOIN pools_scheme s ON s.id = own.scheme_id
  JOIN pools_membership m ON m.scheme_id = s.id
  JOIN pools_tier t ON t.id = m.tier_id
 WHERE m.id = own.id
    OR EXISTS (SELECT 1 FROM pools_deduction d WHERE d.forfeiture_id = f.id AND d.membership_id = m.id)
    OR (f.state = 'PROPOSED' AND s.coverage = 'MUTUAL' AND m.consented_at IS NOT NULL
        AND m.state IN ('ACTIVE', 'DEFICIT', 'EXIT_REQUESTED'))
"""


class Migration(migrations.Migration):
    dependencies = [("pools", "0018_bearers")]
    operations = [
        sealed("pools_bearing"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        append_only("pools_bearing"),
    ]
