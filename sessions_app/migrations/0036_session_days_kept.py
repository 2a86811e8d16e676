"""Every change of sessions is added to their days, whoever writes; nobody else writes those.

A row is added for each change, so that nobody waits for anybody: rows of one day are put together at night. The
functions live in each studio's own schema and name none.
"""

from django.db import migrations

# A session belongs to the day on which it begins, on the studio's clock.
COUNT = """
CREATE OR REPLACE FUNCTION session_days_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format('
            INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
            SELECT c.room_id, (c.starts_at AT TIME ZONE p.time_zone)::date, c.status, c.sign,
                c.sign * extract(epoch FROM c.ends_at - c.starts_at)::bigint
            FROM (VALUES ($1::bigint, $2::timestamptz, $3::timestamptz, $4::text, -1),
                         ($5::bigint, $6::timestamptz, $7::timestamptz, $8::text, 1))
                AS c (room_id, starts_at, ends_at, status, sign)
            CROSS JOIN %1$I.studio_profile p', TG_TABLE_SCHEMA)
        USING OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status, NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status;
        RETURN NULL;
    END IF;
    EXECUTE format('
        INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
        SELECT c.room_id, (c.starts_at AT TIME ZONE p.time_zone)::date, c.status, $1 * count(*),
            $1 * sum(extract(epoch FROM c.ends_at - c.starts_at)::bigint)
        FROM changed c CROSS JOIN %1$I.studio_profile p GROUP BY 1, 2, 3', TG_TABLE_SCHEMA)
    USING CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    RETURN NULL;
END
$body$;

CREATE TRIGGER sessions_days_added AFTER INSERT ON sessions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION session_days_count();
CREATE TRIGGER sessions_days_removed AFTER DELETE ON sessions
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION session_days_count();
CREATE TRIGGER sessions_days_changed AFTER UPDATE ON sessions
    FOR EACH ROW
    WHEN ((OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status)
        IS DISTINCT FROM (NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status))
    EXECUTE FUNCTION session_days_count();
"""

COUNT_BACK = """
DROP TRIGGER sessions_days_changed ON sessions;
DROP TRIGGER sessions_days_removed ON sessions;
DROP TRIGGER sessions_days_added ON sessions;
DROP FUNCTION session_days_count();
"""

# Counted anew they are all taken away first: who writes meanwhile waits. Other wall clocks are other days.
REBUILD = """
CREATE OR REPLACE FUNCTION session_days_fold(home text) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
    made bigint;
BEGIN
    PERFORM set_config('studio.adding_up', 'on', true);
    EXECUTE format('
        WITH several AS (
            SELECT room_id, starts_on, status FROM %1$I.session_days GROUP BY 1, 2, 3
            HAVING count(*) > 1 OR sum(sessions) = 0 AND sum(seconds) = 0),
        gone AS (
            DELETE FROM %1$I.session_days d USING several s
            WHERE d.starts_on = s.starts_on AND d.status = s.status AND d.room_id IS NOT DISTINCT FROM s.room_id
            RETURNING d.room_id, d.starts_on, d.status, d.sessions, d.seconds)
        INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
        SELECT room_id, starts_on, status, sum(sessions), sum(seconds) FROM gone GROUP BY 1, 2, 3
        HAVING sum(sessions) <> 0 OR sum(seconds) <> 0', home);
    GET DIAGNOSTICS made = ROW_COUNT;
    PERFORM set_config('studio.adding_up', 'off', true);
    RETURN made;
END
$body$;

CREATE OR REPLACE FUNCTION session_days_rebuild(home text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM set_config('studio.adding_up', 'on', true);
    EXECUTE format('LOCK TABLE %I.session_days IN SHARE ROW EXCLUSIVE MODE', home);
    EXECUTE format('DELETE FROM %I.session_days', home);
    EXECUTE format('
        INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
        SELECT s.room_id, (s.starts_at AT TIME ZONE p.time_zone)::date, s.status, count(*),
            sum(extract(epoch FROM s.ends_at - s.starts_at)::bigint)
        FROM %1$I.sessions s CROSS JOIN %1$I.studio_profile p GROUP BY 1, 2, 3', home);
    PERFORM set_config('studio.adding_up', 'off', true);
END
$body$;

CREATE OR REPLACE FUNCTION session_days_anew() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('SELECT %1$I.session_days_rebuild(%1$L)', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$body$;

CREATE TRIGGER sessions_days_emptied AFTER TRUNCATE ON sessions
    FOR EACH STATEMENT EXECUTE FUNCTION session_days_anew();
CREATE TRIGGER studio_profile_days_of_zone AFTER UPDATE ON studio_profile
    FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION session_days_anew();
"""

REBUILD_BACK = """
DROP TRIGGER studio_profile_days_of_zone ON studio_profile;
DROP TRIGGER sessions_days_emptied ON sessions;
DROP FUNCTION session_days_anew();
DROP FUNCTION session_days_rebuild(text);
DROP FUNCTION session_days_fold(text);
"""

# Written one trigger deep, or while they are added up.
GUARD = """
CREATE OR REPLACE FUNCTION days_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE'
        OR pg_trigger_depth() < 2 AND current_setting('studio.adding_up', true) IS DISTINCT FROM 'on'
    THEN
        RAISE EXCEPTION 'Rows of % are written by the tables that they add up.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER session_days_kept BEFORE INSERT OR UPDATE OR DELETE ON session_days
    FOR EACH STATEMENT EXECUTE FUNCTION days_guard();
"""

GUARD_BACK = """
DROP TRIGGER session_days_kept ON session_days;
DROP FUNCTION days_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0035_session_days"), ("office", "0001_initial")]

    operations = [
        migrations.RunSQL(COUNT, COUNT_BACK),
        migrations.RunSQL(REBUILD, REBUILD_BACK),
        # What is there already.
        migrations.RunSQL("SELECT session_days_rebuild(current_schema())", migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
