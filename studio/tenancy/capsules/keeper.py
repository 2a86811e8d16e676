"""Where a studio's files are: said by the app that keeps them, which stands above this one."""

from collections.abc import Iterator, Mapping
from typing import IO, Protocol

FILES_LOCK = "files"  # of a studio: held by a backup while it copies them, and by the sweep of what was given up


class Keeper(Protocol):
    """What a capsule needs to know of stored files, and may do with their bytes.

    key_columns: table -> the column that holds keys, each of which begins with its studio's schema and a slash
    naming_columns: table -> the column in which a row names a file by its key; or nothing, or one of a former system
    files: the statement that selects key, size and SHA-256 of every file of the studio on the path
    """

    key_columns: Mapping[str, str]
    naming_columns: Mapping[str, str]
    files: str

    def blocks(self, key: str) -> Iterator[bytes]:
        """Return the bytes under a key, some at a time.

        raises: OSError, FileNotFoundError among them
        """

    def put(self, key: str, source: IO[bytes]) -> str:
        """Keep bytes under exactly this key, instead of what is there, and return the digest of what was kept."""

    def drop(self, key: str) -> None:
        """Delete the bytes under a key, if there are any."""


_keepers: list[Keeper] = []


def provide(keeper: Keeper) -> None:
    """Say who keeps the files; called once, by an app that is ready."""
    _keepers[:] = [keeper]


def keeper() -> Keeper:
    """Return who keeps the files."""
    return _keepers[0]
