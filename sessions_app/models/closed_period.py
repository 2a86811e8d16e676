"""Months whose time entries are final."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated, TsTzRange


class ClosedPeriod(CreatedUpdated):
    """A month in which time entries are no longer added, changed or deleted; opened again it stays as a record.

    The table's own triggers refuse to close over a running timer, and hold the entries: see the migration.
    """

    month = models.DateField(_("month"), help_text=_("Its first day, on the studio's calendar."))
    starts_at = models.DateTimeField(_("start"), editable=False)
    ends_at = models.DateTimeField(_("end"), editable=False)  # exclusive
    closed_at = models.DateTimeField(_("closed at"), editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("closed by"),
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    closed_by_label = models.CharField(
        _("closed by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    reopened_at = models.DateTimeField(_("opened again at"), null=True, blank=True, editable=False)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("opened again by"),
        help_text=_("Empty while it is closed, and after the account is deleted: the name stays."),
    )
    reopened_by_label = models.CharField(
        _("opened again by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    reopen_reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="", editable=False)

    class Meta:
        db_table = "closed_periods"
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [
            models.CheckConstraint(name="closed_periods_month_from_first", condition=Q(month__day=1)),
            models.CheckConstraint(name="closed_periods_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="closed_periods_over",
                condition=Q(closed_at__gte=F("ends_at")),
                violation_error_message=_("A month can be closed once it is over."),
            ),
            models.CheckConstraint(
                name="closed_periods_reopened_with_reason",
                condition=Q(reopened_at__isnull=True) | ~Q(reopen_reason=""),
                violation_error_message=_("Give the reason for opening the month again."),
            ),
            ExclusionConstraint(
                name="closed_periods_once",
                expressions=[(TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS)],
                condition=Q(reopened_at__isnull=True),
                violation_error_message=_("This month, or a part of it, is closed already."),
            ),
        ]
        indexes = [
            models.Index(name="closed_periods_closed_by", fields=["closed_by"], condition=Q(closed_by__isnull=False)),
            models.Index(
                name="closed_periods_reopened_by", fields=["reopened_by"], condition=Q(reopened_by__isnull=False)
            ),
            models.Index(name="closed_periods_by_month", fields=["month", "id"]),
        ]

    def __str__(self) -> str:
        return date_format(self.month, "F Y")

    @property
    def is_closed(self) -> bool:
        """Whether nobody has opened it again."""
        return self.reopened_at is None
