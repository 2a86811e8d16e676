"""What a session costs, line by line: its price as agreed, extras, and fees."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.booking_policy import FeeKind
from sessions_app.models.session import StudioSession
from studio.db import CreatedUpdated

MOST_OF_ONE = 9999  # of one extra: more is a slip of the hand
QUANTITY_BOUNDS = _("A quantity lies between 0.01 and 9,999.")


class PriceUnit(models.TextChoices):
    """What a line of a price counts."""

    HOUR = "hour", _("hours")
    HALF_DAY = "half_day", _("half days")
    DAY = "day", _("days")
    FLAT = "flat", _("flat")
    SURCHARGE = "surcharge", _("surcharge")
    DISCOUNT = "discount", _("discount")


class ExtraKind(models.TextChoices):
    """Why something is charged beside the agreed price."""

    EXTRA = "extra", _("extra")
    EXTENSION = "extension", _("extension")
    OVERAGE = "overage", _("overage")


class SessionPriceLine(CreatedUpdated):
    """A line of the price as it was when it was agreed; net, in the session's currency."""

    session = models.ForeignKey(
        StudioSession,
        on_delete=models.DB_CASCADE,
        related_name="price_lines",
        verbose_name=_("session"),
        db_index=False,
    )
    position = models.PositiveSmallIntegerField(_("position"))
    what = models.CharField(_("what"), max_length=200)
    unit = models.CharField(
        _("unit"), max_length=16, choices=PriceUnit, default=PriceUnit.HOUR, db_default=PriceUnit.HOUR
    )
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    class Meta:
        db_table = "session_price_lines"
        verbose_name = _("price line")
        verbose_name_plural = _("price lines")
        constraints = [
            models.CheckConstraint(name="session_price_lines_what_given", condition=~Q(what="")),
            models.CheckConstraint(name="session_price_lines_unit_known", condition=Q(unit__in=PriceUnit.values)),
            models.CheckConstraint(name="session_price_lines_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="session_price_lines_only_discounts_negative",
                condition=Q(unit=PriceUnit.DISCOUNT, unit_price__lte=0, amount__lte=0)
                | (~Q(unit=PriceUnit.DISCOUNT) & Q(unit_price__gte=0, amount__gte=0)),
            ),
            models.UniqueConstraint(name="session_price_lines_one_at_a_place", fields=["session", "position"]),
        ]

    def __str__(self) -> str:
        return self.what


class SessionExtra(CreatedUpdated):
    """Something charged beside the agreed price; net, in the session's currency."""

    session = models.ForeignKey(
        StudioSession, on_delete=models.DB_CASCADE, related_name="extras", verbose_name=_("session"), db_index=False
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=ExtraKind, default=ExtraKind.EXTRA, db_default=ExtraKind.EXTRA
    )
    description = models.CharField(_("description"), max_length=300)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("added by"),
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    added_by_label = models.CharField(_("added by"), max_length=420, blank=True, default="", db_default="")
    invoiced_at = models.DateTimeField(_("invoiced at"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "session_extras"
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.CheckConstraint(name="session_extras_kind_known", condition=Q(kind__in=ExtraKind.values)),
            models.CheckConstraint(
                name="session_extras_description_given",
                condition=~Q(description=""),
                violation_error_message=_("Say what is charged."),
            ),
            models.CheckConstraint(
                name="session_extras_quantity_bounded",
                condition=Q(quantity__gt=0, quantity__lte=MOST_OF_ONE),
                violation_error_message=QUANTITY_BOUNDS,
            ),
            models.CheckConstraint(
                name="session_extras_not_negative",
                condition=Q(unit_price__gte=0, amount__gte=0),
                violation_error_message=_("A price may not be negative."),
            ),
            models.UniqueConstraint(
                name="session_extras_one_overage",
                fields=["session"],
                condition=Q(kind=ExtraKind.OVERAGE),
                violation_error_message=_("The overage of this session is charged already."),
            ),
        ]
        indexes = [models.Index(name="session_extras_of_session", fields=["session", "id"])]

    def __str__(self) -> str:
        return self.description


class SessionFee(CreatedUpdated):
    """What a change by the client, or not coming, costs by the terms of the booking; decided once."""

    session = models.ForeignKey(
        StudioSession, on_delete=models.DB_CASCADE, related_name="fees", verbose_name=_("session"), db_index=False
    )
    kind = models.CharField(
        _("for"), max_length=16, choices=FeeKind, default=FeeKind.CANCELLATION, db_default=FeeKind.CANCELLATION
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    explanation = models.CharField(_("explanation"), max_length=500)
    decided_at = models.DateTimeField(_("decided at"))
    waived_at = models.DateTimeField(_("waived at"), null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("waived by"),
        help_text=_("Empty while it is owed, and after the account is deleted: the name stays."),
    )
    waived_by_label = models.CharField(_("waived by"), max_length=420, blank=True, default="", db_default="")
    waived_because = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    invoiced_at = models.DateTimeField(_("invoiced at"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "session_fees"
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        permissions = [("waive_sessionfee", _("Can waive a fee"))]
        constraints = [
            models.CheckConstraint(name="session_fees_kind_known", condition=Q(kind__in=FeeKind.values)),
            models.CheckConstraint(name="session_fees_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="session_fees_waived_with_reason",
                condition=Q(waived_at__isnull=True, waived_because="")
                | (Q(waived_at__isnull=False) & ~Q(waived_because="")),
                violation_error_message=_("A fee is waived for a reason."),
            ),
            models.CheckConstraint(
                name="session_fees_waived_or_invoiced",
                condition=Q(waived_at__isnull=True) | Q(invoiced_at__isnull=True),
                violation_error_message=_("A fee that is invoiced is not waived: a credit note takes it back."),
            ),
            models.UniqueConstraint(
                name="session_fees_once",
                fields=["session", "kind"],
                condition=~Q(kind=FeeKind.RESCHEDULE),
            ),
        ]
        indexes = [models.Index(name="session_fees_of_session", fields=["session", "id"])]

    def __str__(self) -> str:
        return self.get_kind_display()
