"""The file of a document that is handed out: made by a worker, once, and kept as it is."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.documents import press, printing
from billing.documents.receipts import as_document
from billing.models import (
    PASSING,
    Document,
    DocumentMail,
    Invoice,
    PrintProblem,
    QuoteVersion,
    ReceiptPaper,
    Reprint,
)
from billing.selectors.papers import RIGHTS, Paper, PaperKind, last_file, paper_behind, paper_of
from billing.services import stored_papers
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.errors import DomainError
from studio.office.models import StoredFile
from studio.office.selectors.profile import current_profile
from studio.office.services import leftovers, quota
from studio.tenancy.jobs import BEHIND_OTHERS, defer

PRINT = "billing.print_document"
MAIL = "billing.mail_document"
LOST_AFTER = timedelta(minutes=10)
MOST_AT_ONCE = 100
LARGEST_LOGO = 10 * 1024 * 1024
GONE = (PrintProblem.LOST, PrintProblem.CHANGED)  # until somebody has it made again
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


def ask_for_print(document: Document) -> None:
    """Queue the making of a document's file, in the current transaction.

    That of a receipt goes behind whatever else waits: many come at once, each takes long, and the money is there.
    """
    kind = paper_of(document).kind
    priority = BEHIND_OTHERS if kind == PaperKind.RECEIPT else 0
    lock = f"print:{kind.value}:{document.pk}"
    defer(PRINT, queueing_lock=lock, priority=priority, kind=kind.value, key=document.pk)


def print_document(*, kind: str, key: int, now: datetime) -> Paper | None:
    """Make the file of a document, or make it again, and return the document; None where there is nothing to do.

    kind: of `PaperKind`
    Not inside a transaction: laying out takes its time. Why it failed is noted; what may pass is tried again.
    """
    paper = paper_behind(PaperKind(kind), key)
    if paper is None or paper.snapshot is None or paper.row.is_printed or _found_again(paper):
        return None
    try:
        content = _content(paper)
        data = printing.print_snapshot(content, identifier=paper.identifier, logo=logo_of(content))
        written = leftovers.write_ahead(data=data, name=paper.file_name, purpose="print", now=now)
    except press.NotPrinted as failure:
        return _note(paper, failure.problem)
    except quota.StorageFull:
        return _note(paper, PrintProblem.NO_ROOM)
    return _keep(paper, written, now)


@transaction.atomic
def print_again(*, document: Document, actor: User | None, now: datetime) -> Paper:
    """Have the file of a document made after it could not be, or after it was lost, and return the document.

    raises: NothingToPrint
    """
    paper = paper_of(document)
    row = _locked(paper)
    if row.is_printed or paper.snapshot is None:
        raise NothingToPrint(_("There is nothing to print: the file is there, or the document is not issued here."))
    wanted = PrintProblem.AGAIN if row.was_printed else PrintProblem.NONE
    changes: dict[str, tuple[object, object]] = {"pdf_problem": (row.pdf_problem, wanted)}
    row.pdf_problem = paper.row.pdf_problem = wanted
    row.save(update_fields=["pdf_problem"])
    audit.record(verb="print", subject=paper.subject, actor=actor, now=now, changes=changes)
    ask_for_print(document)
    return paper


@transaction.atomic
def resume_documents(*, now: datetime) -> int:
    """Queue again what was lost on the way, or may work by now: files to make, mails to write; return how many."""
    lost = now - LOST_AFTER
    documents = list(_unprinted(lost))
    for document in documents:
        ask_for_print(document)
    waiting = DocumentMail.objects.waiting().filter(asked_at__lte=lost)
    unmade = Q(invoice__pdf_s3_key="") | Q(receipt__paper__pdf_s3_key="")
    unmade |= Q(invoice__pdf_problem__in=GONE) | Q(receipt__paper__pdf_problem__in=GONE)
    mails = list(waiting.exclude(unmade).order_by("pk")[:MOST_AT_ONCE])
    for mail in mails:
        ask_to_mail(mail)
    return len(documents) + len(mails)


def ask_to_mail(mail: DocumentMail) -> None:
    """Queue the writing of a mail, in the current transaction."""
    defer(MAIL, queueing_lock=f"document:{mail.pk}", mail_id=mail.pk)


def _unprinted(lost: datetime) -> Iterator[Document]:
    """Yield documents whose file was to be made before an instant, or is to be made again."""
    first = Q(pdf_s3_key="", pdf_problem__in=PASSING)
    again = Q(pdf_problem=PrintProblem.AGAIN)
    invoices = Invoice.objects.issued().filter(former_series="", snapshot__isnull=False)
    yield from invoices.filter(first & Q(issued_at__lte=lost) | again).order_by("pk")[:MOST_AT_ONCE]
    versions = QuoteVersion.objects.filter(quote__former_series="").select_related("quote")
    yield from versions.filter(first & Q(sent_at__lte=lost) | again).order_by("pk")[:MOST_AT_ONCE]
    papers = ReceiptPaper.objects.select_related("receipt")
    for paper in papers.filter(first & Q(receipt__issued_at__lte=lost) | again).order_by("pk")[:MOST_AT_ONCE]:
        yield paper.receipt


def _content(paper: Paper) -> Mapping[str, Any]:
    """Return what is printed of a document, in the shape that all of them share."""
    content = paper.snapshot or {}
    if paper.kind != PaperKind.RECEIPT:
        return content
    return as_document(content, content.get("language") or current_profile().language)


def _locked(paper: Paper) -> Any:
    """Return the row of a document's file as it is now, about to be written."""
    rows = type(paper.row)._default_manager.select_for_update(of=("self",), no_key=True)
    return rows.get(pk=paper.row.pk)


