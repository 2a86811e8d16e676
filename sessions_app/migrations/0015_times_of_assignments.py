"""An assignment has its session's times, and is free when the session is.

An exclusion constraint sees the columns of one table only, so they stand in both, and this key copies every change at
once: also one by plain SQL, which the constraints then refuse where somebody would be in two sessions at a time. It is
checked with the statement, never later, so that the statement at fault fails. Django leaves a generated column
nullable; a key with an empty part would not be checked at all.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0014_equipment_assignments_absences")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE sessions ALTER COLUMN occupying SET NOT NULL",
            reverse_sql="ALTER TABLE sessions ALTER COLUMN occupying DROP NOT NULL",
        ),
        migrations.RunSQL(
            sql="""
                ALTER TABLE session_assignments ADD CONSTRAINT session_assignments_times_of_session
                FOREIGN KEY (session_id, starts_at, ends_at, occupying)
                REFERENCES sessions (id, starts_at, ends_at, occupying)
                ON UPDATE CASCADE ON DELETE CASCADE
            """,
            reverse_sql="ALTER TABLE session_assignments DROP CONSTRAINT session_assignments_times_of_session",
        ),
    ]
