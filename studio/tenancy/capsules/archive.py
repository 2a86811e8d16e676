"""The file itself: written in one go under a seal, and read with distrust."""

import errno
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.utils.translation import gettext as _

from studio.tenancy.capsules import manifest
from studio.tenancy.capsules.manifest import CapsuleRefused, Manifest

MANIFEST = "capsule.json"
SEAL = 64  # letters of a SHA-256
BLOCK = 1024 * 1024
MOST_MANIFEST = 256 * BLOCK
MOST_UNPACKED = 1032  # times the file: more than deflate can pack, however alike the rows are
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP; the moment is in the manifest
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that is not ours
    RuntimeError,  # a password
    ValueError,
    KeyError,
    OverflowError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class Written:
    """One part, as it was written: bytes before packing."""

    size: int
    rows: int
    sha256: str


class _Sealed:
    """A file that is only ever written to its end, with the digest of all but the last 64 bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self._tail = file, hashlib.sha256(), b""

    def write(self, data: bytes) -> int:
        self._file.write(data)
        held = self._tail + bytes(data)
        self._hash.update(held[:-SEAL])
        self._tail = held[-SEAL:]
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Leave closing to the owner of the file."""

    def seal(self) -> str:
        """Put the digest over the last bytes, have everything written to the disk, and return the digest."""
        digest = self._hash.hexdigest()
        self._file.seek(-SEAL, os.SEEK_END)
        self._file.write(digest.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        return digest


class Writer:
    """Takes the parts one after the other; nothing is held in memory but one block."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.seal = ""

    def add(self, name: str, blocks: Iterable[bytes], *, packed: bool) -> Written:
        """Write a part and return what it came to."""
        info = zipfile.ZipInfo(name, EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        size, rows, digest = 0, 0, hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=True) as part:
            for block in blocks:
                part.write(block)
                digest.update(block)
                size += len(block)
                rows += block.count(b"\n")
        return Written(size, rows, digest.hexdigest())


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Give a writer of a new capsule; it has its name once it is whole and on the disk, and not before.

    What a killed process left lies beside it under another name, and is written over by the next one: the caller keeps
    two from writing one studio's at once. Where somebody did it all the same, nothing of the other's gets our name.
    It is read back first: what the reader would refuse gets no name either.
    raises: FileNotFoundError when the file was taken away meanwhile; CapsuleRefused
    """
    part = path.with_name(f".{path.name.partition('_at_')[0]}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as file:  # noqa: PTH123 -- of a descriptor
        try:
            sealed = _Sealed(file)
            with zipfile.ZipFile(cast("IO[bytes]", sealed), "w") as archive:
                writer = Writer(archive)
                yield writer
                archive.comment = b"0" * SEAL
            writer.seal = sealed.seal()
            with opened(part):
                pass
            if not _is_same(part, file):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(part))
            part.rename(path)
            _sync_folder(path.parent)
        finally:
            if _is_same(part, file):
                part.unlink()


def _is_same(path: Path, file: BinaryIO) -> bool:
    """Return whether the name still stands for the open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Reader:
    """An open capsule whose seal, manifest and list of parts are right; `prove()` reads the rest.

    seal: the SHA-256 of the file, which names it
    """

    archive: zipfile.ZipFile
    manifest: Manifest
    seal: str
    size: int

    def rows(self, table: str) -> IO[bytes]:
        """Return the open text of a table."""
        return self.archive.open(table_part(table))

    def file(self, key: str) -> IO[bytes]:
        """Return the open bytes of a stored file."""
        return self.archive.open(file_part(key))

    def prove(self, tell: Callable[[str], None]) -> None:
        """Read every part and insist that it is what the manifest says.

        raises: CapsuleRefused
        """
        with _distrust():
            for table in self.manifest.tables:
                tell(_("%(table)s: %(rows)d rows") % {"table": table.name, "rows": table.rows})
                self._prove(table_part(table.name), table.sha256, table.rows)
            for number, file in enumerate(self.manifest.files, 1):
                tell(_("file %(number)d of %(all)d") % {"number": number, "all": len(self.manifest.files)})
                self._prove(file_part(file.key), file.sha256, None)

    def _prove(self, name: str, sha256: str, rows: int | None) -> None:
        digest, found = hashlib.sha256(), 0
        with self.archive.open(name) as part:
            while block := part.read(BLOCK):
                digest.update(block)
                found += block.count(b"\n")
        if digest.hexdigest() != sha256 or rows not in {None, found}:
            raise CapsuleRefused(_("%(part)s in the backup is not what its manifest says.") % {"part": name})


def table_part(table: str) -> str:
    """Return the name of the part that holds a table's rows."""
    return f"tables/{table}.copy"


def file_part(key: str) -> str:
    """Return the name of the part that holds a stored file."""
    return f"files/{key}"


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Give a capsule to read from; needs no database.

    raises: CapsuleRefused with a sentence for whatever is not a whole, undamaged capsule of our format
    """
    try:
        file = path.open("rb")
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or _("no such name is possible")
        raise CapsuleRefused(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": why}) from exc
    with file:
        size = file.seek(0, os.SEEK_END)
        seal = _insist_on_seal(file, size)
        with _distrust():
            archive = zipfile.ZipFile(file)
            told = _insist_on_parts(archive, seal, size)
        yield Reader(archive, told, seal, size)


@contextmanager
def _distrust() -> Iterator[None]:
    try:
        yield
    except DAMAGED as exc:
        raise CapsuleRefused(_("The backup is damaged: its parts cannot be read.")) from exc


def _insist_on_seal(file: io.BufferedReader, size: int) -> str:
    """Return the seal after reading every byte under it."""
    damaged = CapsuleRefused(_("This is no backup of a studio, or it is cut off, or was changed: its seal is broken."))
    if size <= SEAL:
        raise damaged
    file.seek(0)
    left, digest = size - SEAL, hashlib.sha256()
    while left:
        block = file.read(min(BLOCK, left))
        if not block:
            raise damaged
        digest.update(block)
        left -= len(block)
    seal = file.read(SEAL)
    if seal != digest.hexdigest().encode():
        raise damaged
    return seal.decode()


def _insist_on_parts(archive: zipfile.ZipFile, seal: str, size: int) -> Manifest:
    """Return the manifest, once the list of parts is exactly the one that it tells of."""
    strange = CapsuleRefused(_("The backup holds something else than its manifest says."))
    infos = archive.infolist()
    if archive.comment != seal.encode() or not infos or infos[-1].filename != MANIFEST:
        raise strange
    if infos[-1].file_size > MOST_MANIFEST:
        raise CapsuleRefused(_("The backup's manifest is too large to be one."))
    if sum(info.file_size for info in infos) > MOST_UNPACKED * size:
        raise CapsuleRefused(_("The backup would unpack to more than can be packed into it: it is refused."))
    told = manifest.read(archive.read(infos[-1]))
    expected = [(table_part(table.name), table.size) for table in told.tables]
    expected += [(file_part(file.key), file.size) for file in told.files]
    if [(info.filename, info.file_size) for info in infos[:-1]] != expected:
        raise strange
    if any(info.orig_filename != info.filename or info.flag_bits & 1 for info in infos):
        raise strange
    return told
