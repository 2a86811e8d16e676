"""Splits of a track come to 100 percent at most, and an answer belongs to the version of what it answers.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# The track's row is locked before the splits are added up: of two people adding 60 percent each, the second waits
# and then sees the first one's. Weaker than the lock of a deletion, so that the keys' own locks do not wait for it.
# Deferrable, so that a list of splits can be rewritten row by row.
SPLITS = """
CREATE OR REPLACE FUNCTION track_credits_splits_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    whole numeric;
BEGIN
    EXECUTE format('SELECT FROM %I.tracks WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA) USING NEW.track_id;
    EXECUTE format('SELECT sum(split_percent) FROM %I.track_credits WHERE track_id = $1', TG_TABLE_SCHEMA)
        INTO whole USING NEW.track_id;
    IF whole > 100 THEN
        RAISE EXCEPTION 'The splits of track % come to % percent.', NEW.track_id, whole
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'track_credits_splits_within_whole';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER track_credits_splits_within_whole
    AFTER INSERT OR UPDATE OF track_id, split_percent ON track_credits
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW WHEN (NEW.split_percent IS NOT NULL)
    EXECUTE FUNCTION track_credits_splits_guard();
"""

SPLITS_BACK = """
DROP TRIGGER track_credits_splits_within_whole ON track_credits;
DROP FUNCTION track_credits_splits_guard();
"""

# A key on two columns: without a parent it does not apply (MATCH SIMPLE).
ANSWERS = """
ALTER TABLE track_comments ADD CONSTRAINT track_comments_answer_of_version
FOREIGN KEY (parent_id, version_id) REFERENCES track_comments (id, version_id) ON DELETE CASCADE
DEFERRABLE INITIALLY IMMEDIATE
"""

ANSWERS_BACK = "ALTER TABLE track_comments DROP CONSTRAINT track_comments_answer_of_version"


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0016_tracks_and_share_links")]

    operations = [
        migrations.RunSQL(SPLITS, SPLITS_BACK),
        migrations.RunSQL(ANSWERS, ANSWERS_BACK),
    ]
