"""Rates of value added tax, each with the category that an e-invoice gives it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class VatCategory(models.TextChoices):
    """Why a rate is what it is: the codes of UNTDID 5305 that EN 16931 knows."""

    STANDARD = "S", _("taxed")
    ZERO = "Z", _("zero rated")
    EXEMPT = "E", _("exempt")
    REVERSE_CHARGE = "AE", _("reverse charge")
    INTRA_COMMUNITY = "K", _("supply within the Union")
    EXPORT = "G", _("export")
    OUTSIDE = "O", _("outside VAT")


# Rate zero, with a sentence on the document that says why.
NEEDS_REASON = (
    VatCategory.EXEMPT,
    VatCategory.REVERSE_CHARGE,
    VatCategory.INTRA_COMMUNITY,
    VatCategory.EXPORT,
    VatCategory.OUTSIDE,
)


class VatRateQuerySet(models.QuerySet["VatRate"]):
    """VAT rates."""

    def offered(self) -> Self:
        """Keep those that a new line may name."""
        return self.filter(archived_at__isnull=True)


class VatRate(CreatedUpdated):
    """One rate; what it is in percent never changes once a line names it, for the past points at it."""

    name = models.CharField(_("name"), max_length=100)
    rate = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    category = models.CharField(
        _("category"),
        max_length=2,
        choices=VatCategory,
        default=VatCategory.STANDARD,
        db_default=VatCategory.STANDARD,
    )
    reason = models.CharField(
        _("reason"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Printed where no VAT is charged, e.g. the article that exempts it."),
    )
    is_default = models.BooleanField(
        _("default"), default=False, db_default=False, help_text=_("Chosen for new lines. One rate is.")
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = models.Manager.from_queryset(VatRateQuerySet)()

    class Meta:
        db_table = "vat_rates"
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        constraints = [
            models.CheckConstraint(name="vat_rates_name_given", condition=~Q(name="")),
            models.UniqueConstraint(
                name="vat_rates_name_once",
                fields=["name"],
                violation_error_message=_("Another VAT rate has this name."),
            ),
            models.CheckConstraint(
                name="vat_rates_rate_bounded",
                condition=Q(rate__gte=0, rate__lte=100),
                violation_error_message=_("A rate lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(name="vat_rates_category_known", condition=Q(category__in=VatCategory.values)),
            models.CheckConstraint(
                name="vat_rates_taxed_or_zero",
                condition=Q(category=VatCategory.STANDARD, rate__gt=0)
                | (~Q(category=VatCategory.STANDARD) & Q(rate=0)),
                violation_error_message=_("A taxed rate is above 0, every other category is 0 percent."),
            ),
            models.CheckConstraint(
                name="vat_rates_reason_given",
                condition=~Q(category__in=[each.value for each in NEEDS_REASON]) | ~Q(reason=""),
                violation_error_message=_("Say why no VAT is charged: the sentence stands on the document."),
            ),
            models.UniqueConstraint(
                name="vat_rates_one_default",
                fields=["is_default"],
                condition=Q(is_default=True),
                violation_error_message=_("Another rate is the default."),
            ),
            models.CheckConstraint(
                name="vat_rates_default_is_offered",
                condition=Q(is_default=False) | Q(archived_at__isnull=True),
                violation_error_message=_("The default rate cannot be archived: choose another default first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
