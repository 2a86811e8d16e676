"""Invoices, deposit invoices and credit notes: drafts until they are issued, frozen from then on."""

from datetime import date
from decimal import Decimal
from typing import Self
from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.currency import of_currency
from billing.models.former import FormerDocument
from billing.models.instalment import Instalment
from billing.models.number_series import NumberSeries
from billing.models.printed import Printed, PrintProblem, printed_constraints
from sessions_app.models import Client, Project
from studio.db import CreatedUpdated


class InvoiceKind(models.TextChoices):
    """What a document says; the register shows all of them."""

    INVOICE = "invoice", _("invoice")
    DEPOSIT = "deposit_invoice", _("deposit invoice")
    CREDIT_NOTE = "credit_note", _("credit note")
    CORRECTED = "corrected", _("corrected invoice")


# What a document of each kind refers to another for.
REFERRING = (InvoiceKind.CREDIT_NOTE, InvoiceKind.CORRECTED)


class InvoiceStatus(models.TextChoices):
    """How far a document is; overdue is computed, mailed is `sent_at`."""

    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued")
    PARTIALLY_PAID = "partially_paid", _("partly paid")
    PAID = "paid", _("paid")
    CREDITED = "credited", _("credited")
    CANCELLED = "cancelled", _("cancelled")  # by a former system; it counts for nothing


OPEN_STATUSES = (InvoiceStatus.ISSUED, InvoiceStatus.PARTIALLY_PAID)
NOT_COUNTED = (InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED)


