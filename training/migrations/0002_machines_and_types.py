"""What training sessions are about to need: machines, types, and columns that may be empty for now."""

import django.contrib.postgres.constraints
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import studio.db
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Machine",
            fields=[
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("machine_number", models.IntegerField(verbose_name="number")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "is_available",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="A machine works until somebody says otherwise. Switched off: no new bookings, those there stay.",
                        verbose_name="available",
                    ),
                ),
                (
                    "retired_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: in use. Retired: only its history is shown.",
                        null=True,
                        verbose_name="retired",
                    ),
                ),
            ],
            options={
                "verbose_name": "machine",
                "verbose_name_plural": "machines",
                "db_table": "machines",
            },
        ),
        migrations.CreateModel(
            name="SessionType",
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
                ("code", models.CharField(max_length=50, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="description")),
                (
                    "colour",
                    models.CharField(db_default="#64748b", default="#64748b", max_length=7, verbose_name="colour"),
                ),
                (
                    "attendee",
                    models.CharField(
                        choices=[
                            ("anyone", "any member"),
                            ("trial", "a trial member"),
                            ("full", "a full member"),
                            ("collaboration", "a collaboration member"),
                            ("guest", "a guest of another house"),
                            ("nobody", "nobody"),
                        ],
                        db_default="anyone",
                        default="anyone",
                        max_length=16,
                        verbose_name="who has it",
                    ),
                ),
                ("takes_credit", models.BooleanField(db_default=False, default=False, verbose_name="takes a credit")),
                (
                    "counts_in_cap",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Most sessions do. Switched off: the limit of sessions a week leaves it out.",
                        verbose_name="counts in the week",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="Lower ones are offered first.", verbose_name="position"
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Switched off: no new session can have it.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "session type",
                "verbose_name_plural": "session types",
                "db_table": "session_types",
            },
        ),
        migrations.AddField(
            model_name="member",
            name="waiver_expires_on",
            field=models.DateField(
                blank=True,
                help_text="From this day on nothing can be booked.",
                null=True,
                verbose_name="waiver expires on",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="waiver_signed_on",
            field=models.DateField(blank=True, null=True, verbose_name="waiver signed on"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="user",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty for a trainer who does not sign in, and after the account is deleted.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="actual_end",
            field=models.DateTimeField(blank=True, null=True, verbose_name="real end"),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="actual_start",
            field=models.DateTimeField(blank=True, null=True, verbose_name="real start"),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="cancellation_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="cancellation reason"
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="cancelled at"),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty when nobody of the staff did, and after the account is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="cancelled by",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="cancelled_by_label",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=420, verbose_name="cancelled by"
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="guest_first_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="guest's first name"
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="guest_gym_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=255, verbose_name="guest's house"),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="guest_last_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="guest's last name"
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="member",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: a guest, or nobody.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="training.member",
                verbose_name="member",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="overlap_kept",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Taken over although it overlaps another session.",
                verbose_name="overlap to settle",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="trainer_label",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="As it was when the trainer was assigned or last renamed.",
                max_length=520,
                verbose_name="trainer's name",
            ),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="trainer",
            field=models.ForeignKey(
                blank=True,
                db_comment="Optional: may be assigned as late as at completion. Emptied when the trainer is deleted.",
                db_index=False,
                help_text="Empty: not assigned yet, which may wait until completion, or the trainer is deleted.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="sessions",
                to="training.trainer",
                verbose_name="trainer",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.UniqueConstraint(
                fields=("machine_number",),
                name="machines_number_once",
                violation_error_message="There is a machine of that number already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.CheckConstraint(
                condition=models.Q(("machine_number__gt", 0)),
                name="machines_number_positive",
                violation_error_message="Machines are numbered from 1.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="machines_name_given",
                violation_error_message="A machine has a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.CheckConstraint(
                condition=models.Q(("retired_at__isnull", True), ("is_available", False), _connector="OR"),
                name="machines_retired_is_off",
                violation_error_message="A retired machine is not available.",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="machine",
            field=models.ForeignKey(
                db_comment="Required: the machine the session takes place on. A machine with sessions cannot be deleted.",
                db_index=False,
                help_text="Required. A machine with sessions cannot be deleted.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="training.machine",
                verbose_name="machine",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.UniqueConstraint(
                fields=("code",),
                name="session_types_code_once",
                violation_error_message="There is a session type of that code already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^\\S(.*\\S)?$")),
                name="session_types_code_plain",
                violation_error_message="A code begins and ends with a letter or digit.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="session_types_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("attendee__in", ["anyone", "trial", "full", "collaboration", "guest", "nobody"])),
                name="session_types_attendee_known",
                violation_error_message="Choose who has such a session.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attendee", "guest"), ("code", "multi_site")),
                    models.Q(
                        models.Q(("code", "multi_site"), _negated=True), models.Q(("attendee", "guest"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="session_types_guests_are_multi_site",
                violation_error_message="Guests of another house have multi-site sessions, and nobody else has.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("takes_credit", False),
                    models.Q(("attendee__in", ["guest", "nobody"]), _negated=True),
                    _connector="OR",
                ),
                name="session_types_credit_of_a_member",
                violation_error_message="Only a member's session can take a credit.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=models.Q(("colour__regex", "^#[0-9a-fA-F]{6}$")),
                name="session_types_colour_hex",
                violation_error_message="A colour is # and six hexadecimal digits.",
            ),
        ),
    ]
