"""When dormant members were set to inactive, and who they were."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated, TsTzRange
from studio.showing import when


class DormantRun(CreatedUpdated):
    """One run over the members who had not come for months; another one follows a day later at the earliest."""

    run_at = models.DateTimeField(_("run at"))
    # Stored, because a constraint cannot add a day to an instant: that is not immutable.
    repeatable_at = models.DateTimeField(_("repeatable at"))
    months = models.PositiveSmallIntegerField(_("months without a session"))
    # Items {"id": ..., "name": ...}: the names as they were.
    members = models.JSONField(_("members"), default=list, db_default=Value([], models.JSONField()))
    member_count = models.PositiveIntegerField(_("number of members"))
    run_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("run by"),
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    run_by_label = models.CharField(_("run by"), max_length=420, blank=True, default="", db_default="", editable=False)

    class Meta:
        db_table = "dormant_runs"
        verbose_name = _("run over dormant members")
        verbose_name_plural = _("runs over dormant members")
        constraints = [
            models.CheckConstraint(name="dormant_runs_months_positive", condition=Q(months__gte=1)),
            models.CheckConstraint(name="dormant_runs_somebody_found", condition=Q(member_count__gte=1)),
            models.CheckConstraint(name="dormant_runs_repeatable_later", condition=Q(repeatable_at__gt=F("run_at"))),
            ExclusionConstraint(
                name="dormant_runs_once_a_day",
                expressions=[(TsTzRange("run_at", "repeatable_at"), RangeOperators.OVERLAPS)],
                violation_error_message=_("There was a run within the last 24 hours."),
            ),
        ]
        indexes = [
            models.Index(name="dormant_runs_run_by", fields=["run_by"], condition=Q(run_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return when(self.run_at)
