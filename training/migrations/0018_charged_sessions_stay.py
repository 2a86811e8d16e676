"""A session that holds a credit is not deleted: the credit is given back before, or the ledger and the timetable part.

The ledger decides, so that nobody gets around it by emptying the link first. The function names no schema.
"""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION training_sessions_charge_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    charged bigint;
BEGIN
    EXECUTE format(
        'SELECT coalesce(sum(quantity), 0) FROM %I.credit_entries
         WHERE session_id = $1 AND kind IN (''used'', ''returned'')', TG_TABLE_SCHEMA)
        INTO charged USING OLD.id;
    IF charged <> 0 OR OLD.subscription_id IS NOT NULL THEN
        RAISE EXCEPTION 'Session % holds a credit.', OLD.id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END
$body$;

CREATE TRIGGER training_sessions_charged_stay BEFORE DELETE ON training_sessions
    FOR EACH ROW EXECUTE FUNCTION training_sessions_charge_guard();
"""

GUARD_BACK = """
DROP TRIGGER training_sessions_charged_stay ON training_sessions;
DROP FUNCTION training_sessions_charge_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0017_plainer_words")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
