"""Reading the catalogue: digests of every schema first, the facts of a few after."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, transaction

from studio.tenancy.catalogue import alike
from studio.tenancy.catalogue.readings import PLACE, READINGS, Reading


class Key(NamedTuple):
    """One object of a schema.

    kind: the kind of a Reading
    table: the table, view, sequence or function it belongs to; empty for what belongs to the schema
    """

    kind: str
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What a schema has of one kind: how many objects, and a hash of all their facts."""

    count: int
    value: str


type Facts = Mapping[str, str | None]
type Catalogue = Mapping[Key, Facts]


@contextmanager
def _reading() -> Iterator[Any]:
    """Give a cursor with an empty search path, and put the path back.

    Compiling such queries costs more than it saves: jit is off.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_setting('jit')")
        path, jit = cursor.fetchone()
        cursor.execute("SELECT set_config('search_path', '', true), set_config('jit', 'off', true)")
        yield cursor
        cursor.execute("SELECT set_config('search_path', %s, true), set_config('jit', %s, true)", [path, jit])


def read_facts(schemas: Collection[str], kinds: Collection[str] | None = None) -> dict[str, dict[Key, Facts]]:
    """Return what stands in each schema.

    schemas: one that does not exist has nothing
    kinds: all when None
    queries: one for each kind
    """
    found: dict[str, dict[Key, Facts]] = {schema: {} for schema in schemas}
    with _reading() as cursor:
        for reading in READINGS:
            if kinds is None or reading.kind in kinds:
                cursor.execute(f"WITH {PLACE} {reading.sql}", [list(schemas)])
                for schema, table, name, *facts in cursor.fetchall():
                    found[schema][Key(reading.kind, table, name)] = dict(zip(reading.facts, facts, strict=True))
    return found


def read_digests(schemas: Collection[str]) -> dict[str, dict[str, Digest]]:
    """Return, for each schema, the digest of each kind of object it has.

    queries: one for each kind and three more, however many schemas
    """
    found: dict[str, dict[str, Digest]] = {schema: {} for schema in schemas}
    with _reading() as cursor:
        groups = alike.groups_of_alike(cursor, schemas)
        samples = {group[0]: group for group in groups}
        for reading in READINGS:
            spelt = samples if reading.kind in alike.KINDS else schemas
            cursor.execute(_digest_sql(reading), [list(spelt)])
            for schema, count, value in cursor.fetchall():
                for same in samples[schema] if spelt is samples else (schema,):
                    found[same][reading.kind] = Digest(count, value)
    return found


def _digest_sql(reading: Reading) -> str:
    columns = ", ".join(["of_table", "of_name", *(f"fact_{number}" for number, _ in enumerate(reading.facts))])
    return f"""
        WITH {PLACE}, told (schema, {columns}) AS ({reading.sql}),
        line (schema, text) AS (SELECT schema, ROW({columns})::text FROM told)
        SELECT schema, count(*), md5(string_agg(text, E'\\n' ORDER BY text COLLATE "C")) FROM line GROUP BY schema
    """
