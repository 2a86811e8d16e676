"""Expenses: what the studio pays others, for itself or for a project."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from billing.models.currency import of_currency
from billing.models.payment import PaymentMethod
from sessions_app.models import Equipment, Project
from studio.db import CreatedUpdated
from studio.office.models import StoredFile


class ExpenseCategory(models.TextChoices):
    """What for."""

    RENT = "rent", _("rent")
    UTILITIES = "utilities", _("utilities")
    INSURANCE = "insurance", _("insurance")
    MAINTENANCE = "maintenance", _("maintenance")
    SALARY = "salary", _("salaries and fees")
    MARKETING = "marketing", _("marketing")
    SOFTWARE = "software", _("software")
    SUPPLIES = "supplies", _("supplies")
    EQUIPMENT = "equipment", _("equipment")
    TRAVEL = "travel", _("travel")
    OTHER = "other", _("other")


class ExpenseStatus(models.TextChoices):
    """Whether it is paid."""

    PENDING = "pending", _("to pay")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


class ExpenseQuerySet(models.QuerySet["Expense"]):
    """Expenses."""

    def counted(self) -> Self:
        """Keep what was spent or will be."""
        return self.exclude(status=ExpenseStatus.CANCELLED)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Expense(CreatedUpdated):
    """A sum that was spent, with its receipt; what it costs a project is the sum without VAT."""

    category = models.CharField(
        _("category"),
        max_length=16,
        choices=ExpenseCategory,
        default=ExpenseCategory.OTHER,
        db_default=ExpenseCategory.OTHER,
    )
    description = models.CharField(_("description"), max_length=500)
    vendor = models.CharField(_("paid to"), max_length=255, blank=True, default="", db_default="")
    reference = models.CharField(_("number of the receipt"), max_length=100, blank=True, default="", db_default="")
    spent_on = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, help_text=_("With VAT."))
    tax_amount = models.DecimalField(
        _("VAT in it"),
        max_digits=12,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("What comes back from the tax office; 0 where none does."),
    )
    net_amount = models.GeneratedField(
        expression=F("amount") - F("tax_amount"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        verbose_name=_("without VAT"),
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("project"),
        db_index=False,
        help_text=_("Part of what it costs. Empty: for no project, or for one that was deleted: its name stays."),
    )
    project_label = models.CharField(_("project"), max_length=255, blank=True, default="", db_default="")
    equipment = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("equipment"),
        db_index=False,
        help_text=_("Bought or repaired. Empty: none, or it was deleted: its name stays."),
    )
    equipment_label = models.CharField(_("equipment"), max_length=255, blank=True, default="", db_default="")
    is_recurring = models.BooleanField(
        _("comes again"), default=False, db_default=False, help_text=_("E.g. rent, or a subscription of software.")
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=ExpenseStatus,
        default=ExpenseStatus.PENDING,
        db_default=ExpenseStatus.PENDING,
        editable=False,
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True, editable=False)
    payment_method = models.CharField(
        _("paid by"), max_length=16, choices=PaymentMethod, blank=True, default="", db_default="", editable=False
    )
    receipt = models.ForeignKey(
        StoredFile,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("receipt"),
        editable=False,
        help_text=_("Empty: none was kept yet."),
    )
    former_receipt = models.CharField(
        _("receipt in the former system"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(ExpenseQuerySet)()

    class Meta:
        db_table = "expenses"
        verbose_name = _("expense")
        verbose_name_plural = _("expenses")
        constraints = [
            models.CheckConstraint(name="expenses_category_known", condition=Q(category__in=ExpenseCategory.values)),
            models.CheckConstraint(name="expenses_status_known", condition=Q(status__in=ExpenseStatus.values)),
            models.CheckConstraint(
                name="expenses_method_known", condition=Q(payment_method__in=["", *PaymentMethod.values])
            ),
            models.CheckConstraint(
                name="expenses_described",
                condition=~Q(description=""),
                violation_error_message=_("Say what it was for."),
            ),
            *of_currency("expenses"),
            models.CheckConstraint(
                name="expenses_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("An expense is above 0."),
            ),
            models.CheckConstraint(
                name="expenses_vat_within_amount",
                condition=Q(tax_amount__gte=0, tax_amount__lt=F("amount")),
                violation_error_message=_("The VAT is a part of the amount."),
            ),
            models.CheckConstraint(
                name="expenses_paid_on_a_day",
                condition=Q(status=ExpenseStatus.PAID, paid_on__isnull=False)
                | (~Q(status=ExpenseStatus.PAID) & Q(paid_on__isnull=True, payment_method="")),
                violation_error_message=_("What is paid was paid on a day."),
            ),
            models.UniqueConstraint(
                Upper("vendor"),
                Upper("reference"),
                name="expenses_receipt_once",
                condition=~Q(vendor="") & ~Q(reference="") & ~Q(status=ExpenseStatus.CANCELLED),
                violation_error_message=_("The receipt of this number, by the same vendor, is written down already."),
            ),
        ]
        indexes = [
            models.Index(name="expenses_newest", fields=["-spent_on", "-id"]),
            models.Index(name="expenses_of_project", fields=["project"], condition=Q(project__isnull=False)),
            models.Index(name="expenses_of_equipment", fields=["equipment"], condition=Q(equipment__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.description
