"""Bytes that belong to no stored file any more: given up in a transaction, deleted after it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction

from studio.db import alone
from studio.office.models import PendingFile, StoredFile
from studio.tenancy.capsules.keeper import FILES_LOCK
from studio.tenancy.context import current_schema
from studio.tenancy.jobs import defer

# Between giving up and deleting: a signed post may still write there, somebody may just be finishing.
GRACE = timedelta(hours=1)
SWEEP = "office.sweep_leftovers"


@transaction.atomic
def discard_files(*, stored: Iterable[StoredFile], now: datetime) -> None:
    """Delete stored files that nothing refers to; their bytes go once this is committed."""
    gone = list(stored)
    PendingFile.objects.bulk_create(
        [PendingFile(key=file.key, name=file.name, size=file.size, expires_at=now - GRACE) for file in gone]
    )
    StoredFile.objects.filter(pk__in=[file.pk for file in gone]).delete()
    if gone:
        defer(SWEEP, queueing_lock=SWEEP)


def sweep_leftovers(*, now: datetime) -> int:
    """Delete the bytes that nobody will ask for, and then what is known of them; return how many there were.

    A key that a stored file owns is never touched, whatever its row says.
    Not inside a transaction: storage may be far away, and a sweep that dies goes on next time. While a backup
    copies the files nothing is deleted: its rows may speak of some that were given up since.
    """
    with alone(current_schema(), FILES_LOCK) as is_mine:
        return _sweep(now) if is_mine else 0


def _sweep(now: datetime) -> int:
    owned, own = StoredFile.objects.values("key"), f"{current_schema()}/"
    due = PendingFile.objects.overdue(now - GRACE).exclude(key__in=owned).order_by("pk")
    swept = 0
    for leftover in due.iterator():
        if leftover.key.startswith(own):  # only tampering leads to another studio's files
            default_storage.delete(leftover.key)
        swept += 1
        leftover.delete()
    return swept
