"""A deleted project makes no new version of its sessions, and the time of a version never falls.

Dating the versions had brought the project back into what counts, and took the time at which the transaction began.
"""

from django.db import migrations

FORWARDS = """
CREATE OR REPLACE FUNCTION count_session_version() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.sequence := OLD.sequence;
    IF (OLD.starts_at, OLD.ends_at, OLD.room_id, OLD.client_id, OLD.kind, OLD.title, OLD.location, OLD.notes,
            OLD.status, OLD.hold_rank, OLD.hold_expires_at)
        IS DISTINCT FROM
        (NEW.starts_at, NEW.ends_at, NEW.room_id, NEW.client_id, NEW.kind, NEW.title, NEW.location, NEW.notes,
            NEW.status, NEW.hold_rank, NEW.hold_expires_at)
    THEN
        NEW.sequence := OLD.sequence + 1;
        IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
            NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
        END IF;
    END IF;
    RETURN NEW;
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0030_quantity_of_extras")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
