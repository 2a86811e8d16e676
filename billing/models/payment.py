"""Money that came in or went out, and what it was put against."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from sessions_app.models import Client
from studio.db import CreatedUpdated
from studio.money import TOO_FINE


class Direction(models.TextChoices):
    """Which way the money went."""

    IN = "in", _("in")
    OUT = "out", _("out")


class PaymentKind(models.TextChoices):
    """Why money moved."""

    PAYMENT = "payment", _("payment")
    REFUND = "refund", _("refund")
    DISPUTE = "dispute", _("taken back by the bank")
    MISTAKE = "mistake", _("written down by mistake")


class PaymentMethod(models.TextChoices):
    """By what."""

    CARD = "card", _("card")
    CASH = "cash", _("cash")
    TRANSFER = "transfer", _("transfer")
    DEBIT = "debit", _("bank debit")
    CHEQUE = "cheque", _("cheque")
    OTHER = "other", _("other")


class PaymentState(models.TextChoices):
    """Whether the money has moved; what came in has."""

    PENDING = "pending", _("under way")
    SETTLED = "settled", _("settled")
    FAILED = "failed", _("failed")


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payments."""

    def received(self) -> Self:
        """Keep what came in."""
        return self.filter(direction=Direction.IN)

    def with_allocated(self) -> Self:
        """Add `allocated`: how much of each is put against documents."""
        return self.annotate(allocated=Coalesce(Sum("allocations__amount"), 0, output_field=models.DecimalField()))

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Payment(CreatedUpdated):
    """One movement of money; the amount never changes. What was paid back is a movement of its own.

    amount = allocated + left over + under way back + paid back + taken back by the bank, each never below zero; or it
    never came in, and all of it is written down by mistake.
    """

    public_id = models.UUIDField(_("key in links"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    direction = models.CharField(
        _("direction"), max_length=3, choices=Direction, default=Direction.IN, db_default=Direction.IN
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=PaymentKind, default=PaymentKind.PAYMENT, db_default=PaymentKind.PAYMENT
    )
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    origin = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="returns",
        verbose_name=_("came in as"),
        db_index=False,
        help_text=_("The payment that money going out came from; empty for money that came in."),
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    method = models.CharField(
        _("method"),
        max_length=16,
        choices=PaymentMethod,
        default=PaymentMethod.TRANSFER,
        db_default=PaymentMethod.TRANSFER,
    )
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=PaymentState,
        default=PaymentState.SETTLED,
        db_default=PaymentState.SETTLED,
        editable=False,
    )
    # Its cash is in no till of ours.
    is_former = models.BooleanField(_("of a former system"), default=False, db_default=False, editable=False)
    received_on = models.DateField(_("day"))
    reference = models.CharField(_("reference"), max_length=140, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    provider = models.CharField(_("provider"), max_length=20, blank=True, default="", db_default="", editable=False)
    provider_id = models.CharField(
        _("provider's number"), max_length=255, blank=True, default="", db_default="", editable=False
    )
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
        help_text=_(
            "Who wrote it down. Empty for the product itself, and once the account is deleted: the name stays."
        ),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(PaymentQuerySet)()

    class Meta:
        db_table = "payments"
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        permissions = [("refund_payment", _("Can pay money back"))]
        constraints = [
            models.CheckConstraint(name="payments_direction_known", condition=Q(direction__in=Direction.values)),
            models.CheckConstraint(name="payments_kind_known", condition=Q(kind__in=PaymentKind.values)),
            models.CheckConstraint(name="payments_method_known", condition=Q(method__in=PaymentMethod.values)),
            models.CheckConstraint(name="payments_state_known", condition=Q(state__in=PaymentState.values)),
            models.CheckConstraint(
                name="payments_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("An amount is above 0."),
            ),
            models.CheckConstraint(name="payments_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="payments_currency_of_two_decimals",
                condition=~Q(currency__in=TOO_FINE),
                violation_error_message=_("Amounts in this currency have three decimals: choose another."),
            ),
            models.CheckConstraint(
                name="payments_out_pays_back",
                condition=Q(
                    direction=Direction.IN,
                    kind=PaymentKind.PAYMENT,
                    origin__isnull=True,
                    state=PaymentState.SETTLED,
                )
                | (Q(direction=Direction.OUT, origin__isnull=False) & ~Q(kind=PaymentKind.PAYMENT)),
            ),
            models.CheckConstraint(
                name="payments_back_for_a_reason",
                condition=Q(direction=Direction.IN) | ~Q(reason=""),
                violation_error_message=_("Money is paid back for a reason."),
            ),
            models.CheckConstraint(
                name="payments_mistake_of_the_house",
                condition=~Q(kind=PaymentKind.MISTAKE) | Q(provider="", state=PaymentState.SETTLED),
                violation_error_message=_("What a provider says came in is no mistake of the house."),
            ),
            models.UniqueConstraint(
                name="payments_provider_once",
                fields=["provider", "provider_id"],
                condition=~Q(provider_id=""),
                violation_error_message=_("This payment is written down already."),
            ),
            models.UniqueConstraint(
                name="payments_form_once",
                fields=["form_key"],
                condition=Q(form_key__isnull=False),
                violation_error_message=_("This form was sent already."),
            ),
        ]
        indexes = [
            models.Index(name="payments_of_client", fields=["client", "-received_on", "-id"]),
            models.Index(name="payments_back", fields=["origin"], condition=Q(origin__isnull=False)),
            models.Index(name="payments_newest", fields=["-received_on", "-id"]),
            models.Index(name="payments_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.amount} {self.currency}"

    @property
    def how(self) -> str:
        """By what it was paid, and whether a provider took it: that is not the desk's card terminal."""
        method = self.get_method_display()
        return _u("%(method)s, online") % {"method": method} if self.provider else method


class Allocation(CreatedUpdated):
    """So much of a payment put against a document, or taken off it again; never changed afterwards."""

    append_only = True

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("payment"), db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("invoice"), db_index=False
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, help_text=_("Below 0: taken off again."))
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
        db_table = "allocations"
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(name="allocations_amount_given", condition=~Q(amount=0)),
            models.UniqueConstraint(
                name="allocations_form_once",
                fields=["form_key"],
                condition=Q(form_key__isnull=False),
                violation_error_message=_("This form was sent already."),
            ),
        ]
        indexes = [
            models.Index(name="allocations_of_payment", fields=["payment", "id"]),
            models.Index(name="allocations_of_invoice", fields=["invoice", "id"]),
            models.Index(name="allocations_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} {self.invoice_id}"
