"""The machines that members train on."""

from typing import Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class MachineQuerySet(models.QuerySet["Machine"]):
    """Machines."""

    def in_use(self) -> Self:
        """Keep those that have not been retired, by number."""
        return self.filter(retired_at__isnull=True).order_by("machine_number")

    def bookable(self) -> Self:
        """Keep those that new sessions can be booked on, by number."""
        return self.in_use().filter(is_available=True)


class Machine(CreatedUpdated):
    """A machine, on which one member trains at a time."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    machine_number = models.IntegerField(_("number"))
    name = models.CharField(_("name"), max_length=100)
    is_available = models.BooleanField(
        _("available"),
        default=True,
        db_default=True,
        help_text=_("A machine works until somebody says otherwise. Switched off: no new bookings, those there stay."),
    )
    retired_at = models.DateTimeField(
        _("retired"), null=True, blank=True, help_text=_("Empty: in use. Retired: only its history is shown.")
    )

    objects = models.Manager.from_queryset(MachineQuerySet)()

    class Meta:
        db_table = "machines"
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        constraints = [
            models.UniqueConstraint(
                name="machines_number_once",
                fields=["machine_number"],
                violation_error_message=_("There is a machine of that number already."),
            ),
            models.CheckConstraint(
                name="machines_number_positive",
                condition=Q(machine_number__gt=0),
                violation_error_message=_("Machines are numbered from 1."),
            ),
            models.CheckConstraint(
                name="machines_name_given",
                condition=~Q(name=""),
                violation_error_message=_("A machine has a name."),
            ),
            models.CheckConstraint(
                name="machines_retired_is_off",
                condition=Q(retired_at__isnull=True) | Q(is_available=False),
                violation_error_message=_("A retired machine is not available."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
