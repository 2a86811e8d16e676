"""The double-entry ledger: every fact of money, once, never changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractMonth, ExtractYear
from django.utils.translation import gettext_lazy as _

from billing.models.cash_move import CashMove
from billing.models.invoice import Invoice
from billing.models.payment import Payment
from billing.models.till import TillClosing
from billing.models.vat_rate import VatCategory
from sessions_app.models import Client
from studio.db import CreatedUpdated


class LedgerAccount(models.TextChoices):
    """The accounts; an accounting export maps them to those of a country."""

    RECEIVABLES = "receivables", _("owed by clients")
    CLIENT_CREDIT = "client_credit", _("credit of clients")
    DEPOSITS = "deposits", _("deposits invoiced")
    REVENUE = "revenue", _("revenue")
    VAT = "vat", _("VAT")
    ROUNDING = "rounding", _("rounding")
    CASH = "cash", _("cash")
    BANK = "bank", _("bank")
    CLEARING = "clearing", _("payment provider")
    FEES = "fees", _("fees")
    DISPUTED = "disputed", _("disputed")
    CASH_DIFFERENCE = "cash_difference", _("cash differences")
    TRANSIT = "transit", _("cash taken out of the till")
    SUPPLIERS = "suppliers", _("expenses paid out of the till")


class PostingKind(models.TextChoices):
    """What a transaction is about."""

    ISSUE = "issue", _("issued")
    CREDIT = "credit", _("credited")
    PAYMENT = "payment", _("paid")
    ALLOCATION = "allocation", _("put against a document")
    REFUND = "refund", _("paid back")
    FEE = "fee", _("fee")
    DISPUTE = "dispute", _("disputed")
    CLOSING = "closing", _("day closed")
    OPENING = "opening", _("taken over")
    MISTAKE = "mistake", _("written down by mistake")
    TILL = "till", _("cash put in or taken out")


class LedgerTransaction(CreatedUpdated):
    """Entries that belong together; their debits and credits are equal, or none of them is stored."""

    append_only = True
    append_only_except = ("client_id", "number", "updated_at")  # clients are merged, numbers are given later

    kind = models.CharField(
        _("kind"), max_length=16, choices=PostingKind, default=PostingKind.ISSUE, db_default=PostingKind.ISSUE
    )
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))
    client = models.ForeignKey(
        Client,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("client"),
        db_index=False,
        help_text=_("Empty where cash was counted, put in or taken out: that is about no client."),
    )
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ledger_transactions",
        verbose_name=_("document"),
        db_index=False,
        help_text=_("The document that caused it; empty where only money moved."),
    )
    payment = models.ForeignKey(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ledger_transactions",
        verbose_name=_("payment"),
        db_index=False,
        help_text=_("The payment that caused it; empty where no money moved."),
    )
    closing = models.OneToOneField(
        TillClosing,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ledger_transaction",
        verbose_name=_("day closing"),
        help_text=_("The closing that found a difference, or took cash out; empty elsewhere."),
    )
    cash_move = models.OneToOneField(
        CashMove,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ledger_transaction",
        verbose_name=_("move of cash"),
        help_text=_("The cash that was put in, taken out or spent; empty elsewhere."),
    )
    is_test = models.BooleanField(_("test"), default=False, db_default=False)
    number = models.PositiveIntegerField(
        _("number"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Among the postings of its month in its currency, without a gap; given at night, and it stays."),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")

    class Meta:
        db_table = "ledger_transactions"
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(name="ledger_transactions_kind_known", condition=Q(kind__in=PostingKind.values)),
            models.CheckConstraint(
                name="ledger_transactions_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")
            ),
            models.CheckConstraint(
                name="ledger_transactions_of_client_or_till",
                condition=(
                    (
                        Q(kind=PostingKind.CLOSING, closing__isnull=False, cash_move__isnull=True)
                        | Q(kind=PostingKind.TILL, closing__isnull=True, cash_move__isnull=False)
                    )
                    & Q(client__isnull=True, invoice__isnull=True, payment__isnull=True, is_test=False)
                )
                | (
                    ~Q(kind__in=[PostingKind.CLOSING.value, PostingKind.TILL.value])
                    & Q(closing__isnull=True, cash_move__isnull=True, client__isnull=False)
                ),
            ),
            models.UniqueConstraint(
                name="ledger_transactions_document_once",
                fields=["invoice"],
                condition=Q(kind__in=[PostingKind.ISSUE.value, PostingKind.CREDIT.value]),
            ),
            models.CheckConstraint(
                name="ledger_transactions_number_from_one",
                condition=Q(number__isnull=True) | Q(number__gte=1, is_test=False),
            ),
            models.UniqueConstraint(
                "currency",
                ExtractYear("booked_on"),
                ExtractMonth("booked_on"),
                "number",
                name="ledger_transactions_number_once",
            ),
            models.UniqueConstraint(
                name="ledger_transactions_payment_once", fields=["payment"], condition=Q(kind=PostingKind.PAYMENT)
            ),
        ]
        indexes = [
            models.Index(name="ledger_transactions_by_day", fields=["booked_on", "id"]),
            models.Index(name="ledger_transactions_of_client", fields=["client", "id"]),
            models.Index(name="ledger_transactions_of_invoice", fields=["invoice"]),
            models.Index(name="ledger_transactions_of_payment", fields=["payment"]),
            models.Index(
                name="ledger_transactions_to_number", fields=["id"], condition=Q(number__isnull=True, is_test=False)
            ),
            models.Index(name="ledger_transactions_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.booked_on}"


class LedgerEntry(CreatedUpdated):
    """One side of a posting: a debit or a credit of one account."""

    append_only = True

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries", verbose_name=_("posting"), db_index=False
    )
    ledger_account = models.CharField(
        _("account"),
        max_length=16,
        choices=LedgerAccount,
        default=LedgerAccount.REVENUE,
        db_default=LedgerAccount.REVENUE,
    )
    debit = models.DecimalField(_("debit"), max_digits=12, decimal_places=2, default=0, db_default=0)
    credit = models.DecimalField(_("credit"), max_digits=12, decimal_places=2, default=0, db_default=0)
    # Of revenue and VAT: at which rate.
    vat_category = models.CharField(
        _("VAT category"), max_length=2, choices=VatCategory, blank=True, default="", db_default=""
    )
    vat_percent = models.DecimalField(_("VAT in percent"), max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        db_table = "ledger_entries"
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(
                name="ledger_entries_account_known", condition=Q(ledger_account__in=LedgerAccount.values)
            ),
            models.CheckConstraint(
                name="ledger_entries_category_known", condition=Q(vat_category__in=["", *VatCategory.values])
            ),
            models.CheckConstraint(
                name="ledger_entries_percent_bounded",
                condition=Q(vat_percent__isnull=True) | Q(vat_percent__gte=0, vat_percent__lte=100),
            ),
            models.CheckConstraint(
                name="ledger_entries_one_side",
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0),
            ),
        ]
        indexes = [
            models.Index(name="ledger_entries_of_posting", fields=["transaction"]),
            models.Index(name="ledger_entries_of_account", fields=["ledger_account", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_ledger_account_display()} {self.debit - self.credit:+}"
