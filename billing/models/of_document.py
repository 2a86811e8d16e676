"""What is about one document that is handed out: an invoice, a version of a quote, or a receipt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from billing.models.quote_version import QuoteVersion
from billing.models.till import PaymentReceipt

LINKS = ("invoice", "version", "receipt")
OTHER_KIND = _("Empty: it is about a document of another kind.")

type Document = Invoice | QuoteVersion | PaymentReceipt


class OfDocument(models.Model):
    """A row about exactly one document, each of which knows its rows by the plural of this table's model."""

    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("invoice"),
        db_index=False,
        help_text=OTHER_KIND,
    )
    version = models.ForeignKey(
        QuoteVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("version of a quote"),
        db_index=False,
        help_text=OTHER_KIND,
    )
    receipt = models.ForeignKey(
        PaymentReceipt,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("receipt"),
        db_index=False,
        help_text=OTHER_KIND,
    )

    class Meta:
        abstract = True

    @property
    def document(self) -> Document:
        """What it is about."""
        found = self.invoice or self.version or self.receipt
        if found is None:
            raise TypeError("It is about no document.")
        return found


def of_one_document(table: str) -> models.CheckConstraint:
    """Return what holds of rows that are about exactly one document."""
    condition = Q()
    for link in LINKS:
        condition |= Q(**{f"{each}__isnull": each != link for each in LINKS})
    return models.CheckConstraint(name=f"{table}_of_one_document", condition=condition)


def links_to_documents(table: str) -> list[models.Index]:
    """Return an index for each kind of document, the newest row first."""
    return [
        models.Index(name=f"{table}_of_{link}", fields=[link, "-id"], condition=Q(**{f"{link}__isnull": False}))
        for link in LINKS
    ]
