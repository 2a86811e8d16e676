"""What cancelling, moving and not coming cost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.agreement import BookingType
from sessions_app.models.room import RoomKind
from studio.db import CreatedUpdated

MOST_HOURS = 366 * 24


class FeeKind(models.TextChoices):
    """What a fee is for."""

    CANCELLATION = "cancellation", _("cancellation")
    RESCHEDULE = "reschedule", _("rescheduling")
    NO_SHOW = "no_show", _("no-show")


class BookingPolicy(CreatedUpdated):
    """Terms of a booking: when a change is free and what it costs otherwise.

    Of the policies that fit a booking the one for its booking type holds, else the one for its kind of room, else
    the general one.
    """

    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: new bookings are not made under it.")
    )
    room_kind = models.CharField(
        _("kind of room"),
        max_length=16,
        choices=RoomKind,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: every room."),
    )
    booking_type = models.CharField(
        _("booking type"),
        max_length=16,
        choices=BookingType,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: every type."),
    )
    grace_minutes = models.PositiveIntegerField(
        _("free after booking"),
        default=60,
        db_default=60,
        help_text=_("Minutes after the booking in which a change costs nothing."),
    )

    class Meta:
        db_table = "booking_policies"
        verbose_name = _("booking policy")
        verbose_name_plural = _("booking policies")
        constraints = [
            models.CheckConstraint(name="booking_policies_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="booking_policies_room_kind_known", condition=Q(room_kind__in=["", *RoomKind.values])
            ),
            models.CheckConstraint(
                name="booking_policies_booking_type_known", condition=Q(booking_type__in=["", *BookingType.values])
            ),
            models.CheckConstraint(
                name="booking_policies_grace_bounded",
                condition=Q(grace_minutes__gte=0, grace_minutes__lte=MOST_HOURS * 60),
                violation_error_message=_("The time after booking is at most a year."),
            ),
            models.UniqueConstraint(
                name="booking_policies_one_for_each",
                fields=["room_kind", "booking_type"],
                condition=Q(is_active=True),
                violation_error_message=_("There is a policy for this kind of room and booking type already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyTier(CreatedUpdated):
    """One step of a policy: with less notice than this, a change costs so much."""

    policy = models.ForeignKey(
        BookingPolicy, on_delete=models.DB_CASCADE, related_name="tiers", verbose_name=_("policy"), db_index=False
    )
    kind = models.CharField(
        _("for"), max_length=16, choices=FeeKind, default=FeeKind.CANCELLATION, db_default=FeeKind.CANCELLATION
    )
    hours_before = models.PositiveIntegerField(
        _("less than"), null=True, blank=True, help_text=_("Hours before the start; empty for a no-show.")
    )
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("Of the agreed total.")
    )
    amount = models.DecimalField(_("or amount"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        db_table = "policy_tiers"
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.CheckConstraint(name="policy_tiers_kind_known", condition=Q(kind__in=FeeKind.values)),
            models.CheckConstraint(
                name="policy_tiers_hours_unless_no_show",
                condition=Q(kind=FeeKind.NO_SHOW, hours_before__isnull=True)
                | (
                    ~Q(kind=FeeKind.NO_SHOW)
                    & Q(hours_before__isnull=False, hours_before__lte=MOST_HOURS, hours_before__gte=1)
                ),
                violation_error_message=_("Give the hours before the start, from 1; a no-show has none."),
            ),
            models.CheckConstraint(
                name="policy_tiers_percent_or_amount",
                condition=Q(percent__isnull=False, amount__isnull=True) | Q(percent__isnull=True, amount__isnull=False),
                violation_error_message=_("Give a percentage or an amount."),
            ),
            models.CheckConstraint(
                name="policy_tiers_percent_in_range",
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100),
                violation_error_message=_("A fee lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(
                name="policy_tiers_amount_not_negative",
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                violation_error_message=_("A fee may not be negative."),
            ),
            models.UniqueConstraint(
                name="policy_tiers_one_for_each_notice",
                fields=["policy", "kind", "hours_before"],
                nulls_distinct=False,
                violation_error_message=_("There are two steps for the same notice."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.hours_before or ''}".strip()
