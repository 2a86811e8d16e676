"""What became of sessions, as it was said; taken back only where nothing was."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError


def refuse_to_lose(apps, schema_editor):
    """Go back only where nothing was said: the table has no former place, and nobody could make its rows again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM session_outcomes")
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{schema_editor.connection.schema_name} would lose its records (outcomes: {count}).")


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0012_membership_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("session_label", models.CharField(max_length=600, verbose_name="session")),
                (
                    "kind",
                    models.CharField(
                        choices=[("completed", "completed"), ("no_show", "no-show"), ("reopened", "reopened")],
                        db_default="completed",
                        default="completed",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "trainer_label",
                    models.CharField(blank=True, db_default="", default="", max_length=520, verbose_name="trainer"),
                ),
                ("actual_start", models.DateTimeField(blank=True, null=True, verbose_name="real start")),
                ("actual_end", models.DateTimeField(blank=True, null=True, verbose_name="real end")),
                (
                    "charged_here",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="The credit was taken by this act, not by the booking: taking it back gives the credit back.",
                        verbose_name="charged at completion",
                    ),
                ),
                (
                    "billable",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="No credit pays for it: an invoice may.",
                        verbose_name="to bill",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="reason"),
                ),
                (
                    "actor_label",
                    models.CharField(blank=True, db_default="", default="", max_length=420, verbose_name="by"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty for acts of the product itself, and once the account is deleted: the label stays.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "reversed_outcome",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty for a line that says how the session was.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="training.sessionoutcome",
                        verbose_name="takes back",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty after the session is deleted: its name and time stay.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="outcomes",
                        to="training.trainingsession",
                        verbose_name="session",
                    ),
                ),
                (
                    "trainer",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: nobody, and after the trainer is deleted: the name stays.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="outcomes",
                        to="training.trainer",
                        verbose_name="trainer",
                    ),
                ),
            ],
            options={
                "verbose_name": "session outcome",
                "verbose_name_plural": "session outcomes",
                "db_table": "session_outcomes",
                "permissions": [("reopen_sessionoutcome", "Can reopen completed sessions")],
                "indexes": [
                    models.Index(fields=["session", "id"], name="session_outcomes_of_session"),
                    models.Index(fields=["trainer", "at"], name="session_outcomes_of_trainer"),
                    models.Index(
                        condition=models.Q(("account__isnull", False)), fields=["account"], name="session_outcomes_by"
                    ),
                    models.Index(fields=["-at", "-id"], name="session_outcomes_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["completed", "no_show", "reopened"])),
                        name="session_outcomes_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("session_label", ""), _negated=True), name="session_outcomes_session_named"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "reopened"),
                                ("reversed_outcome__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(models.Q(("kind", "reopened"), _negated=True), ("reversed_outcome__isnull", True)),
                            _connector="OR",
                        ),
                        name="session_outcomes_reopened_for_a_reason",
                        violation_error_message="What is taken back has a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actual_end__gt", models.F("actual_start")), ("kind", "completed")),
                            models.Q(
                                models.Q(("kind", "completed"), _negated=True),
                                ("actual_end__isnull", True),
                                ("actual_start__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="session_outcomes_times_of_what_took_place",
                        violation_error_message="A completed session has a real start and a later real end.",
                    ),
                ],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
