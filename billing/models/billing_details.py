"""What documents say of a client beyond the address: names in law, numbers, terms."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.vat_rate import VatRate
from sessions_app.models import Client
from studio.db import CreatedUpdated


class BillingDetails(CreatedUpdated):
    """How one client is billed; a client without such a row is billed as the studio bills everybody."""

    client = models.OneToOneField(Client, on_delete=models.DB_CASCADE, related_name="+", verbose_name=_("client"))
    legal_name = models.CharField(
        _("name in law"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_("Printed instead of the client's name, where it is another."),
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        default="",
        db_default="",
        help_text=_("Two letters, e.g. FR. Empty: the studio's own."),
    )
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True, default="", db_default="")
    registration_number = models.CharField(_("register number"), max_length=40, blank=True, default="", db_default="")
    email = models.EmailField(
        _("e-mail for invoices"),
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: the client's own."),
    )
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of documents. Empty: the studio's own."),
    )
    payment_term_days = models.PositiveSmallIntegerField(
        _("payment term"), null=True, blank=True, help_text=_("Days. Empty: the studio's own.")
    )
    vat_rate = models.ForeignKey(
        VatRate,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="billing_details",
        verbose_name=_("VAT rate"),
        help_text=_("Instead of every other, e.g. reverse charge. Empty: the rate of what is sold."),
    )
    purchase_order = models.CharField(_("order number"), max_length=100, blank=True, default="", db_default="")
    time_step_minutes = models.PositiveSmallIntegerField(
        _("hours are charged by"),
        null=True,
        blank=True,
        help_text=_("Minutes: each entry of worked time is rounded up to the next. Empty: as it was worked."),
    )

    class Meta:
        db_table = "billing_details"
        verbose_name = _("billing details")
        verbose_name_plural = _("billing details")
        constraints = [
            models.CheckConstraint(
                name="billing_details_country_code",
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"),
                violation_error_message=_("A country has two capital letters, e.g. FR."),
            ),
            models.CheckConstraint(
                name="billing_details_term_bounded",
                condition=Q(payment_term_days__isnull=True) | Q(payment_term_days__lte=365),
                violation_error_message=_("A payment term is at most 365 days."),
            ),
            models.CheckConstraint(
                name="billing_details_time_step_bounded",
                condition=Q(time_step_minutes__isnull=True) | Q(time_step_minutes__gte=1, time_step_minutes__lte=120),
                violation_error_message=_("Hours are charged by 1 to 120 minutes."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.client)
