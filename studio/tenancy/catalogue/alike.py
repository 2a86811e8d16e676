"""Which schemas are alike to the last bit, told without spelling anything out.

Spelling out a definition (pg_get_indexdef and its kin) is what reading a catalogue costs. What is stored
of two studios made by the same migrations is equal as it stands, so one of them is spelt out for all.
Equal here means equal there: the lines hold everything that PostgreSQL derives a definition from.
Unequal here (an own sequence in a default, a column dropped once) costs time and nothing else.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from studio.tenancy.catalogue.readings import COLUMNS, CONSTRAINTS, INDEXES, PLACE

KINDS = frozenset({COLUMNS.kind, CONSTRAINTS.kind, INDEXES.kind})

# The newest PostgreSQL whose catalogue the lines below are known to cover.
COVERED_VERSION = 18_99_99
ENFORCED_SINCE = 18_00_00


def _line(*values: str) -> str:
    """Return one text of all values: NULL is empty and keeps its place between the separators."""
    return "concat(" + ", E'\\x1f', ".join(values) + ")"


COLUMN_LINE = _line(
    "c.relname", "a.attnum", "a.attname", "a.atttypid", "a.atttypmod", "a.attnotnull", "a.attidentity",
    "a.attgenerated", "a.attcollation", "d.adbin",
)  # fmt: skip
STORED_COLUMNS = f"""
    SELECT schema, {COLUMN_LINE}
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind IN ('r', 'p', 'f')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
"""
INDEX_LINE = _line(
    "c.relname", "x.relname", "x.relam", "x.reloptions", "i.indnkeyatts", "i.indisunique", "i.indnullsnotdistinct",
    "i.indisprimary", "i.indimmediate", "i.indisclustered", "i.indisvalid", "i.indisready", "i.indislive",
    "i.indisreplident", "i.indkey", "i.indcollation", "i.indclass", "i.indoption", "i.indexprs", "i.indpred",
)  # fmt: skip
STORED_INDEXES = f"""
    SELECT schema, {INDEX_LINE}
    FROM place JOIN pg_class x ON x.relnamespace = place.oid AND x.relkind IN ('i', 'I')
    JOIN pg_index i ON i.indexrelid = x.oid JOIN pg_class c ON c.oid = i.indrelid
"""


def _stored_constraints(*newer: str) -> str:
    line = _line(
        "c.relname", "con.contypid", "con.conname", "con.contype", "con.condeferrable", "con.condeferred",
        "con.convalidated", "con.connoinherit", "con.confupdtype", "con.confdeltype", "con.confmatchtype",
        "con.conkey", "con.confkey", "con.confdelsetcols", "con.conexclop", "f.relname",
        "nullif(f.relnamespace, place.oid)", "con.conbin", *newer,
    )  # fmt: skip
    return f"""
        SELECT schema, {line}
        FROM place JOIN pg_constraint con
            ON con.connamespace = place.oid AND (con.contype <> 'n' OR NOT con.convalidated)
        LEFT JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_class f ON f.oid = con.confrelid
    """


# Two sums of 64-bit hashes need no sorting of some hundred thousand lines.
SUMS = """
    WITH {place}, stored (schema, line) AS ({stored})
    SELECT schema, count(*), sum(hashtextextended(line, 1)), sum(hashtextextended(line, 2)) FROM stored GROUP BY schema
"""


def groups_of_alike(cursor: Any, schemas: Collection[str]) -> list[list[str]]:
    """Return the schemas in groups whose columns, constraints and indexes are the same.

    cursor: of a connection whose search path is empty
    """
    version = cursor.connection.info.server_version
    if version > COVERED_VERSION:
        return [[schema] for schema in schemas]
    newer = ("con.conenforced", "con.conperiod") if version >= ENFORCED_SINCE else ()
    sums: dict[str, list[tuple[Any, ...]]] = {schema: [] for schema in schemas}
    for stored in (STORED_COLUMNS, _stored_constraints(*newer), STORED_INDEXES):
        cursor.execute(SUMS.format(place=PLACE, stored=stored), [list(schemas)])
        for schema, *numbers in cursor.fetchall():
            sums[schema].append((stored, *numbers))
    groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for schema, numbers in sums.items():
        groups[tuple(numbers)].append(schema)
    return list(groups.values())
