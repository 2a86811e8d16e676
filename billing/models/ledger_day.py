"""What the ledger comes to day by day, for reports over years."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import LedgerAccount
from billing.models.vat_rate import VatCategory
from studio.db import CreatedUpdated


class LedgerDay(CreatedUpdated):
    """What the entries of a day come to on an account, at a rate; those of the test mode are left out.

    The ledger adds a row for each posting and waits for nobody; every night those of one day are put together. So
    several rows are about one day: their sums count.
    """

    booked_on = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    ledger_account = models.CharField(
        _("account"),
        max_length=16,
        choices=LedgerAccount,
        default=LedgerAccount.REVENUE,
        db_default=LedgerAccount.REVENUE,
    )
    vat_category = models.CharField(
        _("VAT category"), max_length=2, choices=VatCategory, blank=True, default="", db_default=""
    )
    vat_percent = models.DecimalField(_("VAT in percent"), max_digits=5, decimal_places=2, null=True, blank=True)
    debit = models.DecimalField(_("debit"), max_digits=12, decimal_places=2)
    credit = models.DecimalField(_("credit"), max_digits=12, decimal_places=2)

    class Meta:
        db_table = "ledger_days"
        verbose_name = _("day of the ledger")
        verbose_name_plural = _("days of the ledger")
        constraints = [
            models.CheckConstraint(name="ledger_days_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="ledger_days_account_known", condition=Q(ledger_account__in=LedgerAccount.values)
            ),
            models.CheckConstraint(
                name="ledger_days_category_known", condition=Q(vat_category__in=["", *VatCategory.values])
            ),
            models.CheckConstraint(
                name="ledger_days_percent_bounded",
                condition=Q(vat_percent__isnull=True) | Q(vat_percent__gte=0, vat_percent__lte=100),
            ),
            models.CheckConstraint(name="ledger_days_not_negative", condition=Q(debit__gte=0, credit__gte=0)),
        ]
        indexes = [
            models.Index(
                name="ledger_days_by_day",
                fields=["ledger_account", "currency", "booked_on"],
                include=["vat_category", "vat_percent", "debit", "credit"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.get_ledger_account_display()} {self.debit - self.credit:+}"
