"""What a client was reminded of, and when, stays as it was sent."""

from django.db import migrations

# Letters as payments and postings are kept (0003): what may change is named, and an account that is deleted leaves its
# label. A step is withdrawn once, with the mail that did not leave.
KEPT = """
CREATE OR REPLACE FUNCTION invoice_reminders_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := ARRAY['withdrawn_at', 'updated_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND to_jsonb(NEW) - changing = to_jsonb(OLD) - changing THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER reminder_letters_kept BEFORE UPDATE OR DELETE ON reminder_letters
    FOR EACH ROW EXECUTE FUNCTION payments_guard('client_id', 'email_id', 'updated_at');
CREATE TRIGGER invoice_reminders_kept BEFORE UPDATE OR DELETE ON invoice_reminders
    FOR EACH ROW EXECUTE FUNCTION invoice_reminders_guard();
"""

KEPT_BACK = """
DROP TRIGGER invoice_reminders_kept ON invoice_reminders;
DROP TRIGGER reminder_letters_kept ON reminder_letters;
DROP FUNCTION invoice_reminders_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0037_reminders")]

    operations = [
        # Letters and their lines are history: neither changed nor deleted by anybody.
        migrations.RunSQL(KEPT, KEPT_BACK),
    ]
