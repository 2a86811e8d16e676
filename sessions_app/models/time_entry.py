"""Hours that somebody worked on a session, a project or a track."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.project import Project
from sessions_app.models.session import StudioSession
from sessions_app.models.task_type import TaskType
from sessions_app.models.track import Track
from studio.db import CreatedUpdated, TsTzRange
from studio.money import quantise
from studio.showing import stamp

HOUR_OF_MICROSECONDS = 3_600_000_000
FORGOTTEN_AFTER = timedelta(hours=12)  # nobody works that long without a break: the timer was not stopped


class TimeLock(models.TextChoices):
    """Why an entry is final."""

    INVOICE = "invoice", _("invoiced")
    PERIOD = "period", _("month closed")


class TimeEntryQuerySet(models.QuerySet["TimeEntry"]):
    """Time entries."""

    def running(self) -> Self:
        """Keep the timers that nobody has stopped."""
        return self.filter(ended_at__isnull=True)

    def finished(self) -> Self:
        """Keep the entries that have an end."""
        return self.filter(ended_at__isnull=False)

    def forgotten(self, now: datetime) -> Self:
        """Keep the timers that have been running for too long to be true."""
        return self.running().filter(started_at__lte=now - FORGOTTEN_AFTER)

    def uninvoiced(self) -> Self:
        """Keep the finished billable entries that no invoice has yet; those of closed months too."""
        return self.finished().filter(billable=True).exclude(lock_reason=TimeLock.INVOICE)

    def begun_between(self, start: datetime, end: datetime) -> Self:
        """Keep those that begin in [start, end): an entry belongs to the day on which it begins."""
        return self.filter(started_at__gte=start, started_at__lt=end)

    def with_overlaps(self) -> Self:
        """Say of each, as `is_overlapping`, whether its person did something else meanwhile."""
        others = TimeEntry.objects.filter(person=OuterRef("person")).exclude(pk=OuterRef("pk"))
        mine = TsTzRange(OuterRef("started_at"), OuterRef("ended_at"))  # a running one has no end yet
        meanwhile = others.alias(worked=TsTzRange("started_at", "ended_at")).filter(worked__overlap=mine)
        return self.annotate(is_overlapping=Exists(meanwhile))

    def beside(self, entry: "TimeEntry") -> Self:
        """Keep what the person of an entry did meanwhile, other than the entry itself."""
        mine = DateTimeTZRange(entry.started_at, entry.ended_at)  # a running one has no end yet
        worked = self.alias(worked=TsTzRange("started_at", "ended_at"))
        return worked.filter(person=entry.person_id, worked__overlap=mine).exclude(pk=entry.pk)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class TimeEntry(CreatedUpdated):
    """A stretch of somebody's work, running until it has an end; what it was worth is copied when it begins.

    It outlives its person and what it was done for: the links empty, the names stay. A trigger refuses whatever
    changes a locked entry or touches a closed month.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
        help_text=_("Empty after the account is deleted, and for hours taken over: the name stays."),
    )
    person_label = models.CharField(_("person"), max_length=420, blank=True, default="", db_default="", editable=False)
    session = models.ForeignKey(
        StudioSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="time_entries",
        db_index=False,
        verbose_name=_("session"),
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="time_entries",
        db_index=False,
        verbose_name=_("project"),
    )
    track = models.ForeignKey(
        Track,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="time_entries",
        db_index=False,
        verbose_name=_("track"),
    )
    target_label = models.CharField(
        _("work"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("What the time was for, as it was called when it was linked or last renamed."),
    )
    task_type = models.ForeignKey(
        TaskType, on_delete=models.PROTECT, related_name="time_entries", verbose_name=_("task")
    )
    note = models.TextField(_("note"), blank=True, default="", db_default="")

    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"), null=True, blank=True, help_text=_("Empty while the timer runs."))
    is_manual = models.BooleanField(
        _("by hand"), default=False, db_default=False, help_text=_("Typed in or corrected, not measured.")
    )

    hourly_rate = models.DecimalField(_("hourly rate"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    billable = models.BooleanField(
        _("billable"), default=True, db_default=True, help_text=_("As the task type said when the entry began.")
    )

    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True, editable=False)
    lock_reason = models.CharField(
        _("locked because"), max_length=16, choices=TimeLock, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(TimeEntryQuerySet)()

    class Meta:
        db_table = "time_entries"
        verbose_name = _("time entry")
        verbose_name_plural = _("time entries")
        permissions = [("export_timeentry", _("Can take the list of hours along"))]
        constraints = [
            models.CheckConstraint(
                name="time_entries_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")),
                violation_error_message=_("An entry must end after it starts."),
            ),
            models.CheckConstraint(
                name="time_entries_one_target",
                condition=Q(session__isnull=True, project__isnull=True)
                | Q(session__isnull=True, track__isnull=True)
                | Q(project__isnull=True, track__isnull=True),
                violation_error_message=_("Time is for one thing: a session, a project or a track."),
            ),
            models.CheckConstraint(
                name="time_entries_rate_not_negative",
                condition=Q(hourly_rate__gte=0),
                violation_error_message=_("A rate may not be negative."),
            ),
            models.CheckConstraint(name="time_entries_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(name="time_entries_lock_known", condition=Q(lock_reason__in=["", *TimeLock.values])),
            models.CheckConstraint(
                name="time_entries_locked_for_a_reason",
                condition=Q(locked_at__isnull=True, lock_reason="")
                | (Q(locked_at__isnull=False, ended_at__isnull=False) & ~Q(lock_reason="")),
            ),
            models.UniqueConstraint(
                name="time_entries_one_running",
                fields=["person"],
                condition=Q(ended_at__isnull=True),
                violation_error_message=_("A timer of this person is running already."),
            ),
        ]
        indexes = [
            models.Index(name="time_entries_of_person", fields=["person", "started_at"]),
            models.Index(name="time_entries_by_start", fields=["started_at", "id"]),
            models.Index(name="time_entries_of_session", fields=["session"], condition=Q(session__isnull=False)),
            models.Index(name="time_entries_of_project", fields=["project"], condition=Q(project__isnull=False)),
            models.Index(name="time_entries_of_track", fields=["track"], condition=Q(track__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.target_label or self.task_type_id}, {stamp(self.started_at)}"

    @property
    def is_running(self) -> bool:
        """Whether nobody has stopped it."""
        return self.ended_at is None

    def length(self, now: datetime) -> timedelta:
        """Return how long it took, or has taken until now."""
        return (self.ended_at or now) - self.started_at

    def is_forgotten(self, now: datetime) -> bool:
        """Return whether it has been running for too long to be true."""
        return self.is_running and self.length(now) >= FORGOTTEN_AFTER

    def worth(self, now: datetime) -> Decimal:
        """Return what it is worth at its rate, or has been until now."""
        exact = Decimal(self.length(now) // timedelta(microseconds=1)) * self.hourly_rate
        return quantise(exact / HOUR_OF_MICROSECONDS, self.currency)
