"""A session that came back into the way of an outage is displaced again where that is prolonged."""

from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

TWICE = """
    SELECT count(*) FROM (SELECT FROM outage_cases WHERE session_id IS NOT NULL
        GROUP BY outage_id, session_id, was_starts_at HAVING count(*) > 1) AS twice
"""


def refuse_to_lose(apps, schema_editor):
    """Go back only where nothing was displaced twice: the former table has no place for the second time."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TWICE)
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{schema_editor.connection.schema_name} has sessions displaced twice: {count}.")


class Migration(migrations.Migration):
    dependencies = [("training", "0020_former_types_and_their_rules")]

    operations = [
        migrations.RemoveConstraint(model_name="outagecase", name="outage_cases_once"),
        migrations.AddIndex(
            model_name="outagecase",
            index=models.Index(fields=["outage", "was_starts_at"], name="outage_cases_of_outage"),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
