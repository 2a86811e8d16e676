"""When machines cannot be used, and why."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated, TsTzRange
from studio.showing import when
from training.models.machine import Machine

LONGEST_OUTAGE = timedelta(days=92)  # whatever is out for longer is switched off


class MachineOutageQuerySet(models.QuerySet["MachineOutage"]):
    """Outages of machines."""

    def standing(self) -> Self:
        """Keep those that were not called off."""
        return self.filter(called_off_at__isnull=True)

    def touching(self, machine: Machine, start: datetime, end: datetime) -> Self:
        """Keep those that take some of [start, end) from a machine."""
        return self.standing().filter(machine=machine, starts_at__lt=end, ends_at__gt=start)


class MachineOutage(CreatedUpdated):
    """A stretch of time in which a machine cannot be used; sessions of its own keep everybody else off it."""

    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, related_name="outages", db_index=False, verbose_name=_("machine")
    )
    starts_at = models.DateTimeField(_("out from"))
    ends_at = models.DateTimeField(_("back from"))  # exclusive: from this instant on it can be booked
    reason = models.CharField(_("reason"), max_length=300)
    called_off_at = models.DateTimeField(
        _("called off"), null=True, blank=True, help_text=_("Empty: it stands. Called off: it never came to it.")
    )
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("planned by"),
        help_text=_("Empty when nobody of the staff did, and after the account is deleted: the name stays."),
    )
    planned_by_label = models.CharField(
        _("planned by"), max_length=420, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(MachineOutageQuerySet)()

    class Meta:
        db_table = "machine_outages"
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        constraints = [
            models.CheckConstraint(
                name="machine_outages_length",
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + LONGEST_OUTAGE),
                violation_error_message=_("An outage ends after it starts, 92 days later at most."),
            ),
            models.CheckConstraint(
                name="machine_outages_reason_given",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the machine is out of order."),
            ),
            ExclusionConstraint(
                name="machine_outages_one_at_a_time",
                expressions=[
                    ("machine", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(called_off_at__isnull=True),
                violation_error_message=_("The machine is out of order at that time already."),
            ),
        ]
        indexes = [
            models.Index(name="machine_outages_of_machine", fields=["machine", "starts_at"]),
            models.Index(name="machine_outages_newest", fields=["-starts_at", "-id"]),
            models.Index(
                name="machine_outages_planned_by", fields=["planned_by"], condition=Q(planned_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine}, {when(self.starts_at, self.ends_at)}"
