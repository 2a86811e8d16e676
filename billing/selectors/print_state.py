"""How far the file of a document is, and where it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import Document, DocumentMail, PrintProblem, Reprint
from billing.selectors.papers import Paper, PaperKind, paper_of
from studio.mail.models import EmailState
from studio.showing import when

MOST_SHOWN = 20
TONES = {
    EmailState.QUEUED: "info",
    EmailState.SENT: "success",
    EmailState.FAILED: "danger",
    EmailState.BOUNCED: "danger",
}


PAGES = {
    PaperKind.INVOICE: "billing_invoice",
    PaperKind.QUOTE: "billing_quoteversion",
    PaperKind.RECEIPT: "billing_paymentreceipt",
}


class FileState(StrEnum):
    """How far a file is; NEVER: of a draft, and of what a former system issued."""

    NEVER = "never"
    COMING = "coming"
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sent:
    """One sending.

    error: what the mail server said, or nothing
    """

    recipient: str
    at: datetime
    by: str
    state: Any
    tone: str
    error: str


@dataclass(frozen=True, slots=True)
class Again:
    """The file that was made last, where that is not the first one.

    is_same: whether it is the first one to the byte
    """

    at: datetime
    is_same: bool


@dataclass(frozen=True, slots=True)
class PrintState:
    """What a page shows of a document's file; it looks again while something is under way.

    document: the key of the document
    pdf_page, state_page: names of the addresses of its file, and of this
    problem: a sentence, or nothing
    """

    document: int
    pdf_page: str
    state_page: str
    file: FileState
    problem: Any
    again: Again | None
    sent: Sequence[Sent]
    is_under_way: bool


def file_state(document: Document) -> FileState:
    """Return how far the file of a document is."""
    return _file_state(paper_of(document))


def print_state(document: Document) -> PrintState:
    """Return how far the file of a document is, and where it was sent, last first.

    queries: 1, and 1 where the file is made
    """
    paper = paper_of(document)
    file, pages = _file_state(paper), PAGES[paper.kind]
    rows = DocumentMail.objects.filter(**{paper.kind.value: document})
    mails = list(rows.select_related("email").order_by("-pk")[:MOST_SHOWN])
    waits = any(mail.queued_at is None or _state(mail) == EmailState.QUEUED for mail in mails)
    return PrintState(
        document=document.pk,
        pdf_page=f"admin:{pages}_pdf",
        state_page=f"admin:{pages}_printed",
        file=file,
        problem=PrintProblem(paper.row.pdf_problem).label if file == FileState.FAILED else "",
        again=_again(paper),
        sent=[_sent(mail) for mail in mails],
        is_under_way=file == FileState.COMING or (file == FileState.THERE and waits),
    )


def _file_state(paper: Paper) -> FileState:
    if paper.row.is_printed:
        return FileState.THERE
    if paper.snapshot is None:
        return FileState.NEVER
    return FileState.COMING if paper.row.is_coming else FileState.FAILED


def _again(paper: Paper) -> Again | None:
    if not paper.row.was_printed:
        return None
    last = Reprint.objects.filter(**{paper.kind.value: paper.document}).order_by("-pk").first()
    return Again(last.made_at, last.pdf_hash == paper.row.pdf_hash) if last else None


def _sent(mail: DocumentMail) -> Sent:
    state = _state(mail)
    by = mail.actor_label
    if state is None:
        told, tone = (_("waits for its file"), "muted") if mail.queued_at is None else (_("mail deleted"), "muted")
        return Sent(mail.recipient, mail.asked_at, by, told, tone, "")
    error = mail.email.last_error if mail.email else ""
    left = mail.email.sent_at if mail.email else None
    outcome: Any = f"{state.label}, {when(left)}" if left else state.label
    return Sent(mail.recipient, mail.asked_at, by, outcome, TONES[state], error)


def _state(mail: DocumentMail) -> EmailState | None:
    return EmailState(mail.email.state) if mail.email is not None else None
