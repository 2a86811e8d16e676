"""Lines of an invoice, what they charge for, and the VAT they add up to."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from billing.models.line import SummedLine, summed
from billing.models.package import Package
from billing.models.quote_item import QuoteItem
from billing.models.service import Service
from billing.models.vat_rate import VatCategory, VatRate
from sessions_app.models import SessionExtra, SessionFee, StudioSession, TimeEntry
from studio.db import CreatedUpdated
from training.models import Subscription, TrainingSession

MOST_LINES = 3_000  # as many as can be laid out in time


class InvoiceItem(SummedLine):
    """A line: what, how many, at which price; frozen with its document."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.DB_CASCADE, related_name="items", verbose_name=_("invoice"), db_index=False
    )
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, related_name="invoice_items", verbose_name=_("VAT rate")
    )
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="invoice_items",
        verbose_name=_("service"),
        help_text=_("Empty: written by hand, or the service is no longer in the catalogue."),
    )
    credits_item = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credited_by",
        verbose_name=_("credits"),
        db_index=False,
        help_text=_("The line of the invoice that a line of a credit note takes back; empty elsewhere."),
    )

    class Meta:
        db_table = "invoice_items"
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            *summed("invoice_items"),
            models.UniqueConstraint(name="invoice_items_one_at_a_place", fields=["invoice", "position"]),
        ]
        indexes = [
            models.Index(
                name="invoice_items_crediting", fields=["credits_item"], condition=Q(credits_item__isnull=False)
            ),
        ]


