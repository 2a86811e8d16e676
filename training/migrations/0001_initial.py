"""Training sessions in their former shape, which is the beginning of their history.

A trainer is required, a location is a word, several members may be on a session, machines are unknown. The three
migrations after this one bring it to what it is today, with every row that is here by then.
"""

import datetime

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

ID = (
    "id",
    models.UUIDField(
        db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False
    ),
)


def bookkeeping():
    return [
        ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
        (
            "updated_at",
            models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
    ]


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Trainer",
            fields=[
                ID,
                *bookkeeping(),
                ("first_name", models.CharField(max_length=255, verbose_name="first name")),
                ("last_name", models.CharField(max_length=255, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=255, null=True, verbose_name="e-mail")),
                (
                    "hourly_rate",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="hourly rate"
                    ),
                ),
                (
                    "languages",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="languages",
                    ),
                ),
            ],
            options={
                "verbose_name": "trainer",
                "verbose_name_plural": "trainers",
                "db_table": "trainers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("email", ""), _negated=True),
                        fields=("email",),
                        name="trainers_email_once",
                        violation_error_message="There is a trainer of that e-mail address already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hourly_rate__isnull", True), ("hourly_rate__gte", 0), _connector="OR"),
                        name="trainers_rate_not_negative",
                        violation_error_message="A rate may not be negative.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ID,
                *bookkeeping(),
                ("first_name", models.CharField(max_length=255, verbose_name="first name")),
                ("last_name", models.CharField(max_length=255, verbose_name="last name")),
                (
                    "email",
                    models.EmailField(blank=True, db_default="", default="", max_length=255, verbose_name="e-mail"),
                ),
                ("phone", models.CharField(blank=True, max_length=50, null=True, verbose_name="phone")),
                ("date_of_birth", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("male", "male"), ("female", "female")],
                        max_length=16,
                        null=True,
                        verbose_name="gender",
                    ),
                ),
                (
                    "member_type",
                    models.CharField(
                        choices=[("trial", "trial"), ("full", "full"), ("collaboration", "collaboration")],
                        db_default="full",
                        default="full",
                        max_length=16,
                        verbose_name="type",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("active", "active"),
                            ("suspended", "suspended"),
                            ("expired", "expired"),
                            ("inactive", "inactive"),
                        ],
                        db_default="active",
                        default="active",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("join_date", models.DateField(blank=True, null=True, verbose_name="joined on")),
                (
                    "uniform_size",
                    models.CharField(
                        blank=True,
                        choices=[("XS", "XS"), ("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")],
                        max_length=16,
                        null=True,
                        verbose_name="uniform",
                    ),
                ),
                (
                    "referred_by_member",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: by nobody known, and after that member is deleted.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="referrals",
                        to="training.member",
                        verbose_name="referred by",
                    ),
                ),
                ("notes", models.TextField(blank=True, null=True, verbose_name="notes")),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "db_table": "members",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("gender__in", ["", "male", "female"])), name="members_gender_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("member_type__in", ["trial", "full", "collaboration"])),
                        name="members_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["pending", "active", "suspended", "expired", "inactive"])),
                        name="members_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("uniform_size__in", ["", "XS", "S", "M", "L", "XL"])),
                        name="members_uniform_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("referred_by_member__isnull", True),
                            models.Q(("referred_by_member", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="members_not_referred_by_self",
                        violation_error_message="Nobody refers themselves.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("email", ""), _negated=True),
                        fields=("email",),
                        name="members_email_once",
                        violation_error_message="There is a member of that e-mail address already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrainingSession",
            fields=[
                ID,
                *bookkeeping(),
                (
                    "trainer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="training.trainer",
                        verbose_name="trainer",
                    ),
                ),
                ("scheduled_start", models.DateTimeField(verbose_name="start")),
                ("scheduled_end", models.DateTimeField(verbose_name="end")),
                (
                    "status",
                    models.CharField(
                        db_default="scheduled", default="scheduled", max_length=50, null=True, verbose_name="status"
                    ),
                ),
                ("max_participants", models.IntegerField(db_default=1, default=1, null=True)),
                (
                    "current_participants",
                    models.IntegerField(
                        db_default=0, default=0, editable=False, null=True, verbose_name="participants"
                    ),
                ),
                ("notes", models.TextField(blank=True, null=True, verbose_name="notes")),
                ("location", models.TextField(blank=True, null=True)),
                ("session_type", models.CharField(blank=True, max_length=50, null=True)),
            ],
            options={
                "verbose_name": "training session",
                "verbose_name_plural": "training sessions",
                "db_table": "training_sessions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["scheduled", "in_progress", "completed", "cancelled", "no_show"])
                        ),
                        name="training_sessions_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_participants__gt", 0)),
                        name="training_sessions_max_participants_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("current_participants__gte", 0)),
                        name="training_sessions_participants_not_negative",
                        violation_error_message="Participants are counted from 0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scheduled_end__gte", models.F("scheduled_start") + datetime.timedelta(minutes=15)),
                            ("scheduled_end__lte", models.F("scheduled_start") + datetime.timedelta(hours=8)),
                        ),
                        name="training_sessions_length",
                        violation_error_message="A session lasts from 15 minutes to 8 hours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scheduled_end__gt", models.F("scheduled_start"))),
                        name="training_sessions_ends_after_start",
                        violation_error_message="A session must end after it starts.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrainingSessionMember",
            fields=[
                ID,
                *bookkeeping(),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="members",
                        to="training.trainingsession",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="training.member"
                    ),
                ),
                ("booking_status", models.CharField(db_default="confirmed", default="confirmed", max_length=50)),
            ],
            options={
                "db_table": "training_session_members",
                "constraints": [
                    models.UniqueConstraint(fields=("session", "member"), name="training_session_members_once"),
                ],
            },
        ),
    ]
