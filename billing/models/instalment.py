"""In which parts an issued document is paid, and when each of them is due."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

SETTLED = F("invoice__paid_total") + F("invoice__credited_total")


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    """Instalments."""

    def open(self) -> Self:
        """Keep those of which something is still to be paid: all up to them are more than what is settled."""
        before = Instalment.objects.filter(invoice=OuterRef("invoice"), position__lte=OuterRef("position"))
        through = before.order_by().values("invoice").annotate(sum=Sum("amount")).values("sum")
        return self.annotate(through=Subquery(through)).filter(through__gt=SETTLED)

    def late_documents(self, today: date) -> QuerySet["Instalment", int]:
        """Return the keys of the documents of which a part is past its day and unpaid, in full or in part."""
        past = self.filter(due_on__lt=today).order_by().values("invoice").annotate(past=Sum("amount"))
        return past.filter(past__gt=SETTLED).values_list("invoice", flat=True)


class Instalment(CreatedUpdated):
    """A part of what a document asks for, due on its own day; what is paid settles the first ones first."""

    append_only = True

    invoice = models.ForeignKey(
        "billing.Invoice",
        on_delete=models.PROTECT,
        related_name="instalments",
        verbose_name=_("invoice"),
        db_index=False,
    )
    position = models.PositiveSmallIntegerField(_("position"))
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    objects = models.Manager.from_queryset(InstalmentQuerySet)()

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
