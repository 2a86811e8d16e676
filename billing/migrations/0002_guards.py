"""What is issued stays as it is, and numbers follow each other, whoever writes.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# A rate that a line names is part of the past.
RATES = """
CREATE OR REPLACE FUNCTION vat_rates_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_used boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.invoice_items WHERE vat_rate_id = $1)', TG_TABLE_SCHEMA)
        INTO is_used USING OLD.id;
    IF is_used AND (NEW.rate, NEW.category) IS DISTINCT FROM (OLD.rate, OLD.category) THEN
        RAISE EXCEPTION 'VAT rate % is used.', OLD.id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER vat_rates_frozen_once_used BEFORE UPDATE OF rate, category ON vat_rates
    FOR EACH ROW EXECUTE FUNCTION vat_rates_guard();
"""

RATES_BACK = """
DROP TRIGGER vat_rates_frozen_once_used ON vat_rates;
DROP FUNCTION vat_rates_guard();
"""

# One number after the other: a counter moves by one, and never stands still while its kind and year change.
SERIES = """
CREATE OR REPLACE FUNCTION number_series_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.next_number = 1 THEN
            RETURN OLD;
        END IF;
    ELSIF (NEW.id, NEW.kind, NEW.year, NEW.is_test) = (OLD.id, OLD.kind, OLD.year, OLD.is_test)
        AND (NEW.next_number = OLD.next_number + 1 OR (NEW.next_number, NEW.last_hash, NEW.last_issued_at)
            IS NOT DISTINCT FROM (OLD.next_number, OLD.last_hash, OLD.last_issued_at))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Numbers follow each other.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER number_series_step_by_step BEFORE UPDATE OR DELETE ON number_series
    FOR EACH ROW EXECUTE FUNCTION number_series_guard();
"""

SERIES_BACK = """
DROP TRIGGER number_series_step_by_step ON number_series;
DROP FUNCTION number_series_guard();
"""

# At the end of the transaction: the number that a series of documents gave has its document.
GIVEN = """
CREATE OR REPLACE FUNCTION number_series_given_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$I.invoices WHERE series_id = $1 AND number = $2 - 1 AND content_hash = $3)',
        TG_TABLE_SCHEMA) INTO is_there USING NEW.id, NEW.next_number, NEW.last_hash;
    IF NOT is_there THEN
        RAISE EXCEPTION 'Number % of series % was given to no document.', NEW.next_number - 1, NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'number_series_given_to_documents';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER number_series_given AFTER UPDATE OF next_number ON number_series
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind IN ('invoice', 'credit_note'))
    EXECUTE FUNCTION number_series_given_guard();
"""

GIVEN_BACK = """
DROP TRIGGER number_series_given ON number_series;
DROP FUNCTION number_series_given_guard();
"""

# Documents begin as drafts, but for those of a former system. The columns named to the trigger may change after the
# issue: what is paid, sent and stored. A stored PDF stays. A key that the database empties because what it pointed to
# is deleted passes, as do clients that are merged: what was printed of both is in the snapshot. At the issue the number
# is the one that the series has just given, its chain goes on, no rate of VAT is below zero, and what it refers to and
# takes off is of the same client, currency and mode.
FROZEN = """
CREATE OR REPLACE FUNCTION invoices_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    given bigint;
    chained text;
    is_wrong boolean;
    old_row jsonb;
    new_row jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' OR NEW.former_series <> '' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'A document begins as a draft.'
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    old_row := to_jsonb(OLD) - TG_ARGV;
    IF TG_OP = 'UPDATE' AND (NEW.is_test, NEW.former_series) IS DISTINCT FROM (OLD.is_test, OLD.former_series) THEN
        RAISE EXCEPTION 'Document % is of the test mode or a former system for good, or is not.', NEW.id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    IF OLD.status = 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.status <> 'draft' AND NEW.series_id IS NOT NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I.invoice_taxes WHERE invoice_id = $1 AND least(base, tax) < 0)',
                TG_TABLE_SCHEMA) INTO is_wrong USING NEW.id;
            IF is_wrong THEN
                RAISE EXCEPTION 'Document % takes off more than it charges.', NEW.id
                    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoice_taxes',
                        CONSTRAINT = 'invoice_taxes_not_negative';
            END IF;
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM %1$I.invoices o WHERE o.id = $1.refers_to_id AND (o.status = ''draft''
                    OR o.kind = ''credit_note''
                    OR (o.client_id, o.currency, o.is_test) <> ($1.client_id, $1.currency, $1.is_test)))
                OR EXISTS (SELECT FROM %1$I.invoice_deductions d JOIN %1$I.invoices o ON o.id = d.deposit_id
                    WHERE d.invoice_id = $1.id AND (o.status = ''draft'' OR o.kind <> ''deposit_invoice''
                        OR (d.released_at IS NULL) <> ($1.kind <> ''credit_note'')
                        OR (o.client_id, o.currency, o.is_test) <> ($1.client_id, $1.currency, $1.is_test)))',
                TG_TABLE_SCHEMA) INTO is_wrong USING NEW;
            IF is_wrong THEN
                RAISE EXCEPTION 'Document % refers to, or takes off, what it cannot.', NEW.id
                    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                        CONSTRAINT = 'invoices_about_their_own';
            END IF;
            EXECUTE format('SELECT next_number - 1 FROM %I.number_series WHERE id = $1', TG_TABLE_SCHEMA)
                INTO given USING NEW.series_id;
            EXECUTE format('SELECT content_hash FROM %I.invoices WHERE series_id = $1 AND number = $2', TG_TABLE_SCHEMA)
                INTO chained USING NEW.series_id, NEW.number - 1;
            IF NEW.number <> given OR NEW.previous_hash <> coalesce(chained, '') THEN
                RAISE EXCEPTION 'Number % was not given by the series.', NEW.number
                    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                        CONSTRAINT = 'invoices_number_given_by_series';
            END IF;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        new_row := to_jsonb(NEW) - TG_ARGV;
        IF pg_trigger_depth() > 1 AND NEW.project_id IS NULL THEN
            old_row := old_row - 'project_id';
            new_row := new_row - 'project_id';
        END IF;
        IF new_row = old_row AND NEW.status <> 'draft'
            AND (OLD.pdf_s3_key = '' OR (NEW.pdf_s3_key, NEW.pdf_hash) = (OLD.pdf_s3_key, OLD.pdf_hash))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Document % is issued: it stays as it is.', OLD.invoice_number
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER invoices_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION invoices_guard(
        'payable', 'status', 'credited_total', 'paid_total', 'remaining_balance', 'deposit_paid_at', 'sent_at',
        'stripe_deposit_payment_intent_id', 'pdf_s3_key', 'pdf_hash', 'client_id', 'updated_at'
    );
