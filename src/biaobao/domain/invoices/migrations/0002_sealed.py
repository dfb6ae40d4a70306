"""Invoices show to their buyer and their seller, say for ever what was applied for, and live with their lines.

An order is in one live invoice: a line's own word of being live is a foreign key to its invoice's, which
follows from the state, and live lines are unique by their order.
"""

from datetime import UTC, date, datetime

from django.db import migrations

from biaobao.platform.db import append_only, is_guarantor, is_organisation, sealed

OF_SUCH_AN_INVOICE = "EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.id = invoice_id)"
APPLIED_FOR = (
    *("number", "buyer_id", "title", "tax_number"),
    *("seller_id", "seller_name", "seller_uscc", "seller_address", "seller_phone"),
    *("kind", "bank_name", "account", "address", "phone", "email"),
    *("total_fen", "tax_fen", "rate_ppm", "applied_at", "applied_by_id"),
)
OF_A_LINE = ("invoice_id", "order_key", "order_number", "description", "amount_fen")


def frozen(table, columns):
    """Return the migration after which these columns of a row never change, and no row goes."""
    before, after = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} says what was applied for' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER frozen BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (ROW({before}) IS DISTINCT FROM ROW({after})) EXECUTE FUNCTION {table}_is_frozen();
        CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_frozen();
        """,
        f"DROP TRIGGER stays ON {table}; DROP TRIGGER frozen ON {table}; DROP FUNCTION {table}_is_frozen();",
    )


def add_rate(apps, schema_editor):  # noqa: ARG001 - Django calls it with both
    # What the house reckons with until an operator adds another: a setting, not a reading of the law.
    apps.get_model("invoices", "TaxRate").objects.create(
        valid_from=date(2016, 5, 1),
        rate_ppm=60_000,
        note="平台参数：担保、保险服务按 6 % 计税，以开票方的税务登记为准",
        added_at=datetime(2026, 11, 26, tzinfo=UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_tables")]
    operations = [
        sealed("invoices_invoice", is_organisation("buyer_id"), is_guarantor("seller_id")),
        sealed("invoices_invoiceline", OF_SUCH_AN_INVOICE),
        sealed("invoices_invoicefile", OF_SUCH_AN_INVOICE),
        append_only("invoices_invoicefile"),
        append_only("invoices_taxrate"),
        frozen("invoices_invoice", APPLIED_FOR),
        frozen("invoices_invoiceline", OF_A_LINE),
        migrations.RunSQL(
            "ALTER TABLE invoices_invoiceline ADD CONSTRAINT invoices_invoiceline_lives_with_its_invoice"
            " FOREIGN KEY (invoice_id, is_live) REFERENCES invoices_invoice (id, is_live)"
            " ON UPDATE CASCADE",
            "ALTER TABLE invoices_invoiceline DROP CONSTRAINT invoices_invoiceline_lives_with_its_invoice",
        ),
        migrations.RunPython(add_rate, migrations.RunPython.noop),
    ]
