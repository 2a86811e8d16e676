"""A session's project belongs to the session's client, unless the session has none.

A key on two columns says it: with either of them empty it does not apply (MATCH SIMPLE), so a session in-house may
work for any project and a client's session for none. Deleting the project empties the link alone, never the client.
Immediate, so that the statement at fault fails and not the commit; deferrable, so that merging two clients can move
projects and sessions one after the other.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0002_project_deposit_and_talent_type")]

    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE sessions ADD CONSTRAINT sessions_project_of_client
                FOREIGN KEY (project_id, client_id) REFERENCES projects (id, client_id)
                ON DELETE SET NULL (project_id) DEFERRABLE INITIALLY IMMEDIATE
            """,
            reverse_sql="ALTER TABLE sessions DROP CONSTRAINT sessions_project_of_client",
        ),
    ]
