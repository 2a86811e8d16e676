"""What a capsule says of itself, and what it must say to be believed."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from studio.errors import DomainError

FORMAT = 1
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
MIGRATION = re.compile(r"[a-z_][a-z0-9_]{0,62}\.[A-Za-z0-9_]{1,255}")
FILE_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
UID = re.compile(r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?")
SHA256 = re.compile(r"[0-9a-f]{64}")
SCHEMA = re.compile(r"tenant_[1-9][0-9]{0,17}")
STUDIO_FACTS = ("schema_name", "slug", "name", "kind", "country", "time_zone", "currency", "language", "owner_email")
MOST_TEXT = 500
BIGGEST = 2**63 - 1


class CapsuleRefused(DomainError):
    """The file is no capsule, is damaged, or cannot be used here; nothing was written."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table.

    size: of its text, in bytes
    sha256: of that text, which is the canonical one: equal rows have equal digests, in whichever studio
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One stored file; its key without the studio it belongs to."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a capsule says of itself.

    migrations: `app.name` of each that the schema had
    sequences: name -> last value, and whether it was given out
    problems: a sentence for each thing that could not be taken along
    uid: the studio's identity, "" in backups that are older than identities
    platform: the host below which the platform's own addresses were
    """

    made_at: str
    studio: Mapping[str, str]
    domains: tuple[str, ...]
    migrations: tuple[str, ...]
    tables: tuple[TableFacts, ...]
    sequences: Mapping[str, tuple[int, bool]]
    files: tuple[FileFacts, ...]
    problems: tuple[str, ...]
    uid: str = ""
    platform: str = ""

    @property
    def digest(self) -> str:
        """The canonical digest: equal for equal rows, next numbers and files."""
        lines = [f"table {each.name} {','.join(each.columns)} {each.rows} {each.sha256}" for each in self.tables]
        lines += [f"sequence {name} {last} {given}" for name, (last, given) in sorted(self.sequences.items())]
        lines += [f"file {each.key} {each.size} {each.sha256}" for each in self.files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(table.rows for table in self.tables)

    @property
    def file_bytes(self) -> int:
        """How many bytes all files have."""
        return sum(file.size for file in self.files)

    def as_json(self) -> bytes:
        """Return the text that stands in the capsule."""
        return json.dumps({"format": FORMAT, "digest": self.digest, **asdict(self)}, indent=1).encode()

    def summary(self) -> dict[str, Any]:
        """Return what is inside in short: the tables with rows, and how many files there are."""
        return {
            "format": FORMAT,
            "digest": self.digest,
            "made_at": self.made_at,
            "studio": dict(self.studio),
            "uid": self.uid,
            "domains": list(self.domains),
            "migrations": len(self.migrations),
            "tables": {table.name: table.rows for table in self.tables},
            "rows": self.rows,
            "files": len(self.files),
            "file_bytes": self.file_bytes,
            "problems": list(self.problems),
        }


def read(raw: bytes) -> Manifest:
    """Return the manifest that a capsule's text is.

    raises: CapsuleRefused for another format, and for anything that is not exactly of the form above
    """
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise CapsuleRefused(_("The backup's manifest cannot be read.")) from exc
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise CapsuleRefused(
            _("The backup is of format %(found)s; this version of the product reads format %(known)d.")
            % {"found": str(found.get("format") if isinstance(found, dict) else "?")[:20], "known": FORMAT}
        )
    try:
        manifest = _manifest(found)
    except (KeyError, TypeError, ValueError) as exc:
        raise CapsuleRefused(_("The backup's manifest contradicts its format.")) from exc
    if manifest.digest != found.get("digest"):
        raise CapsuleRefused(_("The backup's manifest contradicts itself."))
    return manifest


def _manifest(found: dict[str, Any]) -> Manifest:
    made = Manifest(
        made_at=_text(found["made_at"]),
        studio={fact: _text(found["studio"][fact]) for fact in STUDIO_FACTS},
        domains=tuple(_text(each) for each in _list(found["domains"])),
        migrations=tuple(_text(each, MIGRATION) for each in _list(found["migrations"])),
        tables=tuple(_table(each) for each in _list(found["tables"])),
        sequences={
            _text(name, NAME): (_number(last), _flag(given)) for name, (last, given) in found["sequences"].items()
        },
        files=tuple(_file(each) for each in _list(found["files"])),
        problems=tuple(str(each) for each in _list(found["problems"])),
        uid=_text(found.get("uid", ""), UID),
        platform=_text(found.get("platform", "")),
    )
    _text(made.studio["schema_name"], SCHEMA)
    for names in ([each.name for each in made.tables], [each.key for each in made.files]):
        if len(set(names)) != len(names):
            raise ValueError("twice")
    return made


def _table(found: dict[str, Any]) -> TableFacts:
    columns = tuple(_text(each, NAME) for each in _list(found["columns"]))
    return TableFacts(
        _text(found["name"], NAME),
        columns,
        _number(found["rows"]),
        _number(found["size"]),
        _text(found["sha256"], SHA256),
    )


def _file(found: dict[str, Any]) -> FileFacts:
    return FileFacts(_text(found["key"], FILE_KEY), _number(found["size"]), _text(found["sha256"], SHA256))


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError(type(found))
    return found


def _text(found: Any, form: re.Pattern[str] | None = None) -> str:
    if not isinstance(found, str) or len(found) > MOST_TEXT or "\0" in found:
        raise ValueError("no text")
    if form is not None and not form.fullmatch(found):
        raise ValueError(found)
    return found


def _number(found: Any) -> int:
    if type(found) is not int or not 0 <= found <= BIGGEST:
        raise ValueError("no number")
    return found


def _flag(found: Any) -> bool:
    if type(found) is not bool:
        raise ValueError("no flag")
    return found
