"""What was agreed on a session's price and terms, and how much of it is paid."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BookingType(models.TextChoices):
    """How the time is sold."""

    HOURLY = "hourly", _("by the hour")
    HALF_DAY = "half_day", _("half day")
    DAILY = "daily", _("by the day")
    LOCKOUT = "lockout", _("lockout")
    DRY_HIRE = "dry_hire", _("dry hire")


class PaymentStatus(models.TextChoices):
    """How much of a session is paid."""

    UNPAID = "unpaid", _("unpaid")
    PARTIAL = "partial", _("partly paid")
    PAID = "paid", _("paid")
    REFUNDED = "refunded", _("refunded")


class TotalSource(models.TextChoices):
    """Who says what a session costs."""

    MANUAL = "manual", _("agreed by hand")
    RULES = "rules", _("by the price rules")


class DepositSource(models.TextChoices):
    """Who says how much deposit a session asks."""

    MANUAL = "manual", _("agreed by hand")
    RULES = "rules", _("by the deposit settings")


class Agreement(models.Model):
    """The columns of a session that say what it costs; prices are net, in the session's currency.

    They are copied when the session is booked: rules and policies that change later move nothing.
    """

    booking_type = models.CharField(
        _("booking type"),
        max_length=16,
        choices=BookingType,
        default=BookingType.HOURLY,
        db_default=BookingType.HOURLY,
    )
    booked_at = models.DateTimeField(_("booked at"), null=True, blank=True, editable=False)
    # How `selectors/terms.py` writes the policy that held at the booking; null: as the policy says now.
    terms = models.JSONField(_("terms"), null=True, blank=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    total = models.DecimalField(
        _("total"), max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("Without VAT.")
    )
    total_source = models.CharField(
        _("price"),
        max_length=8,
        choices=TotalSource,
        default=TotalSource.MANUAL,
        db_default=TotalSource.MANUAL,
        editable=False,
    )
    deposit_amount = models.DecimalField(_("deposit"), max_digits=12, decimal_places=2, null=True, blank=True)
    deposit_source = models.CharField(
        _("deposit is set"),
        max_length=8,
        choices=DepositSource,
        default=DepositSource.MANUAL,
        db_default=DepositSource.MANUAL,
        editable=False,
    )
    # Pushed down by billing, in the transaction that issues or credits the deposit's invoice.
    deposit_asked_at = models.DateTimeField(_("deposit asked at"), null=True, blank=True, editable=False)
    deposit_paid = models.BooleanField(_("deposit paid"), default=False, db_default=False)
    payment_status = models.CharField(
        _("payment"),
        max_length=50,
        choices=PaymentStatus,
        default=PaymentStatus.UNPAID,
        db_default=PaymentStatus.UNPAID,
    )
    stripe_checkout_session_id = models.CharField(
        _("Stripe checkout"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    stripe_payment_intent_id = models.CharField(
        _("Stripe payment"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    # Pushed down by billing, in the transaction that invoices the session.
    invoiced_at = models.DateTimeField(_("invoiced at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def deposit_stays(self) -> bool:
        """Whether the deposit does not follow the price: it is paid, asked for, or somebody's word."""
        if self.deposit_paid or self.deposit_asked_at is not None:
            return True
        is_agreed = self.terms is not None or self.deposit_amount is not None
        return self.deposit_source == DepositSource.MANUAL and is_agreed
