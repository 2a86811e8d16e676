"""Outages of machines and what they displaced; taken back only where there are none."""

import datetime
import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import studio.db
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError


def refuse_to_lose(apps, schema_editor):
    """Go back only where no machine was out: what was decided, and who was told, has no former place."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM machine_outages")
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{schema_editor.connection.schema_name} would lose its records (outages: {count}).")


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0014_outcomes_stay"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OutageCase",
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
                ("was_starts_at", models.DateTimeField(verbose_name="start before")),
                ("was_ends_at", models.DateTimeField(verbose_name="end before")),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("moved", "moved"),
                            ("settled", "cancelled by the studio"),
                            ("left", "left where it is"),
                        ],
                        db_default="left",
                        default="left",
                        max_length=16,
                        verbose_name="decision",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Of what is left alone.",
                        max_length=500,
                        verbose_name="left because",
                    ),
                ),
                (
                    "telling",
                    models.CharField(
                        choices=[("nobody", "nothing to tell"), ("mail", "by mail"), ("phone", "by telephone")],
                        db_default="nobody",
                        default="nobody",
                        max_length=16,
                        verbose_name="told",
                    ),
                ),
                ("letter", models.CharField(blank=True, db_default="", default="", editable=False, max_length=32)),
                ("phoned_at", models.DateTimeField(blank=True, null=True, verbose_name="telephoned")),
                (
                    "phoned_by_label",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=420,
                        verbose_name="telephoned by",
                    ),
                ),
            ],
            options={
                "verbose_name": "session in the way of an outage",
                "verbose_name_plural": "sessions in the way of outages",
                "db_table": "outage_cases",
            },
        ),
        migrations.CreateModel(
            name="MachineOutage",
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
                ("starts_at", models.DateTimeField(verbose_name="out from")),
                ("ends_at", models.DateTimeField(verbose_name="back from")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "called_off_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: it stands. Called off: it never came to it.",
                        null=True,
                        verbose_name="called off",
                    ),
                ),
                (
                    "planned_by_label",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=420, verbose_name="planned by"
                    ),
                ),
                (
                    "machine",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outages",
                        to="training.machine",
                        verbose_name="machine",
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty when nobody of the staff did, and after the account is deleted: the name stays.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="planned by",
                    ),
                ),
            ],
            options={
                "verbose_name": "outage",
                "verbose_name_plural": "outages",
                "db_table": "machine_outages",
            },
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="outage",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="Whose time it blocks. Empty: it is a session.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="blocks",
                to="training.machineoutage",
                verbose_name="outage",
            ),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(
                condition=models.Q(("outage__isnull", False)), fields=["outage"], name="training_sessions_of_outage"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outage__isnull", True),
                    models.Q(("current_participants", 0), ("session_type", "outage")),
                    _connector="OR",
                ),
                name="training_sessions_outage_blocks",
                violation_error_message="Only an outage blocks a machine for an outage.",
            ),
        ),
        migrations.AddField(
            model_name="outagecase",
            name="outage",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="cases",
                to="training.machineoutage",
                verbose_name="outage",
            ),
        ),
        migrations.AddField(
            model_name="outagecase",
            name="phoned_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty before the call, and after the account is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="telephoned by",
            ),
        ),
        migrations.AddField(
            model_name="outagecase",
            name="session",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty after the session is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="outage_cases",
                to="training.trainingsession",
                verbose_name="session",
            ),
        ),
        migrations.AddIndex(
            model_name="machineoutage",
            index=models.Index(fields=["machine", "starts_at"], name="machine_outages_of_machine"),
        ),
        migrations.AddIndex(
            model_name="machineoutage",
            index=models.Index(fields=["-starts_at", "-id"], name="machine_outages_newest"),
        ),
        migrations.AddIndex(
            model_name="machineoutage",
            index=models.Index(
                condition=models.Q(("planned_by__isnull", False)),
                fields=["planned_by"],
                name="machine_outages_planned_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="machineoutage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at__gt", models.F("starts_at")),
                    (
                        "ends_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(days=92))
                        ),
                    ),
                ),
                name="machine_outages_length",
                violation_error_message="An outage ends after it starts, 92 days later at most.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machineoutage",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="machine_outages_reason_given",
                violation_error_message="Say why the machine is out of order.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machineoutage",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("called_off_at__isnull", True)),
                expressions=[("machine", "="), (studio.db.TsTzRange("starts_at", "ends_at"), "&&")],
                name="machine_outages_one_at_a_time",
                violation_error_message="The machine is out of order at that time already.",
            ),
        ),
        migrations.AddIndex(
            model_name="outagecase",
            index=models.Index(
                condition=models.Q(("session__isnull", False)), fields=["session"], name="outage_cases_of_session"
            ),
        ),
        migrations.AddIndex(
            model_name="outagecase",
            index=models.Index(
                condition=models.Q(("phoned_at__isnull", True), ("telling", "phone")),
                fields=["outage"],
                name="outage_cases_to_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="outagecase",
            index=models.Index(fields=["-was_starts_at", "-id"], name="outage_cases_newest"),
        ),
        migrations.AddIndex(
            model_name="outagecase",
            index=models.Index(
                condition=models.Q(("phoned_by__isnull", False)), fields=["phoned_by"], name="outage_cases_phoned_by"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.UniqueConstraint(fields=("outage", "session", "was_starts_at"), name="outage_cases_once"),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["moved", "settled", "left"])), name="outage_cases_decision_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("telling__in", ["nobody", "mail", "phone"])), name="outage_cases_telling_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("session_label", ""), _negated=True), name="outage_cases_session_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("was_ends_at__gt", models.F("was_starts_at"))), name="outage_cases_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "left"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("decision", "left"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="outage_cases_left_for_a_reason",
                violation_error_message="What is left alone is so for a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("telling", "mail"), models.Q(("letter", ""), _negated=True)),
                    models.Q(models.Q(("telling", "mail"), _negated=True), ("letter", "")),
                    _connector="OR",
                ),
                name="outage_cases_letter_when_mailed",
            ),
        ),
        migrations.AddConstraint(
            model_name="outagecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("phoned_at__isnull", True), ("telling", "phone"), _connector="OR"),
                name="outage_cases_phoned_where_asked",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
