"""Prepaid packages: hours that a client has bought ahead, and the ledger of what became of them."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.currency import of_currency
from billing.models.invoice import Invoice
from billing.models.service import Service
from billing.models.vat_rate import VatRate
from sessions_app.models import Client
from studio.db import CreatedUpdated


class PackageQuerySet(models.QuerySet["Package"]):
    """Packages."""

    def usable(self, on: date) -> Self:
        """Keep those with hours that can be used on a day."""
        in_time = Q(expires_on__isnull=True) | Q(expires_on__gte=on)
        return self.filter(in_time, hours_left__gt=0)

    def overdue(self, on: date) -> Self:
        """Keep those whose hours ran out of time before a day."""
        return self.filter(expires_on__lt=on, hours_left__gt=0)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Package(CreatedUpdated):
    """Hours bought ahead by one client; `hours_left` is what its entries come to."""

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    name = models.CharField(_("name"), max_length=255)
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="packages",
        verbose_name=_("service"),
        help_text=_("Empty: made by hand, or the service is no longer in the catalogue."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("Without VAT. Empty: unknown.")
    )
    vat_rate = models.ForeignKey(
        VatRate,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="packages",
        verbose_name=_("VAT rate"),
        help_text=_("Of its sale. Empty: the client's usual one."),
    )
    bought_on = models.DateField(_("bought on"))
    expires_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("On which hours can be used. Empty: without an end.")
    )
    hours_left = models.DecimalField(
        _("hours left"), max_digits=10, decimal_places=2, default=0, db_default=0, editable=False
    )
    sale = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="packages_sold",
        verbose_name=_("sold by"),
        editable=False,
        help_text=_("Its invoice. Empty: none is written yet, or its draft was thrown away."),
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(PackageQuerySet)()

    class Meta:
        db_table = "packages"
        verbose_name = _("package of hours")
        verbose_name_plural = _("packages of hours")
        constraints = [
            models.CheckConstraint(
                name="packages_named", condition=~Q(name=""), violation_error_message=_("Name the package.")
            ),
            *of_currency("packages"),
            models.CheckConstraint(
                name="packages_price_not_negative",
                condition=Q(price__isnull=True) | Q(price__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.CheckConstraint(
                name="packages_hours_not_overdrawn",
                condition=Q(hours_left__gte=0),
                violation_error_message=_("There are not so many hours left in the package."),
            ),
            models.CheckConstraint(
                name="packages_end_after_sale",
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=models.F("bought_on")),
                violation_error_message=_("The last day of a package comes after its sale."),
            ),
            models.UniqueConstraint(name="packages_sale_of_one", fields=["sale"]),
        ]
        indexes = [
            models.Index(name="packages_of_client", fields=["client", "-bought_on", "-id"]),
            models.Index(name="packages_with_hours", fields=["expires_on"], condition=Q(hours_left__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class PackageEntryKind(models.TextChoices):
    """What moved hours."""

    BOUGHT = "bought", _("bought")
    USED = "used", _("used")
    RETURNED = "returned", _("returned")
    EXPIRED = "expired", _("expired")
    ADJUSTED = "adjusted", _("adjusted")


class PackageEntry(CreatedUpdated):
    """One move of hours of one package; added, never changed."""

    append_only = True

    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, related_name="entries", verbose_name=_("package"), db_index=False
    )
    kind = models.CharField(
        _("kind"),
        max_length=16,
        choices=PackageEntryKind,
        default=PackageEntryKind.ADJUSTED,
        db_default=PackageEntryKind.ADJUSTED,
    )
    hours = models.DecimalField(_("hours"), max_digits=10, decimal_places=2)
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="package_entries",
        verbose_name=_("invoice"),
        db_index=False,
        help_text=_("The invoice that used the hours, or whose credit note returned them; empty for other moves."),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        db_index=False,
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        db_table = "package_entries"
        verbose_name = _("move of hours")
        verbose_name_plural = _("moves of hours")
        permissions = [("adjust_packageentry", _("Can adjust prepaid hours"))]
        constraints = [
            models.CheckConstraint(name="package_entries_kind_known", condition=Q(kind__in=PackageEntryKind.values)),
            models.CheckConstraint(
                name="package_entries_hours_of_kind",
                condition=Q(kind__in=[PackageEntryKind.BOUGHT.value, PackageEntryKind.RETURNED.value], hours__gt=0)
                | Q(kind__in=[PackageEntryKind.USED.value, PackageEntryKind.EXPIRED.value], hours__lt=0)
                | (Q(kind=PackageEntryKind.ADJUSTED) & ~Q(hours=0)),
                violation_error_message=_("This number of hours does not fit what is done with them."),
            ),
            models.CheckConstraint(
                name="package_entries_invoice_of_use",
                condition=Q(
                    kind__in=[PackageEntryKind.USED.value, PackageEntryKind.RETURNED.value], invoice__isnull=False
                )
                | (
                    ~Q(kind__in=[PackageEntryKind.USED.value, PackageEntryKind.RETURNED.value])
                    & Q(invoice__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="package_entries_adjusted_for_a_reason",
                condition=~Q(kind=PackageEntryKind.ADJUSTED) | ~Q(reason=""),
                violation_error_message=_("Hours are adjusted for a reason."),
            ),
            models.UniqueConstraint(
                name="package_entries_bought_once", fields=["package"], condition=Q(kind=PackageEntryKind.BOUGHT)
            ),
        ]
        indexes = [
            models.Index(name="package_entries_of", fields=["package", "id"]),
            models.Index(name="package_entries_invoice", fields=["invoice"], condition=Q(invoice__isnull=False)),
            models.Index(name="package_entries_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.hours:+}"
