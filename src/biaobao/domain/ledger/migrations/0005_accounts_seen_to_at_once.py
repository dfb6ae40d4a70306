"""That a transfer's accounts exist is seen to once for a statement, and not for each row of it."""

import django.db.models.deletion
from django.db import migrations, models

MOVES_TOTALS = """
CREATE OR REPLACE FUNCTION ledger_transfer_moves_totals() RETURNS trigger LANGUAGE plpgsql AS $$
{declared}
BEGIN
    -- Locked in one order, always, so that two bookings can never wait for each other.
    PERFORM 1 FROM ledger_account
     WHERE id IN (SELECT debit_id FROM booked UNION SELECT credit_id FROM booked)
     ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account
       SET debit_fen = ledger_account.debit_fen + moved.debit_fen,
           credit_fen = ledger_account.credit_fen + moved.credit_fen
      FROM (SELECT account_id, sum(debit_fen) AS debit_fen, sum(credit_fen) AS credit_fen
              FROM (SELECT debit_id AS account_id, fen AS debit_fen, 0 AS credit_fen FROM booked
                    UNION ALL
                    SELECT credit_id, 0, fen FROM booked) AS sides
             GROUP BY account_id) AS moved
     WHERE ledger_account.id = moved.account_id;
    {seen_to}
    RETURN NULL;
END $$;
"""
SEEN_TO = """
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found <> (SELECT count(*) FROM (SELECT debit_id FROM booked
                                       UNION SELECT credit_id FROM booked) AS named) THEN
        RAISE EXCEPTION 'a transfer names an account that is not there'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
"""
STAYS = """
CREATE FUNCTION ledger_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger accounts stay' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_account_stays();
"""
MAY_GO = """
DROP TRIGGER stays ON ledger_account;
DROP FUNCTION ledger_account_stays();
"""


def no_constraint(side: str) -> migrations.AlterField:
    """Return the migration that drops the foreign key of a transfer's side."""
    return migrations.AlterField(
        model_name="transfer",
        name=side,
        field=models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="ledger.account",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_no_indexes_for_patterns")]

    operations = [
        migrations.RunSQL(
            MOVES_TOTALS.format(declared="DECLARE found bigint;", seen_to=SEEN_TO),
            MOVES_TOTALS.format(declared="", seen_to=""),
        ),
        migrations.RunSQL(STAYS, MAY_GO),
        no_constraint("debit"),
        no_constraint("credit"),
    ]