class InvoiceSource(CreatedUpdated):
    """What a line charges for; each thing is on one document at a time, until a credit note lets it go."""

    item = models.ForeignKey(
        InvoiceItem, on_delete=models.DB_CASCADE, related_name="sources", verbose_name=_("line"), db_index=False
    )
    session = models.ForeignKey(
        StudioSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("session"),
        help_text=_("Set where the agreed price of a session is charged; empty once it is deleted."),
    )
    extra = models.ForeignKey(
        SessionExtra,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("extra"),
        help_text=_("Set where an extra of a session is charged; empty once it is deleted."),
    )
    fee = models.ForeignKey(
        SessionFee,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("fee"),
        help_text=_("Set where a fee of a session is charged; empty once it is deleted."),
    )
    time_entry = models.ForeignKey(
        TimeEntry,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("time entry"),
        help_text=_("Set where hours are charged; empty once they are deleted."),
    )
    training_session = models.ForeignKey(
        TrainingSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("training session"),
        help_text=_("Set where a single training session is charged; empty once it is deleted."),
    )
    subscription = models.ForeignKey(
        Subscription,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("subscription"),
        help_text=_("Set where a plan of a member is charged; empty once it is deleted."),
    )
    quote_item = models.ForeignKey(
        QuoteItem,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sources",
        verbose_name=_("line of a quote"),
        help_text=_("Set where what a quote offered is charged; empty elsewhere."),
    )
    # Of a package many lines may take hours off; its ledger says how many are left.
    package = models.ForeignKey(
        Package,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sources",
        verbose_name=_("package"),
        help_text=_("Set where prepaid hours pay for others; empty elsewhere."),
    )
    hours = models.DecimalField(
        _("hours"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("That the package pays for; empty elsewhere."),
    )
    pays_for = models.ForeignKey(
        InvoiceItem,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="paid_by",
        verbose_name=_("pays for"),
        db_index=False,
        help_text=_("The line whose hours the package pays for; empty elsewhere, or once that line is taken off."),
    )
    label = models.CharField(_("charged for"), max_length=420, help_text=_("As it was called when it was charged."))
    amount = models.DecimalField(
        _("its price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("When the line was written; a price that changed since stops the issue. Empty: it has none."),
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    class Meta:
        db_table = "invoice_sources"
        verbose_name = _("source of a line")
        verbose_name_plural = _("sources of lines")
        constraints = [
            models.CheckConstraint(name="invoice_sources_named", condition=~Q(label="")),
            models.CheckConstraint(
                name="invoice_sources_price_not_negative", condition=Q(amount__isnull=True) | Q(amount__gte=0)
            ),
            models.CheckConstraint(
                name="invoice_sources_one_thing",
                condition=Q(
                    models.lookups.LessThanOrEqual(
                        models.Func(
                            *[
                                F(name)
                                for name in (
                                    "session",
                                    "extra",
                                    "fee",
                                    "time_entry",
                                    "training_session",
                                    "subscription",
                                    "quote_item",
                                    "package",
                                )
                            ],
                            function="num_nonnulls",
                            output_field=models.IntegerField(),
                        ),
                        1,
                    )
                ),
            ),
            models.CheckConstraint(
                name="invoice_sources_hours_of_package",
                condition=Q(package__isnull=True, hours__isnull=True) | Q(package__isnull=False, hours__gt=0),
                violation_error_message=_("A package pays for hours."),
            ),
            models.CheckConstraint(
                name="invoice_sources_package_pays",
                condition=Q(pays_for__isnull=True) | Q(package__isnull=False),
            ),
            *[
                models.UniqueConstraint(
                    name=f"invoice_sources_{name}_once",
                    fields=[name],
                    condition=Q(released_at__isnull=True) & Q(**{f"{name}__isnull": False}),
                    violation_error_message=_("This is on another document already."),
                )
                for name in (
                    *("session", "extra", "fee", "time_entry", "training_session", "subscription"),
                    "quote_item",
                )
            ],
        ]
        indexes = [
            models.Index(name="invoice_sources_of_item", fields=["item"]),
            models.Index(name="invoice_sources_paying", fields=["pays_for"], condition=Q(pays_for__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def says_more(self) -> bool:
        """Whether it says anything that its line does not."""
        return bool(self.released_at) or any(part not in self.item.description for part in self.label.split(", "))


class InvoiceTax(CreatedUpdated):
    """The VAT of a document at one category and rate: the base, and the tax on all of it, rounded once."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.DB_CASCADE, related_name="taxes", verbose_name=_("invoice"), db_index=False
    )
    category = models.CharField(
        _("category"), max_length=2, choices=VatCategory, default=VatCategory.STANDARD, db_default=VatCategory.STANDARD
    )
    rate = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    # Of the lines, as the document states prices; base and tax are what it makes without and with VAT.
    amount = models.DecimalField(_("sum"), max_digits=12, decimal_places=2)
    base = models.DecimalField(_("base"), max_digits=12, decimal_places=2)
    tax = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2)

    class Meta:
        db_table = "invoice_taxes"
        verbose_name = _("VAT of an invoice")
        verbose_name_plural = _("VAT of invoices")
        constraints = [
            models.CheckConstraint(name="invoice_taxes_category_known", condition=Q(category__in=VatCategory.values)),
            models.CheckConstraint(name="invoice_taxes_rate_bounded", condition=Q(rate__gte=0, rate__lte=100)),
            models.CheckConstraint(
                name="invoice_taxes_one_direction",
                condition=Q(amount__gte=0, base__gte=0, tax__gte=0) | Q(amount__lte=0, base__lte=0, tax__lte=0),
            ),
            models.UniqueConstraint(name="invoice_taxes_once", fields=["invoice", "category", "rate"]),
        ]

    def __str__(self) -> str:
        return f"{self.rate} %"


class InvoiceDeduction(CreatedUpdated):
    """A deposit invoice that a final invoice takes off, at one category and rate, as the deposit stated it."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.DB_CASCADE, related_name="deductions", verbose_name=_("invoice"), db_index=False
    )
    deposit = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="deducted_on", verbose_name=_("deposit invoice"), db_index=False
    )
    category = models.CharField(
        _("category"), max_length=2, choices=VatCategory, default=VatCategory.STANDARD, db_default=VatCategory.STANDARD
    )
    rate = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    base = models.DecimalField(_("base"), max_digits=12, decimal_places=2)
    tax = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2)
    # What the deposit added so that its price with VAT stayed what it was: that comes off, too.
    rounding = models.DecimalField(_("rounding"), max_digits=12, decimal_places=2, default=0, db_default=0)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    class Meta:
        db_table = "invoice_deductions"
        verbose_name = _("deducted deposit")
        verbose_name_plural = _("deducted deposits")
        constraints = [
            models.CheckConstraint(
                name="invoice_deductions_category_known", condition=Q(category__in=VatCategory.values)
            ),
            models.CheckConstraint(name="invoice_deductions_rate_bounded", condition=Q(rate__gte=0, rate__lte=100)),
            models.CheckConstraint(name="invoice_deductions_not_negative", condition=Q(base__gte=0, tax__gte=0)),
            models.CheckConstraint(
                name="invoice_deductions_rounding_is_small", condition=Q(rounding__gt=-1, rounding__lt=1)
            ),
            models.CheckConstraint(name="invoice_deductions_not_itself", condition=~Q(invoice=F("deposit"))),
            models.UniqueConstraint(
                name="invoice_deductions_once",
                fields=["deposit", "category", "rate"],
                condition=Q(released_at__isnull=True),
                violation_error_message=_("This deposit is taken off another invoice already."),
            ),
        ]
        indexes = [models.Index(name="invoice_deductions_of", fields=["invoice"])]

    def __str__(self) -> str:
        return str(self.deposit)
