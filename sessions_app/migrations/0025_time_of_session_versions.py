"""A version that is counted is dated as well: calendars compare when a session was last changed, whoever did it."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION count_session_version() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.sequence := OLD.sequence;
    IF (OLD.starts_at, OLD.ends_at, OLD.room_id, OLD.client_id, OLD.project_id, OLD.kind, OLD.title, OLD.location,
            OLD.notes, OLD.status, OLD.hold_rank, OLD.hold_expires_at)
        IS DISTINCT FROM
        (NEW.starts_at, NEW.ends_at, NEW.room_id, NEW.client_id, NEW.project_id, NEW.kind, NEW.title, NEW.location,
            NEW.notes, NEW.status, NEW.hold_rank, NEW.hold_expires_at)
    THEN
        NEW.sequence := OLD.sequence + 1;{dated}
    END IF;
    RETURN NEW;
END
$body$;
"""
DATED = """
        IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
            NEW.updated_at := now();
        END IF;"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0024_take_hours_along")]

    operations = [migrations.RunSQL(FUNCTION.format(dated=DATED), FUNCTION.format(dated=""))]
