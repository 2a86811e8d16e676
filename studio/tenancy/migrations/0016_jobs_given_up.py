"""A studio may take back a job of its own that waits, and have one of its own step back behind others."""

from importlib import import_module

from django.db import migrations

DEFER_JOB = import_module("studio.tenancy.migrations.0012_jobs_that_wait").DEFER_NEWER.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
STEPPING_BACK = DEFER_JOB.replace("priority <> 0", "priority > 0")

# As in 0010: it runs as the owner, does one thing, and is for one's own place.
WITHDRAW = """
CREATE FUNCTION extensions.withdraw_jobs(place text, queueing_locks text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('role') LIKE 'tenant\\_%' AND place IS DISTINCT FROM current_setting('role') THEN
        RAISE EXCEPTION 'jobs of % are not those of %', place, current_setting('role') USING ERRCODE = '42501';
    END IF;
    DELETE FROM procrastinate_jobs j USING unnest(queueing_locks) AS given
    WHERE j.queueing_lock = place || ':' || given AND j.status = 'todo';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0015_event_door")]

    operations = [
        migrations.RunSQL(STEPPING_BACK, DEFER_JOB),
        migrations.RunSQL(WITHDRAW, "DROP FUNCTION extensions.withdraw_jobs(text, text[])"),
    ]
