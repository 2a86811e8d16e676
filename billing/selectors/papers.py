"""Documents that are handed out as files: what each is made of, what it is called, and where its file stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing.models import Document, Invoice, PaymentReceipt, Quote, QuoteVersion, ReceiptPaper, Reprint

type Row = Invoice | QuoteVersion | ReceiptPaper


class PaperKind(StrEnum):
    """What a document is; each value names the link of rows that are about one."""

    INVOICE = "invoice"
    QUOTE = "version"
    RECEIPT = "receipt"


# Whoever may see the document may have its file.
RIGHTS = {
    PaperKind.INVOICE: "billing.view_invoice",
    PaperKind.QUOTE: "billing.view_quoteversion",
    PaperKind.RECEIPT: "billing.view_paymentreceipt",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document and its file.

    row: which says how far the file is; the document itself, but for a receipt
    subject: what the trail of its acts is kept of
    snapshot: what is printed; None of a draft and of what a former system issued, which have no file
    identifier: fingerprint of what is printed, in hex
    """

    kind: PaperKind
    document: Document
    row: Row
    subject: Invoice | Quote | PaymentReceipt
    snapshot: Mapping[str, Any] | None
    identifier: str
    number: str

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"{self.number.replace('/', '-')}.pdf"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a file stands in the store, and the fingerprint of what was put there."""

    key: str
    digest: str


def paper_of(document: Document) -> Paper:
    """Return a document with its file.

    queries: none of an invoice, 1 of another where its quote or its file is not loaded
    """
    if isinstance(document, Invoice):
        return _of_invoice(document)
    return _of_version(document) if isinstance(document, QuoteVersion) else _of_receipt(document)


def paper_behind(kind: PaperKind, key: int) -> Paper | None:
    """Return the document of a kind with a key, or None.

    queries: 1
    """
    found: Document | None
    if kind == PaperKind.INVOICE:
        found = Invoice.objects.filter(pk=key).first()
    elif kind == PaperKind.QUOTE:
        found = QuoteVersion.objects.select_related("quote").filter(pk=key).first()
    else:
        found = PaymentReceipt.objects.select_related("paper", "payment").filter(pk=key).first()
    return paper_of(found) if found is not None else None


def last_file(paper: Paper) -> Kept | None:
    """Return the file to be handed out: the one that was made last; None where none was.

    queries: 1 where one was made
    """
    if not paper.row.was_printed:
        return None
    again = Reprint.objects.filter(**{paper.kind.value: paper.document}).order_by("-pk").first()
    return Kept(again.pdf_s3_key, again.pdf_hash) if again else Kept(paper.row.pdf_s3_key, paper.row.pdf_hash)


def _of_invoice(invoice: Invoice) -> Paper:
    return Paper(
        kind=PaperKind.INVOICE,
        document=invoice,
        row=invoice,
        subject=invoice,
        snapshot=None if invoice.is_former else invoice.snapshot,  # its paper is where it was issued
        identifier=invoice.content_hash,
        number=invoice.invoice_number,
    )


def _of_version(version: QuoteVersion) -> Paper:
    quote = version.quote
    return Paper(
        kind=PaperKind.QUOTE,
        document=version,
        row=version,
        subject=quote,
        snapshot=None if quote.former_series else version.snapshot,
        identifier=version.content_hash,
        number=f"{quote.quote_number}-{version.number}" if version.number > 1 else quote.quote_number,
    )


def _of_receipt(receipt: PaymentReceipt) -> Paper:
    return Paper(
        kind=PaperKind.RECEIPT,
        document=receipt,
        row=receipt.paper,
        subject=receipt,
        snapshot=receipt.snapshot,
        identifier=receipt.content_hash,
        number=receipt.receipt_number,
    )
