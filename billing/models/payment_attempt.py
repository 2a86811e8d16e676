"""Payments that a client was sent to Stripe for, and money that Stripe was asked to pay back."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from billing.models.payment import Payment
from studio.db import CreatedUpdated
from studio.money import TOO_FINE


class Purpose(models.TextChoices):
    """What of a document is paid."""

    DEPOSIT = "deposit", _("deposit")
    BALANCE = "balance", _("balance")
    OPEN = "open", _("open amount")


class AttemptState(models.TextChoices):
    """How far a payment is; what Stripe says last decides."""

    INTENDED = "intended", _("begun")
    OPEN = "open", _("waiting for the client")
    PROCESSING = "processing", _("under way")
    SUCCEEDED = "succeeded", _("paid")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("given up")


LIVING = (AttemptState.INTENDED, AttemptState.OPEN, AttemptState.PROCESSING)


class LateOutcome(models.TextChoices):
    """What became of money for a slot that was gone."""

    BOOKED = "booked", _("booked again")
    MOVED = "moved", _("booked at another time or place")
    CREDIT = "credit", _("kept as the client's credit")
    PAID_BACK = "paid_back", _("paid back")


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    """Payments at Stripe."""

    def living(self) -> Self:
        """Keep those of which money may still come."""
        return self.filter(state__in=LIVING)

    def late(self) -> Self:
        """Keep those paid after the slot was lost, which somebody has to settle."""
        return self.filter(late_at__isnull=False, late_settled_at__isnull=True)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class PaymentAttempt(CreatedUpdated):
    """One payment of a document at Stripe. Its key is what Stripe is asked with, so that asking twice is once.

    Everything that Stripe is asked with is in the row, and never changes: asked again, it is the very same question.
    """

    public_id = models.UUIDField(_("key"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="payment_attempts", verbose_name=_("document"), db_index=False
    )
    purpose = models.CharField(
        _("for"), max_length=16, choices=Purpose, default=Purpose.BALANCE, db_default=Purpose.BALANCE
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    provider_account = models.CharField(
        _("account at Stripe"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: that of the platform's own key."),
    )
    is_live = models.BooleanField(_("real money"), default=False, db_default=False)
    # As Stripe keeps it; a copy that takes the studio's place goes on with payments that were begun by another schema.
    schema_name = models.CharField(
        _("studio at Stripe"),
        max_length=63,
        editable=False,
        db_default=models.Func(function="current_schema", output_field=models.CharField(max_length=63)),
    )
    page_address = models.CharField(_("page"), max_length=500)
    email = models.EmailField(_("e-mail address"), blank=True, default="", db_default="")
    asked_at = models.DateTimeField(_("begun at"))
    expires_at = models.DateTimeField(_("expires at"))
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=AttemptState,
        default=AttemptState.INTENDED,
        db_default=AttemptState.INTENDED,
    )
    checkout_session_id = models.CharField(_("Stripe checkout"), max_length=255, blank=True, default="", db_default="")
    payment_intent_id = models.CharField(_("Stripe payment"), max_length=255, blank=True, default="", db_default="")
    url = models.CharField(_("Stripe's page"), max_length=2000, blank=True, default="", db_default="")
    error = models.CharField(_("what Stripe said"), max_length=500, blank=True, default="", db_default="")
    decline_code = models.CharField(_("code of the bank's no"), max_length=100, blank=True, default="", db_default="")
    payment = models.OneToOneField(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attempt",
        verbose_name=_("payment"),
        help_text=_("The money that came; empty until it has."),
    )
    # Paid after the slot was given away: whoever is in charge offers another, or pays it back.
    late_at = models.DateTimeField(_("paid too late at"), null=True, blank=True)
    late_reminded_at = models.DateTimeField(_("staff reminded at"), null=True, blank=True)
    late_settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    late_outcome = models.CharField(
        _("settled by"), max_length=16, choices=LateOutcome, blank=True, default="", db_default=""
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        db_index=False,
        help_text=_("Who began it. Empty for the client, and once the account is deleted: the name stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(PaymentAttemptQuerySet)()

    class Meta:
        db_table = "payment_attempts"
        verbose_name = _("payment at Stripe")
        verbose_name_plural = _("payments at Stripe")
        permissions = [("connect_paymentattempt", _("Can connect the studio's account at Stripe"))]
        constraints = [
            models.CheckConstraint(name="payment_attempts_purpose_known", condition=Q(purpose__in=Purpose.values)),
            models.CheckConstraint(name="payment_attempts_state_known", condition=Q(state__in=AttemptState.values)),
            models.CheckConstraint(name="payment_attempts_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_attempts_currency_code",
                condition=Q(currency__regex=r"^[A-Z]{3}$") & ~Q(currency__in=TOO_FINE),
            ),
            models.CheckConstraint(
                name="payment_attempts_paid_with_money",
                condition=Q(state=AttemptState.SUCCEEDED, payment__isnull=False)
                | (~Q(state=AttemptState.SUCCEEDED) & Q(payment__isnull=True)),
            ),
            models.CheckConstraint(
                name="payment_attempts_open_at_stripe",
                condition=~Q(state=AttemptState.OPEN) | (~Q(checkout_session_id="") & ~Q(url="")),
            ),
            models.CheckConstraint(
                name="payment_attempts_late_once_paid",
                condition=(Q(late_at__isnull=True) | Q(state=AttemptState.SUCCEEDED))
                & (Q(late_settled_at__isnull=True) | Q(late_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="payment_attempts_late_outcome_known", condition=Q(late_outcome__in=["", *LateOutcome.values])
            ),
            models.CheckConstraint(
                name="payment_attempts_late_settled_somehow",
                condition=Q(late_settled_at__isnull=True, late_outcome="")
                | (Q(late_settled_at__isnull=False) & ~Q(late_outcome="")),
            ),
            models.UniqueConstraint(
                name="payment_attempts_one_living",
                fields=["invoice"],
                condition=Q(state__in=[each.value for each in LIVING]),
                violation_error_message=_("A payment of this document is under way."),
            ),
            models.UniqueConstraint(
                name="payment_attempts_checkout_once",
                fields=["checkout_session_id"],
                condition=~Q(checkout_session_id=""),
            ),
            models.UniqueConstraint(
                name="payment_attempts_intent_once", fields=["payment_intent_id"], condition=~Q(payment_intent_id="")
            ),
        ]
        indexes = [
            models.Index(name="payment_attempts_of_invoice", fields=["invoice", "-id"]),
            models.Index(name="payment_attempts_newest", fields=["-asked_at", "-id"]),
            models.Index(
                name="payment_attempts_living",
                fields=["asked_at"],
                condition=Q(state__in=[each.value for each in LIVING]),
            ),
            models.Index(name="payment_attempts_late", fields=["late_at"], condition=Q(late_at__isnull=False)),
            models.Index(name="payment_attempts_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    @property
    def is_living(self) -> bool:
        """Whether money may still come of it."""
        return self.state in LIVING

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount} {self.currency}"


class RefundState(models.TextChoices):
    """How far paying back is."""

    INTENDED = "intended", _("asked for")
    PENDING = "pending", _("under way")
    SUCCEEDED = "succeeded", _("paid back")
    FAILED = "failed", _("failed")


class RefundAttempt(CreatedUpdated):
    """One sum that Stripe is asked to pay back; its key makes asking twice once."""

    public_id = models.UUIDField(_("key"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="refund_attempt", verbose_name=_("movement")
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(
        _("state"), max_length=16, choices=RefundState, default=RefundState.INTENDED, db_default=RefundState.INTENDED
    )
    refund_id = models.CharField(_("Stripe refund"), max_length=255, blank=True, default="", db_default="")
    error = models.CharField(_("what Stripe said"), max_length=500, blank=True, default="", db_default="")

    class Meta:
        db_table = "refund_attempts"
        verbose_name = _("refund at Stripe")
        verbose_name_plural = _("refunds at Stripe")
        constraints = [
            models.CheckConstraint(name="refund_attempts_state_known", condition=Q(state__in=RefundState.values)),
            models.CheckConstraint(
                name="refund_attempts_known_at_stripe",
                condition=Q(state__in=[RefundState.INTENDED.value, RefundState.FAILED.value]) | ~Q(refund_id=""),
            ),
            models.UniqueConstraint(
                name="refund_attempts_refund_once", fields=["refund_id"], condition=~Q(refund_id="")
            ),
        ]
        indexes = [
            models.Index(
                name="refund_attempts_under_way",
                fields=["asked_at"],
                condition=Q(state__in=[RefundState.INTENDED.value, RefundState.PENDING.value]),
            ),
        ]

    @property
    def is_living(self) -> bool:
        """Whether Stripe has not said yet what became of it."""
        return self.state in {RefundState.INTENDED, RefundState.PENDING}

    def __str__(self) -> str:
        return f"{self.payment}"
