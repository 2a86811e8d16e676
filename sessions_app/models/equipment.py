"""The equipment of the house, and the log of its maintenance."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from sessions_app.models.room import Room
from studio.db import CreatedUpdated, TsTzRange
from studio.showing import stamp


class EquipmentCategory(models.TextChoices):
    """What sort of thing it is."""

    MICROPHONE = "microphone", _("microphone")
    PREAMP = "preamp", _("preamp")
    INTERFACE = "interface", _("interface")
    OUTBOARD = "outboard", _("outboard")
    INSTRUMENT = "instrument", _("instrument")
    MONITORING = "monitoring", _("monitoring")
    COMPUTER = "computer", _("computer")
    CABLE = "cable", _("cable")
    ACCESSORY = "accessory", _("accessory")
    OTHER = "other", _("other")


class EquipmentStatus(models.TextChoices):
    """Whether it can be used; that it is in maintenance is said by an open entry of its log."""

    OPERATIONAL = "operational", _("operational")
    OUT_OF_SERVICE = "out_of_service", _("out of service")
    RENTED = "rented", _("rented out")


class EquipmentCondition(models.TextChoices):
    """How worn it is."""

    EXCELLENT = "excellent", _("excellent")
    GOOD = "good", _("good")
    FAIR = "fair", _("fair")
    POOR = "poor", _("poor")


class ServiceKind(models.TextChoices):
    """Why a piece of equipment was out of the house's hands."""

    MAINTENANCE = "maintenance", _("maintenance")
    REPAIR = "repair", _("repair")
    CALIBRATION = "calibration", _("calibration")
    INSPECTION = "inspection", _("inspection")


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    """Equipment."""

    def usable(self) -> Self:
        """Keep what the house has and what works."""
        return self.filter(is_active=True, status=EquipmentStatus.OPERATIONAL)

    def due(self, day: object) -> Self:
        """Keep what should be maintained by a day."""
        return self.filter(is_active=True, next_maintenance_on__lte=day)


class Equipment(CreatedUpdated):
    """One piece of equipment, which can be in one session at a time."""

    name = models.CharField(_("name"), max_length=255)
    category = models.CharField(
        _("category"),
        max_length=16,
        choices=EquipmentCategory,
        default=EquipmentCategory.OTHER,
        db_default=EquipmentCategory.OTHER,
    )
    brand = models.CharField(_("brand"), max_length=100, blank=True, default="", db_default="")
    model = models.CharField(_("model"), max_length=100, blank=True, default="", db_default="")
    serial_number = models.CharField(_("serial number"), max_length=100, blank=True, default="", db_default="")
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="equipment",
        verbose_name=_("room"),
        help_text=_("Where it is kept. Empty: nowhere in particular."),
    )
    location = models.CharField(
        _("place"), max_length=255, blank=True, default="", db_default="", help_text=_("E.g. the shelf or the rack.")
    )
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    specifications = models.TextField(_("specifications"), blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    status = models.CharField(
        _("status"),
        max_length=16,
        choices=EquipmentStatus,
        default=EquipmentStatus.OPERATIONAL,
        db_default=EquipmentStatus.OPERATIONAL,
    )
    condition = models.CharField(
        _("condition"),
        max_length=16,
        choices=EquipmentCondition,
        default=EquipmentCondition.GOOD,
        db_default=EquipmentCondition.GOOD,
    )
    last_maintenance_on = models.DateField(_("last maintenance"), null=True, blank=True)
    next_maintenance_on = models.DateField(_("next maintenance"), null=True, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: the house does not have it any more.")
    )

    daily_rate = models.DecimalField(
        _("daily rate"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: included in the room."),
    )
    purchased_on = models.DateField(_("bought on"), null=True, blank=True)
    purchase_price = models.DecimalField(_("purchase price"), max_digits=12, decimal_places=2, null=True, blank=True)
    warranty_ends_on = models.DateField(_("warranty ends on"), null=True, blank=True)

    objects = models.Manager.from_queryset(EquipmentQuerySet)()

    class Meta:
        db_table = "equipment"
        verbose_name = _("piece of equipment")
        verbose_name_plural = _("equipment")
        constraints = [
            models.CheckConstraint(name="equipment_category_known", condition=Q(category__in=EquipmentCategory.values)),
            models.CheckConstraint(name="equipment_status_known", condition=Q(status__in=EquipmentStatus.values)),
            models.CheckConstraint(
                name="equipment_condition_known", condition=Q(condition__in=EquipmentCondition.values)
            ),
            models.CheckConstraint(
                name="equipment_name_given",
                condition=~Q(name=""),
                violation_error_message=_("A piece of equipment has a name."),
            ),
            models.CheckConstraint(
                name="equipment_amounts_not_negative",
                condition=(Q(daily_rate__isnull=True) | Q(daily_rate__gte=0))
                & (Q(purchase_price__isnull=True) | Q(purchase_price__gte=0)),
                violation_error_message=_("A price or a rate may not be negative."),
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("brand"), "gin_trgm_ops"),
                OpClass(Upper("model"), "gin_trgm_ops"),
                OpClass(Upper("serial_number"), "gin_trgm_ops"),
                name="equipment_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.serial_number})" if self.serial_number else self.name


class EquipmentServiceQuerySet(models.QuerySet["EquipmentService"]):
    """Entries of the maintenance log."""

    def under_way(self, now: datetime) -> Self:
        """Keep those in which the equipment is at a moment."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)

    def touching(self, start: datetime, end: datetime) -> Self:
        """Keep those that keep the equipment from some of [start, end)."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=start), starts_at__lt=end)


class EquipmentService(CreatedUpdated):
    """A stretch of time in which a piece of equipment is maintained, and cannot be used."""

    equipment = models.ForeignKey(
        Equipment, on_delete=models.DB_CASCADE, related_name="services", verbose_name=_("equipment")
    )
    kind = models.CharField(
        _("kind"),
        max_length=16,
        choices=ServiceKind,
        default=ServiceKind.MAINTENANCE,
        db_default=ServiceKind.MAINTENANCE,
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True, help_text=_("Empty: until it is back in service."))
    done_by = models.CharField(_("by whom"), max_length=255, blank=True, default="", db_default="")
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(EquipmentServiceQuerySet)()

    class Meta:
        db_table = "equipment_services"
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance log")
        constraints = [
            models.CheckConstraint(name="equipment_services_kind_known", condition=Q(kind__in=ServiceKind.values)),
            models.CheckConstraint(
                name="equipment_services_ends_after_start",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("Maintenance must end after it starts."),
            ),
            models.CheckConstraint(
                name="equipment_services_cost_not_negative",
                condition=Q(cost__isnull=True) | Q(cost__gte=0),
                violation_error_message=_("A cost may not be negative."),
            ),
            # An open end is endless, so there is one open entry at most.
            ExclusionConstraint(
                name="equipment_services_one_at_a_time",
                expressions=[
                    ("equipment", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("It is in maintenance at that time already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {stamp(self.starts_at)}"
