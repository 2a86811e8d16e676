"""Whoever a mail did not reach is called, and that is written down as well."""

from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError


def refuse_to_lose(apps, schema_editor):
    """Go back only where nobody was called after a mail: the former table has no place for that."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outage_cases WHERE telling = 'mail' AND phoned_at IS NOT NULL")
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{schema_editor.connection.schema_name} has calls after lost mails: {count}.")


class Migration(migrations.Migration):
    dependencies = [("training", "0021_displaced_again")]

    operations = [
        migrations.RemoveConstraint(model_name="outagecase", name="outage_cases_phoned_where_asked"),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("phoned_at__isnull", True), models.Q(("telling", "nobody"), _negated=True), _connector="OR"
                ),
                name="outage_cases_phoned_where_asked",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