@transaction.atomic
def _keep(paper: Paper, written: leftovers.Written, now: datetime) -> Paper:
    """Write down which file it is, unless another worker was faster; the mails that wait for it go out.

    The file that was made first, and its fingerprint, stay what the document names: one made again is a row beside it.
    """
    row = _locked(paper)
    if not row.is_printed:
        stored = leftovers.keep_written(written=written, right=RIGHTS[paper.kind], actor=None, now=now)
        _name(paper, row, stored, now)
    _let_mails_go(paper)
    return paper_of(type(paper.document)._default_manager.get(pk=paper.document.pk))


def _name(paper: Paper, row: Any, stored: StoredFile, now: datetime) -> None:
    if row.was_printed:
        link: dict[str, Any] = {paper.kind.value: paper.document}
        Reprint.objects.create(**link, pdf_s3_key=stored.key, pdf_hash=stored.sha256, made_at=now)
        changes: dict[str, tuple[object, object]] = {"pdf_hash": (row.pdf_hash, stored.sha256)}
        _settle(row, ["pdf_problem"])
        audit.record(verb="reprint", subject=paper.subject, actor=None, now=now, changes=changes)
    else:
        row.pdf_s3_key, row.pdf_hash = stored.key, stored.sha256
        _settle(row, list(FILE_FIELDS))


def _settle(row: Any, fields: list[str]) -> None:
    row.pdf_problem = PrintProblem.NONE
    row.save(update_fields=fields)


def _let_mails_go(paper: Paper) -> None:
    for mail in DocumentMail.objects.waiting().filter(**{paper.kind.value: paper.document}).order_by("pk"):
        ask_to_mail(mail)


@transaction.atomic
def _note(paper: Paper, problem: PrintProblem) -> Paper:
    """Write down why there is no file; a quote goes out without it, for its link says all of it."""
    row = _locked(paper)
    if not row.is_printed:
        row.pdf_problem = paper.row.pdf_problem = problem
        row.save(update_fields=["pdf_problem"])
        if paper.kind == PaperKind.QUOTE:
            _let_mails_go(paper)
    return paper


def _found_again(paper: Paper) -> bool:
    """Return whether the file that was missed is there after all, as it was made; then it is handed out again."""
    kept = last_file(paper)
    data = stored_papers.bytes_at(kept.key) if kept else None
    is_found = kept is not None and data is not None and sha256(data).hexdigest() == kept.digest
    if is_found:
        with transaction.atomic():
            _settle(_locked(paper), ["pdf_problem"])
            _let_mails_go(paper)
    return is_found


def logo_of(content: Mapping[str, Any]) -> bytes:
    """Return the logo as it was at the issue; nothing where its file is gone, or is no picture."""
    wanted = content["seller"].get("logo")
    stored = StoredFile.objects.filter(sha256=wanted, content_type__startswith="image/").first() if wanted else None
    if stored is None or stored.size > LARGEST_LOGO:
        return b""
    return stored_papers.bytes_at(stored.key) or b""
