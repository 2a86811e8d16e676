"""The rooms in which the studio works."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class RoomKind(models.TextChoices):
    """What a room is built for."""

    RECORDING = "recording", _("recording")
    MIXING = "mixing", _("mixing")
    MASTERING = "mastering", _("mastering")
    REHEARSAL = "rehearsal", _("rehearsal")
    LIVE = "live", _("live")


class RoomQuerySet(models.QuerySet["Room"]):
    """Rooms."""

    def bookable(self) -> Self:
        """Keep the rooms that are in use and open for booking."""
        return self.filter(is_active=True, is_available_for_booking=True)


def whole_day_at_most(field: str) -> Q:
    """Return the condition that a number of minutes fits into a day."""
    return Q(**{f"{field}__gte": 0, f"{field}__lte": 24 * 60})


class Room(CreatedUpdated):
    """A room that can be booked for one session at a time."""

    kind = models.CharField(
        _("kind"), max_length=16, choices=RoomKind, default=RoomKind.RECORDING, db_default=RoomKind.RECORDING
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    capacity = models.PositiveSmallIntegerField(_("capacity"), default=1, db_default=1, help_text=_("People."))
    size = models.PositiveIntegerField(_("size"), null=True, blank=True, help_text=_("Square metres."))
    features = models.JSONField(_("features"), default=list, db_default=Value([], models.JSONField()), blank=True)
    setup_minutes = models.PositiveSmallIntegerField(
        _("setup"), default=0, db_default=0, help_text=_("Minutes kept free before a session.")
    )
    teardown_minutes = models.PositiveSmallIntegerField(
        _("teardown"), default=0, db_default=0, help_text=_("Minutes kept free after a session.")
    )
    colour = models.CharField(_("colour"), max_length=7, default="#3498db", db_default="#3498db")
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: the room is out of use.")
    )
    is_available_for_booking = models.BooleanField(
        _("open for booking"), default=True, db_default=True, help_text=_("Switched off: nothing new is booked in it.")
    )

    request_notice_hours = models.PositiveSmallIntegerField(
        _("notice of a request"),
        null=True,
        blank=True,
        help_text=_("Hours before the start until which clients may ask for it. Empty: the studio's own setting."),
    )

    hourly_rate = models.DecimalField(
        _("hourly rate"), max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    half_day_rate = models.DecimalField(_("half-day rate"), max_digits=12, decimal_places=2, null=True, blank=True)
    day_rate = models.DecimalField(_("day rate"), max_digits=12, decimal_places=2, null=True, blank=True)
    vat_rate = models.DecimalField(
        _("VAT rate"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Percent. Empty: the studio's default rate."),
    )

    objects = models.Manager.from_queryset(RoomQuerySet)()

    class Meta:
        db_table = "rooms"
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.CheckConstraint(name="rooms_kind_known", condition=Q(kind__in=RoomKind.values)),
            models.CheckConstraint(name="rooms_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="rooms_capacity_positive",
                condition=Q(capacity__gte=1),
                violation_error_message=_("A room has space for one person at least."),
            ),
            models.CheckConstraint(
                name="rooms_setup_within_a_day",
                condition=whole_day_at_most("setup_minutes"),
                violation_error_message=_("Setup takes a day at most."),
            ),
            models.CheckConstraint(
                name="rooms_teardown_within_a_day",
                condition=whole_day_at_most("teardown_minutes"),
                violation_error_message=_("Teardown takes a day at most."),
            ),
            models.CheckConstraint(
                name="rooms_colour_hex",
                condition=Q(colour__regex=r"^#[0-9a-fA-F]{6}$"),
                violation_error_message=_("A colour is # and six hexadecimal digits."),
            ),
            models.CheckConstraint(
                name="rooms_rates_not_negative",
                condition=Q(hourly_rate__gte=0)
                & (Q(half_day_rate__isnull=True) | Q(half_day_rate__gte=0))
                & (Q(day_rate__isnull=True) | Q(day_rate__gte=0)),
                violation_error_message=_("A rate may not be negative."),
            ),
            models.CheckConstraint(
                name="rooms_vat_rate_is_percent",
                condition=Q(vat_rate__isnull=True) | Q(vat_rate__gte=0, vat_rate__lte=100),
                violation_error_message=_("A VAT rate lies between 0 and 100 percent."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
