"""What is left of a package is what its moves come to, whoever writes; moves are added, never changed."""

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER package_entries_append_only BEFORE UPDATE OR DELETE ON package_entries
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('account_id');
"""

APPEND_ONLY_BACK = """
DROP TRIGGER package_entries_append_only ON package_entries;
"""

# At the end of the transaction, so that move and sum may be written one after the other. The package's row is read
# with a lock: of two who move its hours, the second waits and then sees what the first did.
ADDS_UP = """
CREATE OR REPLACE FUNCTION packages_sum_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    key bigint := CASE TG_TABLE_NAME WHEN 'packages' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'package_id')::bigint END;
    is_right boolean;
BEGIN
    EXECUTE format(
        'SELECT hours_left = (SELECT coalesce(sum(hours), 0) FROM %1$I.package_entries WHERE package_id = p.id)
         FROM %1$I.packages p WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA) INTO is_right USING key;
    IF is_right IS FALSE THEN
        RAISE EXCEPTION 'What is left of package % is not what its moves come to.', key
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'packages_hours_add_up';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER packages_add_up AFTER INSERT OR UPDATE OF hours_left ON packages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION packages_sum_guard();
CREATE CONSTRAINT TRIGGER package_entries_add_up AFTER INSERT ON package_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION packages_sum_guard();
"""

ADDS_UP_BACK = """
DROP TRIGGER package_entries_add_up ON package_entries;
DROP TRIGGER packages_add_up ON packages;
DROP FUNCTION packages_sum_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_packages_and_expenses")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(ADDS_UP, ADDS_UP_BACK),
    ]
