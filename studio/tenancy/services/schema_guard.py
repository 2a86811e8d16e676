"""Comparing what PostgreSQL has of every studio with what the migrations make."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, ProgrammingError, connection, transaction
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.tenancy.catalogue import reader, shape, wording
from studio.tenancy.catalogue.comparison import Difference, Problem, differences
from studio.tenancy.catalogue.reader import Digest, Key
from studio.tenancy.context import as_owner, in_registry
from studio.tenancy.history import history, version_of
from studio.tenancy.models import SchemaReport, Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.selectors import readiness
from studio.tenancy.services import migrating, schema_reference

EXTENSIONS_SCHEMA = "extensions"
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
# The public schema and the one of the extensions are made by the same migrations and told as one.
PLATFORM = (PUBLIC, EXTENSIONS_SCHEMA)
EVERY_STUDIO = "studio"

EXTENSIONS_ELSEWHERE = """
    SELECT wanted.name, n.nspname FROM unnest(%s::text[]) AS wanted (name)
    LEFT JOIN pg_extension e ON e.extname = wanted.name LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE n.nspname IS DISTINCT FROM %s
"""
STRAY_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname ~ '^tenant_[0-9]+$' AND nspname NOT IN (SELECT schema_name FROM public.studios) ORDER BY nspname
"""


class UnknownSchema(DomainError):
    """There is no studio with such a schema."""

    status_code = 404


class NeverMigrated(DomainError):
    """The database has no registry yet."""

    status_code = 503


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in one schema that is not as the migrations make it.

    studio: the studio's name; empty for the platform's own schemas and for a schema of no studio
    """

    schema: str
    studio: str
    difference: Difference

    @property
    def what(self) -> str:
        """The sentence for a person: `column sessions.notes is missing.`"""
        return wording.sentence(self.difference, self.schema)

    def as_json(self) -> dict[str, str | None]:
        """Return the finding for programs; values in the catalogue's own letters."""
        key = self.difference.key
        return {
            "schema": self.schema,
            "studio": self.studio,
            "kind": key.kind,
            "table": key.table,
            "name": key.name,
            "problem": self.difference.problem.value,
            "fact": self.difference.fact,
            "expected": self.difference.expected,
            "actual": self.difference.actual,
            "what": self.what,
        }


