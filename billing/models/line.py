"""What lines have in common, on whatever they stand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.service import ServiceUnit
from billing.models.vat_rate import VatCategory
from studio.db import CreatedUpdated


class PricedLine(CreatedUpdated):
    """A line: what, how many, at which price."""

    position = models.PositiveIntegerField(_("position"))
    description = models.TextField(_("description"))
    unit = models.CharField(
        _("unit"), max_length=3, choices=ServiceUnit, default=ServiceUnit.PIECE, db_default=ServiceUnit.PIECE
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1, db_default=1)
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.description

    @property
    def unit_word(self) -> str:
        """The word beside its quantity."""
        return ServiceUnit(self.unit).beside(self.quantity)


class SummedLine(PricedLine):
    """A line of a document, with what it comes to and the VAT it is at."""

    discount = models.DecimalField(
        _("discount"), max_digits=12, decimal_places=2, default=0, db_default=0, help_text=_("Taken off the line.")
    )
    # As its document states prices, with or without VAT; the net that it is part of stands beside it.
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    net = models.DecimalField(_("without VAT"), max_digits=12, decimal_places=2)
    vat_category = models.CharField(
        _("VAT category"),
        max_length=2,
        choices=VatCategory,
        default=VatCategory.STANDARD,
        db_default=VatCategory.STANDARD,
        editable=False,
    )
    vat_percent = models.DecimalField(_("VAT in percent"), max_digits=5, decimal_places=2, editable=False)

    class Meta:
        abstract = True


def priced(table: str) -> list[models.BaseConstraint]:
    """Return what a table of priced lines refuses."""
    return [
        models.CheckConstraint(
            name=f"{table}_described",
            condition=~Q(description=""),
            violation_error_message=_("Say what the line is for."),
        ),
        models.CheckConstraint(name=f"{table}_unit_known", condition=Q(unit__in=ServiceUnit.values)),
        models.CheckConstraint(
            name=f"{table}_quantity_given",
            condition=~Q(quantity=0),
            violation_error_message=_("A quantity is not 0; one below 0 takes off."),
        ),
        models.CheckConstraint(
            name=f"{table}_price_not_negative",
            condition=Q(unit_price__gte=0),
            violation_error_message=_("A price may not be negative: take off by a quantity below 0."),
        ),
    ]


def summed(table: str) -> list[models.BaseConstraint]:
    """Return what a table of summed lines refuses."""
    return [
        *priced(table),
        models.CheckConstraint(name=f"{table}_category_known", condition=Q(vat_category__in=VatCategory.values)),
        models.CheckConstraint(
            name=f"{table}_discount_within_line",
            condition=Q(discount=0) | Q(discount__gt=0, amount__gte=0),
            violation_error_message=_("A discount is at most what the line costs."),
        ),
        models.CheckConstraint(
            name=f"{table}_net_of_amount",
            condition=Q(net__gte=0, amount__gte=0) | Q(net__lte=0, amount__lte=0),
        ),
        models.CheckConstraint(name=f"{table}_percent_bounded", condition=Q(vat_percent__gte=0, vat_percent__lte=100)),
    ]
