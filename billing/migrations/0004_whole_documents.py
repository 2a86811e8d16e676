"""An issued document is what its lines, its VAT and its posting say, whoever writes; what is let go was credited.

As in 0002, the functions live in each studio's own schema.
"""

from django.db import migrations

# At the end of the transaction that issues it.
WHOLE = """
CREATE OR REPLACE FUNCTION invoices_whole_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    sign integer := CASE NEW.kind WHEN 'credit_note' THEN -1 ELSE 1 END;
    agrees boolean;
BEGIN
    EXECUTE format(
        'WITH lines AS (
            SELECT sum(i.net) AS net, sum(i.amount) AS amount,
                bool_and((i.vat_category, i.vat_percent) = (r.category, r.rate)) AS is_rated
            FROM %1$I.invoice_items i JOIN %1$I.vat_rates r ON r.id = i.vat_rate_id WHERE i.invoice_id = $1.id),
        taxed AS (
            SELECT sum(amount) AS amount, sum(base) AS base, sum(tax) AS tax
            FROM %1$I.invoice_taxes WHERE invoice_id = $1.id),
        taken AS (
            SELECT coalesce(sum(base + tax), 0) AS whole, coalesce(sum(tax), 0) AS tax
            FROM %1$I.invoice_deductions WHERE invoice_id = $1.id),
        posted AS (
            SELECT coalesce(sum(debit - credit) FILTER (WHERE ledger_account = ''receivables''), 0) AS owed,
                coalesce(sum(debit - credit) FILTER (WHERE ledger_account = ''vat''), 0) AS vat
            FROM %1$I.ledger_transactions t JOIN %1$I.ledger_entries e ON e.transaction_id = t.id
            WHERE t.invoice_id = $1.id AND t.kind IN (''issue'', ''credit'')),
        numbered AS (
            SELECT replace(regexp_replace(pattern, ''[{]number(:0[1-9])?[}]'', lpad($1.number::text, greatest(
                coalesce(substring(pattern FROM ''[{]number:0([1-9])[}]''), ''1'')::int, length($1.number::text)),
                ''0'')), ''{year}'', year::text) AS printed
            FROM %1$I.number_series WHERE id = $1.series_id)
        SELECT lines.is_rated AND lines.net = $1.subtotal AND lines.amount = taxed.amount
            AND taxed.base = $1.subtotal AND taxed.tax = $1.tax_amount AND taken.whole = $1.deducted_total
            AND $1.rounding = CASE $1.price_mode WHEN ''net'' THEN 0 ELSE taxed.amount - taxed.base - taxed.tax END
            AND posted.owed = $2 * $1.payable AND posted.vat = $2 * (taken.tax - $1.tax_amount)
            AND numbered.printed = $1.invoice_number
         FROM lines, taxed, taken, posted, numbered', TG_TABLE_SCHEMA) INTO agrees USING NEW, sign;
    IF agrees IS NOT TRUE THEN
        RAISE EXCEPTION 'Document % is not what its lines and its posting say.', NEW.invoice_number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER invoices_whole AFTER UPDATE OF status ON invoices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status = 'draft' AND NEW.status <> 'draft' AND NEW.former_series = '')
    EXECUTE FUNCTION invoices_whole_guard();
"""

WHOLE_BACK = """
DROP TRIGGER invoices_whole ON invoices;
DROP FUNCTION invoices_whole_guard();
"""

# At the end of the transaction: what a line charged for, and a deposit that was taken off, is let go by a credit note.
RELEASED = """
CREATE OR REPLACE FUNCTION invoice_parts_released_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_credited boolean;
BEGIN
    IF TG_TABLE_NAME = 'invoice_sources' THEN
        EXECUTE format(
            'SELECT (SELECT sum(c.amount) FROM %1$I.invoice_items c JOIN %1$I.invoices n ON n.id = c.invoice_id
                WHERE c.credits_item_id = i.id AND n.status <> ''draft'') = i.amount
             FROM %1$I.invoice_items i WHERE i.id = $1.item_id', TG_TABLE_SCHEMA) INTO is_credited USING NEW;
    ELSE
        EXECUTE format(
            'SELECT i.kind = ''credit_note'' OR EXISTS (SELECT FROM %1$I.invoices n
                JOIN %1$I.invoice_deductions d ON d.invoice_id = n.id
                WHERE n.refers_to_id = i.id AND n.kind = ''credit_note'' AND n.status <> ''draft''
                AND (d.deposit_id, d.category, d.rate, d.base, d.tax)
                    = ($1.deposit_id, $1.category, $1.rate, $1.base, $1.tax))
             FROM %1$I.invoices i WHERE i.id = $1.invoice_id', TG_TABLE_SCHEMA) INTO is_credited USING NEW;
    END IF;
    IF is_credited IS NOT TRUE THEN
        RAISE EXCEPTION 'Row % of % is let go, but nothing credits it.', NEW.id, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER invoice_sources_released AFTER INSERT OR UPDATE OF released_at ON invoice_sources
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.released_at IS NOT NULL)
    EXECUTE FUNCTION invoice_parts_released_guard();
CREATE CONSTRAINT TRIGGER invoice_deductions_released AFTER INSERT OR UPDATE OF released_at ON invoice_deductions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.released_at IS NOT NULL)
    EXECUTE FUNCTION invoice_parts_released_guard();
"""

