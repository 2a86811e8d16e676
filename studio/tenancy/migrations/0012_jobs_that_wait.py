"""A job of the platform's may wait until no other of its lock runs, and let others go first."""

from importlib import import_module

from django.db import migrations

DROP = "DROP FUNCTION IF EXISTS extensions.defer_job(text, text, jsonb, text, timestamptz);"
DROP_NEWER = "DROP FUNCTION IF EXISTS extensions.defer_job(text, text, jsonb, text, timestamptz, text, integer);"
DEFER_JOB = import_module("studio.tenancy.migrations.0003_doors").DEFER_JOB

# Five arguments are enough, as the version before gives.
DEFER_NEWER = """
CREATE FUNCTION extensions.defer_job(
    queue text, task text, arguments jsonb, queueing_lock text, run_at timestamptz,
    lock_name text DEFAULT '', priority integer DEFAULT 0
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    caller text := current_setting('role');
    place text := arguments ->> 'schema';
    job bigint;
BEGIN
    -- A studio's role may defer for its own studio only, and hold up or overtake nobody.
    IF caller LIKE 'tenant\\_%' AND (place IS DISTINCT FROM caller OR lock_name <> '' OR priority <> 0) THEN
        RAISE EXCEPTION 'a job of % may not be deferred by %', place, caller USING ERRCODE = '42501';
    END IF;
    -- The same job waiting already is no error: the caller's transaction must not suffer for it.
    BEGIN
        INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at, priority)
        VALUES (queue, task, NULLIF(lock_name, ''), NULLIF(queueing_lock, ''), arguments, run_at, priority)
        RETURNING id INTO job;
    EXCEPTION WHEN unique_violation THEN
        RETURN NULL;
    END;
    RETURN job;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0011_identities")]

    operations = [
        # Other arguments are another function: the former one would go on being found.
        migrations.RunSQL(DROP + DEFER_NEWER, DROP_NEWER + DEFER_JOB),
    ]
