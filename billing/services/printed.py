"""The file of an issued document: made by a worker, once, and kept as it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.documents import press, printing
from billing.models import PASSING, DocumentMail, Invoice, InvoiceStatus, PrintProblem
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.errors import DomainError
from studio.office.models import StoredFile
from studio.office.services import files, leftovers, quota
from studio.tenancy.jobs import defer

PRINT = "billing.print_document"
MAIL = "billing.mail_document"
LOST_AFTER = timedelta(minutes=10)
MOST_AT_ONCE = 100
LARGEST_LOGO = 10 * 1024 * 1024
FILE_FIELDS = ("pdf_s3_key", "pdf_hash", "pdf_problem")


class NothingToPrint(DomainError):
    """A draft, a document of a former system, or one whose file is there."""


class TooMuchToPrint(DomainError):
    """More text than a document can hold."""

    status_code = 400


def require_printable(snapshot: Mapping[str, Any]) -> None:
    """Pass when a document that is about to be issued can be laid out.

    raises: TooMuchToPrint
    """
    try:
        printing.require_printable(snapshot)
    except press.NotPrinted as failure:
        told = _("There is more text in this than a document can hold. Shorten its lines, or make two documents of it.")
        raise TooMuchToPrint(told) from failure


def ask_for_print(invoice: Invoice) -> None:
    """Queue the making of a document's file, in the current transaction."""
    defer(PRINT, queueing_lock=f"print:{invoice.pk}", invoice_id=invoice.pk)


def print_document(*, invoice_id: int, now: datetime) -> Invoice | None:
    """Make the file of an issued document and return the document; None where there is nothing to do.

    Not inside a transaction: laying out takes its time. Why it failed is noted; what may pass is tried again.
    """
    invoice = Invoice.objects.get(pk=invoice_id)
    if invoice.is_printed or invoice.snapshot is None:
        return None
    try:
        logo = _logo_of(invoice.snapshot)
        data = printing.print_snapshot(invoice.snapshot, identifier=invoice.content_hash, logo=logo)
        stored = files.store_file(data=data, name=file_name(invoice), actor=None, now=now)
    except press.NotPrinted as failure:
        return _note(invoice, failure.problem)
    except quota.StorageFull:
        return _note(invoice, PrintProblem.NO_ROOM)
    return _keep(invoice, stored, now)


@transaction.atomic
def print_again(*, invoice: Invoice, actor: User | None, now: datetime) -> Invoice:
    """Have the file of a document made after it could not be, and return the document.

    raises: NothingToPrint
    """
    row = Invoice.objects.locked().get(pk=invoice.pk)
    if row.is_printed or row.snapshot is None:
        raise NothingToPrint(_("There is nothing to print: the file is there, or the document is not issued here."))
    changes: dict[str, tuple[object, object]] = {"pdf_problem": (row.pdf_problem, PrintProblem.NONE)}
    row.pdf_problem = PrintProblem.NONE
    row.save(update_fields=["pdf_problem"])
    audit.record(verb="print", subject=row, actor=actor, now=now, changes=changes)
    ask_for_print(row)
    return row


@transaction.atomic
def resume_documents(*, now: datetime) -> int:
    """Queue again what was lost on the way, or may work by now: files to make, mails to write; return how many."""
    lost = now - LOST_AFTER
    unprinted = Invoice.objects.issued().filter(
        pdf_s3_key="", snapshot__isnull=False, pdf_problem__in=PASSING, issued_at__lte=lost
    )
    documents = list(unprinted.order_by("pk")[:MOST_AT_ONCE])
    for document in documents:
        ask_for_print(document)
    waiting = DocumentMail.objects.waiting().filter(asked_at__lte=lost).exclude(invoice__pdf_s3_key="")
    mails = list(waiting.order_by("pk")[:MOST_AT_ONCE])
    for mail in mails:
        ask_to_mail(mail)
    return len(documents) + len(mails)


def ask_to_mail(mail: DocumentMail) -> None:
    """Queue the writing of a mail, in the current transaction."""
    defer(MAIL, queueing_lock=f"document:{mail.pk}", mail_id=mail.pk)


def file_name(invoice: Invoice) -> str:
    """Return what the file is called."""
    return f"{invoice.invoice_number.replace('/', '-')}.pdf"


@transaction.atomic
def _keep(invoice: Invoice, stored: StoredFile, now: datetime) -> Invoice:
    """Write down which file it is, unless another worker was faster; the mails that wait for it go out."""
    row = Invoice.objects.locked().get(pk=invoice.pk)
    if row.is_printed:
        leftovers.discard_files(stored=[stored], now=now)
        return row
    row.pdf_s3_key, row.pdf_hash, row.pdf_problem = stored.key, stored.sha256, PrintProblem.NONE
    row.save(update_fields=FILE_FIELDS)
    for mail in row.mails.waiting().order_by("pk"):
        ask_to_mail(mail)
    return row


def _note(invoice: Invoice, problem: PrintProblem) -> Invoice:
    Invoice.objects.filter(pk=invoice.pk, pdf_s3_key="").exclude(status=InvoiceStatus.DRAFT).update(pdf_problem=problem)
    invoice.pdf_problem = problem
    return invoice


def _logo_of(snapshot: Mapping[str, Any]) -> bytes:
    """Return the logo as it was at the issue; nothing where its file is gone, or is no picture."""
    wanted = snapshot["seller"].get("logo")
    stored = StoredFile.objects.filter(sha256=wanted, content_type__startswith="image/").first() if wanted else None
    if stored is None or stored.size > LARGEST_LOGO:
        return b""
    try:
        with files.open_file(stored) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""
