"""Who the studio is and what it has settled for itself."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.office.models.stored_file import StoredFile

PROFILE_ID = 1
MOST = 999  # more than this is a slip of the hand
THRESHOLDS = (
    "weekly_session_cap",
    "subscription_warning_days",
    "body_checkup_sessions",
    "payment_reminder_days",
    "dormant_after_months",
    "waitlist_offer_hours",
)
# The year, then the number, with zeros before it where a width is given: "FAC-{year}-{number:04}".
NUMBER_PATTERN = r"^[^{}]*\{year\}[^{}]*\{number(:0[1-9])?\}[^{}]*$"
PATTERNS = ("invoice_pattern", "quote_pattern", "credit_note_pattern")
IN_BOUNDS = (MinValueValidator(1), MaxValueValidator(MOST))


def numbering(field: str) -> models.CheckConstraint:
    """Return the check that a pattern says where year and number stand."""
    return models.CheckConstraint(
        name=f"studio_profile_{field}_numbers",
        condition=Q(**{f"{field}__regex": NUMBER_PATTERN}),
        violation_error_message=_("Write numbers e.g. as FAC-{year}-{number:04}: the year, then the number."),
    )


def bounded(field: str) -> models.CheckConstraint:
    """Return the check that a setting lies between 1 and 999."""
    return models.CheckConstraint(
        name=f"studio_profile_{field}_bounded",
        condition=Q(**{f"{field}__gte": 1, f"{field}__lte": MOST}),
        violation_error_message=_("Choose a number from 1 to 999."),
    )


class StudioProfile(CreatedUpdated):
    """The one row of identity and settings; every number that the business may change is here."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=PROFILE_ID, db_default=PROFILE_ID, editable=False)

    # Identity, as documents print it.
    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True, default="", db_default="")
    legal_form = models.CharField(_("legal form and capital"), max_length=120, blank=True, default="", db_default="")
    street = models.CharField(_("street"), max_length=255, blank=True, default="", db_default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="", db_default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="", db_default="")
    country = models.CharField(_("country"), max_length=2, default="FR", db_default="FR")
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True, default="", db_default="")
    registration_number = models.CharField(_("register number"), max_length=40, blank=True, default="", db_default="")
    email = models.EmailField(_("e-mail"), max_length=254, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    website = models.URLField(_("web site"), max_length=300, blank=True, default="", db_default="")
    logo = models.ForeignKey(
        StoredFile,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("logo"),
        help_text=_("Empty: documents show the name alone."),
    )

    # A copy of the registry's, which the role of a studio may not read; the platform changes both.
    time_zone = models.CharField(_("time zone"), max_length=64, editable=False)
    currency = models.CharField(_("currency"), max_length=3, editable=False)
    language = models.CharField(_("language"), max_length=8, editable=False)

    # Bank and mail.
    bank_holder = models.CharField(_("account holder"), max_length=120, blank=True, default="", db_default="")
    iban = models.CharField(_("IBAN"), max_length=34, blank=True, default="", db_default="")
    bic = models.CharField(_("BIC"), max_length=11, blank=True, default="", db_default="")
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True, default="", db_default="")
    sender_email = models.EmailField(_("sender's e-mail"), max_length=254, blank=True, default="", db_default="")

    # Documents.
    footer_text = models.TextField(_("footer text"), blank=True, default="", db_default="")
    amount_in_words = models.BooleanField(_("amount in words"), default=False, db_default=False)
    vat_on_debits = models.BooleanField(
        _("VAT on debits"),
        default=False,
        db_default=False,
        help_text=_("France: VAT is due when a service is invoiced, not when it is paid. Invoices say so."),
    )
    invoice_pattern = models.CharField(
        _("invoice numbers"), max_length=60, default="FAC-{year}-{number:04}", db_default="FAC-{year}-{number:04}"
    )
    quote_pattern = models.CharField(
        _("quote numbers"), max_length=60, default="DEV-{year}-{number:04}", db_default="DEV-{year}-{number:04}"
    )
    credit_note_pattern = models.CharField(
        _("credit note numbers"), max_length=60, default="AV-{year}-{number:04}", db_default="AV-{year}-{number:04}"
    )
    deposit_percent = models.DecimalField(
        _("default deposit"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(30),
        db_default=Decimal(30),
        help_text=_("Percent of the total. 0: none, or a fixed sum."),
    )
    deposit_fixed = models.DecimalField(
        _("fixed deposit"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What each session asks, without VAT, instead of a percentage. Quotes ask percentages alone."),
    )
    payment_term_days = models.PositiveSmallIntegerField(
        _("payment term"), default=30, db_default=30, help_text=_("Days from the invoice to its due date.")
    )
    minimum_first_payment = models.DecimalField(
        _("minimum first payment"), max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )

    # Booking.
    cancellation_policy = models.TextField(
        _("cancellation policy"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Mails say it of bookings without terms; where a booking policy holds they say what it asks."),
    )
    cancellation_hours = models.PositiveSmallIntegerField(
        _("credits come back until"),
        default=24,
        db_default=24,
        help_text=_("Hours before the start of a training session; cancelled later, it uses its credit up."),
    )
    request_minutes = models.PositiveSmallIntegerField(
        _("a request expires after"), default=30, db_default=30, help_text=_("Minutes, when it stays unpaid.")
    )
    request_notice_hours = models.PositiveSmallIntegerField(
        _("notice of a request"),
        default=0,
        db_default=0,
        help_text=_("Hours before the start until which clients may ask for a time. 0: until it begins."),
    )
    waitlist_cut_off_hours = models.PositiveSmallIntegerField(
        _("the waitlist is asked until"),
        default=24,
        db_default=24,
        help_text=_("Hours before the start. A slot nearer than that is not held for anybody: the staff are told."),
    )
    waitlist_offer_hours = models.PositiveSmallIntegerField(
        _("a waitlist offer lasts"),
        default=12,
        db_default=12,
        validators=IN_BOUNDS,
        help_text=_("Hours for which a slot is held for the first who waits, then for the next."),
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("slot length"), default=30, db_default=30, help_text=_("Minutes.")
    )
    half_day_minutes = models.PositiveSmallIntegerField(
        _("half day"), default=240, db_default=240, help_text=_("Minutes that the half-day rate pays for.")
    )
    day_minutes = models.PositiveSmallIntegerField(
        _("day"), default=480, db_default=480, help_text=_("Minutes that the day rate pays for.")
    )
    overage_grace_minutes = models.PositiveSmallIntegerField(
        _("overage is free for"), default=15, db_default=15, help_text=_("Minutes after the booked end.")
    )
    late_after_minutes = models.PositiveSmallIntegerField(
        _("late after"), default=10, db_default=10, help_text=_("Minutes after the start.")
    )
    no_show_after_minutes = models.PositiveSmallIntegerField(
        _("a no-show after"), default=30, db_default=30, help_text=_("Minutes after the start.")
    )
    weekly_session_cap = models.PositiveSmallIntegerField(
        _("sessions a week"), default=250, db_default=250, validators=IN_BOUNDS
    )
    completion_needs_trainer = models.BooleanField(
        _("ask for the trainer at completion"),
        default=False,
        db_default=False,
        help_text=_("Training: a session is completed only once somebody is named who trained."),
    )

    # Warnings.
    subscription_warning_days = models.PositiveSmallIntegerField(
        _("warn of a plan's end"), default=35, db_default=35, validators=IN_BOUNDS, help_text=_("Days before it.")
    )
    body_checkup_sessions = models.PositiveSmallIntegerField(
        _("check-up due after"),
        default=5,
        db_default=5,
        validators=IN_BOUNDS,
        help_text=_("Sessions since the last one."),
    )
    payment_reminder_days = models.PositiveSmallIntegerField(
        _("payment due after"), default=27, db_default=27, validators=IN_BOUNDS, help_text=_("Days since the last one.")
    )
    dormant_after_months = models.PositiveSmallIntegerField(
        _("dormant after"), default=6, db_default=6, validators=IN_BOUNDS, help_text=_("Months without a session.")
    )

    class Meta:
        db_table = "studio_profile"
        verbose_name = _("studio profile")
        verbose_name_plural = _("studio profile")
        constraints = [
            models.CheckConstraint(name="studio_profile_one_row", condition=Q(id=PROFILE_ID)),
            models.CheckConstraint(name="studio_profile_name_given", condition=~Q(name="")),
            models.CheckConstraint(name="studio_profile_country_code", condition=Q(country__regex=r"^[A-Z]{2}$")),
            models.CheckConstraint(name="studio_profile_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="studio_profile_deposit_is_percent",
                condition=Q(deposit_percent__gte=0, deposit_percent__lte=100),
                violation_error_message=_("A deposit lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(
                name="studio_profile_fixed_deposit_positive",
                condition=Q(deposit_fixed__isnull=True) | Q(deposit_fixed__gt=0),
                violation_error_message=_("A fixed deposit is more than 0; without one the field is empty."),
            ),
            models.CheckConstraint(
                name="studio_profile_one_kind_of_deposit",
                condition=Q(deposit_fixed__isnull=True) | Q(deposit_percent=0),
                violation_error_message=_("A deposit is a percentage or a fixed sum: write 0 percent for a fixed sum."),
            ),
            models.CheckConstraint(
                name="studio_profile_first_payment_not_negative", condition=Q(minimum_first_payment__gte=0)
            ),
            models.CheckConstraint(name="studio_profile_request_minutes_positive", condition=Q(request_minutes__gte=1)),
            models.CheckConstraint(
                name="studio_profile_slot_fits_a_day",
                condition=Q(slot_minutes__gte=5, slot_minutes__lte=24 * 60),
                violation_error_message=_("A slot lasts from 5 minutes to a day."),
            ),
            models.CheckConstraint(
                name="studio_profile_half_day_within_day",
                condition=Q(half_day_minutes__gte=30, half_day_minutes__lte=F("day_minutes"), day_minutes__lte=24 * 60),
                violation_error_message=_("A half day is at most a day, a day at most 24 hours."),
            ),
            models.CheckConstraint(
                name="studio_profile_grace_within_a_day",
                condition=Q(
                    overage_grace_minutes__lte=24 * 60,
                    late_after_minutes__lte=24 * 60,
                    no_show_after_minutes__lte=24 * 60,
                ),
                violation_error_message=_("A time of grace is at most a day."),
            ),
            models.CheckConstraint(
                name="studio_profile_waitlist_cut_off_bounded",
                condition=Q(waitlist_cut_off_hours__lte=MOST),
                violation_error_message=_("Choose a number from 0 to 999."),
            ),
            *[numbering(field) for field in PATTERNS],
            models.CheckConstraint(
                name="studio_profile_patterns_differ",
                condition=~Q(invoice_pattern=F("credit_note_pattern"))
                & ~Q(invoice_pattern=F("quote_pattern"))
                & ~Q(quote_pattern=F("credit_note_pattern")),
                violation_error_message=_("Invoices, quotes and credit notes are numbered by patterns that differ."),
            ),
            *[bounded(field) for field in THRESHOLDS],
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reply_address(self) -> str:
        """Where answers go; empty: to the address that mails are sent from."""
        return self.sender_email or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the studio's wall clocks run."""
        return ZoneInfo(self.time_zone)
