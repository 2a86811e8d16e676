"""In which parts an issued document is paid, and when each of them is due."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from studio.db import CreatedUpdated


class Instalment(CreatedUpdated):
    """A part of what a document asks for, due on its own day; what is paid settles the first ones first."""

    append_only = True

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="instalments", verbose_name=_("invoice"), db_index=False
    )
    position = models.PositiveSmallIntegerField(_("position"))
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    class Meta:
        db_table = "instalments"
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(name="instalments_one_at_a_place", fields=["invoice", "position"]),
            models.CheckConstraint(name="instalments_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="instalments_counted_from_one", condition=Q(position__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.amount}"
