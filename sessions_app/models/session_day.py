"""What sessions come to day by day, for reports over years."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.room import Room
from sessions_app.models.session import SessionStatus
from studio.db import CreatedUpdated


class SessionDay(CreatedUpdated):
    """How many sessions began on a day, in a room and a status, and how long they are together.

    The table of sessions adds a row for each change, below zero for what goes, and waits for nobody; every night those
    of one day are put together. So several rows are about one day: their sums count.
    """

    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="days",
        db_index=False,
        verbose_name=_("room"),
        help_text=_("Empty: remote or on location."),
    )
    starts_on = models.DateField(_("day"))
    status = models.CharField(
        _("status"),
        max_length=50,
        choices=SessionStatus,
        default=SessionStatus.SCHEDULED,
        db_default=SessionStatus.SCHEDULED,
    )
    sessions = models.BigIntegerField(_("sessions"))
    seconds = models.BigIntegerField(_("length"), help_text=_("Seconds."))

    class Meta:
        db_table = "session_days"
        verbose_name = _("day of sessions")
        verbose_name_plural = _("days of sessions")
        constraints = [
            models.CheckConstraint(name="session_days_status_known", condition=Q(status__in=SessionStatus.values)),
        ]
        indexes = [
            models.Index(
                name="session_days_by_day", fields=["starts_on"], include=["room", "status", "sessions", "seconds"]
            ),
            models.Index(name="session_days_of_room", fields=["room"]),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} {self.get_status_display()}"