RELEASED_BACK = """
DROP TRIGGER invoice_deductions_released ON invoice_deductions;
DROP TRIGGER invoice_sources_released ON invoice_sources;
DROP FUNCTION invoice_parts_released_guard();
"""

# At the end of the transaction: a merge moves documents, payments and postings of a client together.
ONE_CLIENT = """
CREATE OR REPLACE FUNCTION billing_one_client_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    document bigint := CASE TG_TABLE_NAME WHEN 'invoices' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'invoice_id')::bigint END;
    spent bigint := CASE TG_TABLE_NAME WHEN 'payments' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'payment_id')::bigint END;
    is_torn boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$I.allocations a JOIN %1$I.invoices i ON i.id = a.invoice_id
                JOIN %1$I.payments p ON p.id = a.payment_id
                WHERE (i.id = $1 OR p.id = $2) AND i.client_id <> p.client_id)
            OR EXISTS (SELECT FROM %1$I.ledger_transactions t JOIN %1$I.invoices i ON i.id = t.invoice_id
                WHERE i.id = $1 AND t.client_id <> i.client_id)
            OR EXISTS (SELECT FROM %1$I.ledger_transactions t JOIN %1$I.payments p ON p.id = t.payment_id
                WHERE p.id = $2 AND t.client_id <> p.client_id)
            OR EXISTS (SELECT FROM %1$I.invoices n JOIN %1$I.invoices o ON o.id = n.refers_to_id
                WHERE $1 IN (n.id, o.id) AND n.client_id <> o.client_id)
            OR EXISTS (SELECT FROM %1$I.payments b JOIN %1$I.payments p ON p.id = b.origin_id
                WHERE $2 IN (b.id, p.id) AND b.client_id <> p.client_id)', TG_TABLE_SCHEMA)
        INTO is_torn USING document, spent;
    IF is_torn THEN
        RAISE EXCEPTION 'Row % of % leaves its client alone.', NEW.id, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER invoices_one_client AFTER UPDATE OF client_id ON invoices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_one_client_guard();
CREATE CONSTRAINT TRIGGER payments_one_client AFTER UPDATE OF client_id ON payments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_one_client_guard();
CREATE CONSTRAINT TRIGGER ledger_transactions_one_client AFTER UPDATE OF client_id ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_one_client_guard();
"""

ONE_CLIENT_BACK = """
DROP TRIGGER ledger_transactions_one_client ON ledger_transactions;
DROP TRIGGER payments_one_client ON payments;
DROP TRIGGER invoices_one_client ON invoices;
DROP FUNCTION billing_one_client_guard();
"""

# Nothing is added to a posting of an earlier transaction.
TOGETHER = """
CREATE OR REPLACE FUNCTION ledger_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_past boolean;
BEGIN
    EXECUTE format('SELECT created_at < transaction_timestamp() FROM %I.ledger_transactions WHERE id = $1',
        TG_TABLE_SCHEMA) INTO is_past USING NEW.transaction_id;
    IF is_past THEN
        RAISE EXCEPTION 'Posting % is written: nothing is added to it.', NEW.transaction_id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER ledger_entries_with_their_posting BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entries_guard();
"""

TOGETHER_BACK = """
DROP TRIGGER ledger_entries_with_their_posting ON ledger_entries;
DROP FUNCTION ledger_entries_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_money_guards")]

    operations = [
        migrations.RunSQL(WHOLE, WHOLE_BACK),
        migrations.RunSQL(RELEASED, RELEASED_BACK),
        migrations.RunSQL(ONE_CLIENT, ONE_CLIENT_BACK),
        migrations.RunSQL(TOGETHER, TOGETHER_BACK),
    ]
