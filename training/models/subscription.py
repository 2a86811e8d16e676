"""What a member has bought: a plan as it was that day, its term, and its pauses."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import days
from training.models.member import Member
from training.models.plan import MOST_SESSIONS, Plan


class SubscriptionStatus(models.TextChoices):
    """Where a subscription is in its life."""

    SCHEDULED = "scheduled", _("scheduled")
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


CURRENT_STATUSES = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)
OPEN_STATUSES = (SubscriptionStatus.SCHEDULED, *CURRENT_STATUSES)
USED_UP = _("used up")
IS_CURRENT = Q(status__in=[status.value for status in CURRENT_STATUSES])


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions."""

    def current(self) -> Self:
        """Keep those that have begun and not ended, paused ones among them: one a member at most."""
        return self.filter(IS_CURRENT)

    def open(self) -> Self:
        """Keep those that have not ended, also those still to begin."""
        return self.filter(status__in=OPEN_STATUSES)

    def covering(self, day: date) -> Self:
        """Keep open ones whose term holds a day."""
        return self.open().filter(starts_on__lte=day, ends_on__gte=day)

    def unpaid(self) -> Self:
        """Keep those of which something is still to be paid; one that was cancelled and not upgraded is nobody's."""
        stands = ~Q(status=SubscriptionStatus.CANCELLED) | Q(upgraded_to__isnull=False)
        return self.filter(stands, amount__gt=F("paid_amount"))

    def with_balance(self) -> Self:
        """Add `balance`: how many credits are left, the sum of the ledger."""
        return self.annotate(balance=Coalesce(Sum("credit_entries__quantity"), 0))

    def with_lapsed(self) -> Self:
        """Add `lapsed`: how many credits have expired."""
        expired = Sum("credit_entries__quantity", filter=Q(credit_entries__kind="expired"))
        return self.annotate(lapsed=-Coalesce(expired, 0))

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Subscription(CreatedUpdated):
    """A lot of sessions that a member has bought, usable from its first day to its last.

    Name, sessions, price and days are copied from the plan and are never recomputed.
    """

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("member"), db_index=False
    )
    plan = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="subscriptions",
        verbose_name=_("plan"),
        help_text=_("Empty after the plan is deleted: what was bought is copied here."),
    )
    renewed_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renewals",
        verbose_name=_("renewal of"),
        db_index=False,
        help_text=_("Empty: bought anew."),
    )
    upgraded_to = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="upgraded_from",
        verbose_name=_("upgraded to"),
        help_text=_("Empty: never upgraded."),
    )

    plan_name = models.CharField(_("plan"), max_length=120)
    sessions_count = models.PositiveSmallIntegerField(_("sessions"))
    days = models.PositiveSmallIntegerField(_("days"), help_text=_("As sold, without pauses."))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))  # inclusive, as people say it; pauses move it
    next_billing_on = models.DateField(
        _("next payment"), null=True, blank=True, help_text=_("A pause moves it as it moves the last day.")
    )

    status = models.CharField(
        _("status"),
        max_length=16,
        choices=SubscriptionStatus,
        default=SubscriptionStatus.SCHEDULED,
        db_default=SubscriptionStatus.SCHEDULED,
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("cancelled by"),
        help_text=_("Empty when nobody of the staff did, and after the account is deleted: the name stays."),
    )
    cancelled_by_label = models.CharField(
        _("cancelled by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    cancellation_reason = models.CharField(
        _("cancellation reason"), max_length=500, blank=True, default="", db_default=""
    )

    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, help_text=_("Of the sessions."))
    credited_amount = models.DecimalField(
        _("credited"),
        max_digits=12,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("Taken off the price for what was left of the plan before an upgrade."),
    )
    signup_fee = models.DecimalField(_("sign-up fee"), max_digits=12, decimal_places=2, default=0, db_default=0)
    amount = models.GeneratedField(
        expression=F("price") - F("credited_amount") + F("signup_fee"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        verbose_name=_("amount"),
    )
    paid_amount = models.DecimalField(
        _("paid"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(SubscriptionQuerySet)()

    class Meta:
        db_table = "subscriptions"
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(
                name="subscriptions_status_known", condition=Q(status__in=SubscriptionStatus.values)
            ),
            models.CheckConstraint(name="subscriptions_plan_named", condition=~Q(plan_name="")),
            models.CheckConstraint(
                name="subscriptions_sessions_bounded",
                condition=Q(sessions_count__gte=1, sessions_count__lte=MOST_SESSIONS),
                violation_error_message=_("A subscription has from 1 to 9,999 sessions."),
            ),
            models.CheckConstraint(name="subscriptions_days_positive", condition=Q(days__gte=1)),
            models.CheckConstraint(
                name="subscriptions_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day may not come before the first."),
            ),
            models.CheckConstraint(name="subscriptions_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="subscriptions_amounts_not_negative",
                condition=Q(price__gte=0, signup_fee__gte=0, paid_amount__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.CheckConstraint(
                name="subscriptions_credited_within_price",
                condition=Q(credited_amount__gte=0, credited_amount__lte=F("price")),
                violation_error_message=_("No more than the price is credited."),
            ),
            models.CheckConstraint(
                name="subscriptions_cancelled_for_a_reason",
                condition=(
                    Q(status=SubscriptionStatus.CANCELLED, cancelled_at__isnull=False) & ~Q(cancellation_reason="")
                )
                | (~Q(status=SubscriptionStatus.CANCELLED) & Q(cancelled_at__isnull=True, cancellation_reason="")),
                violation_error_message=_("A subscription is cancelled for a reason."),
            ),
            models.CheckConstraint(
                name="subscriptions_upgraded_is_cancelled",
                condition=Q(upgraded_to__isnull=True) | Q(status=SubscriptionStatus.CANCELLED),
            ),
            models.CheckConstraint(
                name="subscriptions_never_its_own_successor",
                condition=(Q(upgraded_to__isnull=True) | ~Q(upgraded_to=F("id")))
                & (Q(renewed_from__isnull=True) | ~Q(renewed_from=F("id"))),
            ),
            # What sessions point to together with their member: none is charged to somebody else's subscription.
            models.UniqueConstraint(name="subscriptions_own", fields=["id", "member"]),
            models.UniqueConstraint(
                name="subscriptions_one_active_per_member",
                fields=["member"],
                condition=IS_CURRENT,
                violation_error_message=_("This member has an active subscription already."),
            ),
            models.UniqueConstraint(
                name="subscriptions_renewed_once",
                fields=["renewed_from"],
                condition=Q(renewed_from__isnull=False) & ~Q(status=SubscriptionStatus.CANCELLED),
                violation_error_message=_("This subscription is renewed already."),
            ),
        ]
        indexes = [
            models.Index(name="subscriptions_of_member", fields=["member", "starts_on"]),
            models.Index(name="subscriptions_of_status", fields=["status", "ends_on"]),
            models.Index(name="subscriptions_renewed_from", fields=["renewed_from"]),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name}, {days(self.starts_on, self.ends_on)}"

    @property
    def is_current(self) -> bool:
        """Whether it has begun and not ended."""
        return self.status in CURRENT_STATUSES

    @property
    def state_told(self) -> Any:
        """Where it is in its life, in words: one that ended with nothing left is used up. It needs `lapsed`."""
        is_used_up = self.status == SubscriptionStatus.EXPIRED and getattr(self, "lapsed", None) == 0
        return USED_UP if is_used_up else self.get_status_display()

    def covers(self, day: date) -> bool:
        """Return whether its term holds a day, whatever its status is."""
        return self.starts_on <= day <= self.ends_on

    def runs_on(self, day: date) -> bool:
        """Return whether it is active and its last day not past; the status alone is late by some minutes."""
        return self.status == SubscriptionStatus.ACTIVE and day <= self.ends_on

    @property
    def owed(self) -> Decimal:
        """What is still to be paid for it, never below zero."""
        return max(Decimal(0), self.price - self.credited_amount + self.signup_fee - self.paid_amount)


class SubscriptionPause(CreatedUpdated):
    """Days that do not count: when it ends, the subscription's last day has moved by exactly as many."""

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.DB_CASCADE,
        related_name="pauses",
        verbose_name=_("subscription"),
        db_index=False,
    )
    starts_on = models.DateField(_("first day"))
    resumes_on = models.DateField(
        _("planned end"), null=True, blank=True, help_text=_("The day it goes on again; empty: until it is resumed.")
    )
    resumed_on = models.DateField(_("went on again"), null=True, blank=True, help_text=_("Empty while it lasts."))
    reason = models.CharField(_("reason"), max_length=500)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("paused by"),
        help_text=_("Empty when nobody of the staff did, and after the account is deleted: the name stays."),
    )
    paused_by_label = models.CharField(_("paused by"), max_length=420, blank=True, default="", db_default="")

    class Meta:
        db_table = "subscription_pauses"
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.CheckConstraint(name="subscription_pauses_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(
                name="subscription_pauses_planned_after_start",
                condition=Q(resumes_on__isnull=True) | Q(resumes_on__gt=F("starts_on")),
                violation_error_message=_("A pause goes on for a day at least."),
            ),
            models.CheckConstraint(
                name="subscription_pauses_ends_after_start",
                condition=Q(resumed_on__isnull=True) | Q(resumed_on__gte=F("starts_on")),
                violation_error_message=_("A pause may not end before it begins."),
            ),
            # The range of one that lasts has no upper bound: so there is one of these at most, and it is the last.
            ExclusionConstraint(
                name="subscription_pauses_disjoint",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("resumed_on"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This subscription is paused at that time already."),
            ),
        ]
        indexes = [
            models.Index(name="subscription_pauses_of_one", fields=["subscription", "starts_on"]),
            models.Index(
                name="subscription_pauses_planned", fields=["resumes_on"], condition=Q(resumed_on__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    def ends_on(self, today: date) -> date:
        """Return the day on which the plan goes on when it is resumed today: the planned one at the latest."""
        return today if self.resumes_on is None else min(today, self.resumes_on)
