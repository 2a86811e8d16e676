"""What was sent of a quote stays as it is, and what it says follows its last version, whoever writes.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# A rate that a line names is part of the past: of a quote, too, for what was accepted is charged at it.
RATES = """
CREATE OR REPLACE FUNCTION vat_rates_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_used boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.invoice_items WHERE vat_rate_id = $1)
        OR EXISTS (SELECT FROM %1$I.quote_items WHERE vat_rate_id = $1)', TG_TABLE_SCHEMA)
        INTO is_used USING OLD.id;
    IF is_used AND (NEW.rate, NEW.category) IS DISTINCT FROM (OLD.rate, OLD.category) THEN
        RAISE EXCEPTION 'VAT rate % is used.', OLD.id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$body$;
"""

RATES_BACK = """
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
"""

# Quotes begin as drafts, but for those of a former system, and go from state to state by the arrows written here; an
# accepted one goes nowhere. Beyond a draft only the columns named to the trigger change, what it has become only once;
# keys that the database empties, because what they pointed to is deleted, pass.
QUOTES = """
CREATE OR REPLACE FUNCTION quotes_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV;
    is_cascade boolean := pg_trigger_depth() > 1;
    became_of_old bigint[];
    became_of_new bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' OR NEW.former_series <> '' THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' AND OLD.version = 0 AND OLD.quote_number = '' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.status = 'draft' THEN
        IF NEW.status IN ('draft', 'sent', 'cancelled') AND NEW.former_series = OLD.former_series
            AND NEW.version = OLD.version + (NEW.status = 'sent')::int
            AND (OLD.quote_number = '' OR (NEW.series_id, NEW.number, NEW.quote_number)
                IS NOT DISTINCT FROM (OLD.series_id, OLD.number, OLD.quote_number))
        THEN
            RETURN NEW;
        END IF;
    ELSE
        IF is_cascade AND NEW.project_id IS NULL THEN
            changing := changing || 'project_id'::text;
        END IF;
        became_of_old := ARRAY[OLD.converted_to_project_id, OLD.deposit_invoice_id];
        became_of_new := ARRAY[
            CASE WHEN is_cascade AND NEW.converted_to_project_id IS NULL
                THEN OLD.converted_to_project_id ELSE NEW.converted_to_project_id END,
            CASE WHEN is_cascade AND NEW.deposit_invoice_id IS NULL
                THEN OLD.deposit_invoice_id ELSE NEW.deposit_invoice_id END];
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (OLD.converted_at IS NULL OR (OLD.converted_at, became_of_old[1])
                IS NOT DISTINCT FROM (NEW.converted_at, became_of_new[1]))
            AND (became_of_old[2] IS NULL OR became_of_old[2] IS NOT DISTINCT FROM became_of_new[2])
            AND (NEW.status = OLD.status AND (NEW.sent_at, NEW.expires_at, NEW.responded_at)
                    IS NOT DISTINCT FROM (OLD.sent_at, OLD.expires_at, OLD.responded_at)
                OR OLD.status = 'sent' AND NEW.status IN ('accepted', 'rejected', 'expired')
                    AND (NEW.sent_at, NEW.expires_at) = (OLD.sent_at, OLD.expires_at)
                OR OLD.status IN ('sent', 'rejected', 'expired', 'cancelled') AND NEW.status = 'draft')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A quote that was sent stays as it is, and goes its way step by step.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER quotes_frozen_once_sent BEFORE INSERT OR UPDATE OR DELETE ON quotes
    FOR EACH ROW EXECUTE FUNCTION quotes_guard(
        'status', 'sent_at', 'expires_at', 'responded_at', 'converted_to_project_id', 'converted_at',
        'deposit_invoice_id', 'client_id', 'internal_notes', 'updated_at'
    );
