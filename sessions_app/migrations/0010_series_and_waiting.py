import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0009_members_of_companies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitlistEntry",
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
                    "room_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("recording", "recording"),
                            ("mixing", "mixing"),
                            ("mastering", "mastering"),
                            ("rehearsal", "rehearsal"),
                            ("live", "live"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                        verbose_name="kind of room",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("studio", "in the studio"),
                            ("location", "on location"),
                            ("remote", "remote"),
                            ("visit", "visit"),
                            ("mixing", "mixing"),
                            ("mastering", "mastering"),
                            ("blocker", "blocked"),
                        ],
                        db_default="studio",
                        default="studio",
                        max_length=50,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=255, verbose_name="title")),
                ("wanted_from", models.DateTimeField(verbose_name="from")),
                ("wanted_to", models.DateTimeField(verbose_name="to")),
                ("length_minutes", models.PositiveIntegerField(help_text="Minutes.", verbose_name="length")),
                ("group_size", models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="people")),
                ("notes", models.TextField(blank=True, db_default="", default="", verbose_name="notes")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("booked", "booked"), ("withdrawn", "withdrawn")],
                        db_default="waiting",
                        default="waiting",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "waitlist entry",
                "verbose_name_plural": "waitlist",
                "db_table": "waitlist_entries",
            },
        ),
        migrations.CreateModel(
            name="WaitlistOffer",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("expired", "expired"),
                        ],
                        db_default="open",
                        default="open",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "db_table": "waitlist_offers",
            },
        ),
        migrations.AddField(
            model_name="studiosession",
            name="occurs_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="date in the series"),
        ),
        migrations.AddField(
            model_name="studiosession",
            name="own_time",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Moved by itself: it does not follow the series' time.",
                verbose_name="own time",
            ),
        ),
        migrations.CreateModel(
            name="HoldChallenge",
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
                ("ends_at", models.DateTimeField(verbose_name="deadline")),
                (
                    "is_firm",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="The challenger is booked the moment the slot is theirs; otherwise their hold moves up.",
                        verbose_name="challenger has confirmed",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("answered", "first holder confirmed"),
                            ("won", "first holder lost the slot"),
                            ("withdrawn", "withdrawn"),
                        ],
                        db_default="open",
                        default="open",
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
                (
                    "challenger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="challenges_made",
                        to="sessions_app.studiosession",
                        verbose_name="challenger",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="challenges",
                        to="sessions_app.studiosession",
                        verbose_name="first hold",
                    ),
                ),
            ],
            options={
                "verbose_name": "challenge",
                "verbose_name_plural": "challenges",
                "db_table": "hold_challenges",
            },
        ),
        migrations.CreateModel(
            name="SessionRequest",
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
                    "awaits",
                    models.CharField(
                        choices=[("approval", "approval"), ("payment", "payment")],
                        db_default="approval",
                        default="approval",
                        max_length=16,
                        verbose_name="awaits",
                    ),
                ),
                (
                    "visitor_key",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="A digest that tells visitors apart; empty for requests that the staff wrote down.",
                        max_length=64,
                        verbose_name="visitor",
                    ),
                ),
                (
                    "visitor_name",
                    models.CharField(blank=True, db_default="", default="", max_length=255, verbose_name="name"),
                ),
                (
                    "visitor_email",
                    models.EmailField(
                        blank=True, db_default="", default="", max_length=254, verbose_name="e-mail address"
                    ),
                ),
                (
                    "visitor_phone",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="phone"),
                ),
                (
                    "message",
                    models.TextField(blank=True, db_default="", default="", max_length=5000, verbose_name="message"),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="request",
                        to="sessions_app.studiosession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "request",
                "verbose_name_plural": "requests",
                "db_table": "session_requests",
            },
        ),
        migrations.CreateModel(
            name="SessionSeries",
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
                ("title", models.CharField(max_length=255, verbose_name="title")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("studio", "in the studio"),
                            ("location", "on location"),
                            ("remote", "remote"),
                            ("visit", "visit"),
                            ("mixing", "mixing"),
                            ("mastering", "mastering"),
                            ("blocker", "blocked"),
                        ],
                        db_default="studio",
                        default="studio",
                        max_length=50,
                        verbose_name="kind",
                    ),
                ),
                (
                    "booking_type",
                    models.CharField(
                        choices=[
                            ("hourly", "by the hour"),
                            ("half_day", "half day"),
                            ("daily", "by the day"),
                            ("lockout", "lockout"),
                            ("dry_hire", "dry hire"),
                        ],
                        db_default="hourly",
                        default="hourly",
                        max_length=16,
                        verbose_name="booking type",
                    ),
                ),
                (
                    "location",
                    models.CharField(blank=True, db_default="", default="", max_length=255, verbose_name="place"),
                ),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="description")),
                ("notes", models.TextField(blank=True, db_default="", default="", verbose_name="notes")),
                (
                    "rule",
                    models.CharField(
                        help_text="RRULE, e.g. FREQ=WEEKLY;BYDAY=TU;COUNT=10.", max_length=255, verbose_name="rule"
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(
                        help_text="The rule counts its days, weeks or months from here.", verbose_name="from"
                    ),
                ),
                ("start_time", models.TimeField(help_text="On the wall clock of the zone.", verbose_name="start")),
                (
                    "length_minutes",
                    models.PositiveIntegerField(
                        help_text="Minutes that pass, also over a change.", verbose_name="length"
                    ),
                ),
                (
                    "day_shift",
                    models.SmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="By how many days all were moved off the rule's dates.",
                        verbose_name="days later",
                    ),
                ),
                ("time_zone", models.CharField(max_length=64, verbose_name="time zone")),
                (
                    "skipped_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        db_default=models.Value(
                            [], django.contrib.postgres.fields.ArrayField(base_field=models.DateField())
                        ),
                        default=list,
                        help_text="Dates of the rule on which nothing was booked.",
                        verbose_name="skipped dates",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in-house. Of sessions still to be added; each session has its own.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="series",
                        to="sessions_app.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: a series from its beginning, and after that series is deleted.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="parts",
                        to="sessions_app.sessionseries",
                        verbose_name="split off from",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        help_text="Optional. Of sessions still to be added; each session has its own.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="series",
                        to="sessions_app.project",
                        verbose_name="project",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: remote or on location. Of sessions still to be added; each session has its own.",
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="series",
                        to="sessions_app.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "series",
                "verbose_name_plural": "series",
                "db_table": "session_series",
            },
        ),
        migrations.AddField(
            model_name="studiosession",
            name="series",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: a single session, and after the series is deleted.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="sessions",
                to="sessions_app.sessionseries",
                verbose_name="series",
            ),
        ),
        migrations.AddConstraint(
            model_name="studiosession",
            constraint=models.CheckConstraint(
                condition=models.Q(("series__isnull", True), ("occurs_on__isnull", False), _connector="OR"),
                name="sessions_of_series_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="studiosession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("series__isnull", False)),
                fields=("series", "occurs_on"),
                name="sessions_once_in_series",
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="waitlist_entries",
                to="sessions_app.client",
                verbose_name="client",
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
            name="room",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: any room, of the kind where one is chosen.",
                null=True,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="waitlist_entries",
                to="sessions_app.room",
                verbose_name="room",
            ),
        ),
        migrations.AddField(
            model_name="waitlistoffer",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="offers",
                to="sessions_app.waitlistentry",
                verbose_name="waitlist entry",
            ),
        ),
        migrations.AddField(
            model_name="waitlistoffer",
            name="session",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="offer",
                to="sessions_app.studiosession",
                verbose_name="held slot",
            ),
        ),
        migrations.AddIndex(
            model_name="holdchallenge",
            index=models.Index(condition=models.Q(("outcome", "open")), fields=["ends_at"], name="hold_challenges_due"),
        ),
        migrations.AddConstraint(
            model_name="holdchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["open", "answered", "won", "withdrawn"])),
                name="hold_challenges_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "open"), ("settled_at__isnull", True)),
                    models.Q(models.Q(("outcome", "open"), _negated=True), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="hold_challenges_settled_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdchallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold", models.F("challenger")), _negated=True), name="hold_challenges_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdchallenge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "open")),
                fields=("hold",),
                name="hold_challenges_one_open",
                violation_error_message="This hold is challenged already.",
            ),
        ),
        migrations.AddIndex(
            model_name="sessionrequest",
            index=models.Index(
                condition=models.Q(("visitor_key", ""), _negated=True),
                fields=["visitor_key"],
                name="session_requests_of_visitor",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("awaits__in", ["approval", "payment"])), name="session_requests_awaits_known"
            ),
        ),
        migrations.AddIndex(
            model_name="sessionseries",
            index=models.Index(
                condition=models.Q(("origin__isnull", False)), fields=["origin"], name="session_series_parts"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["studio", "location", "remote", "visit", "mixing", "mastering", "blocker"])
                ),
                name="session_series_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("booking_type__in", ["hourly", "half_day", "daily", "lockout", "dry_hire"])),
                name="session_series_booking_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("rule__regex", "^FREQ=(DAILY|WEEKLY|MONTHLY);.*(COUNT|UNTIL)=\\d+$")),
                name="session_series_rule_ends",
                violation_error_message="A series repeats daily, weekly or monthly, and ends.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("length_minutes__gte", 1), ("length_minutes__lte", 10080)),
                name="session_series_length_in_a_week",
                violation_error_message="A session of a series lasts a week at most.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("day_shift__gte", -31), ("day_shift__lte", 31)),
                name="session_series_shift_in_a_month",
                violation_error_message="A series is moved by a month at most.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("time_zone", ""), _negated=True), name="session_series_zone_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin", models.F("pk")), _negated=True), name="session_series_not_its_own_part"
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["wanted_to"], name="waitlist_entries_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "booked", "withdrawn"])),
                name="waitlist_entries_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["studio", "location", "remote", "visit", "mixing", "mastering", "blocker"])
                ),
                name="waitlist_entries_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("room_kind__in", ["", "recording", "mixing", "mastering", "rehearsal", "live"])),
                name="waitlist_entries_room_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("room__isnull", True), ("room_kind", ""), _connector="OR"),
                name="waitlist_entries_room_or_kind",
                violation_error_message="Choose a room, or a kind of room, not both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("wanted_to__gt", models.F("wanted_from"))),
                name="waitlist_entries_window_in_order",
                violation_error_message="The window ends after it starts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("length_minutes__gte", 1), ("length_minutes__lte", 10080)),
                name="waitlist_entries_length_in_a_week",
                violation_error_message="A session lasts between a minute and a week.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("group_size__gte", 1)),
                name="waitlist_entries_somebody_comes",
                violation_error_message="At least one person comes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "accepted", "declined", "expired"])),
                name="waitlist_offers_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("entry",), name="waitlist_offers_one_open"
            ),
        ),
    ]
