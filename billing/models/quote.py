"""Quotes: what the studio offers a client to do, and for how much."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.currency import of_currency
from billing.models.invoice import Invoice, PriceMode
from billing.models.number_series import NumberSeries
from sessions_app.models import Client, Project
from studio.db import CreatedUpdated

LONGEST_VALIDITY = 365


class QuoteStatus(models.TextChoices):
    """How far a quote is; billing/services/quote_states.py has the moves."""

    DRAFT = "draft", _("draft")
    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("declined")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("withdrawn")


class QuoteQuerySet(models.QuerySet["Quote"]):
    """Quotes."""

    def overdue(self, now: datetime) -> Self:
        """Keep those that wait for an answer although their time is up."""
        return self.filter(status=QuoteStatus.SENT, expires_at__lte=now)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Quote(CreatedUpdated):
    """An offer to a client; only a draft changes, and each sending of it is a version that stays as it is."""

    series = models.ForeignKey(
        NumberSeries,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="quotes",
        verbose_name=_("number series"),
        editable=False,
        db_index=False,
        help_text=_("Empty until it is sent for the first time, and for numbers of a former system."),
    )
    number = models.PositiveIntegerField(_("number in its series"), null=True, blank=True, editable=False)
    quote_number = models.CharField(_("number"), max_length=100, blank=True, default="", db_default="", editable=False)
    former_series = models.CharField(
        _("former system"), max_length=60, blank=True, default="", db_default="", editable=False
    )
    version = models.PositiveSmallIntegerField(_("version"), default=0, db_default=0, editable=False)

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    title = models.CharField(_("title"), max_length=255, help_text=_("E.g. the album; its project is called so."))
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("project"),
        db_index=False,
        help_text=_("One that is there already. Empty: none, one that the quote becomes, or one that was deleted."),
    )
    project_label = models.CharField(_("project"), max_length=255, blank=True, default="", db_default="")

    language = models.CharField(_("language"), max_length=8, default="en", db_default="en")
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    price_mode = models.CharField(
        _("prices"), max_length=16, choices=PriceMode, default=PriceMode.NET, db_default=PriceMode.NET
    )
    purchase_order = models.CharField(_("order number"), max_length=100, blank=True, default="", db_default="")
    validity_days = models.PositiveSmallIntegerField(
        _("valid for"),
        default=30,
        db_default=30,
        help_text=_("Days from its sending; it ends with the first slot that it holds, if that begins sooner."),
    )
    deposit_percent = models.DecimalField(
        _("deposit"),
        max_digits=5,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("Percent of the total, invoiced at the acceptance. 0: none."),
    )
    terms = models.TextField(_("terms"), blank=True, default="", db_default="", help_text=_("Printed."))
    notes = models.TextField(_("notes"), blank=True, default="", db_default="", help_text=_("Printed."))
    internal_notes = models.TextField(
        _("internal notes"), blank=True, default="", db_default="", help_text=_("The client never sees them.")
    )

    status = models.CharField(
        _("status"),
        max_length=16,
        choices=QuoteStatus,
        default=QuoteStatus.DRAFT,
        db_default=QuoteStatus.DRAFT,
        editable=False,
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True, editable=False)
    responded_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)

    subtotal = models.DecimalField(
        _("without VAT"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    tax_amount = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False)
    rounding = models.DecimalField(
        _("rounding"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )

    converted_to_project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("became the project"),
        db_index=False,
        editable=False,
        help_text=_("Empty: it became none, or one that was deleted: when it did stays."),
    )
    converted_at = models.DateTimeField(_("became a project at"), null=True, blank=True, editable=False)
    deposit_invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="deposit_of_quotes",
        verbose_name=_("deposit invoice"),
        db_index=False,
        editable=False,
        help_text=_("Empty: no deposit is asked yet, or its draft was thrown away."),
    )

    objects = models.Manager.from_queryset(QuoteQuerySet)()

    class Meta:
        db_table = "quotes"
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        permissions = [("send_quote", _("Can send quotes and take their answers down"))]
        constraints = [
            models.CheckConstraint(name="quotes_status_known", condition=Q(status__in=QuoteStatus.values)),
            models.CheckConstraint(name="quotes_price_mode_known", condition=Q(price_mode__in=PriceMode.values)),
            models.CheckConstraint(
                name="quotes_titled", condition=~Q(title=""), violation_error_message=_("A quote says what it is for.")
            ),
            *of_currency("quotes"),
            models.UniqueConstraint(
                name="quotes_number_unique",
                fields=["former_series", "quote_number"],
                condition=~Q(quote_number=""),
                violation_error_message=_("Another quote has this number."),
            ),
            models.UniqueConstraint(name="quotes_once_in_series", fields=["series", "number"]),
            models.CheckConstraint(
                name="quotes_numbered_once_sent",
                condition=Q(version=0, status=QuoteStatus.DRAFT, quote_number="", series__isnull=True)
                | (Q(version__gte=1, series__isnull=False, number__gte=1) & ~Q(quote_number=""))
                | ~Q(former_series=""),
                violation_error_message=_("A quote has a number from its first sending on."),
            ),
            models.CheckConstraint(
                name="quotes_dated_by_status",
                condition=Q(
                    status__in=[QuoteStatus.DRAFT.value, QuoteStatus.CANCELLED.value],
                    sent_at__isnull=True,
                    expires_at__isnull=True,
                    responded_at__isnull=True,
                )
                | Q(
                    status__in=[QuoteStatus.SENT.value, QuoteStatus.EXPIRED.value],
                    sent_at__isnull=False,
                    expires_at__isnull=False,
                    responded_at__isnull=True,
                )
                | Q(
                    status__in=[QuoteStatus.ACCEPTED.value, QuoteStatus.REJECTED.value],
                    sent_at__isnull=False,
                    expires_at__isnull=False,
                    responded_at__isnull=False,
                )
                | ~Q(former_series=""),
            ),
            models.CheckConstraint(
                name="quotes_expires_after_sending",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("sent_at")) | ~Q(former_series=""),
                violation_error_message=_("A quote expires after it is sent."),
            ),
            models.CheckConstraint(
                name="quotes_accepted_in_time",
                condition=~Q(status=QuoteStatus.ACCEPTED) | Q(responded_at__lt=F("expires_at")) | ~Q(former_series=""),
                violation_error_message=_("A quote is accepted before it expires."),
            ),
            models.CheckConstraint(
                name="quotes_validity_bounded",
                condition=Q(validity_days__gte=1, validity_days__lte=LONGEST_VALIDITY),
                violation_error_message=_("A quote is valid for 1 to 365 days."),
            ),
            models.CheckConstraint(
                name="quotes_deposit_is_percent",
                condition=Q(deposit_percent__gte=0, deposit_percent__lte=100),
                violation_error_message=_("A deposit lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(
                name="quotes_total_adds_up", condition=Q(total=F("subtotal") + F("tax_amount")) | ~Q(former_series="")
            ),
            models.CheckConstraint(
                name="quotes_amounts_not_negative",
                condition=Q(status__in=[QuoteStatus.DRAFT.value, QuoteStatus.CANCELLED.value])
                | Q(subtotal__gte=0, tax_amount__gte=0)
                | ~Q(former_series=""),
                violation_error_message=_("What is offered may not be below zero."),
            ),
            models.CheckConstraint(name="quotes_rounding_is_small", condition=Q(rounding__gt=-1, rounding__lt=1)),
            models.CheckConstraint(
                name="quotes_accepted_becomes",
                condition=Q(status=QuoteStatus.ACCEPTED)
                | Q(converted_at__isnull=True, converted_to_project__isnull=True, deposit_invoice__isnull=True)
                | ~Q(former_series=""),
                violation_error_message=_("Only an accepted quote becomes a project or an invoice."),
            ),
            models.CheckConstraint(
                name="quotes_conversion_dated",
                condition=Q(converted_to_project__isnull=True) | Q(converted_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="quotes_project_of_one",
                fields=["converted_to_project"],
                violation_error_message=_("Another quote has become this project."),
            ),
            models.UniqueConstraint(name="quotes_deposit_of_one", fields=["deposit_invoice"]),
            models.CheckConstraint(
                name="quotes_former_has_no_series", condition=Q(series__isnull=True) | Q(former_series="")
            ),
        ]
        indexes = [
            models.Index(name="quotes_of_client", fields=["client", "-id"]),
            models.Index(name="quotes_of_project", fields=["project"], condition=Q(project__isnull=False)),
            models.Index(name="quotes_expiring", fields=["expires_at"], condition=Q(status=QuoteStatus.SENT)),
        ]

    def __str__(self) -> str:
        return self.quote_number or self.title

    @property
    def payable(self) -> Decimal:
        """What it comes to with VAT, and with the cent that keeps prices with VAT what they are."""
        return self.total + self.rounding