class PriceMode(models.TextChoices):
    """What its prices are, and who gives way where a cent cannot be divided."""

    NET = "net", _("without VAT; VAT comes on top")
    GROSS = "gross", _("with VAT; VAT is taken out")
    GROSS_STATED = "gross_stated", _("with VAT; a cent that no net sum gives is stated as rounding")


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices."""

    def issued(self) -> Self:
        """Keep what has a number."""
        return self.exclude(status=InvoiceStatus.DRAFT)

    def counted(self) -> Self:
        """Keep what is issued and was not cancelled by a former system."""
        return self.exclude(status__in=NOT_COUNTED)

    def claims(self) -> Self:
        """Keep what asks for money: everything that counts but credit notes and tests."""
        return self.counted().filter(is_test=False).exclude(kind=InvoiceKind.CREDIT_NOTE)

    def unpaid(self) -> Self:
        """Keep claims of which something is still to be paid."""
        return self.claims().filter(remaining_balance__gt=0)

    def overdue(self, today: date) -> Self:
        """Keep unpaid claims whose day is past, or that of a part of them."""
        return self.unpaid().filter(Q(due_on__lt=today) | Q(pk__in=Instalment.objects.late_documents(today)))

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Invoice(Printed, FormerDocument, CreatedUpdated):
    """A document of money between the studio and a client.

    `total` is what the lines and their VAT make, `payable` what is left of it after rounding and the deposits that
    were invoiced before. Once issued, only what happens to it later changes: what is paid, credited, sent and stored.
    """

    public_id = models.UUIDField(_("key in links"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    kind = models.CharField(
        _("kind"), max_length=16, choices=InvoiceKind, default=InvoiceKind.INVOICE, db_default=InvoiceKind.INVOICE
    )
    series = models.ForeignKey(
        NumberSeries,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("number series"),
        editable=False,
        db_index=False,
        help_text=_("Empty while it is a draft, and for numbers of a former system."),
    )
    number = models.PositiveIntegerField(_("number in its series"), null=True, blank=True, editable=False)
    invoice_number = models.CharField(
        _("number"), max_length=100, blank=True, default="", db_default="", editable=False
    )
    is_test = models.BooleanField(_("test"), default=False, db_default=False, editable=False)

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("project"),
        db_index=False,
        help_text=_("Empty: for no project, or for one that was deleted: its name stays."),
    )
    project_label = models.CharField(_("project"), max_length=255, blank=True, default="", db_default="")
    refers_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        verbose_name=_("refers to"),
        db_index=False,
        help_text=_("The invoice that a credit note or a corrected invoice is about; empty for all others."),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")

    language = models.CharField(_("language"), max_length=8, default="en", db_default="en")
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    price_mode = models.CharField(
        _("prices"), max_length=16, choices=PriceMode, default=PriceMode.NET, db_default=PriceMode.NET
    )
    purchase_order = models.CharField(_("order number"), max_length=100, blank=True, default="", db_default="")
    supplied_from = models.DateField(_("supplied from"), null=True, blank=True)
    supplied_to = models.DateField(_("supplied to"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="", help_text=_("Printed."))
    payment_term_days = models.PositiveSmallIntegerField(_("payment term"), default=30, db_default=30)

    status = models.CharField(
        _("status"),
        max_length=16,
        choices=InvoiceStatus,
        default=InvoiceStatus.DRAFT,
        db_default=InvoiceStatus.DRAFT,
        editable=False,
    )
    issued_on = models.DateField(_("date"), null=True, blank=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    due_on = models.DateField(_("due on"), null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)

    subtotal = models.DecimalField(
        _("without VAT"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    tax_amount = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False)
    rounding = models.DecimalField(
        _("rounding"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    deducted_total = models.DecimalField(
        _("deposits invoiced before"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    payable = models.GeneratedField(
        expression=F("total") + F("rounding") - F("deducted_total"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        verbose_name=_("payable"),
    )
    credited_total = models.DecimalField(
        _("credited"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    paid_total = models.DecimalField(
        _("paid"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    remaining_balance = models.DecimalField(
        _("to pay"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    deposit_amount = models.DecimalField(
        _("deposit"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Due first, as a part of this document. Empty: no deposit is asked."),
    )
    deposit_paid_at = models.DateTimeField(_("deposit paid at"), null=True, blank=True, editable=False)
    stripe_deposit_payment_intent_id = models.CharField(
        _("Stripe payment of the deposit"), max_length=255, blank=True, default="", db_default="", editable=False
    )

    # Everything that is printed, as it was at the issue; the fingerprint covers it and the one before in the series.
    snapshot = models.JSONField(_("as issued"), null=True, blank=True, editable=False)
    content_hash = models.CharField(
        _("fingerprint"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    previous_hash = models.CharField(
        _("fingerprint before"), max_length=64, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(InvoiceQuerySet)()

    class Meta:
        db_table = "invoices"
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        permissions = [
            ("issue_invoice", _("Can issue invoices")),
            ("credit_invoice", _("Can issue credit notes")),
            ("send_invoice", _("Can send invoices")),
            ("export_invoice", _("Can take the list of invoices along")),
        ]
        constraints = [
            models.CheckConstraint(name="invoices_kind_known", condition=Q(kind__in=InvoiceKind.values)),
            models.CheckConstraint(name="invoices_status_known", condition=Q(status__in=InvoiceStatus.values)),
            models.CheckConstraint(name="invoices_price_mode_known", condition=Q(price_mode__in=PriceMode.values)),
            *of_currency("invoices"),
            models.UniqueConstraint(
                name="invoices_number_unique",
                fields=["former_series", "invoice_number"],
                condition=~Q(invoice_number=""),
                violation_error_message=_("Another document has this number."),
            ),
            models.UniqueConstraint(name="invoices_once_in_series", fields=["series", "number"]),
            models.CheckConstraint(
                name="invoices_draft_has_no_number",
                condition=Q(
                    status=InvoiceStatus.DRAFT,
                    invoice_number="",
                    number__isnull=True,
                    series__isnull=True,
                    issued_at__isnull=True,
                    issued_on__isnull=True,
                    content_hash="",
                )
                | (~Q(status=InvoiceStatus.DRAFT) & ~Q(invoice_number="") & Q(issued_on__isnull=False)),
                violation_error_message=_("A number is given when a document is issued, and only then."),
            ),
            models.CheckConstraint(
                name="invoices_issued_in_full",
                condition=Q(status=InvoiceStatus.DRAFT)
                | (
                    (Q(series__isnull=False, number__gte=1, issued_at__isnull=False) | ~Q(former_series=""))
                    & Q(snapshot__isnull=False, content_hash__regex=r"^[0-9a-f]{64}$")
                ),
            ),
            models.CheckConstraint(
                name="invoices_refers_by_kind",
                condition=(Q(kind__in=[each.value for each in REFERRING], refers_to__isnull=False) & ~Q(reason=""))
                | (~Q(kind__in=[each.value for each in REFERRING]) & Q(refers_to__isnull=True))
                | (Q(kind=InvoiceKind.CREDIT_NOTE) & ~Q(former_series="") & ~Q(reason="")),
                violation_error_message=_("A credit note names its invoice and a reason."),
            ),
            models.CheckConstraint(
                name="invoices_supplied_to_after_from",
                condition=Q(supplied_to__isnull=True) | Q(supplied_to__gte=F("supplied_from")),
                violation_error_message=_("The last day of supply may not come before the first."),
            ),
            models.CheckConstraint(
                name="invoices_total_adds_up",
                condition=Q(total=F("subtotal") + F("tax_amount")) | ~Q(former_series=""),
            ),
            models.CheckConstraint(
                name="invoices_amounts_not_negative",
                condition=Q(status=InvoiceStatus.DRAFT)
                | Q(
                    subtotal__gte=0,
                    tax_amount__gte=0,
                    deducted_total__gte=0,
                    deducted_total__lte=F("total") + F("rounding"),
                ),
                violation_error_message=_("What is issued may not be below zero: that is a credit note."),
            ),
            # A cent a rate at most.
            models.CheckConstraint(name="invoices_rounding_is_small", condition=Q(rounding__gt=-1, rounding__lt=1)),
            models.CheckConstraint(
                name="invoices_settled_within_payable",
                condition=Q(credited_total__gte=0, paid_total__gte=0, remaining_balance__gte=0),
                violation_error_message=_("No more than what is still to pay can be settled."),
            ),
            models.CheckConstraint(
                name="invoices_remaining_is_the_rest",
                condition=Q(status=InvoiceStatus.DRAFT, remaining_balance=0, credited_total=0, paid_total=0)
                | Q(kind=InvoiceKind.CREDIT_NOTE, remaining_balance=0, credited_total=0, paid_total=0)
                | Q(status=InvoiceStatus.CANCELLED, remaining_balance=0, credited_total=0, paid_total=0)
                | (
                    ~Q(kind=InvoiceKind.CREDIT_NOTE)
                    & ~Q(status=InvoiceStatus.CANCELLED)
                    & Q(
                        remaining_balance=F("total")
                        + F("rounding")
                        - F("deducted_total")
                        - F("credited_total")
                        - F("paid_total")
                    )
                ),
            ),
            models.CheckConstraint(
                name="invoices_status_follows_money",
                condition=Q(status__in=[each.value for each in NOT_COUNTED])
                | Q(kind=InvoiceKind.CREDIT_NOTE, status=InvoiceStatus.ISSUED)
                | Q(status=InvoiceStatus.CREDITED, remaining_balance=0, paid_total=0)
                | Q(status=InvoiceStatus.PAID, remaining_balance=0)
                | Q(status=InvoiceStatus.PARTIALLY_PAID, remaining_balance__gt=0, paid_total__gt=0)
                | Q(status=InvoiceStatus.ISSUED, remaining_balance__gt=0, paid_total=0),
            ),
            models.CheckConstraint(
                name="invoices_deposit_within_total",
                condition=Q(deposit_amount__isnull=True)
                | Q(status=InvoiceStatus.DRAFT, deposit_amount__gt=0)
                | Q(deposit_amount__gt=0, deposit_amount__lte=F("total") + F("rounding")),
                violation_error_message=_("A deposit lies between 0 and the total."),
            ),
            models.CheckConstraint(
                name="invoices_deposit_paid_is_asked",
                condition=Q(deposit_paid_at__isnull=True) | Q(deposit_amount__isnull=False),
            ),
            models.CheckConstraint(
                name="invoices_deposit_paid_by_money",
                condition=Q(status=InvoiceStatus.DRAFT, deposit_paid_at__isnull=True)
                | Q(deposit_amount__isnull=True)
                | Q(deposit_paid_at__isnull=False, paid_total__gte=F("deposit_amount"))
                | Q(deposit_paid_at__isnull=True, paid_total__lt=F("deposit_amount"))
                | ~Q(former_series=""),
            ),
            models.CheckConstraint(
                name="invoices_former_has_no_series", condition=Q(series__isnull=True) | Q(former_series="")
            ),
            models.CheckConstraint(
                name="invoices_differs_if_former",
                condition=Q(net_difference=0, tax_difference=0, former_balance__isnull=True) | ~Q(former_series=""),
            ),
            models.CheckConstraint(
                name="invoices_cancelled_is_former",
                condition=~Q(status=InvoiceStatus.CANCELLED) | (~Q(former_series="") & ~Q(reason="")),
                violation_error_message=_("What is issued is credited, not cancelled."),
            ),
            *printed_constraints("invoices", exempt=~Q(former_series="")),
            models.CheckConstraint(
                name="invoices_pdf_of_what_is_issued", condition=Q(pdf_s3_key="") | ~Q(status=InvoiceStatus.DRAFT)
            ),
        ]
        indexes = [
            models.Index(name="invoices_of_client", fields=["client", "-issued_on", "-id"]),
            models.Index(name="invoices_of_project", fields=["project"], condition=Q(project__isnull=False)),
            models.Index(name="invoices_referring", fields=["refers_to"], condition=Q(refers_to__isnull=False)),
            models.Index(name="invoices_newest", fields=["-issued_on", "-id"]),
            models.Index(
                name="invoices_to_print",
                fields=["id"],
                condition=Q(pdf_s3_key="", snapshot__isnull=False) & ~Q(status=InvoiceStatus.DRAFT),
            ),
            models.Index(name="invoices_to_print_again", fields=["id"], condition=Q(pdf_problem=PrintProblem.AGAIN)),
            models.Index(name="invoices_open", fields=["due_on", "id"], condition=Q(remaining_balance__gt=0)),
        ]

    @property
    def is_claim(self) -> bool:
        """Whether it asks for money, or did."""
        return self.status not in NOT_COUNTED and self.kind != InvoiceKind.CREDIT_NOTE

    @property
    def misfit(self) -> Decimal:
        """By how much the total is not the sum of net and VAT; never of a document of ours."""
        return self.total - self.subtotal - self.tax_amount

    @property
    def payable_now(self) -> Decimal:
        """What `payable` says once these sums are saved."""
        return self.total + self.rounding - self.deducted_total

    def signed(self, amount: Decimal) -> Decimal:
        """Return one of its sums as it counts: a credit note takes off."""
        return -amount if self.kind == InvoiceKind.CREDIT_NOTE else amount

    def __str__(self) -> str:
        return self.invoice_number or str(_("draft"))
