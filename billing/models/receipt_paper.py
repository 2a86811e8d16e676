"""The file of each receipt, beside the receipt: that one is added to and never changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.printed import Printed, PrintProblem, printed_constraints
from billing.models.till import PaymentReceipt
from studio.db import CreatedUpdated


class ReceiptPaper(Printed, CreatedUpdated):
    """A receipt as a file; written with the receipt, empty until the file is made."""

    receipt = models.OneToOneField(
        PaymentReceipt, on_delete=models.PROTECT, related_name="paper", verbose_name=_("receipt")
    )

    class Meta:
        db_table = "receipt_papers"
        verbose_name = _("file of a receipt")
        verbose_name_plural = _("files of receipts")
        constraints = [*printed_constraints("receipt_papers")]
        indexes = [
            models.Index(
                name="receipt_papers_to_print",
                fields=["id"],
                condition=Q(pdf_s3_key="") | Q(pdf_problem=PrintProblem.AGAIN),
            ),
        ]

    def __str__(self) -> str:
        return str(self.receipt)
