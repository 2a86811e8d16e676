"""Recurring invoices: what is invoiced to a client every month, quarter or year, each period once."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.contract import Contract
from billing.models.invoice import Invoice
from billing.models.line import PricedLine, priced
from billing.models.service import Service
from billing.models.vat_rate import VatRate
from sessions_app.models import Client
from studio.db import CreatedUpdated


class Interval(models.TextChoices):
    """How long a period is."""

    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


class RecurringInvoiceQuerySet(models.QuerySet["RecurringInvoice"]):
    """Recurring invoices."""

    def due(self, on: date) -> Self:
        """Keep those of which a period has begun that is not invoiced."""
        lasts = Q(ends_on__isnull=True) | Q(next_on__lte=F("ends_on"))
        return self.filter(lasts, is_active=True, next_on__lte=on)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class RecurringInvoice(CreatedUpdated):
    """An arrangement that makes a draft, or an issued invoice, at the beginning of each period."""

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    contract = models.ForeignKey(
        Contract,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recurring_invoices",
        verbose_name=_("contract"),
        help_text=_("Empty: agreed without one."),
    )
    title = models.CharField(_("title"), max_length=255)
    interval = models.CharField(
        _("every"), max_length=8, choices=Interval, default=Interval.MONTH, db_default=Interval.MONTH
    )
    starts_on = models.DateField(_("first day"), help_text=_("Each period begins on this day of its month."))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("No period begins after it. Empty: without an end.")
    )
    next_on = models.DateField(_("next period from"), editable=False)
    issues_itself = models.BooleanField(
        _("issue at once"),
        default=False,
        db_default=False,
        help_text=_("Switched off: each invoice is a draft that somebody looks at first."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        db_default=True,
        help_text=_("It is arranged to be invoiced. Switched off: no further period is."),
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="", help_text=_("Printed."))

    objects = models.Manager.from_queryset(RecurringInvoiceQuerySet)()

    class Meta:
        db_table = "recurring_invoices"
        verbose_name = _("recurring invoice")
        verbose_name_plural = _("recurring invoices")
        constraints = [
            models.CheckConstraint(name="recurring_invoices_interval_known", condition=Q(interval__in=Interval.values)),
            models.CheckConstraint(
                name="recurring_invoices_titled",
                condition=~Q(title=""),
                violation_error_message=_("Say what is invoiced again and again."),
            ),
            models.CheckConstraint(
                name="recurring_invoices_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day comes after the first."),
            ),
            models.CheckConstraint(
                name="recurring_invoices_next_after_start", condition=Q(next_on__gte=F("starts_on"))
            ),
        ]
        indexes = [
            models.Index(name="recurring_invoices_of_client", fields=["client", "-id"]),
            models.Index(name="recurring_invoices_due", fields=["next_on"], condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.title


class RecurringLine(PricedLine):
    """A line that each invoice of an arrangement gets."""

    recurring = models.ForeignKey(
        RecurringInvoice,
        on_delete=models.DB_CASCADE,
        related_name="lines",
        verbose_name=_("recurring invoice"),
        db_index=False,
    )
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, help_text=_("Without VAT."))
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, related_name="recurring_lines", verbose_name=_("VAT rate")
    )
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="recurring_lines",
        verbose_name=_("service"),
        help_text=_("Empty: written by hand, or the service is no longer in the catalogue."),
    )

    class Meta:
        db_table = "recurring_lines"
        verbose_name = _("line of a recurring invoice")
        verbose_name_plural = _("lines of recurring invoices")
        constraints = [
            *priced("recurring_lines"),
            models.UniqueConstraint(name="recurring_lines_one_at_a_place", fields=["recurring", "position"]),
        ]


class RecurringPeriod(CreatedUpdated):
    """A period that was invoiced, once."""

    recurring = models.ForeignKey(
        RecurringInvoice,
        on_delete=models.PROTECT,
        related_name="periods",
        verbose_name=_("recurring invoice"),
        db_index=False,
    )
    begins_on = models.DateField(_("from"))
    last_on = models.DateField(_("to"))
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="recurring_periods",
        verbose_name=_("invoice"),
        db_index=False,
        help_text=_("Empty once its draft is thrown away: the period was let off, and is not invoiced again."),
    )

    class Meta:
        db_table = "recurring_periods"
        verbose_name = _("invoiced period")
        verbose_name_plural = _("invoiced periods")
        constraints = [
            models.UniqueConstraint(
                name="recurring_periods_once",
                fields=["recurring", "begins_on"],
                violation_error_message=_("This period is invoiced already."),
            ),
            models.CheckConstraint(name="recurring_periods_last_after_first", condition=Q(last_on__gte=F("begins_on"))),
        ]
        indexes = [
            models.Index(name="recurring_periods_invoice", fields=["invoice"], condition=Q(invoice__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.begins_on} - {self.last_on}"
