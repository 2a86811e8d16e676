"""What storage can do beyond Django's saving and opening: growing a file by parts, direct posts, timed addresses.

Two kinds are known: a disk, to which bytes go through us, and an S3 bucket, to which browsers send them.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from django.core.files.storage import FileSystemStorage, default_storage, storages

HEAD_BYTES = 4096  # enough to say what a file is, and mostly how long it lasts
BLOCK = 1024 * 1024
POST_SECONDS = 3600  # within which a browser begins to send


@dataclass(frozen=True, slots=True)
class Post:
    """Where, and with which fields before the file, a browser posts it."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes under a key are.

    head: the first of them
    """

    size: int
    head: bytes
    sha256: str


class OutOfPlace(Exception):
    """A part does not begin where the bytes end.

    end: where they end
    """

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


class Store(Protocol):
    """What both kinds can do."""

    def post_for(self, key: str, *, size: int) -> Post | None:
        """Return where a browser sends so many bytes by itself; None when they go through us."""

    def append(self, key: str, *, offset: int, data: bytes) -> int:
        """Put a part behind the bytes of a key and return where they end now.

        raises: OutOfPlace
        """

    def end_of(self, key: str) -> int:
        """Return how many bytes there are of a key so far."""

    def seal(self, key: str, *, into: str) -> str:
        """Return the key, the same or `into`, under which the bytes stand so that no sender can change them."""

    def examine(self, key: str) -> Found:
        """Return what the bytes are, safely written.

        raises: FileNotFoundError
        """

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of a key, some at a time.

        raises: FileNotFoundError
        """

    def timed_url(self, key: str, *, seconds: int, content_type: str, disposition: str) -> str | None:
        """Return an address of the bytes that ends by itself; None when they go through us."""


class Disk:
    """Files in a folder of this machine."""

    def post_for(self, key: str, *, size: int) -> Post | None:
        """Return None."""
        return None

    def append(self, key: str, *, offset: int, data: bytes) -> int:
        """Grow the file; an error on the way, e.g. a full disk, leaves what was there before."""
        path = _path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            if file.tell() != offset:
                raise OutOfPlace(file.tell())
            try:
                file.write(data)
                file.flush()
            except OSError:
                os.truncate(path, offset)
                raise
            return file.tell()

    def end_of(self, key: str) -> int:
        """Return the size of the file, or 0."""
        path = _path(key)
        return path.stat().st_size if path.exists() else 0

    def seal(self, key: str, *, into: str) -> str:
        """Return the key itself: whoever may send parts has to come through us."""
        return key

    def examine(self, key: str) -> Found:
        """Read the file once, and have it written to the disk before anybody relies on it."""
        with _path(key).open("rb") as file:
            os.fsync(file.fileno())
            return _found(iter(lambda: file.read(BLOCK), b""))

    def blocks(self, key: str) -> Iterator[bytes]:
        """Read the file."""
        with _path(key).open("rb") as file:
            yield from iter(lambda: file.read(BLOCK), b"")

    def timed_url(self, key: str, *, seconds: int, content_type: str, disposition: str) -> str | None:
        """Return None."""
        return None


class Bucket:
    """Objects in an S3 bucket."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage
        self.client = storage.connection.meta.client

    def post_for(self, key: str, *, size: int) -> Post | None:
        """Return a signed post for this one key and this one size."""
        signed = self.client.generate_presigned_post(
            self.storage.bucket_name,
            key,
            Conditions=[["content-length-range", size, size]],
            ExpiresIn=POST_SECONDS,
        )
        return Post(signed["url"], signed["fields"])

    def append(self, key: str, *, offset: int, data: bytes) -> int:
        """Refuse: objects do not grow."""
        raise OutOfPlace(self.end_of(key))

    def end_of(self, key: str) -> int:
        """Return the size of the object, or 0."""
        return int(self.storage.size(key)) if self.storage.exists(key) else 0

    def seal(self, key: str, *, into: str) -> str:
        """Copy the object to a key that no signed post names: the same post could be sent again.

        raises: FileNotFoundError
        """
        source = {"Bucket": self.storage.bucket_name, "Key": key}
        self.storage.size(key)
        self.client.copy(source, self.storage.bucket_name, into)
        return into

    def examine(self, key: str) -> Found:
        """Read the object once."""
        return _found(self.blocks(key))

    def blocks(self, key: str) -> Iterator[bytes]:
        """Read the object."""
        self.storage.size(key)
        yield from self.client.get_object(Bucket=self.storage.bucket_name, Key=key)["Body"].iter_chunks(BLOCK)

    def timed_url(self, key: str, *, seconds: int, content_type: str, disposition: str) -> str | None:
        """Return a signed address."""
        answer = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
        return cast("str", self.storage.url(key, parameters=answer, expire=seconds))


def store() -> Store:
    """Return what the settings say that files are kept in."""
    found = storages["default"]
    return Disk() if isinstance(found, FileSystemStorage) else Bucket(found)


def _path(key: str) -> Path:
    return Path(default_storage.path(key))


def _found(blocks: Iterator[bytes]) -> Found:
    size, head, digest = 0, b"", hashlib.sha256()
    for block in blocks:
        head = (head + block)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
        size += len(block)
        digest.update(block)
    return Found(size, head, digest.hexdigest())
