"""A document of a former system is what it stated, beside what its lines make; and it is as frozen as ours.

As in 0002, the functions live in each studio's own schema.
"""

from django.db import migrations

# At the end of the transaction: lines and VAT, with the differences that are noted, are the sums it stated, and so is
# its posting; one that was cancelled has none. What is credited of it is what its credit notes come to.
STATED = """
CREATE OR REPLACE FUNCTION invoices_stated_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    sign integer := CASE NEW.kind WHEN 'credit_note' THEN -1 ELSE 1 END;
    agrees boolean;
BEGIN
    EXECUTE format(
        'WITH lines AS (
            SELECT coalesce(sum(i.net), 0) AS net,
                coalesce(bool_and((i.vat_category, i.vat_percent) = (r.category, r.rate)), true) AS is_rated
            FROM %1$I.invoice_items i JOIN %1$I.vat_rates r ON r.id = i.vat_rate_id WHERE i.invoice_id = $1.id),
        taxed AS (
            SELECT coalesce(sum(base), 0) AS base, coalesce(sum(tax), 0) AS tax
            FROM %1$I.invoice_taxes WHERE invoice_id = $1.id),
        posted AS (
            SELECT count(*) AS entries,
                coalesce(sum(debit - credit) FILTER (WHERE ledger_account = ''receivables''), 0) AS owed,
                coalesce(sum(debit - credit) FILTER (WHERE ledger_account = ''vat''), 0) AS vat
            FROM %1$I.ledger_transactions t JOIN %1$I.ledger_entries e ON e.transaction_id = t.id
            WHERE t.invoice_id = $1.id AND t.kind IN (''issue'', ''credit'')),
        credited AS (
            SELECT bool_and(o.credited_total = (
                SELECT coalesce(sum(payable), 0) FROM %1$I.invoices n
                WHERE n.refers_to_id = o.id AND n.kind = ''credit_note'' AND n.status NOT IN (''draft'', ''cancelled'')
            )) AS agrees FROM %1$I.invoices o WHERE o.id IN ($1.id, $1.refers_to_id))
        SELECT lines.is_rated AND lines.net + $1.net_difference = $1.subtotal AND taxed.base = $1.subtotal
            AND taxed.tax = $1.tax_amount AND ($1.rounding, $1.deducted_total) = (0, 0) AND credited.agrees
            AND CASE WHEN $1.status = ''cancelled'' THEN posted.entries = 0
                ELSE posted.owed = $2 * $1.payable AND posted.vat = -$2 * $1.tax_amount END
         FROM lines, taxed, posted, credited', TG_TABLE_SCHEMA) INTO agrees USING NEW, sign;
    IF agrees IS NOT TRUE THEN
        RAISE EXCEPTION 'Document % of a former system is not what it stated.', NEW.invoice_number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER invoices_whole_as_stated AFTER INSERT OR UPDATE OF status, credited_total ON invoices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.former_series <> '' AND NEW.status <> 'draft')
    EXECUTE FUNCTION invoices_stated_guard();
"""

STATED_BACK = """
DROP TRIGGER invoices_whole_as_stated ON invoices;
DROP FUNCTION invoices_stated_guard();
"""

# The lines of a former system's quote stay as they are, too, once it is no draft.
ITEMS = """
CREATE OR REPLACE FUNCTION quote_items_former_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    item jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    is_kept boolean;
BEGIN
    EXECUTE format('SELECT status <> ''draft'' AND former_series <> '''' FROM %I.quotes WHERE id = $1 FOR SHARE',
        TG_TABLE_SCHEMA) INTO is_kept USING (item ->> 'quote_id')::bigint;
    IF is_kept AND (TG_OP <> 'UPDATE' OR item - TG_ARGV <> to_jsonb(OLD) - TG_ARGV) THEN
        RAISE EXCEPTION 'The lines of quote % are of a former system: they stay as they are.', item ->> 'quote_id'
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$;

CREATE TRIGGER quote_items_kept_if_former BEFORE INSERT OR UPDATE OR DELETE ON quote_items
    FOR EACH ROW EXECUTE FUNCTION quote_items_former_guard('service_id', 'session_id', 'updated_at');
"""

ITEMS_BACK = """
DROP TRIGGER quote_items_kept_if_former ON quote_items;
DROP FUNCTION quote_items_former_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0020_former_documents")]

    operations = [
        # What a former system stated is kept, and known to differ.
        migrations.RunSQL(STATED, STATED_BACK),
        # Quotes of a former system are as frozen as ours.
        migrations.RunSQL(ITEMS, ITEMS_BACK),
    ]