"""

FROZEN_BACK = """
DROP TRIGGER invoices_frozen_once_issued ON invoices;
DROP FUNCTION invoices_guard();
"""

# Lines, VAT and deductions belong to their document. Its row is read with a lock that an issue has to wait for, so no
# line slips in beside it. What an issued one charged for can be released, once; the keys named to the trigger are
# emptied by the database when what they pointed to is deleted. Nothing moves from one document to another.
PARTS = """
CREATE OR REPLACE FUNCTION invoice_parts_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    part jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    document bigint := (part ->> 'invoice_id')::bigint;
    changing text[] := ARRAY['updated_at'];
    link text;
    state text;
    is_test boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(OLD) ->> 'released_at' IS NULL THEN
            changing := changing || 'released_at'::text;
        END IF;
        IF pg_trigger_depth() > 1 THEN
            FOREACH link IN ARRAY TG_ARGV LOOP
                IF part ->> link IS NULL THEN
                    changing := changing || link;
                END IF;
            END LOOP;
        END IF;
        IF part - changing = to_jsonb(OLD) - changing THEN
            RETURN NEW;
        END IF;
    END IF;
    IF document IS NULL THEN
        EXECUTE format('SELECT invoice_id FROM %I.invoice_items WHERE id = $1', TG_TABLE_SCHEMA)
            INTO document USING (part ->> 'item_id')::bigint;
    END IF;
    EXECUTE format('SELECT status, is_test FROM %I.invoices WHERE id = $1 FOR SHARE', TG_TABLE_SCHEMA)
        INTO state, is_test USING document;
    IF is_test AND TG_OP <> 'DELETE' AND TG_TABLE_NAME = 'invoice_sources' THEN
        RAISE EXCEPTION 'Document % is a test: it charges for nothing.', document
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'invoice_sources_of_no_test';
    END IF;
    IF state <> 'draft' OR (TG_OP = 'UPDATE' AND (part -> 'invoice_id', part -> 'item_id')
        IS DISTINCT FROM (to_jsonb(OLD) -> 'invoice_id', to_jsonb(OLD) -> 'item_id'))
    THEN
        RAISE EXCEPTION 'What document % has stays as it is, or it is not its own.', document
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$;

CREATE TRIGGER invoice_items_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_items
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard('service_id');
CREATE TRIGGER invoice_taxes_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_taxes
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard();
CREATE TRIGGER invoice_deductions_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_deductions
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard();
CREATE TRIGGER invoice_sources_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_sources
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard(
        'session_id', 'extra_id', 'fee_id', 'time_entry_id', 'training_session_id', 'subscription_id'
    );
"""

PARTS_BACK = """
DROP TRIGGER invoice_sources_frozen_once_issued ON invoice_sources;
DROP TRIGGER invoice_deductions_frozen_once_issued ON invoice_deductions;
DROP TRIGGER invoice_taxes_frozen_once_issued ON invoice_taxes;
DROP TRIGGER invoice_items_frozen_once_issued ON invoice_items;
DROP FUNCTION invoice_parts_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(RATES, RATES_BACK),
        migrations.RunSQL(SERIES, SERIES_BACK),
        migrations.RunSQL(GIVEN, GIVEN_BACK),
        migrations.RunSQL(FROZEN, FROZEN_BACK),
        migrations.RunSQL(PARTS, PARTS_BACK),
    ]
