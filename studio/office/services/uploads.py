"""Large files on their way in: announced, received, examined, kept.

A row of `pending_files` is committed before the first byte is written, and goes in the transaction that makes the
stored file: at no moment is there a row without its bytes, or a byte that no row knows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from studio.db import advisory_lock, taking_turns
from studio.errors import DomainError
from studio.office.contents import content_type_of, plain_name
from studio.office.models import PendingFile, StoredFile
from studio.office.services import files, quota
from studio.office.signals import office_changed
from studio.office.sound import length_of
from studio.office.storage import Found, OutOfPlace, Post, store

LIFETIME = timedelta(hours=24)  # an upload that takes longer is given up
PART_BYTES = 8 * quota.MEGABYTE  # what a browser sends at once
STORAGE = "storage"  # the lock under which room is given out


class UploadGone(DomainError):
    """The upload was given up, was finished already, or is somebody else's."""

    status_code = 410


class WrongPlace(DomainError):
    """A part does not begin where the bytes received so far end.

    received: where they end
    """

    def __init__(self, sentence: str, received: int) -> None:
        super().__init__(sentence)
        self.received = received


class CutShort(DomainError):
    """Fewer bytes came than were announced."""

    status_code = 400


class WrongKind(DomainError):
    """The bytes are not what is wanted here, whatever the file's name says."""

    status_code = 415


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in the bytes of an upload.

    key: under which they stand so that nobody can change them
    seconds: how long the sound lasts; None where the first bytes do not say
    """

    number: int
    purpose: str
    key: str
    content_type: str
    found: Found
    seconds: Decimal | None = None


@taking_turns()
def begin_upload(*, name: str, size: int, purpose: str, now: datetime, fingerprint: str = "") -> PendingFile:
    """Announce a file and return its row; the same file announced again goes on where it stopped.

    purpose: what it is for and who sends it; another unfinished one for the same purpose is given up
    fingerprint: what tells the file from another render of the same name and size; without one it begins anew
    raises: files.EmptyFile, files.FileTooLarge, quota.StorageFull
    """
    most = settings.UPLOAD_MAX_MB
    if size <= 0:
        raise files.EmptyFile(_("The file is empty."))
    if size > most * quota.MEGABYTE:
        raise files.FileTooLarge(_("A file may have %(limit)d MB at most.") % {"limit": most})
    called, printed = plain_name(name), sha256(fingerprint.encode(errors="replace")).hexdigest() if fingerprint else ""
    advisory_lock([STORAGE])
    for begun in PendingFile.objects.locked().filter(purpose=purpose):
        is_same = bool(printed) and (begun.name, begun.size, begun.fingerprint) == (called, size, printed)
        if is_same and begun.expires_at > now:
            return begun
        give_up(begun, now=now)
    quota.insist_on_room(size)
    return PendingFile.objects.create(
        key=files.new_key(),
        name=called,
        purpose=purpose,
        size=size,
        fingerprint=printed,
        expires_at=now + LIFETIME,
    )


def received_of(upload: PendingFile) -> int:
    """Return how many bytes of an upload are there."""
    return store().end_of(upload.key)


def direct_post(upload: PendingFile) -> Post | None:
    """Return where the browser sends the whole file by itself; None when it sends parts to us."""
    return store().post_for(upload.key, size=upload.size)


@taking_turns()
def receive_part(*, number: int, purpose: str, offset: int, data: bytes, now: datetime) -> int:
    """Put the next bytes of an upload behind those received, and return how many there are now.

    number: of the upload's row
    raises: UploadGone, WrongPlace, files.FileTooLarge, quota.StorageFull
    """
    rows = PendingFile.objects.select_for_update()
    upload = _mine(rows.filter(pk=number, purpose=purpose, expires_at__gt=now).first())
    if offset + len(data) > upload.size:
        raise files.FileTooLarge(_("More bytes came than were announced."))
    try:
        return store().append(upload.key, offset=offset, data=data)
    except OutOfPlace as out:
        raise WrongPlace(_("The upload goes on after %(end)d bytes.") % {"end": out.end}, out.end) from out
    except OSError as exc:
        raise quota.StorageFull(_("The file could not be written. Please tell whoever runs this server.")) from exc


def examine_upload(
    *, number: int, purpose: str, accepted: frozenset[str], now: datetime, whole: UploadedFile[bytes] | None = None
) -> Examined:
    """Return what an upload's bytes are, when they are all there and of an accepted type; else give it up.

    whole: the file itself, where the browser sent it with the form
    Not inside a transaction: storage may be far away.
    raises: UploadGone, CutShort, WrongKind, files.EmptyFile, quota.StorageFull
    """
    upload = _mine(PendingFile.objects.filter(pk=number, purpose=purpose, expires_at__gt=now).first())
    if whole is not None:
        _save_whole(upload, whole)
    try:
        key = _sealed(upload, now)
        found = store().examine(key)
    except FileNotFoundError as exc:
        raise CutShort(_("The file has not arrived. Please send it again.")) from exc
    if found.size != upload.size:
        sentence = _("Only %(found)d of %(size)d bytes have arrived. Please send the file again.")
        raise CutShort(sentence % {"found": found.size, "size": upload.size})
    content_type = content_type_of(found.head)
    if content_type not in accepted:
        give_up(upload, now=now)
        sentence = _("%(name)s is no audio that can be played here: its bytes are %(type)s.")
        raise WrongKind(sentence % {"name": upload.name, "type": content_type})
    seconds = length_of(content_type, found.head, found.size)
    if seconds == 0:
        give_up(upload, now=now)
        raise files.EmptyFile(
            _("%(name)s holds no sound: it ends where the music should begin.") % {"name": upload.name}
        )
    return Examined(upload.pk, purpose, key, content_type, found, seconds)


@transaction.atomic
def keep_upload(*, examined: Examined, actor: AbstractBaseUser | None, now: datetime) -> StoredFile:
    """Make an examined upload a stored file and return it; of two who finish the same one, the second is refused.

    raises: UploadGone
    """
    rows = PendingFile.objects.select_for_update().filter(pk=examined.number, purpose=examined.purpose)
    upload = _mine(rows.filter(expires_at__gt=now).first())
    stored = StoredFile.objects.create(
        key=examined.key,
        name=upload.name,
        content_type=examined.content_type,
        size=examined.found.size,
        sha256=examined.found.sha256,
    )
    if examined.key != upload.key:
        give_up(upload, now=now)
    PendingFile.objects.filter(key=examined.key).delete()
    office_changed.send(sender=StoredFile, subject=stored, verb="store", changes={}, actor=actor, now=now)
    return stored


def give_up(upload: PendingFile, *, now: datetime) -> None:
    """Leave an upload to the sweep."""
    upload.purpose, upload.expires_at = "", now
    upload.save(update_fields=["purpose", "expires_at"])


def _mine(found: PendingFile | None) -> PendingFile:
    if found is None:
        raise UploadGone(_("This upload is not valid any more. Please choose the file again."))
    return found


def _save_whole(upload: PendingFile, whole: UploadedFile[bytes]) -> None:
    try:
        default_storage.delete(upload.key)  # what had come of an earlier try
        default_storage.save(upload.key, whole)
    except OSError as exc:
        raise quota.StorageFull(_("The file could not be written. Please tell whoever runs this server.")) from exc


def _sealed(upload: PendingFile, now: datetime) -> str:
    """Return the key under which the bytes cannot be changed any more; it is known before anything stands there."""
    if store().post_for(upload.key, size=upload.size) is None:
        return upload.key
    into = PendingFile.objects.create(
        key=files.new_key(), name=upload.name, size=upload.size, expires_at=now + LIFETIME
    )
    return store().seal(upload.key, into=into.key)
