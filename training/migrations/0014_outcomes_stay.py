"""Outcomes stay as they were said; what was wrong is taken back by a line of its own."""

from django.db import migrations

KEPT = """
CREATE TRIGGER session_outcomes_append_only BEFORE UPDATE OR DELETE ON session_outcomes
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('session_id', 'trainer_id', 'account_id')
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0013_session_outcomes")]

    operations = [migrations.RunSQL(KEPT, "DROP TRIGGER session_outcomes_append_only ON session_outcomes")]
