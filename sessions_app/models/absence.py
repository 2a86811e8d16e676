"""When people cannot work: leave, and whatever else keeps them away."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.musician import Musician
from studio.db import CreatedUpdated, TsTzRange
from studio.showing import stamp


class AbsenceKind(models.TextChoices):
    """Why somebody is away; health is nobody's business."""

    LEAVE = "leave", _("leave")
    UNAVAILABLE = "unavailable", _("not available")


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Absences."""

    def touching(self, start: datetime, end: datetime) -> Self:
        """Keep those that take some of [start, end)."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Absence(CreatedUpdated):
    """A stretch of time in which somebody of the staff, or a talent, does not work."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
        help_text=_("Empty for a talent, and after the account is deleted: the name stays."),
    )
    talent = models.ForeignKey(
        Musician,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="absences",
        db_index=False,
        verbose_name=_("talent"),
        help_text=_("Empty for somebody of the staff, and after the talent is deleted: the name stays."),
    )
    label = models.CharField(_("name"), max_length=520, editable=False)
    kind = models.CharField(
        _("kind"), max_length=16, choices=AbsenceKind, default=AbsenceKind.LEAVE, db_default=AbsenceKind.LEAVE
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    is_whole_days = models.BooleanField(
        _("whole days"),
        default=False,
        db_default=False,
        help_text=_("From midnight to midnight on the studio's clock."),
    )
    notes = models.CharField(_("notes"), max_length=500, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(AbsenceQuerySet)()

    class Meta:
        db_table = "absences"
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(name="absences_kind_known", condition=Q(kind__in=AbsenceKind.values)),
            models.CheckConstraint(name="absences_named", condition=~Q(label="")),
            models.CheckConstraint(
                name="absences_of_one_person",
                condition=Q(user__isnull=True) | Q(talent__isnull=True),
                violation_error_message=_("An absence is that of one person."),
            ),
            models.CheckConstraint(
                name="absences_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("An absence must end after it starts."),
            ),
            ExclusionConstraint(
                name="absences_of_user_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person is away at that time already."),
            ),
            ExclusionConstraint(
                name="absences_of_talent_once",
                expressions=[
                    ("talent", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person is away at that time already."),
            ),
        ]
        indexes = [models.Index(name="absences_by_start", fields=["starts_at", "id"])]

    def __str__(self) -> str:
        return f"{self.label}, {stamp(self.starts_at)}"
