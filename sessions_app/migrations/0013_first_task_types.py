"""A studio that is open already gets the task types that a new one is given when it opens.

A studio that is being set up has no profile yet: its are seeded with the rest (sessions_app.receivers). One that has
task types of its own keeps them alone.
"""

from django.db import migrations

SEED = """
INSERT INTO task_types (name, hourly_rate, billable, colour, position, updated_at)
SELECT seed.name, seed.hourly_rate, seed.billable, seed.colour, seed.position, now()
FROM (VALUES
    ('Setup', 50.00, true, '#0891b2', 1),
    ('Recording', 75.00, true, '#dc2626', 2),
    ('Mixing', 60.00, true, '#2563eb', 3),
    ('Mastering', 80.00, true, '#9333ea', 4),
    ('Break', 0.00, false, '#64748b', 5)
) AS seed (name, hourly_rate, billable, colour, position)
WHERE EXISTS (SELECT FROM studio_profile) AND NOT EXISTS (SELECT FROM task_types)
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0012_time_guards"), ("office", "0001_initial")]

    operations = [migrations.RunSQL(SEED, migrations.RunSQL.noop)]
