"""The stored files, as a backup of a studio takes them along and puts them back."""

from collections.abc import Iterator, Mapping
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from studio.office.storage import store

_naming_columns: dict[str, str] = {}


def names_files(*, table: str, column: str) -> None:
    """Say that a table names stored files by their keys; called once, by the table's app when it is ready."""
    _naming_columns[table] = column


class OfficeKeeper:
    """Files by the rows that know them; uploads under way are not part of a backup, only what is known of them."""

    key_columns: Mapping[str, str] = {"stored_files": "key", "pending_files": "key"}
    naming_columns: Mapping[str, str] = _naming_columns
    files = "SELECT key, size, sha256 FROM stored_files ORDER BY key"

    def blocks(self, key: str) -> Iterator[bytes]:
        """Return the bytes under a key."""
        return store().blocks(key)

    def put(self, key: str, source: IO[bytes]) -> str:
        """Keep the bytes under this key, and return the digest of what the storage has then.

        raises: FileExistsError when the storage would only keep them under another name
        """
        default_storage.delete(key)
        if default_storage.save(key, File(source)) != key:
            raise FileExistsError(key)
        return store().examine(key).sha256

    def drop(self, key: str) -> None:
        """Delete the bytes under this key, if there are any."""
        default_storage.delete(key)
