"""What an outage displaced comes back where it was called off or ended early: a line of its own takes back the first."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

DECISIONS = ["moved", "settled", "left", "returned"]


def refuse_to_lose(apps, schema_editor):
    """Go back only where nothing came back: the former table has no place for that."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outage_cases WHERE decision = 'returned'")
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{schema_editor.connection.schema_name} has sessions that came back: {count}.")


class Migration(migrations.Migration):
    dependencies = [("training", "0023_plans_paid_in_parts")]

    operations = [
        migrations.AddField(
            model_name="outagecase",
            name="moved_to_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text=(
                    "The start it was given. Empty: it did not move, or was moved before this was written down."
                ),
                null=True,
                verbose_name="moved to",
            ),
        ),
        migrations.AddField(
            model_name="outagecase",
            name="takes_back",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                help_text="Empty for what stood in the way; else what came back.",
                null=True,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="taken_back_by",
                to="training.outagecase",
                verbose_name="takes back",
            ),
        ),
        migrations.AlterField(
            model_name="outagecase",
            name="decision",
            field=models.CharField(
                choices=[
                    ("moved", "moved"),
                    ("settled", "cancelled by the studio"),
                    ("left", "left where it is"),
                    ("returned", "back where it was"),
                ],
                db_default="left",
                default="left",
                max_length=16,
                verbose_name="decision",
            ),
        ),
        migrations.RemoveConstraint(model_name="outagecase", name="outage_cases_decision_known"),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", DECISIONS)), name="outage_cases_decision_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "returned"), ("takes_back__isnull", False)),
                    models.Q(models.Q(("decision", "returned"), _negated=True), ("takes_back__isnull", True)),
                    _connector="OR",
                ),
                name="outage_cases_returned_takes_back",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
