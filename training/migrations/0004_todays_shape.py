"""Every session has a machine and at most one member now: what the former shape had besides goes."""

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
    dependencies = [("training", "0003_one_machine_one_member")]

    operations = [
        migrations.AlterField(
            model_name="trainingsession",
            name="machine",
            field=models.ForeignKey(
                db_comment="Required: the machine the session takes place on. A machine with sessions cannot be deleted.",
                db_index=False,
                help_text="Required. A machine with sessions cannot be deleted.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="training.machine",
                verbose_name="machine",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="trainingsessionmember",
            name="training_session_members_once",
        ),
        migrations.AlterModelOptions(
            name="trainingsession",
            options={
                "permissions": [("override_weekly_cap", "Can book beyond the sessions of a week")],
                "verbose_name": "training session",
                "verbose_name_plural": "training sessions",
            },
        ),
        migrations.RemoveConstraint(
            model_name="trainingsession",
            name="training_sessions_max_participants_positive",
        ),
        migrations.AlterField(
            model_name="member",
            name="gender",
            field=models.CharField(
                blank=True,
                choices=[("male", "male"), ("female", "female")],
                db_default="",
                default="",
                max_length=16,
                verbose_name="gender",
            ),
        ),
        migrations.AlterField(
            model_name="member",
            name="notes",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="notes"),
        ),
        migrations.AlterField(
            model_name="member",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=50, verbose_name="phone"),
        ),
        migrations.AlterField(
            model_name="member",
            name="uniform_size",
            field=models.CharField(
                blank=True,
                choices=[("XS", "XS"), ("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")],
                db_default="",
                default="",
                max_length=16,
                verbose_name="uniform",
            ),
        ),
        migrations.AlterField(
            model_name="trainer",
            name="email",
            field=models.EmailField(blank=True, db_default="", default="", max_length=255, verbose_name="e-mail"),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="current_participants",
            field=models.IntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="1 with a member or a guest, else 0.",
                verbose_name="participants",
            ),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="notes",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="notes"),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="status",
            field=models.CharField(
                choices=[
                    ("scheduled", "scheduled"),
                    ("in_progress", "in progress"),
                    ("completed", "completed"),
                    ("cancelled", "cancelled"),
                    ("no_show", "no-show"),
                ],
                db_default="scheduled",
                default="scheduled",
                max_length=50,
                verbose_name="status",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("first_name"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("last_name"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper("email"), "gin_trgm_ops"),
                name="members_search",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("referred_by_member__isnull", False)),
                fields=["referred_by_member"],
                name="members_referred_by",
            ),
        ),
        migrations.AddIndex(
            model_name="trainer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("first_name"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("last_name"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper("email"), "gin_trgm_ops"),
                name="trainers_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("waiver_expires_on__isnull", True),
                    ("waiver_signed_on__isnull", True),
                    ("waiver_expires_on__gt", models.F("waiver_signed_on")),
                    _connector="OR",
                ),
                name="members_waiver_expires_after_signing",
                violation_error_message="A waiver expires after the day on which it was signed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)),
                fields=("user",),
                name="trainers_user_once",
                violation_error_message="This account belongs to a trainer already.",
            ),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="session_type",
            field=models.ForeignKey(
                db_column="session_type",
                db_default="member",
                db_index=False,
                default="member",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="training.sessiontype",
                to_field="code",
                verbose_name="type",
            ),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=studio.db.LongNamedIndex(fields=["machine"], name="idx_training_sessions_machine_id"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(fields=["scheduled_start", "id"], name="training_sessions_by_start"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(fields=["trainer", "scheduled_start"], name="training_sessions_of_trainer"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(fields=["member", "scheduled_start"], name="training_sessions_of_member"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(fields=["session_type", "scheduled_start"], name="training_sessions_of_type"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(
                condition=models.Q(("cancelled_by__isnull", False)),
                fields=["cancelled_by"],
                name="training_sessions_cancelled_by",
            ),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(
                condition=models.Q(("overlap_kept", True)),
                fields=["scheduled_start"],
                name="training_sessions_to_settle",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("current_participants", 1),
                        models.Q(
                            models.Q(("guest_last_name", ""), ("member__isnull", False)),
                            models.Q(("member__isnull", True), models.Q(("guest_last_name", ""), _negated=True)),
                            _connector="OR",
                        ),
                    ),
                    models.Q(("current_participants", 0), ("guest_last_name", ""), ("member__isnull", True)),
                    _connector="OR",
                ),
                name="training_sessions_one_participant",
                violation_error_message="A session is for one member or one guest, or for nobody.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("session_type", "multi_site"),
                        models.Q(("guest_first_name", ""), _negated=True),
                        models.Q(("guest_last_name", ""), _negated=True),
                        models.Q(("guest_gym_name", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("session_type", "multi_site"), _negated=True),
                        ("guest_first_name", ""),
                        ("guest_gym_name", ""),
                        ("guest_last_name", ""),
                    ),
                    _connector="OR",
                ),
                name="training_sessions_guest_complete",
                violation_error_message="A guest of another house has a first name, a last name and a house.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("actual_end__isnull", True),
                    models.Q(("actual_end__gt", models.F("actual_start")), ("actual_start__isnull", False)),
                    _connector="OR",
                ),
                name="training_sessions_actual_end_after_start",
                violation_error_message="A session must have ended after it started.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(models.Q(("status", "cancelled"), _negated=True), ("overlap_kept", False)),
                expressions=[("machine", "="), (studio.db.TsTzRange("scheduled_start", "scheduled_end"), "&&")],
                name="training_sessions_machine_free",
                violation_error_message="The machine is taken at that time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(models.Q(("status", "cancelled"), _negated=True), ("overlap_kept", False)),
                expressions=[("trainer", "="), (studio.db.TsTzRange("scheduled_start", "scheduled_end"), "&&")],
                name="training_sessions_trainer_free",
                violation_error_message="The trainer has another session at that time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(models.Q(("status", "cancelled"), _negated=True), ("overlap_kept", False)),
                expressions=[("member", "="), (studio.db.TsTzRange("scheduled_start", "scheduled_end"), "&&")],
                name="training_sessions_member_free",
                violation_error_message="The member has another session at that time.",
            ),
        ),
        migrations.RemoveField(
            model_name="trainingsession",
            name="location",
        ),
        migrations.RemoveField(
            model_name="trainingsession",
            name="max_participants",
        ),
        migrations.DeleteModel(
            name="TrainingSessionMember",
        ),
    ]
