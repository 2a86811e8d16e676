"""What a former system said of a document: kept as it was, beside what its lines and its money make."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FormerDocument(models.Model):
    """A document that may be one of a former system: then its sums are what it stated, right or wrong.

    Its lines and its VAT make `subtotal` and `tax_amount` less the two differences. Its number is told apart by
    `former_series` from ours, and from that of another former document with the same number.
    """

    former_series = models.CharField(
        _("former system"), max_length=60, blank=True, default="", db_default="", editable=False
    )
    former_status = models.CharField(
        _("status there"), max_length=50, blank=True, default="", db_default="", editable=False
    )
    former_balance = models.DecimalField(
        _("to pay as stated there"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty: of this system, or it was not stated."),
    )
    net_difference = models.DecimalField(
        _("stated beyond the lines"), max_digits=12, decimal_places=2, default=0, db_default=0, editable=False
    )
    tax_difference = models.DecimalField(
        _("VAT stated beyond that of the lines"),
        max_digits=12,
        decimal_places=2,
        default=0,
        db_default=0,
        editable=False,
    )

    class Meta:
        abstract = True

    @property
    def is_former(self) -> bool:
        """Whether it was issued by a former system."""
        return bool(self.former_series)
