"""Keeping files: what they are is found in their bytes, where they are nobody can guess."""

import secrets
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.office import contents
from studio.office.models import StoredFile
from studio.office.services import quota
from studio.office.signals import office_changed
from studio.tenancy.context import current_schema

KEY_BYTES = 16  # 128 random bits
MOST_BYTES = 50 * 1024 * 1024


class EmptyFile(DomainError):
    """A file without a single byte is a mistake on the way."""

    status_code = 400


class FileTooLarge(DomainError):
    """More bytes than a studio may keep in one file."""

    status_code = 413


def new_key() -> str:
    """Return a fresh storage key: the studio, a folder that keeps folders small, 128 random bits."""
    raw = secrets.token_hex(KEY_BYTES)
    return f"{current_schema()}/{raw[:2]}/{raw}"


def insist_on_size(size: int) -> None:
    """Pass when a file of so many bytes can be kept.

    raises: EmptyFile, FileTooLarge
    """
    if not size:
        raise EmptyFile(_("The file is empty."))
    if size > MOST_BYTES:
        raise FileTooLarge(_("A file may have %(limit)d MB at most.") % {"limit": MOST_BYTES // 1024 // 1024})


def store_upload(
    *, upload: UploadedFile[bytes], actor: AbstractBaseUser | None, now: datetime, right: str = ""
) -> StoredFile:
    """Keep what somebody sent and return the row that knows it; one that is too large is not even read.

    right: as of `store_file`
    raises: EmptyFile, FileTooLarge, quota.StorageFull
    """
    insist_on_size(upload.size or 0)
    return store_file(data=upload.read(), name=upload.name or "", actor=actor, now=now, right=right)


@transaction.atomic
def store_file(*, data: bytes, name: str, actor: AbstractBaseUser | None, now: datetime, right: str = "") -> StoredFile:
    """Keep the bytes and return the row that knows them.

    name: as the file was called; only its last part is remembered, and it never becomes a path
    right: that whoever is shown it among the files needs besides, e.g. "billing.view_contract"
    The bytes are written first: a transaction that fails leaves a file nobody knows, never a row without one.
    raises: EmptyFile, FileTooLarge, quota.StorageFull
    """
    insist_on_size(len(data))
    key = new_key()
    quota.insist_on_room(len(data))
    default_storage.save(key, ContentFile(data))
    stored = StoredFile.objects.create(
        key=key,
        name=contents.plain_name(name),
        content_type=contents.content_type_of(data),
        size=len(data),
        sha256=sha256(data).hexdigest(),
        right=right,
    )
    office_changed.send(sender=StoredFile, subject=stored, verb="store", changes={}, actor=actor, now=now)
    return stored


def own_key(stored: StoredFile) -> str:
    """Return the key of a file of this studio.

    raises: PermissionError for a key of another studio, which only tampering can produce
    """
    if not stored.key.startswith(f"{current_schema()}/"):
        raise PermissionError(stored.key)
    return stored.key


def open_file(stored: StoredFile) -> File[bytes]:
    """Return the open file of a row of this studio.

    raises: PermissionError as `own_key`
    """
    return default_storage.open(own_key(stored), "rb")
