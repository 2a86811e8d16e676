"""The file of a document is stored once, whoever writes; what is made again is added. Files ask for a right of theirs."""

from importlib import import_module

from django.db import migrations

# As in 0010; why there is no file of a version, or none that could be handed out, may be written down at any time.
VERSIONS = import_module("billing.migrations.0010_quote_guards").VERSIONS.partition("CREATE TRIGGER")[0]
VERSIONS_PRINTED = VERSIONS.replace("text[] := ARRAY['updated_at'];", "text[] := ARRAY['updated_at', 'pdf_problem'];")

PAPERS = """
CREATE OR REPLACE FUNCTION receipt_papers_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.receipt_id) = (OLD.id, OLD.receipt_id)
        AND (OLD.pdf_s3_key = '' OR (NEW.pdf_s3_key, NEW.pdf_hash) = (OLD.pdf_s3_key, OLD.pdf_hash))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The file of receipt % is stored once.', OLD.receipt_id
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER receipt_papers_kept BEFORE UPDATE OR DELETE ON receipt_papers
    FOR EACH ROW EXECUTE FUNCTION receipt_papers_guard();
CREATE TRIGGER reprints_append_only BEFORE UPDATE OR DELETE ON reprints
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard();
"""

PAPERS_BACK = """
DROP TRIGGER reprints_append_only ON reprints;
DROP TRIGGER receipt_papers_kept ON receipt_papers;
DROP FUNCTION receipt_papers_guard();
"""

# What is stored already belongs to what it is part of.
RIGHTS = """
UPDATE stored_files s SET "right" = 'billing.view_contract' FROM contracts c WHERE c.signed_file_id = s.id;
UPDATE stored_files s SET "right" = 'billing.view_expense' FROM expenses e WHERE e.receipt_id = s.id;
UPDATE stored_files s SET "right" = 'billing.view_invoice' FROM invoices i WHERE i.pdf_s3_key = s.key;
"""

# Receipts that were given before get their files by the job that looks for documents without one.
GIVEN_BEFORE = "INSERT INTO receipt_papers (receipt_id) SELECT id FROM payment_receipts ORDER BY id"


class Migration(migrations.Migration):
    dependencies = [("billing", "0018_papers"), ("office", "0012_rights_of_files")]

    operations = [
        migrations.RunSQL(VERSIONS_PRINTED, VERSIONS),
        migrations.RunSQL(PAPERS, PAPERS_BACK),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        migrations.RunSQL(GIVEN_BEFORE, migrations.RunSQL.noop),
    ]
