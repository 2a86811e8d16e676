"""How far the file of a document is, and where it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import DocumentMail, Invoice, InvoiceStatus, PrintProblem
from studio.mail.models import EmailState
from studio.showing import when

MOST_SHOWN = 20
TONES = {
    EmailState.QUEUED: "info",
    EmailState.SENT: "success",
    EmailState.FAILED: "danger",
    EmailState.BOUNCED: "danger",
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
class PrintState:
    """What a page shows of a document's file; it looks again while something is under way.

    document: the key of the document
    problem: a sentence, or nothing
    """

    document: int
    file: FileState
    problem: Any
    sent: Sequence[Sent]
    is_under_way: bool


def file_state(invoice: Invoice) -> FileState:
    """Return how far the file of a document is."""
    if invoice.is_printed:
        return FileState.THERE
    if invoice.status == InvoiceStatus.DRAFT or invoice.snapshot is None:
        return FileState.NEVER
    return FileState.COMING if invoice.pdf_problem == PrintProblem.NONE else FileState.FAILED


def print_state(invoice: Invoice) -> PrintState:
    """Return how far the file of a document is, and where it was sent, last first.

    queries: 1
    """
    file = file_state(invoice)
    mails = list(invoice.mails.select_related("email").order_by("-pk")[:MOST_SHOWN])
    waits = any(mail.queued_at is None or _state(mail) == EmailState.QUEUED for mail in mails)
    problem = PrintProblem(invoice.pdf_problem).label if file == FileState.FAILED else ""
    is_under_way = file == FileState.COMING or (file == FileState.THERE and waits)
    return PrintState(invoice.pk, file, problem, [_sent(mail) for mail in mails], is_under_way)


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
