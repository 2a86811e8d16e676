import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0005_index_of_cancelled_by"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="request_notice_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Hours before the start until which clients may ask for it. Empty: the studio's own setting.",
                null=True,
                verbose_name="notice of a request",
            ),
        ),
        migrations.AddField(
            model_name="studiosession",
            name="calendar_uid",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                verbose_name="calendar key",
            ),
        ),
        migrations.AddField(
            model_name="studiosession",
            name="sequence",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="version"),
        ),
        migrations.CreateModel(
            name="NoticeText",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirmation", "confirmation"),
                            ("change", "change"),
                            ("cancellation", "cancellation"),
                            ("reminder", "reminder"),
                            ("hold_placed", "hold placed"),
                            ("hold_expiring", "hold about to expire"),
                            ("request_received", "request received"),
                            ("request_approved", "request approved"),
                            ("request_declined", "request declined"),
                        ],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                (
                    "is_enabled",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Switched off: no mail of this kind leaves.",
                        verbose_name="send it",
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Empty: the usual subject.",
                        max_length=200,
                        verbose_name="subject",
                    ),
                ),
                (
                    "opening",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Empty: the usual sentences.",
                        verbose_name="opening",
                    ),
                ),
            ],
            options={
                "verbose_name": "words of a mail",
                "verbose_name_plural": "words of mails",
                "db_table": "notice_texts",
                "constraints": [
                    models.UniqueConstraint(fields=("kind",), name="notice_texts_one_per_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "confirmation",
                                    "change",
                                    "cancellation",
                                    "reminder",
                                    "hold_placed",
                                    "hold_expiring",
                                    "request_received",
                                    "request_approved",
                                    "request_declined",
                                ],
                            )
                        ),
                        name="notice_texts_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
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
                (
                    "name",
                    models.CharField(
                        help_text="Where it is read, e.g. Phone of the front desk.", max_length=120, verbose_name="name"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("room", "one room"), ("person", "one person"), ("house", "the whole house")],
                        max_length=16,
                        verbose_name="shows",
                    ),
                ),
                (
                    "detail",
                    models.CharField(
                        choices=[
                            ("busy", "busy times only"),
                            ("titles", "titles and rooms"),
                            ("full", "titles, clients and notes"),
                        ],
                        db_default="titles",
                        default="titles",
                        max_length=16,
                        verbose_name="detail",
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_by_label",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=420, verbose_name="made by"
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="revoked")),
                ("last_read_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last read")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="Empty when the product made it, and once the account is deleted: the label stays.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only for one person, whose sessions it shows; it ends with the account.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only for one room.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="calendar_feeds",
                        to="sessions_app.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar feed",
                "verbose_name_plural": "calendar feeds",
                "db_table": "calendar_feeds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["room", "person", "house"])),
                        name="calendar_feeds_scope_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("detail__in", ["busy", "titles", "full"])),
                        name="calendar_feeds_detail_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="calendar_feeds_name_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", True), ("room__isnull", False), ("scope", "room")),
                            models.Q(("person__isnull", False), ("room__isnull", True), ("scope", "person")),
                            models.Q(("person__isnull", True), ("room__isnull", True), ("scope", "house")),
                            _connector="OR",
                        ),
                        name="calendar_feeds_shows_one_thing",
                        violation_error_message="A feed shows one room, one person, or the whole house.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionNotice",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirmation", "confirmation"),
                            ("change", "change"),
                            ("cancellation", "cancellation"),
                            ("reminder", "reminder"),
                            ("hold_placed", "hold placed"),
                            ("hold_expiring", "hold about to expire"),
                            ("request_received", "request received"),
                            ("request_approved", "request approved"),
                            ("request_declined", "request declined"),
                        ],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("occasion", models.CharField(editable=False, max_length=64, verbose_name="occasion")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("written", "written"),
                            ("no_address", "no address is known"),
                            ("not_wanted", "the staff did not want it"),
                            ("switched_off", "mails of this kind are switched off"),
                        ],
                        db_default="written",
                        default="written",
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("letter", models.CharField(blank=True, db_default="", default="", editable=False, max_length=32)),
                ("starts_at", models.DateTimeField(verbose_name="start")),
                ("ends_at", models.DateTimeField(verbose_name="end")),
                ("told_at", models.DateTimeField(verbose_name="told")),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="notices",
                        to="sessions_app.studiosession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "mail to a client",
                "verbose_name_plural": "mails to clients",
                "db_table": "session_notices",
                "indexes": [models.Index(fields=["-told_at", "-id"], name="session_notices_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "kind", "occasion"), name="session_notices_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "confirmation",
                                    "change",
                                    "cancellation",
                                    "reminder",
                                    "hold_placed",
                                    "hold_expiring",
                                    "request_received",
                                    "request_approved",
                                    "request_declined",
                                ],
                            )
                        ),
                        name="session_notices_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["written", "no_address", "not_wanted", "switched_off"])),
                        name="session_notices_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "written"), models.Q(("letter", ""), _negated=True)),
                            models.Q(models.Q(("outcome", "written"), _negated=True), ("letter", "")),
                            _connector="OR",
                        ),
                        name="session_notices_letter_when_written",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("occasion", ""), _negated=True), name="session_notices_occasion_given"
                    ),
                ],
            },
        ),
    ]
