"""Bytes that belong to no stored file: not yet, and swept if that stays so; or no more, and deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from studio.db import alone
from studio.office import contents
from studio.office.models import PendingFile, StoredFile
from studio.office.services import files, quota
from studio.office.signals import office_changed
from studio.tenancy.capsules.keeper import FILES_LOCK
from studio.tenancy.context import current_schema
from studio.tenancy.jobs import defer

# Between giving up and deleting: a signed post may still write there, somebody may just be finishing.
GRACE = timedelta(hours=1)
UNNAMED = timedelta(hours=1)  # whoever wrote bytes that nothing names by then was killed
SWEEP = "office.sweep_leftovers"


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes that are in the store and belong to nothing yet.

    pending: row that says so
    digest: SHA-256, in hex
    """

    pending: PendingFile
    content_type: str
    digest: str


def write_ahead(*, data: bytes, name: str, purpose: str, now: datetime) -> Written:
    """Keep bytes that nothing names yet; what is not kept by `keep_written` within the hour is swept.

    purpose: what the bytes are for
    Not inside a transaction: their key is known to the sweep before the first byte stands there.
    raises: files.EmptyFile, files.FileTooLarge, quota.StorageFull
    """
    files.insist_on_size(len(data))
    quota.insist_on_room(len(data))
    pending = PendingFile.objects.create(
        key=files.new_key(), name=contents.plain_name(name), purpose=purpose, size=len(data), expires_at=now + UNNAMED
    )
    default_storage.save(pending.key, ContentFile(data))
    return Written(pending, contents.content_type_of(data), sha256(data).hexdigest())


@transaction.atomic
def keep_written(*, written: Written, actor: AbstractBaseUser | None, now: datetime, right: str = "") -> StoredFile:
    """Make a stored file of what was written ahead and return it, in the transaction that names it.

    right: as of `files.store_file`
    raises: PendingFile.DoesNotExist where the sweep came first
    """
    pending = PendingFile.objects.select_for_update().get(pk=written.pending.pk, expires_at__gt=now)
    stored = StoredFile.objects.create(
        key=pending.key,
        name=pending.name,
        content_type=written.content_type,
        size=pending.size,
        sha256=written.digest,
        right=right,
    )
    pending.delete()
    office_changed.send(sender=StoredFile, subject=stored, verb="store", changes={}, actor=actor, now=now)
    return stored


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
