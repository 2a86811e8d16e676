"""Files of documents as they are handed out: the bytes that were made, or a refusal and word to who is in charge."""

import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import PrintProblem
from billing.selectors.papers import Paper, last_file
from studio.accounts.models import NotificationKind
from studio.accounts.services import audit, notifications
from studio.errors import DomainError
from studio.office.models import StoredFile
from studio.office.services import files

logger = logging.getLogger(__name__)


class NotMade(DomainError):
    """There is no file yet."""

    status_code = 404


class FileLost(DomainError):
    """The file was made, and is not in the store any more."""

    status_code = 410


class FileChanged(DomainError):
    """The stored bytes are not those that were made: nothing leaves before somebody looked at it."""

    status_code = 409


@dataclass(frozen=True, slots=True)
class PaperFile:
    """The file of a document, as it was made."""

    name: str
    digest: str
    data: bytes


def read(*, paper: Paper, now: datetime) -> PaperFile:
    """Return the file of a document.

    What is wrong with it is written down and told; whether that is found again or by two at once, once.
    raises: NotMade, FileLost, FileChanged
    """
    kept = last_file(paper)
    if kept is None:
        raise NotMade(_("The PDF of %(number)s is not made yet.") % {"number": paper.number})
    data = bytes_at(kept.key)
    if data is None:
        note(paper=paper, problem=PrintProblem.LOST, now=now)
        raise FileLost(_("The stored PDF of %(number)s is gone. It can be made again.") % {"number": paper.number})
    digest = sha256(data).hexdigest()
    if kept.digest and digest != kept.digest:
        note(paper=paper, problem=PrintProblem.CHANGED, now=now)
        told = _("The stored PDF of %(number)s is not the one that was made, so it is not handed out.")
        raise FileChanged(told % {"number": paper.number})
    return PaperFile(paper.file_name, digest, data)


def bytes_at(key: str) -> bytes | None:
    """Return what the store has under a key of this studio; None where it has nothing."""
    stored = StoredFile.objects.filter(key=key).first()
    if stored is None:
        return None
    try:
        with files.open_file(stored) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


@transaction.atomic
def note(*, paper: Paper, problem: PrintProblem, now: datetime) -> None:
    """Write down that a stored file cannot be handed out, and tell owner and accountants; twice is once."""
    row = type(paper.row)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=paper.row.pk)
    paper.row.pdf_problem = problem
    if row.pdf_problem in {problem, PrintProblem.AGAIN}:
        return
    changes: dict[str, tuple[object, object]] = {"pdf_problem": (row.pdf_problem, problem)}
    row.pdf_problem = problem
    row.save(update_fields=["pdf_problem"])
    audit.record(verb="find", subject=paper.subject, actor=None, now=now, changes=changes)
    logger.error("%s: %s", paper.number, problem.label)
    told = f"{paper.number}: {problem.label}"
    notifications.notify_roles(roles=notifications.KEEPERS_OF_BOOKS, kind=NotificationKind.SYSTEM, text=told, link="")
