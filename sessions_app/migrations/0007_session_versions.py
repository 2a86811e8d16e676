"""A session counts its own versions, whoever changes it: the calendars of others must never see the number fall."""

from django.db import migrations

FORWARDS = """
CREATE OR REPLACE FUNCTION count_session_version() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.sequence := OLD.sequence;
    IF (OLD.starts_at, OLD.ends_at, OLD.room_id, OLD.client_id, OLD.project_id, OLD.kind, OLD.title, OLD.location,
            OLD.notes, OLD.status, OLD.hold_rank, OLD.hold_expires_at)
        IS DISTINCT FROM
        (NEW.starts_at, NEW.ends_at, NEW.room_id, NEW.client_id, NEW.project_id, NEW.kind, NEW.title, NEW.location,
            NEW.notes, NEW.status, NEW.hold_rank, NEW.hold_expires_at)
    THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER sessions_version BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION count_session_version();
"""

BACKWARDS = """
DROP TRIGGER sessions_version ON sessions;
DROP FUNCTION count_session_version();
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0006_notices_and_feeds")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
