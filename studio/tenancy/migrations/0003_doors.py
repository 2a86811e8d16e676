"""The two functions through which a process without rights may reach over the schemas.

Both live in `extensions`, the only schema besides its own that a studio's role may use, run as the
owner with a search path of their own, and do one thing.
"""

from django.db import migrations

DEFER_JOB = """
CREATE OR REPLACE FUNCTION extensions.defer_job(
    queue text, task text, arguments jsonb, queueing_lock text, run_at timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    caller text := current_setting('role');
    place text := arguments ->> 'schema';
    job bigint;
BEGIN
    -- A studio's role may defer for its own studio only.
    IF caller LIKE 'tenant\\_%' AND place IS DISTINCT FROM caller THEN
        RAISE EXCEPTION 'a job of % may not be deferred by %', place, caller USING ERRCODE = '42501';
    END IF;
    -- The same job waiting already is no error: the caller's transaction must not suffer for it.
    BEGIN
        INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
        VALUES (queue, task, NULL, NULLIF(queueing_lock, ''), arguments, run_at)
        RETURNING id INTO job;
    EXCEPTION WHEN unique_violation THEN
        RETURN NULL;
    END;
    RETURN job;
END $$;
"""

SCHEMA_VERSIONS = """
CREATE OR REPLACE FUNCTION extensions.schema_versions()
RETURNS TABLE (schema_name text, version text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT 'public' UNION ALL SELECT s.schema_name FROM public.studios s WHERE s.status <> 'provisioning'
    LOOP
        schema_name := place;
        IF to_regclass(format('%I.django_migrations', place)) IS NULL THEN
            version := '';
        ELSE
            EXECUTE format(
                'SELECT coalesce(md5(string_agg((app || ''.'' || name) COLLATE "C", '','''
                ' ORDER BY (app || ''.'' || name) COLLATE "C")), '''') FROM %I.django_migrations', place
            ) INTO version;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
"""

GRANTS = """
REVOKE ALL ON FUNCTION extensions.schema_versions() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_extensions_and_roles"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(
            DEFER_JOB, "DROP FUNCTION IF EXISTS extensions.defer_job(text, text, jsonb, text, timestamptz)"
        ),
        migrations.RunSQL(SCHEMA_VERSIONS, "DROP FUNCTION IF EXISTS extensions.schema_versions()"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
