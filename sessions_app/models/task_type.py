"""What people do with their hours: setting up, recording, mixing, having a break."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class TaskTypeQuerySet(models.QuerySet["TaskType"]):
    """Task types."""

    def in_use(self) -> Self:
        """Keep those that new entries may have, in the order in which they are offered."""
        return self.filter(is_active=True).order_by("position", "name", "pk")


class TaskType(CreatedUpdated):
    """A sort of work, with what an hour of it costs; entries copy both when they begin."""

    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    hourly_rate = models.DecimalField(
        _("hourly rate"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        help_text=_("In the studio's currency. A new rate changes no entry that is there."),
    )
    billable = models.BooleanField(
        _("billable"),
        default=True,
        db_default=True,
        help_text=_("Most work is. Switched off: entries of this sort are not for the client's bill."),
    )
    colour = models.CharField(_("colour"), max_length=7, default="#3498db", db_default="#3498db")
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, db_default=0, help_text=_("Lower ones are offered first.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: no new entry can have it.")
    )

    objects = models.Manager.from_queryset(TaskTypeQuerySet)()

    class Meta:
        db_table = "task_types"
        verbose_name = _("task type")
        verbose_name_plural = _("task types")
        constraints = [
            models.CheckConstraint(name="task_types_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="task_types_rate_not_negative",
                condition=Q(hourly_rate__gte=0),
                violation_error_message=_("A rate may not be negative."),
            ),
            models.CheckConstraint(
                name="task_types_colour_hex",
                condition=Q(colour__regex=r"^#[0-9a-fA-F]{6}$"),
                violation_error_message=_("A colour is # and six hexadecimal digits."),
            ),
            models.UniqueConstraint(
                Upper("name"),
                name="task_types_name_once",
                violation_error_message=_("There is a task type of that name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
