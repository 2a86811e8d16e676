"""The numbers that the ledger's accounts have in the studio's own bookkeeping."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import LedgerAccount
from studio.db import CreatedUpdated


class AccountNumber(CreatedUpdated):
    """The number and name of an account, or of what is booked on it at one rate of VAT.

    Exports of the ledger carry it; an account without one has its usual number.
    """

    ledger_account = models.CharField(
        _("account"),
        max_length=16,
        choices=LedgerAccount,
        default=LedgerAccount.REVENUE,
        db_default=LedgerAccount.REVENUE,
    )
    vat_percent = models.DecimalField(
        _("at this rate of VAT"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Percent, for revenue, deposits and VAT. Empty: at every rate that has no number of its own."),
    )
    number = models.CharField(_("number"), max_length=20, help_text=_("E.g. 706000."))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        db_table = "account_numbers"
        verbose_name = _("account number")
        verbose_name_plural = _("account numbers")
        constraints = [
            models.CheckConstraint(
                name="account_numbers_account_known", condition=Q(ledger_account__in=LedgerAccount.values)
            ),
            models.CheckConstraint(
                name="account_numbers_number_plain",
                condition=Q(number__regex=r"^[0-9A-Za-z]{1,20}$"),
                violation_error_message=_("A number has digits, and letters perhaps."),
            ),
            models.CheckConstraint(
                name="account_numbers_name_given",
                condition=~Q(name=""),
                violation_error_message=_("Give the account a name."),
            ),
            models.CheckConstraint(
                name="account_numbers_percent_bounded",
                condition=Q(vat_percent__isnull=True) | Q(vat_percent__gte=0, vat_percent__lte=100),
                violation_error_message=_("A rate lies between 0 and 100 percent."),
            ),
            models.UniqueConstraint(
                name="account_numbers_once",
                fields=["ledger_account", "vat_percent"],
                nulls_distinct=False,
                violation_error_message=_("This account has a number already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
