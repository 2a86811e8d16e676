"""What a room's time costs at some hours, on some days, for some bookings."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from sessions_app.models.agreement import BookingType
from sessions_app.models.room import Room, RoomKind
from studio.db import CreatedUpdated
from studio.office.models.opening import DAY_MINUTES, Weekday

LONGEST_MINUTES = 366 * DAY_MINUTES
HIGHEST_PRIORITY = 1000
MOST_SURCHARGE = Decimal(1000)


class PriceEffect(models.TextChoices):
    """What a rule does to the price."""

    HOURLY = "hourly", _("price per hour")
    FLAT = "flat", _("flat price")
    SURCHARGE = "surcharge", _("surcharge in percent")
    DISCOUNT = "discount", _("discount in percent")


PRICES = (PriceEffect.HOURLY, PriceEffect.FLAT)
SHARES = (PriceEffect.SURCHARGE, PriceEffect.DISCOUNT)


class PriceRule(CreatedUpdated):
    """One sentence of the price list; what it leaves open holds for everything.

    Prices are net, in the studio's currency.
    """

    name = models.CharField(_("name"), max_length=120, help_text=_("As it stands beside the price, e.g. Evening."))
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: new bookings do not follow it.")
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="price_rules",
        verbose_name=_("room"),
        help_text=_("Empty: every room, or every one of a kind."),
    )
    room_kind = models.CharField(
        _("kind of room"), max_length=16, choices=RoomKind, blank=True, default="", db_default=""
    )
    weekdays: "models.Field[Sequence[int], list[int]]" = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("weekdays"),
        default=list,
        db_default=Value([], ArrayField(models.PositiveSmallIntegerField())),
        blank=True,
        help_text=_("None chosen: every day. A night belongs to the day on which it begins."),
    )
    booking_types: "models.Field[Sequence[str], list[str]]" = ArrayField(
        models.CharField(max_length=16),
        verbose_name=_("booking types"),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=16))),
        blank=True,
        help_text=_("None chosen: every type."),
    )
    # Minutes of the wall clock since the weekday's midnight, as in the opening hours; both empty: all day.
    window_from = models.PositiveSmallIntegerField(_("from"), null=True, blank=True)
    window_to = models.PositiveSmallIntegerField(_("to"), null=True, blank=True)
    min_minutes = models.PositiveIntegerField(
        _("shortest"), null=True, blank=True, help_text=_("Minutes of the whole booking; empty: any length.")
    )
    max_minutes = models.PositiveIntegerField(
        _("longest"), null=True, blank=True, help_text=_("Minutes of the whole booking; empty: any length.")
    )
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)  # inclusive, as people say it
    priority = models.SmallIntegerField(
        _("priority"),
        default=0,
        db_default=0,
        help_text=_("Of two prices for the same hour the higher one holds; percentages hold all together."),
    )
    effect = models.CharField(
        _("effect"), max_length=16, choices=PriceEffect, default=PriceEffect.HOURLY, db_default=PriceEffect.HOURLY
    )
    amount = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    percent = models.DecimalField(_("percent"), max_digits=6, decimal_places=2, null=True, blank=True)

    class Meta:
        db_table = "price_rules"
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        constraints = [
            models.CheckConstraint(name="price_rules_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="price_rules_room_kind_known", condition=Q(room_kind__in=["", *RoomKind.values])
            ),
            models.CheckConstraint(
                name="price_rules_room_or_kind",
                condition=Q(room__isnull=True) | Q(room_kind=""),
                violation_error_message=_("Choose a room or a kind of room, not both."),
            ),
            models.CheckConstraint(
                name="price_rules_weekdays_known",
                condition=Q(weekdays__contained_by=Weekday.values),
                violation_error_message=_("A weekday is one of seven."),
            ),
            models.CheckConstraint(
                name="price_rules_booking_types_known",
                condition=Q(booking_types__contained_by=BookingType.values),
                violation_error_message=_("This booking type is not known."),
            ),
            models.CheckConstraint(
                name="price_rules_window_has_length",
                condition=Q(window_from__isnull=True, window_to__isnull=True)
                | Q(
                    window_from__isnull=False,
                    window_to__isnull=False,
                    window_from__gte=0,
                    window_from__lt=DAY_MINUTES,
                    window_to__gt=F("window_from"),
                    window_to__lte=F("window_from") + DAY_MINUTES,
                ),
                violation_error_message=_("Give both hours; the second follows the first by at most 24 hours."),
            ),
            models.CheckConstraint(
                name="price_rules_lengths_in_order",
                condition=(Q(min_minutes__isnull=True) | Q(min_minutes__gte=1, min_minutes__lte=LONGEST_MINUTES))
                & (Q(max_minutes__isnull=True) | Q(max_minutes__gte=1, max_minutes__lte=LONGEST_MINUTES))
                & (Q(min_minutes__isnull=True) | Q(max_minutes__isnull=True) | Q(max_minutes__gte=F("min_minutes"))),
                violation_error_message=_("The shortest length comes before the longest, within 366 days."),
            ),
            models.CheckConstraint(
                name="price_rules_days_in_order",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day may not come before the first."),
            ),
            models.CheckConstraint(
                name="price_rules_priority_bounded",
                condition=Q(priority__gte=-HIGHEST_PRIORITY, priority__lte=HIGHEST_PRIORITY),
                violation_error_message=_("A priority lies between -1000 and 1000."),
            ),
            models.CheckConstraint(name="price_rules_effect_known", condition=Q(effect__in=PriceEffect.values)),
            models.CheckConstraint(
                name="price_rules_price_or_percent",
                condition=Q(effect__in=PRICES, amount__isnull=False, percent__isnull=True)
                | Q(effect__in=SHARES, amount__isnull=True, percent__isnull=False),
                violation_error_message=_("A price has an amount, a surcharge or discount has a percentage."),
            ),
            models.CheckConstraint(
                name="price_rules_amount_not_negative",
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.CheckConstraint(
                name="price_rules_percent_in_range",
                condition=Q(percent__isnull=True)
                | Q(effect=PriceEffect.DISCOUNT, percent__gt=0, percent__lte=100)
                | Q(effect=PriceEffect.SURCHARGE, percent__gt=0, percent__lte=MOST_SURCHARGE),
                violation_error_message=_("A discount is above 0 and at most 100 percent, a surcharge at most 1000."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
