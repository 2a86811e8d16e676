"""Cash that comes into the till, or leaves it, and is no client's: expenses, change, cash for the bank."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.currency import of_currency
from billing.models.expense import Expense
from studio.db import CreatedUpdated


class CashMoveKind(models.TextChoices):
    """Why cash moved."""

    EXPENSE = "expense", _("expense paid")
    EXPENSE_BACK = "expense_back", _("expense not paid after all")
    PUT_IN = "put_in", _("put in")
    TAKEN_OUT = "taken_out", _("taken out")


OF_EXPENSES = (CashMoveKind.EXPENSE, CashMoveKind.EXPENSE_BACK)
COMING_IN = (CashMoveKind.EXPENSE_BACK, CashMoveKind.PUT_IN)


class CashMove(CreatedUpdated):
    """So much cash put into the till or taken out of it; never changed afterwards."""

    append_only = True

    kind = models.CharField(
        _("kind"), max_length=16, choices=CashMoveKind, default=CashMoveKind.PUT_IN, db_default=CashMoveKind.PUT_IN
    )
    expense = models.ForeignKey(
        Expense,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cash_moves",
        verbose_name=_("expense"),
        db_index=False,
        help_text=_("What was paid out of the till; empty for change, and for cash that is taken out."),
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    moved_on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    form_key = models.UUIDField(
        _("key of the form"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of the form it was sent with, so that a second press writes nothing. Empty: it came otherwise."),
    )
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
        db_table = "cash_moves"
        verbose_name = _("move of cash")
        verbose_name_plural = _("moves of cash")
        constraints = [
            models.CheckConstraint(name="cash_moves_kind_known", condition=Q(kind__in=CashMoveKind.values)),
            models.CheckConstraint(
                name="cash_moves_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("An amount is above 0."),
            ),
            *of_currency("cash_moves"),
            models.CheckConstraint(
                name="cash_moves_of_expense_or_for_a_reason",
                condition=Q(kind__in=[each.value for each in OF_EXPENSES], expense__isnull=False)
                | (~Q(kind__in=[each.value for each in OF_EXPENSES]) & Q(expense__isnull=True) & ~Q(reason="")),
                violation_error_message=_("Say why cash is put in or taken out."),
            ),
            models.UniqueConstraint(
                name="cash_moves_form_once",
                fields=["form_key"],
                condition=Q(form_key__isnull=False),
                violation_error_message=_("This form was sent already."),
            ),
        ]
        indexes = [
            models.Index(name="cash_moves_newest", fields=["-moved_on", "-id"]),
            models.Index(name="cash_moves_of_expense", fields=["expense"], condition=Q(expense__isnull=False)),
            models.Index(name="cash_moves_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.signed:+}"

    @property
    def is_in(self) -> bool:
        """Whether cash came in."""
        return self.kind in COMING_IN

    @property
    def signed(self) -> Decimal:
        """By how much there is more in the till; below zero: less."""
        return self.amount if self.is_in else -self.amount
