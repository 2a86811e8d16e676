"""What a member weighed, and what was noticed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import day
from training.models.member import Member


class BodyCheckupQuerySet(models.QuerySet["BodyCheckup"]):
    """Check-ups."""

    def in_order(self) -> Self:
        """Check-ups as they were done, the first one first."""
        return self.order_by("checked_on")


class BodyCheckup(CreatedUpdated):
    """A member's check-up on a day; not in the future, which is the service's rule: the table knows no zone."""

    member = models.ForeignKey(
        Member, on_delete=models.DB_CASCADE, related_name="checkups", db_index=False, verbose_name=_("member")
    )
    checked_on = models.DateField(_("day"))
    weight = models.DecimalField(
        _("weight"), max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("In kilograms.")
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("written down by"),
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    checked_by_label = models.CharField(
        _("written down by"), max_length=420, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(BodyCheckupQuerySet)()

    class Meta:
        db_table = "body_checkups"
        verbose_name = _("check-up")
        verbose_name_plural = _("check-ups")
        constraints = [
            models.UniqueConstraint(
                name="body_checkups_once_a_day",
                fields=["member", "checked_on"],
                violation_error_message=_("There is a check-up of that day already. Change that one."),
            ),
            models.CheckConstraint(
                name="body_checkups_weight_positive",
                condition=Q(weight__isnull=True) | Q(weight__gt=0),
                violation_error_message=_("A weight is more than 0 kilograms."),
            ),
            models.CheckConstraint(
                name="body_checkups_say_something",
                condition=Q(weight__isnull=False) | Q(notes__regex=r"\S"),
                violation_error_message=_("A check-up has a weight or a note."),
            ),
        ]
        indexes = [
            models.Index(name="body_checkups_checked_by", fields=["checked_by"], condition=Q(checked_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return day(self.checked_on)
