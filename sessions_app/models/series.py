"""Series: sessions that repeat by a rule on the studio's wall clock."""

from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from sessions_app.models.agreement import BookingType
from sessions_app.models.client import Client
from sessions_app.models.project import Project
from sessions_app.models.room import Room
from sessions_app.models.session import SessionKind
from studio.clock import instant_moved_forward, minutes
from studio.db import CreatedUpdated

LONGEST_OCCURRENCE = 7 * 24 * 60  # minutes
MOST_DAYS_SHIFTED = 31


class SessionSeriesQuerySet(models.QuerySet["SessionSeries"]):
    """Series."""

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class SessionSeries(CreatedUpdated):
    """A rule on the wall clock, and what its sessions are about; the sessions themselves are rows of their own.

    An occurrence is known by the date that the rule gave it, whatever becomes of it later: so expanding the rule again
    finds the same ones, and one that was skipped or cancelled does not come back.
    """

    origin = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="parts",
        db_index=False,
        verbose_name=_("split off from"),
        help_text=_("Empty: a series from its beginning, and after that series is deleted."),
    )
    client = models.ForeignKey(
        Client,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="series",
        verbose_name=_("client"),
        help_text=_("Empty: in-house. Of sessions still to be added; each session has its own."),
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="series",
        verbose_name=_("room"),
        help_text=_("Empty: remote or on location. Of sessions still to be added; each session has its own."),
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="series",
        verbose_name=_("project"),
        help_text=_("Optional. Of sessions still to be added; each session has its own."),
    )

    title = models.CharField(_("title"), max_length=255)
    kind = models.CharField(
        _("kind"), max_length=50, choices=SessionKind, default=SessionKind.STUDIO, db_default=SessionKind.STUDIO
    )
    booking_type = models.CharField(
        _("booking type"),
        max_length=16,
        choices=BookingType,
        default=BookingType.HOURLY,
        db_default=BookingType.HOURLY,
    )
    location = models.CharField(_("place"), max_length=255, blank=True, default="", db_default="")
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    rule = models.CharField(_("rule"), max_length=255, help_text=_("RRULE, e.g. FREQ=WEEKLY;BYDAY=TU;COUNT=10."))
    starts_on = models.DateField(_("from"), help_text=_("The rule counts its days, weeks or months from here."))
    start_time = models.TimeField(_("start"), help_text=_("On the wall clock of the zone."))
    length_minutes = models.PositiveIntegerField(_("length"), help_text=_("Minutes that pass, also over a change."))
    day_shift = models.SmallIntegerField(
        _("days later"), default=0, db_default=0, help_text=_("By how many days all were moved off the rule's dates.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64)
    skipped_on = ArrayField(
        models.DateField(),
        default=list,
        db_default=Value([], ArrayField(models.DateField())),
        blank=True,
        verbose_name=_("skipped dates"),
        help_text=_("Dates of the rule on which nothing was booked."),
    )

    objects = models.Manager.from_queryset(SessionSeriesQuerySet)()

    class Meta:
        db_table = "session_series"
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.CheckConstraint(name="session_series_kind_known", condition=Q(kind__in=SessionKind.values)),
            models.CheckConstraint(
                name="session_series_booking_type_known", condition=Q(booking_type__in=BookingType.values)
            ),
            models.CheckConstraint(
                name="session_series_rule_ends",
                condition=Q(rule__regex=r"^FREQ=(DAILY|WEEKLY|MONTHLY);.*(COUNT|UNTIL)=\d+$"),
                violation_error_message=_("A series repeats daily, weekly or monthly, and ends."),
            ),
            models.CheckConstraint(
                name="session_series_length_in_a_week",
                condition=Q(length_minutes__gte=1, length_minutes__lte=LONGEST_OCCURRENCE),
                violation_error_message=_("A session of a series lasts a week at most."),
            ),
            models.CheckConstraint(
                name="session_series_shift_in_a_month",
                condition=Q(day_shift__gte=-MOST_DAYS_SHIFTED, day_shift__lte=MOST_DAYS_SHIFTED),
                violation_error_message=_("A series is moved by a month at most."),
            ),
            models.CheckConstraint(name="session_series_zone_given", condition=~Q(time_zone="")),
            models.CheckConstraint(name="session_series_not_its_own_part", condition=~Q(origin=F("pk"))),
        ]
        indexes = [
            models.Index(name="session_series_parts", fields=["origin"], condition=Q(origin__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.starts_on:%Y-%m-%d})"

    def wall_start(self, occurs_on: date) -> datetime:
        """Return the naive wall time at which the occurrence of a date of the rule starts."""
        return datetime.combine(occurs_on + timedelta(days=self.day_shift), self.start_time)

    def instants(self, occurs_on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return start and end of an occurrence: a skipped hour moves forward by the gap, the length stays."""
        starts_at = instant_moved_forward(self.wall_start(occurs_on), zone)
        return starts_at, starts_at + minutes(self.length_minutes)
