"""A transfer moves both totals in the statement that writes it, and nothing else can move them."""

from django.db import migrations

from biaobao.platform.db import append_only, roomy, sealed

FORWARD = """
CREATE FUNCTION ledger_transfer_moves_totals() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NULL;
END $$;
CREATE TRIGGER moves_totals AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS booked
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_moves_totals();

CREATE FUNCTION ledger_account_moves_by_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger accounts move by transfers only'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- Inside the transfers' trigger the depth is 1. The condition spares a call for each row.
CREATE TRIGGER moves_by_transfer BEFORE UPDATE ON ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_account_moves_by_transfer();
CREATE FUNCTION ledger_account_opens_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger accounts open empty' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.debit_fen <> 0 OR NEW.credit_fen <> 0)
    EXECUTE FUNCTION ledger_account_opens_empty();
"""

BACKWARD = """
DROP TRIGGER opens_empty ON ledger_account;
DROP FUNCTION ledger_account_opens_empty();
DROP TRIGGER moves_by_transfer ON ledger_account;
DROP FUNCTION ledger_account_moves_by_transfer();
DROP TRIGGER moves_totals ON ledger_transfer;
DROP FUNCTION ledger_transfer_moves_totals();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_tables")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("ledger_transfer"),
        roomy("ledger_account"),
        # How many deposits have an account is as secret as the deposits.
        sealed("ledger_account"),
        sealed("ledger_transfer"),
    ]
