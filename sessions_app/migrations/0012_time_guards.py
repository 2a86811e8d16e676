"""Entries of a closed month, and entries that are invoiced, stay as they are.

What may still change is what is no fact of the entry: the names beside its links, the lock itself, and a link that
the database empties because what it pointed to is deleted (an action of the database runs one trigger deep, a
statement of ours does not).

Whoever writes an entry shares a lock, and whoever closes or opens a month has it alone: an entry cannot slip into a
month that is being closed. The functions live in each studio's own schema and name none.
"""

from django.db import migrations

GUARDS = """
CREATE OR REPLACE FUNCTION time_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    named text[] := ARRAY['target_label', 'person_label', 'locked_at', 'lock_reason', 'updated_at'];
    links text[] := ARRAY['person_id', 'session_id', 'project_id', 'track_id'];
    old_row jsonb;
    new_row jsonb;
    link text;
    is_closed boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        old_row := to_jsonb(OLD) - named;
        new_row := to_jsonb(NEW) - named;
        IF pg_trigger_depth() > 1 THEN
            FOREACH link IN ARRAY links LOOP
                IF new_row ->> link IS NULL THEN
                    old_row := old_row - link;
                    new_row := new_row - link;
                END IF;
            END LOOP;
        END IF;
        IF new_row = old_row THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF OLD.locked_at IS NOT NULL THEN
            RAISE EXCEPTION 'Time entry % is locked.', OLD.id
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'time_entries_locked';
        END IF;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(TG_TABLE_SCHEMA || ':closed_periods', 0));
    EXECUTE format(
        'SELECT EXISTS (
            SELECT FROM %I.closed_periods p
            WHERE p.reopened_at IS NULL
                AND (p.starts_at <= $1 AND $1 < p.ends_at OR p.starts_at <= $2 AND $2 < p.ends_at))',
        TG_TABLE_SCHEMA) INTO is_closed
        USING CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.started_at END,
              CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.started_at END;
    IF is_closed THEN
        RAISE EXCEPTION 'The month of this time entry is closed.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'time_entries_month_closed';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER time_entries_guarded BEFORE INSERT OR UPDATE OR DELETE ON time_entries
    FOR EACH ROW EXECUTE FUNCTION time_entries_guard();

CREATE OR REPLACE FUNCTION closed_periods_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_running boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A closed month is opened again with a reason, never deleted.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'closed_periods_kept';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_SCHEMA || ':closed_periods', 0));
    IF NEW.reopened_at IS NULL THEN
        EXECUTE format(
            'SELECT EXISTS (
                SELECT FROM %I.time_entries t
                WHERE t.ended_at IS NULL AND t.started_at >= $1 AND t.started_at < $2)',
            TG_TABLE_SCHEMA) INTO is_running USING NEW.starts_at, NEW.ends_at;
        IF is_running THEN
            RAISE EXCEPTION 'A timer that was started in this month is running.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'closed_periods_nobody_works';
        END IF;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER closed_periods_guarded BEFORE INSERT OR DELETE OR UPDATE OF starts_at, ends_at, reopened_at
    ON closed_periods
    FOR EACH ROW EXECUTE FUNCTION closed_periods_guard();
"""

GUARDS_BACK = """
DROP TRIGGER closed_periods_guarded ON closed_periods;
DROP FUNCTION closed_periods_guard();
DROP TRIGGER time_entries_guarded ON time_entries;
DROP FUNCTION time_entries_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0011_time_tracking")]

    operations = [migrations.RunSQL(GUARDS, GUARDS_BACK)]