@dataclass(slots=True)
class SchemaState:
    """What was found in one schema.

    pending: `app.name` of each migration that has not been applied, in order
    digests: by kind of object; empty after a shallow check
    """

    schema: str
    studio: Studio | None
    pending: tuple[str, ...] = ()
    digests: Mapping[str, Digest] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def studio_name(self) -> str:
        """The studio's name, or nothing."""
        return self.studio.name if self.studio else ""

    @property
    def digest(self) -> str:
        """The SHA-256 of everything the catalogue says of this schema: equal for equal schemas."""
        lines = [f"{kind} {digest.count} {digest.value}" for kind, digest in sorted(self.digests.items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def count(self, kind: str) -> int:
        """Return how many objects of a kind were compared."""
        return self.digests[kind].count if kind in self.digests else 0

    def add(self, found: Sequence[Difference], schema: str = "") -> None:
        """Note what differs.

        schema: when it is not the state's own
        """
        self.findings += [Finding(schema or self.schema, self.studio_name, difference) for difference in found]


def check_schemas(*, now: datetime, schemas: Collection[str] = ()) -> list[SchemaState]:
    """Compare each schema's whole catalogue with a reference, put the result on record and return it.

    schemas: empty for the public one, every studio that is set up, and schemas that belong to no studio
    returns: the public schema first, then studios by id; the public one alone when an extension is not where
        it belongs, because nothing can be made, and so compared, without it
    raises: UnknownSchema, NeverMigrated, schema_reference.NotMade
    """
    with as_owner():
        states = _states(schemas)
        if elsewhere := _extensions_elsewhere():
            platform = SchemaState(PUBLIC, None)
            platform.add(elsewhere, EXTENSIONS_SCHEMA)
            return [platform]
        _note_migrations(states)
        studios = [state for state in states if state.schema != PUBLIC]
        if len(studios) < len(states):
            _compare_platform(states[0])
        if studios:
            _compare_studios(studios)
        _report(states, now)
        return states if schemas else [*states, *_stray_schemas()]


def behind_schemas(schemas: Collection[str] = ()) -> list[SchemaState]:
    """Return the schemas that lack a migration, or a table or column that the models ask for.

    schemas: as for `check_schemas()`
    Needs neither the owner's rights nor a reference: cheap enough for a readiness probe.
    queries: 6, two of which are a savepoint, and 2 more when anything differs, however many studios
    raises: UnknownSchema, NeverMigrated
    """
    with in_registry():
        states = _states(schemas)
        versions = readiness.schema_versions()
        public = [state.schema for state in states if state.schema == PUBLIC]
        studios = [state.schema for state in states if state.schema != PUBLIC]
        columns = shape.missing_or_stray_columns(public) | shape.missing_or_stray_columns(studios)
    for state in states:
        if versions.get(state.schema, "") != history().leaf_version():
            state.add([Difference(Key("migration", "", ""), Problem.DIFFERENT, "version",
                                  history().leaf_version(), versions.get(state.schema))])  # fmt: skip
        state.add(columns.get(state.schema, []))
    return [state for state in states if state.findings]


def _states(wanted: Collection[str]) -> list[SchemaState]:
    try:
        with transaction.atomic():
            # Only what is needed: another column of the registry may be what is missing.
            registry = list(Studio.objects.only("schema_name", "name", "status").order_by("pk"))
    except (DataError, ProgrammingError) as exc:  # no web role yet, or no table
        raise NeverMigrated(_("This database was never migrated: run manage.py migrate_schemas.")) from exc
    studios = {studio.schema_name: studio for studio in registry}
    unknown = sorted(set(wanted) - {PUBLIC, *studios})
    if unknown:
        raise UnknownSchema(_("There is no studio %(schemas)s.") % {"schemas": ", ".join(unknown)})
    chosen = [
        SchemaState(schema, studio)
        for schema, studio in studios.items()
        if (schema in wanted if wanted else studio.status != StudioStatus.PROVISIONING)
    ]
    return [SchemaState(PUBLIC, None), *chosen] if not wanted or PUBLIC in wanted else chosen


def _note_migrations(states: Sequence[SchemaState]) -> None:
    applied = migrating.applied_of([state.schema for state in states])
    versions = readiness.schema_versions()
    for state in states:
        keys = applied[state.schema]
        state.pending = tuple(".".join(key) for key in history().order if key not in keys)
        state.add([Difference(Key("migration", "", name), Problem.MISSING) for name in state.pending])
        if versions.get(state.schema, "") not in {"", version_of(keys)}:
            state.add([Difference(Key("migration", "", ""), Problem.STRAY)])


def _extensions_elsewhere() -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(EXTENSIONS_ELSEWHERE, [list(EXTENSIONS), EXTENSIONS_SCHEMA])
        return [
            Difference(Key("extension", "", name), Problem.DIFFERENT, "schema", EXTENSIONS_SCHEMA, place)
            for name, place in cursor.fetchall()
        ]


def _compare_studios(states: Sequence[SchemaState]) -> None:
    by_schema = {state.schema: state for state in states}
    digests = reader.read_digests(by_schema)
    for schema, state in by_schema.items():
        state.digests = digests[schema]
    expected = schema_reference.remembered(EVERY_STUDIO)
    if expected is not None and all(found == expected for found in digests.values()):
        return
    with schema_reference.reference_studio() as reference:
        expected = reader.read_digests([reference])[reference]
        kinds = _differing_kinds(expected, digests.values())
        differing = [schema for schema, found in digests.items() if found != expected]
        facts = reader.read_facts([*differing, reference], kinds) if differing else {}
    schema_reference.remember(EVERY_STUDIO, expected)
    for schema in differing:
        by_schema[schema].add(differences(facts[reference], facts[schema]))


def _compare_platform(state: SchemaState) -> None:
    digests = reader.read_digests(PLATFORM)
    state.digests = digests[PUBLIC]
    found = {schema: _our_part(digests[schema]) for schema in PLATFORM}
    if all(found[schema] == schema_reference.remembered(schema) for schema in PLATFORM):
        return
    real = reader.read_facts(PLATFORM)
    with schema_reference.reference_public():
        made = reader.read_facts(PLATFORM)
        expected = reader.read_digests(PLATFORM)
    for schema in PLATFORM:
        schema_reference.remember(schema, _our_part(expected[schema]))
        told = differences(made[schema], real[schema])
        state.add([difference for difference in told if difference.key.kind != "extension"], schema)


def _our_part(digests: Mapping[str, Digest]) -> dict[str, Digest]:
    """Return the digests without that of extensions: ours have been looked at, others are not our business."""
    return {kind: digest for kind, digest in digests.items() if kind != "extension"}


def _differing_kinds(expected: Mapping[str, Digest], found: Collection[Mapping[str, Digest]]) -> set[str]:
    return {
        kind
        for digests in found
        for kind in expected.keys() | digests.keys()
        if digests.get(kind) != expected.get(kind)
    }


def _stray_schemas() -> Iterator[SchemaState]:
    with connection.cursor() as cursor:
        cursor.execute(STRAY_SCHEMAS)
        for (schema,) in cursor.fetchall():
            state = SchemaState(schema, None)
            state.add([Difference(Key("schema", "", ""), Problem.STRAY)])
            yield state


def _report(states: Sequence[SchemaState], now: datetime) -> None:
    rows: list[Any] = [
        SchemaReport(
            studio=state.studio,
            schema_name=state.schema,
            digest=state.digest,
            findings=[finding.as_json() for finding in state.findings],
            checked_at=now,
            updated_at=now,
        )
        for state in states
    ]
    # The record's own table may be what was found missing.
    with suppress(ProgrammingError), transaction.atomic():
        SchemaReport.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["schema_name"],
            update_fields=["studio", "digest", "findings", "checked_at", "updated_at"],
        )
