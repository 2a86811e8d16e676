"""What members can buy: so many sessions within so many months."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

MOST_MONTHS = 120
MOST_SESSIONS = 9999
MOST_INSTALMENTS = 24


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans."""

    def on_sale(self) -> Self:
        """Keep those that can be sold now."""
        return self.filter(is_active=True)


class Plan(CreatedUpdated):
    """A pack of sessions with its price; what was sold keeps a copy, so a plan may change at any time."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    sessions_count = models.PositiveSmallIntegerField(_("sessions"))
    months = models.PositiveSmallIntegerField(_("months"), default=1, db_default=1)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    signup_fee = models.DecimalField(
        _("sign-up fee"),
        max_digits=12,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("Charged once, with a member's first plan."),
    )
    instalments = models.PositiveSmallIntegerField(
        _("paid in"),
        default=1,
        db_default=1,
        help_text=_("Monthly parts of the price, the first one due with the invoice. 1: all at once."),
    )
    is_collaboration = models.BooleanField(
        _("for collaborations"),
        default=False,
        db_default=False,
        help_text=_("For collaboration members only; the price may be 0."),
    )
    is_active = models.BooleanField(
        _("on sale"),
        default=True,
        db_default=True,
        help_text=_("Switched off: it is no longer sold. Members who have it keep it."),
    )

    objects = models.Manager.from_queryset(PlanQuerySet)()

    class Meta:
        db_table = "plans"
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(name="plans_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="plans_sessions_bounded",
                condition=Q(sessions_count__gte=1, sessions_count__lte=MOST_SESSIONS),
                violation_error_message=_("A plan has from 1 to 9,999 sessions."),
            ),
            models.CheckConstraint(
                name="plans_months_bounded",
                condition=Q(months__gte=1, months__lte=MOST_MONTHS),
                violation_error_message=_("A plan lasts from 1 to 120 months."),
            ),
            models.CheckConstraint(
                name="plans_price_not_negative",
                condition=Q(price__gte=0, signup_fee__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.CheckConstraint(
                name="plans_instalments_bounded",
                condition=Q(instalments__gte=1, instalments__lte=MOST_INSTALMENTS),
                violation_error_message=_("A plan is paid in 1 to 24 parts."),
            ),
            models.CheckConstraint(
                name="plans_free_for_collaborations_only",
                condition=~Q(price=0) | Q(is_collaboration=True),
                violation_error_message=_("Only a plan for collaborations may be free."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
