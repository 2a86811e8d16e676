"""The catalogue: what the studio sells, with its price."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing.models.vat_rate import VatRate
from studio.db import CreatedUpdated
from training.models import SessionType


class ServiceUnit(models.TextChoices):
    """What is counted: the codes of UN/ECE recommendation 20."""

    PIECE = "C62", _("piece")
    HOUR = "HUR", _("hour")
    DAY = "DAY", _("day")
    MONTH = "MON", _("month")

    def beside(self, quantity: Decimal) -> str:
        """Return the word beside a quantity, e.g. "h" or "days"; nothing for pieces."""
        many = 1 if abs(quantity) <= 1 else 2
        return {
            ServiceUnit.PIECE: "",
            ServiceUnit.HOUR: gettext("h"),
            ServiceUnit.DAY: ngettext("day", "days", many),
            ServiceUnit.MONTH: ngettext("month", "months", many),
        }[self]


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services."""

    def on_sale(self) -> Self:
        """Keep those that can be sold now."""
        return self.filter(is_active=True)


class Service(CreatedUpdated):
    """Something that is sold at a price; a line copies it, so that it may change at any time."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    category = models.CharField(_("group"), max_length=100, blank=True, default="", db_default="")
    unit = models.CharField(
        _("unit"), max_length=3, choices=ServiceUnit, default=ServiceUnit.PIECE, db_default=ServiceUnit.PIECE
    )
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, help_text=_("Without VAT."))
    vat_rate = models.ForeignKey(VatRate, on_delete=models.PROTECT, related_name="services", verbose_name=_("VAT rate"))
    default_quantity = models.DecimalField(
        _("usual quantity"), max_digits=12, decimal_places=3, default=1, db_default=1
    )
    session_type = models.ForeignKey(
        SessionType,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("price of sessions"),
        help_text=_("A completed session of this type that no plan pays for is charged so. Empty: no price of any."),
    )
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)
    is_active = models.BooleanField(
        _("on sale"),
        default=True,
        db_default=True,
        help_text=_("Switched off: it is no longer offered. Documents keep what they copied."),
    )

    objects = models.Manager.from_queryset(ServiceQuerySet)()

    class Meta:
        db_table = "services"
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.CheckConstraint(name="services_name_given", condition=~Q(name="")),
            models.CheckConstraint(name="services_unit_known", condition=Q(unit__in=ServiceUnit.values)),
            models.CheckConstraint(
                name="services_price_not_negative",
                condition=Q(unit_price__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.UniqueConstraint(
                name="services_one_for_a_session_type",
                fields=["session_type"],
                condition=Q(session_type__isnull=False),
                violation_error_message=_("Another service is the price of these sessions."),
            ),
            models.CheckConstraint(
                name="services_quantity_positive",
                condition=Q(default_quantity__gt=0),
                violation_error_message=_("A quantity is above 0."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
