"""An extension is one kind of amendment: a version may be over another amount, too."""

import django.db.models.deletion
from django.db import migrations, models

# Before, every amendment kept the amount of its letter.
SAME_AMOUNT = """
SELECT set_config('biaobao.role', 'SYSTEM', true);
UPDATE guarantees_amendment a SET from_amount_fen = l.amount_fen, to_amount_fen = l.amount_fen
  FROM guarantees_letter l WHERE l.id = a.letter_id;
"""


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0023_extensions_sealed")]

    operations = [
        *(
            migrations.RemoveConstraint(model_name="extension", name=f"guarantees_extension_{name}")
            for name in ("is_one_at_a_time", "state_agrees_with_its_times", "holds_longer")
        ),
        migrations.RenameModel("Extension", "Amendment"),
        migrations.AlterField(
            model_name="amendment",
            name="letter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="amendments",
                to="guarantees.letter",
            ),
        ),
        migrations.AddField(
            model_name="amendment",
            name="from_amount_fen",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="amendment",
            name="to_amount_fen",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="amendment", name="announced_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="amendment", name="premium_fen", field=models.BigIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="amendment", name="counted_fen", field=models.BigIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="amendment", name="pay_due_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="exposure", name="more_fen", field=models.BigIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="premiumcredit",
            name="amendment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credits",
                to="guarantees.amendment",
            ),
        ),
        migrations.RunSQL(SAME_AMOUNT, migrations.RunSQL.noop),
    ]
