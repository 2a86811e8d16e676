"""The nightly check that the books hold, and the alert when they do not."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing.selectors import books, books_papers
from billing.selectors.book_check import Finding
from billing.services import stored_papers
from studio.accounts.models import NotificationKind
from studio.accounts.services import notifications
from studio.db import taking_turns

logger = logging.getLogger(__name__)

MOST_TOLD = 20


def verify() -> list[Finding]:
    """Return every contradiction in the books of the current studio, as they are at one moment."""
    with _one_moment():
        return list(books.findings())


def verify_files() -> list[Finding]:
    """Return which stored files of documents are gone, or are not what was made; the bytes of each are read."""
    found = []
    for document, key, digest in books_papers.files_handed_out():
        data = stored_papers.bytes_at(key)
        if data is None:
            found.append(Finding("N3", _("%(document)s: its stored PDF is gone.") % {"document": document}))
        elif sha256(data).hexdigest() != digest:
            told = _("%(document)s: its stored PDF is not the one that was made.")
            found.append(Finding("N3", told % {"document": document}))
    return found


def report_broken(*, now: datetime) -> list[Finding]:
    """Tell owner and accountants of what contradicts itself in the books, and return it; the first 20 one by one."""
    found = verify()
    for finding in found:
        logger.error("The books do not hold at %s: %s %s", now, finding.rule, finding.says)
    _tell([finding.says for finding in found[:MOST_TOLD]])
    if len(found) > MOST_TOLD:
        _tell([_("The books contradict themselves in %(count)s places.") % {"count": len(found)}])
    return found


@taking_turns()
def _tell(texts: list[str]) -> None:
    for text in texts:
        notifications.notify_roles(
            roles=notifications.KEEPERS_OF_BOOKS, kind=NotificationKind.SYSTEM, text=text, link=""
        )


@contextmanager
def _one_moment() -> Iterator[None]:
    """Run the block on the rows as they are now, whatever is committed meanwhile; a caller's transaction stays his."""
    is_ours = not connection.in_atomic_block
    with connection.cursor():  # stands in the studio before the transaction begins: a look at the rows would begin it
        pass
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
