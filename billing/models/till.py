"""The cash desk: receipts with numbers of their own, and what was counted when a day was closed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.cash_move import CashMove
from billing.models.number_series import NumberSeries
from billing.models.payment import Payment
from studio.db import CreatedUpdated
from studio.money import TOO_FINE


class PaymentReceipt(CreatedUpdated):
    """A receipt: money that came in, with a number, as it was handed out; one for each payment."""

    append_only = True

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="printed_receipt", verbose_name=_("payment")
    )
    series = models.ForeignKey(
        NumberSeries,
        on_delete=models.PROTECT,
        related_name="receipts",
        verbose_name=_("number series"),
        db_index=False,
    )
    number = models.PositiveIntegerField(_("number in its series"))
    receipt_number = models.CharField(_("number"), max_length=100)
    issued_on = models.DateField(_("date"))
    issued_at = models.DateTimeField(_("issued at"))
    # Everything that is printed; the fingerprint covers it and the one before in the series.
    snapshot = models.JSONField(_("as issued"))
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    previous_hash = models.CharField(_("fingerprint before"), max_length=64, blank=True, default="", db_default="")
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
        db_table = "payment_receipts"
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(name="payment_receipts_once_in_series", fields=["series", "number"]),
            models.UniqueConstraint(
                name="payment_receipts_number_unique",
                fields=["receipt_number"],
                violation_error_message=_("Another receipt has this number."),
            ),
            models.CheckConstraint(
                name="payment_receipts_numbered", condition=Q(number__gte=1) & ~Q(receipt_number="")
            ),
            models.CheckConstraint(
                name="payment_receipts_fingerprint", condition=Q(content_hash__regex=r"^[0-9a-f]{64}$")
            ),
        ]
        indexes = [
            models.Index(name="payment_receipts_newest", fields=["-issued_on", "-id"]),
            models.Index(name="payment_receipts_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.receipt_number


class TillClosingQuerySet(models.QuerySet["TillClosing"]):
    """Closings."""

    def of_currency(self, currency: str) -> Self:
        """Keep those of a currency, the newest first."""
        return self.filter(currency=currency).order_by("-number")


class TillClosing(CreatedUpdated):
    """A closed day at the desk: what ought to be in the till, what was counted, and what was taken out.

    It takes up every movement of money that no closing before took up, so none is forgotten and none counts twice.
    """

    append_only = True

    number = models.PositiveIntegerField(_("number"))
    closed_at = models.DateTimeField(_("closed at"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    # Each method -> what came in and went out, as text.
    sums = models.JSONField(_("sums"), default=dict, db_default={})
    opening_cash = models.DecimalField(_("in the till before"), max_digits=12, decimal_places=2)
    cash_in = models.DecimalField(_("cash in"), max_digits=12, decimal_places=2)
    cash_out = models.DecimalField(_("cash out"), max_digits=12, decimal_places=2)
    counted_cash = models.DecimalField(_("counted"), max_digits=12, decimal_places=2)
    taken_out = models.DecimalField(
        _("taken out"), max_digits=12, decimal_places=2, default=0, db_default=0, help_text=_("E.g. to the bank.")
    )
    expected_cash = models.GeneratedField(
        expression=F("opening_cash") + F("cash_in") - F("cash_out"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        verbose_name=_("expected"),
    )
    difference = models.GeneratedField(
        expression=F("counted_cash") - F("opening_cash") - F("cash_in") + F("cash_out"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        verbose_name=_("difference"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Empty once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(TillClosingQuerySet)()

    class Meta:
        db_table = "till_closings"
        verbose_name = _("day closing")
        verbose_name_plural = _("day closings")
        constraints = [
            models.UniqueConstraint(
                name="till_closings_number_once",
                fields=["number"],
                violation_error_message=_("Somebody else has just closed the day."),
            ),
            models.CheckConstraint(name="till_closings_number_positive", condition=Q(number__gte=1)),
            models.CheckConstraint(name="till_closings_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="till_closings_currency_of_two_decimals",
                condition=~Q(currency__in=TOO_FINE),
                violation_error_message=_("Amounts in this currency have three decimals: choose another."),
            ),
            models.CheckConstraint(
                name="till_closings_cash_not_negative",
                condition=Q(opening_cash__gte=0, cash_in__gte=0, cash_out__gte=0, counted_cash__gte=0),
                violation_error_message=_("What is counted is not below 0."),
            ),
            models.CheckConstraint(
                name="till_closings_taken_within_counted",
                condition=Q(taken_out__gte=0, taken_out__lte=F("counted_cash")),
                violation_error_message=_("No more than what was counted can be taken out."),
            ),
            models.CheckConstraint(
                name="till_closings_difference_noted",
                condition=Q(counted_cash=F("opening_cash") + F("cash_in") - F("cash_out")) | ~Q(note=""),
                violation_error_message=_("Say where the difference comes from, or that nobody knows."),
            ),
        ]
        indexes = [models.Index(name="till_closings_by", fields=["account"], condition=Q(account__isnull=False))]

    def __str__(self) -> str:
        return str(_("Closing %(number)s")) % {"number": self.number}


class TillMovement(CreatedUpdated):
    """A movement of money, of a client or not, that a closing took up; each once."""

    append_only = True

    closing = models.ForeignKey(
        TillClosing, on_delete=models.PROTECT, related_name="movements", verbose_name=_("closing"), db_index=False
    )
    payment = models.OneToOneField(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="till_movement",
        verbose_name=_("payment"),
        help_text=_("Empty where the cash was no client's."),
    )
    cash_move = models.OneToOneField(
        CashMove,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="till_movement",
        verbose_name=_("move of cash"),
        help_text=_("Empty where the money was a client's."),
    )

    class Meta:
        db_table = "till_movements"
        verbose_name = _("movement of a closing")
        verbose_name_plural = _("movements of closings")
        constraints = [
            models.CheckConstraint(
                name="till_movements_of_one_thing",
                condition=Q(payment__isnull=False, cash_move__isnull=True)
                | Q(payment__isnull=True, cash_move__isnull=False),
            ),
        ]
        indexes = [models.Index(name="till_movements_of_closing", fields=["closing", "id"])]

    def __str__(self) -> str:
        return str(self.payment or self.cash_move)
