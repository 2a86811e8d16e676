"""Studio sessions: the bookings of rooms and people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _
from psycopg.types.multirange import TimestamptzMultirange

from sessions_app.models.agreement import Agreement, BookingType, DepositSource, PaymentStatus, TotalSource
from sessions_app.models.attendance import Attendance
from sessions_app.models.client import Client
from sessions_app.models.project import Project
from sessions_app.models.room import Room
from studio.db import CreatedUpdated, TsTzRange
from studio.showing import stamp


class SessionKind(models.TextChoices):
    """Where the work is done, or that there is none."""

    STUDIO = "studio", _("in the studio")
    LOCATION = "location", _("on location")
    REMOTE = "remote", _("remote")
    VISIT = "visit", _("visit")
    MIXING = "mixing", _("mixing")
    MASTERING = "mastering", _("mastering")
    BLOCKER = "blocker", _("blocked")


class SessionStatus(models.TextChoices):
    """Where a session is in its life; sessions_app/services/states.py has the moves."""

    HOLD = "hold", _("on hold")
    REQUESTED = "requested", _("requested")
    SCHEDULED = "scheduled", _("scheduled")
    IN_PROGRESS = "in_progress", _("in progress")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")
    NO_SHOW = "no_show", _("no-show")
    EXPIRED = "expired", _("expired")


OCCUPYING_STATUSES = (
    SessionStatus.REQUESTED,
    SessionStatus.SCHEDULED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
    SessionStatus.NO_SHOW,
)
PROVISIONAL_STATUSES = (SessionStatus.HOLD, SessionStatus.REQUESTED)  # they end by themselves at hold_expires_at
LIVE_STATUSES = (*PROVISIONAL_STATUSES, SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)  # somebody will say more
TAKES_ITS_SLOT = Q(status__in=[status.value for status in OCCUPYING_STATUSES]) | Q(
    status=SessionStatus.HOLD.value, hold_rank=1
)


class StudioSessionQuerySet(models.QuerySet["StudioSession"]):
    """Sessions."""

    def upcoming(self, now: datetime) -> Self:
        """Keep those that have not ended and are neither cancelled nor expired."""
        return self.filter(ends_at__gt=now).exclude(status__in=[SessionStatus.CANCELLED, SessionStatus.EXPIRED])

    def occupying(self) -> Self:
        """Keep those that take their slot, also where they overlap since before there was a rule."""
        return self.filter(TAKES_ITS_SLOT)

    def overdue(self, now: datetime) -> Self:
        """Keep holds and requests whose time is up."""
        return self.filter(status__in=PROVISIONAL_STATUSES, hold_expires_at__lte=now)

    def unexpired(self, now: datetime) -> Self:
        """Drop holds and requests whose time is up."""
        return self.exclude(status__in=PROVISIONAL_STATUSES, hold_expires_at__lte=now)

    def touching(self, start: datetime, end: datetime) -> Self:
        """Keep those that block some of [start, end), setup and teardown included; served by one index."""
        return self.touching_any([(start, end)])

    def touching_any(self, stretches: Iterable[tuple[datetime, datetime]]) -> Self:
        """Keep those that block some of one stretch [start, end) or another, however many there are."""
        periods = TimestamptzMultirange(DateTimeTZRange(start, end) for start, end in stretches)
        return self.alias(blocked=TsTzRange("blocked_from", "blocked_to")).filter(blocked__overlap=periods)

    def without_project(self) -> Self:
        """Keep those that belong to no project."""
        return self.filter(project__isnull=True)

    def to_settle(self) -> Self:
        """Keep those taken over although they overlap another."""
        return self.filter(overlap_kept=True)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class StudioSession(Agreement, Attendance, CreatedUpdated):
    """A stretch of time in a room, or elsewhere, for a client, for the house, or for nobody yet."""

    client = models.ForeignKey(
        Client,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        verbose_name=_("client"),
        help_text=_("Empty: in-house."),
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        verbose_name=_("room"),
        help_text=_("Empty: remote or on location."),
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="sessions",
        db_index=False,
        verbose_name=_("project"),
        help_text=_("Optional. Empty also after the project is deleted: the session stays, with the project's name."),
    )
    project_label = models.CharField(
        _("project's name"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("As it was when the project was linked or last renamed."),
    )
    series = models.ForeignKey(
        "SessionSeries",
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="sessions",
        db_index=False,
        verbose_name=_("series"),
        help_text=_("Empty: a single session, and after the series is deleted."),
    )
    # The date that the series' rule gave it, which it keeps wherever it moves.
    occurs_on = models.DateField(_("date in the series"), null=True, blank=True, editable=False)
    own_time = models.BooleanField(
        _("own time"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Moved by itself: it does not follow the series' time."),
    )

    kind = models.CharField(
        _("kind"), max_length=50, choices=SessionKind, default=SessionKind.STUDIO, db_default=SessionKind.STUDIO
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    location = models.CharField(_("place"), max_length=255, blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))  # exclusive: the next session may start at this very instant
    # It keeps the hour that was said: the instant alone does not, once the zone or its rules are changed.
    agreed_offset = models.SmallIntegerField(
        _("ahead of UTC when agreed"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Minutes, of the studio's clock at the start. Empty: not known."),
    )
    # With setup and teardown: instants, since interval arithmetic cannot stand in a constraint.
    blocked_from = models.DateTimeField(_("blocked from"), editable=False)
    blocked_to = models.DateTimeField(_("blocked to"), editable=False)

    status = models.CharField(
        _("status"),
        max_length=50,
        choices=SessionStatus,
        default=SessionStatus.SCHEDULED,
        db_default=SessionStatus.SCHEDULED,
    )
    hold_rank = models.PositiveSmallIntegerField(
        _("hold rank"), null=True, blank=True, help_text=_("1 keeps the slot, later ones wait for it.")
    )
    hold_expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    cancellation_reason = models.CharField(
        _("cancellation reason"), max_length=500, blank=True, default="", db_default=""
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("cancelled by"),
        help_text=_("Empty when nobody of the staff did, and after the account is deleted: the name stays."),
    )
    cancelled_by_label = models.CharField(
        _("cancelled by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    overlap_kept = models.BooleanField(
        _("overlap to settle"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Taken over although it overlaps another session."),
    )
    # What assignments copy by their key: whoever is needed for the session is taken exactly while this is true.
    occupying = models.GeneratedField(
        expression=Coalesce(
            models.ExpressionWrapper(TAKES_ITS_SLOT, output_field=models.BooleanField()), Value(value=False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("takes its slot"),
    )

    # How calendars of others know the session, and how often what they show of it has changed: a trigger counts.
    calendar_uid = models.UUIDField(_("calendar key"), default=uuid4, db_default=RandomUUID(), editable=False)
    sequence = models.PositiveIntegerField(_("version"), default=0, db_default=0, editable=False)

    objects = models.Manager.from_queryset(StudioSessionQuerySet)()

    class Meta:
        db_table = "sessions"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        permissions = [("undo_attendance", _("Can take back what was written down on the day"))]
        constraints = [
            models.CheckConstraint(name="sessions_kind_known", condition=Q(kind__in=SessionKind.values)),
            models.CheckConstraint(name="sessions_status_known", condition=Q(status__in=SessionStatus.values)),
            models.CheckConstraint(
                name="sessions_booking_type_known", condition=Q(booking_type__in=BookingType.values)
            ),
            models.CheckConstraint(
                name="sessions_total_source_known", condition=Q(total_source__in=TotalSource.values)
            ),
            models.CheckConstraint(
                name="sessions_deposit_source_known", condition=Q(deposit_source__in=DepositSource.values)
            ),
            models.CheckConstraint(name="sessions_payment_known", condition=Q(payment_status__in=PaymentStatus.values)),
            models.CheckConstraint(name="sessions_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="sessions_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session must end after it starts."),
            ),
            models.CheckConstraint(
                name="sessions_blocked_around_times",
                condition=Q(blocked_from__lte=F("starts_at"), blocked_to__gte=F("ends_at")),
                violation_error_message=_("Setup comes before the start, teardown after the end."),
            ),
            models.CheckConstraint(
                name="sessions_actual_end_after_start",
                condition=Q(actual_end__isnull=True) | Q(actual_start__isnull=False, actual_end__gt=F("actual_start")),
                violation_error_message=_("A session must have ended after it started."),
            ),
            models.CheckConstraint(
                name="sessions_hold_is_ranked",
                condition=~Q(status=SessionStatus.HOLD) | Q(hold_rank__isnull=False, hold_rank__gte=1),
                violation_error_message=_("A hold has a rank, from 1."),
            ),
            models.CheckConstraint(
                name="sessions_provisional_expires",
                condition=~Q(status__in=PROVISIONAL_STATUSES) | Q(hold_expires_at__isnull=False),
                violation_error_message=_("A hold or a request has a time at which it expires."),
            ),
            models.CheckConstraint(
                name="sessions_total_not_negative",
                condition=Q(total__isnull=True) | Q(total__gte=0),
                violation_error_message=_("A total may not be negative."),
            ),
            models.CheckConstraint(
                name="sessions_deposit_not_negative",
                condition=Q(deposit_amount__isnull=True) | Q(deposit_amount__gte=0),
                violation_error_message=_("A deposit may not be negative."),
            ),
            models.CheckConstraint(
                name="sessions_of_series_dated", condition=Q(series__isnull=True) | Q(occurs_on__isnull=False)
            ),
            models.UniqueConstraint(
                name="sessions_once_in_series", fields=["series", "occurs_on"], condition=Q(series__isnull=False)
            ),
            models.UniqueConstraint(name="sessions_times", fields=["id", "starts_at", "ends_at", "occupying"]),
            # Two one-sided ranges: between two sessions lies the longer of the first one's teardown and the
            # second one's setup, not the sum of both.
            ExclusionConstraint(
                name="sessions_room_free_before",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("blocked_from", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=TAKES_ITS_SLOT & Q(overlap_kept=False),
                violation_error_message=_("The room is taken at that time."),
            ),
            ExclusionConstraint(
                name="sessions_room_free_after",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "blocked_to"), RangeOperators.OVERLAPS),
                ],
                condition=TAKES_ITS_SLOT & Q(overlap_kept=False),
                violation_error_message=_("The room is taken at that time."),
            ),
        ]
        indexes = [
            # Any stretch of the timetable: a room's or the house's week, and what is in the way of a booking.
            GistIndex(TsTzRange("blocked_from", "blocked_to"), name="sessions_blocked_period"),
            models.Index(name="sessions_by_start", fields=["starts_at", "id"]),
            models.Index(name="sessions_of_client", fields=["client", "starts_at"]),
            models.Index(name="sessions_of_room", fields=["room", "starts_at"]),
            models.Index(name="sessions_of_project", fields=["project", "starts_at"]),
            models.Index(
                name="sessions_cancelled_by", fields=["cancelled_by"], condition=Q(cancelled_by__isnull=False)
            ),
            models.Index(
                name="sessions_checked_in_by", fields=["checked_in_by"], condition=Q(checked_in_by__isnull=False)
            ),
            models.Index(
                name="sessions_expiring",
                fields=["hold_expires_at"],
                condition=Q(status__in=[status.value for status in PROVISIONAL_STATUSES]),
            ),
            # What the first page counts and lists show as waiting: a few of all sessions.
            models.Index(
                name="sessions_live",
                fields=["starts_at"],
                condition=Q(status__in=[status.value for status in LIVE_STATUSES]),
            ),
            models.Index(name="sessions_to_settle", fields=["starts_at"], condition=Q(overlap_kept=True)),
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="sessions_search"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}, {stamp(self.starts_at)}"

    @property
    def takes_its_slot(self) -> bool:
        """Whether nobody else may have the room meanwhile."""
        return self.status in OCCUPYING_STATUSES or (self.status == SessionStatus.HOLD and self.hold_rank == 1)
