"""Files that were made again after the first one was lost, or was no longer what it had been."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.of_document import OfDocument, links_to_documents, of_one_document
from studio.db import CreatedUpdated


class Reprint(OfDocument, CreatedUpdated):
    """A document as it was laid out once more, from what was written down of it; the first file's fingerprint stays."""

    append_only = True

    pdf_s3_key = models.TextField(_("stored PDF"))
    pdf_hash = models.CharField(_("fingerprint of the PDF"), max_length=64)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        db_table = "reprints"
        verbose_name = _("file that was made again")
        verbose_name_plural = _("files that were made again")
        constraints = [
            of_one_document("reprints"),
            models.UniqueConstraint(name="reprints_file_once", fields=["pdf_s3_key"]),
            models.CheckConstraint(
                name="reprints_pdf_with_fingerprint",
                condition=Q(pdf_hash__regex=r"^[0-9a-f]{64}$") & ~Q(pdf_s3_key=""),
            ),
        ]
        indexes = [*links_to_documents("reprints")]

    def __str__(self) -> str:
        return f"{self.document}, {self.pdf_hash[:8]}"
