"""Lines of a quote, some of them with the slot that is held for them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.line import SummedLine, summed
from billing.models.quote import Quote
from billing.models.service import Service
from billing.models.vat_rate import VatRate
from sessions_app.models import StudioSession


class QuoteItem(SummedLine):
    """A line: what is offered, how many, at which price; it changes with the draft alone."""

    quote = models.ForeignKey(
        Quote, on_delete=models.DB_CASCADE, related_name="items", verbose_name=_("quote"), db_index=False
    )
    vat_rate = models.ForeignKey(
        VatRate, on_delete=models.PROTECT, related_name="quote_items", verbose_name=_("VAT rate")
    )
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
            *summed("quote_items"),
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