"""

QUOTES_BACK = """
DROP TRIGGER quotes_frozen_once_sent ON quotes;
DROP FUNCTION quotes_guard();
"""

# Lines belong to their quote, whose row is read with a lock that a sending has to wait for.
ITEMS = """
CREATE OR REPLACE FUNCTION quote_items_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    item jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    changing text[] := ARRAY['updated_at'];
    link text;
    is_open boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        FOREACH link IN ARRAY TG_ARGV LOOP
            IF item ->> link IS NULL THEN
                changing := changing || link;
            END IF;
        END LOOP;
        IF item - changing = to_jsonb(OLD) - changing THEN
            RETURN NEW;
        END IF;
    END IF;
    EXECUTE format('SELECT status = ''draft'' OR former_series <> '''' FROM %I.quotes WHERE id = $1 FOR SHARE',
        TG_TABLE_SCHEMA) INTO is_open USING (item ->> 'quote_id')::bigint;
    IF NOT is_open OR (TG_OP = 'UPDATE' AND item -> 'quote_id' <> to_jsonb(OLD) -> 'quote_id') THEN
        RAISE EXCEPTION 'The lines of quote % were sent: they stay as they are.', item ->> 'quote_id'
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$;

CREATE TRIGGER quote_items_frozen_once_sent BEFORE INSERT OR UPDATE OR DELETE ON quote_items
    FOR EACH ROW EXECUTE FUNCTION quote_items_guard('service_id', 'session_id');
"""

ITEMS_BACK = """
DROP TRIGGER quote_items_frozen_once_sent ON quote_items;
DROP FUNCTION quote_items_guard();
"""

# A version is written once and answered once. Its PDF is stored once.
VERSIONS = """
CREATE OR REPLACE FUNCTION quote_versions_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := ARRAY['updated_at'];
    link text;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.outcome = 'open' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.outcome = 'open' THEN
            changing := changing || TG_ARGV;
        END IF;
        IF OLD.pdf_s3_key = '' THEN
            changing := changing || ARRAY['pdf_s3_key', 'pdf_hash'];
        END IF;
        IF pg_trigger_depth() > 1 THEN
            FOREACH link IN ARRAY ARRAY['sent_by_id', 'recorded_by_id'] LOOP
                IF to_jsonb(NEW) ->> link IS NULL THEN
                    changing := changing || link;
                END IF;
            END LOOP;
        END IF;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'What was sent to a client, and what they said to it, stays as it is.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER quote_versions_kept BEFORE INSERT OR UPDATE OR DELETE ON quote_versions
    FOR EACH ROW EXECUTE FUNCTION quote_versions_guard(
        'outcome', 'ended_at', 'signer_name', 'signer_address', 'signer_agent', 'remark', 'recorded_by_id',
        'recorded_by_label'
    );
"""

VERSIONS_BACK = """
DROP TRIGGER quote_versions_kept ON quote_versions;
DROP FUNCTION quote_versions_guard();
"""

# At the end of the transaction: a quote is what its last version is, with the sum and the day that this names.
FOLLOWS = """
CREATE OR REPLACE FUNCTION quotes_follow_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    key bigint := CASE TG_TABLE_NAME WHEN 'quotes' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'quote_id')::bigint END;
    follows boolean;
BEGIN
    EXECUTE format(
        'SELECT q.former_series <> '''' OR (
            (SELECT count(*) FROM %1$I.quote_versions WHERE quote_id = q.id) = q.version
            AND CASE q.status
                WHEN ''draft'' THEN coalesce(v.outcome, ''replaced'') NOT IN (''open'', ''accepted'')
                WHEN ''cancelled'' THEN coalesce(v.outcome, ''replaced'') NOT IN (''open'', ''accepted'')
                WHEN ''sent'' THEN v.outcome = ''open''
                ELSE v.outcome = q.status END
            AND (q.status IN (''draft'', ''cancelled'')
                OR (v.sent_at, v.expires_at, v.total, v.currency)
                    = (q.sent_at, q.expires_at, q.total + q.rounding, q.currency)))
         FROM %1$I.quotes q LEFT JOIN %1$I.quote_versions v ON v.quote_id = q.id AND v.number = q.version
         WHERE q.id = $1', TG_TABLE_SCHEMA) INTO follows USING key;
    IF follows IS FALSE OR (follows IS NULL AND TG_TABLE_NAME <> 'quotes') THEN
        RAISE EXCEPTION 'Quote % is not what its last version is.', key
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'quotes_follow_their_version';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER quotes_follow AFTER INSERT OR UPDATE OF status, version ON quotes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quotes_follow_guard();
CREATE CONSTRAINT TRIGGER quote_versions_follow AFTER INSERT OR UPDATE OF outcome ON quote_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quotes_follow_guard();
"""

FOLLOWS_BACK = """
DROP TRIGGER quote_versions_follow ON quote_versions;
DROP TRIGGER quotes_follow ON quotes;
DROP FUNCTION quotes_follow_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_quotes")]

    operations = [
        migrations.RunSQL(RATES, RATES_BACK),
        migrations.RunSQL(QUOTES, QUOTES_BACK),
        migrations.RunSQL(ITEMS, ITEMS_BACK),
        migrations.RunSQL(VERSIONS, VERSIONS_BACK),
        migrations.RunSQL(FOLLOWS, FOLLOWS_BACK),
    ]
