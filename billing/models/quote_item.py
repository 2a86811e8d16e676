"""Lines of a quote, some of them with the slot that is held for them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.quote import Quote
from billing.models.service import Service, ServiceUnit
from billing.models.vat_rate import VatCategory, VatRate
from sessions_app.models import StudioSession
from studio.db import CreatedUpdated


class QuoteItem(CreatedUpdated):
    """A line: what is offered, how many, at which price; it changes with the draft alone."""

    quote = models.ForeignKey(
        Quote, on_delete=models.DB_CASCADE, related_name="items", verbose_name=_("quote"), db_index=False
    )
    position = models.PositiveIntegerField(_("position"))
    description = models.TextField(_("description"))
    unit = models.CharField(
        _("unit"), max_length=3, choices=ServiceUnit, default=ServiceUnit.PIECE, db_default=ServiceUnit.PIECE
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1, db_default=1)
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(
        _("discount"), max_digits=12, decimal_places=2, default=0, db_default=0, help_text=_("Taken off the line.")
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    net = models.DecimalField(_("without VAT"), max_digits=12, decimal_places=2)
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, related_name="quote_items", verbose_name=_("VAT rate")
    )
    vat_category = models.CharField(
        _("VAT category"),
        max_length=2,
        choices=VatCategory,
        default=VatCategory.STANDARD,
        db_default=VatCategory.STANDARD,
        editable=False,
    )
    vat_percent = models.DecimalField(_("VAT in percent"), max_digits=5, decimal_places=2, editable=False)
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="quote_items",
        verbose_name=_("service"),
        help_text=_("Empty: written by hand, or the service is no longer in the catalogue."),
    )
    session = models.ForeignKey(
        StudioSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("held slot"),
        db_index=False,
        help_text=_("Booked when the quote is accepted, at the price of the line. Empty: none, or it was deleted."),
    )

    class Meta:
        db_table = "quote_items"
        verbose_name = _("line of a quote")
        verbose_name_plural = _("lines of quotes")
        constraints = [
            models.CheckConstraint(
                name="quote_items_described",
                condition=~Q(description=""),
                violation_error_message=_("Say what the line is for."),
            ),
            models.CheckConstraint(name="quote_items_unit_known", condition=Q(unit__in=ServiceUnit.values)),
            models.CheckConstraint(name="quote_items_category_known", condition=Q(vat_category__in=VatCategory.values)),
            models.CheckConstraint(
                name="quote_items_quantity_given",
                condition=~Q(quantity=0),
                violation_error_message=_("A quantity is not 0; one below 0 takes off."),
            ),
            models.CheckConstraint(
                name="quote_items_price_not_negative",
                condition=Q(unit_price__gte=0),
                violation_error_message=_("A price may not be negative: take off by a quantity below 0."),
            ),
            models.CheckConstraint(
                name="quote_items_discount_within_line",
                condition=Q(discount=0) | Q(discount__gt=0, amount__gte=0),
                violation_error_message=_("A discount is at most what the line costs."),
            ),
            models.CheckConstraint(
                name="quote_items_net_of_amount",
                condition=Q(net__gte=0, amount__gte=0) | Q(net__lte=0, amount__lte=0),
            ),
            models.CheckConstraint(
                name="quote_items_percent_bounded", condition=Q(vat_percent__gte=0, vat_percent__lte=100)
            ),
            models.CheckConstraint(
                name="quote_items_slot_is_priced",
                condition=Q(session__isnull=True) | Q(net__gte=0),
                violation_error_message=_("A line that holds a slot does not take off."),
            ),
            models.UniqueConstraint(name="quote_items_one_at_a_place", fields=["quote", "position"]),
            models.UniqueConstraint(
                name="quote_items_session_once",
                fields=["session"],
                condition=Q(session__isnull=False),
                violation_error_message=_("This slot is held for another line or another quote."),
            ),
        ]

    def __str__(self) -> str:
        return self.description
