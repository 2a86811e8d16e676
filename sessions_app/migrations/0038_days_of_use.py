"""Blocked time is no use of a room: days of sessions do not count it."""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION session_days_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format('
            INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
            SELECT c.room_id, (c.starts_at AT TIME ZONE p.time_zone)::date, c.status, c.sign,
                c.sign * extract(epoch FROM c.ends_at - c.starts_at)::bigint
            FROM (VALUES ($1::bigint, $2::timestamptz, $3::timestamptz, $4::text, $5::text, -1),
                         ($6::bigint, $7::timestamptz, $8::timestamptz, $9::text, $10::text, 1))
                AS c (room_id, starts_at, ends_at, status, kind, sign)
            CROSS JOIN %1$I.studio_profile p WHERE c.kind <> ''blocker''', TG_TABLE_SCHEMA)
        USING OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status, OLD.kind,
            NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status, NEW.kind;
        RETURN NULL;
    END IF;
    EXECUTE format('
        INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
        SELECT c.room_id, (c.starts_at AT TIME ZONE p.time_zone)::date, c.status, $1 * count(*),
            $1 * sum(extract(epoch FROM c.ends_at - c.starts_at)::bigint)
        FROM changed c CROSS JOIN %1$I.studio_profile p WHERE c.kind <> ''blocker'' GROUP BY 1, 2, 3', TG_TABLE_SCHEMA)
    USING CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    RETURN NULL;
END
$body$;

DROP TRIGGER sessions_days_changed ON sessions;
CREATE TRIGGER sessions_days_changed AFTER UPDATE ON sessions
    FOR EACH ROW
    WHEN ((OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status, OLD.kind)
        IS DISTINCT FROM (NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status, NEW.kind))
    EXECUTE FUNCTION session_days_count();
"""

REBUILD = """
CREATE OR REPLACE FUNCTION session_days_rebuild(home text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM set_config('studio.adding_up', 'on', true);
    EXECUTE format('LOCK TABLE %I.session_days IN SHARE ROW EXCLUSIVE MODE', home);
    EXECUTE format('DELETE FROM %I.session_days', home);
    EXECUTE format('
        INSERT INTO %1$I.session_days (room_id, starts_on, status, sessions, seconds)
        SELECT s.room_id, (s.starts_at AT TIME ZONE p.time_zone)::date, s.status, count(*),
            sum(extract(epoch FROM s.ends_at - s.starts_at)::bigint)
        FROM %1$I.sessions s CROSS JOIN %1$I.studio_profile p WHERE s.kind <> ''blocker'' GROUP BY 1, 2, 3', home);
    PERFORM set_config('studio.adding_up', 'off', true);
END
$body$;
"""

COUNT_BACK = """
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

DROP TRIGGER sessions_days_changed ON sessions;
CREATE TRIGGER sessions_days_changed AFTER UPDATE ON sessions
    FOR EACH ROW
    WHEN ((OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status)
        IS DISTINCT FROM (NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status))
    EXECUTE FUNCTION session_days_count();
"""

REBUILD_BACK = """
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
"""

AGAIN = "SELECT session_days_rebuild(current_schema())"


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0037_live_sessions")]

    operations = [
        # Back, the days are counted last, too: operations run the other way round.
        migrations.RunSQL(migrations.RunSQL.noop, AGAIN),
        migrations.RunSQL(COUNT, COUNT_BACK),
        migrations.RunSQL(REBUILD, REBUILD_BACK),
        # What is there already.
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
