"""What was sent to be signed stays as it is, whoever writes."""

from django.db import migrations

# Contracts begin as drafts, but for those of a former system. Beyond a draft only the columns named to the trigger
# change; what was signed is signed for good, and a project that is deleted empties its key.
CONTRACTS = """
CREATE OR REPLACE FUNCTION contracts_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' OR NEW.former_series <> '' THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' AND OLD.contract_number = '' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.status = 'draft' THEN
        IF NEW.status IN ('draft', 'sent', 'cancelled') AND NEW.former_series = OLD.former_series
            AND (OLD.contract_number = '' OR (NEW.series_id, NEW.number, NEW.contract_number)
                IS NOT DISTINCT FROM (OLD.series_id, OLD.number, OLD.contract_number))
        THEN
            RETURN NEW;
        END IF;
    ELSE
        IF pg_trigger_depth() > 1 AND NEW.project_id IS NULL THEN
            changing := changing || 'project_id'::text;
        END IF;
        IF OLD.status IN ('sent', 'cancelled') THEN
            changing := changing || ARRAY['sent_at', 'content_hash', 'signed_on', 'signer_name', 'signed_file_id'];
        END IF;
        IF OLD.status = 'signed' THEN
            changing := changing || ARRAY['ended_on', 'end_reason'];
        END IF;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (NEW.status = OLD.status
                OR (OLD.status, NEW.status) IN (('sent', 'draft'), ('cancelled', 'draft'), ('sent', 'cancelled'),
                    ('sent', 'signed'), ('signed', 'terminated')))
            AND (NEW.status = 'draft'
                OR (NEW.sent_at, NEW.content_hash) IS NOT DISTINCT FROM (OLD.sent_at, OLD.content_hash))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A contract that was sent stays as it is, and goes its way step by step.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER contracts_frozen_once_sent BEFORE INSERT OR UPDATE OR DELETE ON contracts
    FOR EACH ROW EXECUTE FUNCTION contracts_guard('status', 'client_id', 'notes', 'updated_at');
"""

CONTRACTS_BACK = """
DROP TRIGGER contracts_frozen_once_sent ON contracts;
DROP FUNCTION contracts_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_contracts_and_recurring")]

    operations = [migrations.RunSQL(CONTRACTS, CONTRACTS_BACK)]
