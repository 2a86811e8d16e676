"""A dump is loaded into a database of its own, which is gone afterwards, whatever happened."""

import gzip
import zlib
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from studio.tenancy.adoption import former, scratch
from studio.tenancy.adoption.source import opened
from studio.tenancy.adoption.statements import Unreadable

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
DUMP = """
SET client_encoding = 'UTF8';
BEGIN;
CREATE TABLE public.clients (id integer PRIMARY KEY, name text, at timestamp DEFAULT now(), rate numeric(10,2));
INSERT INTO clients VALUES (2, 'O''Brien; & S\u00f6hne', '2026-01-05 15:00', 12.50), (1, NULL, NULL, NULL);
CREATE TABLE pairs (b integer, a integer, PRIMARY KEY (a, b));
INSERT INTO pairs VALUES (1, 2), (2, 1);
CREATE TABLE loose (word text);
INSERT INTO loose VALUES ('same'), ('same'), ('other');
COPY public.loose (word) FROM stdin;
tab\\there
\\.
COMMIT;
"""


def scratch_databases() -> list[str]:
    with psycopg.connect(scratch._login(), autocommit=True) as admin:
        names = admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %(prefix)s)"
            " UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, %(prefix)s)",
            {"prefix": scratch._prefix()},
        )
        return [name for (name,) in names]


@pytest.fixture(autouse=True)
def _nothing_left(db):
    yield
    assert scratch_databases() == []


@pytest.fixture
def dump(tmp_path):
    def write(text: str | bytes, name: str = "dump.sql") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def refusal(address: str) -> str:
    with pytest.raises(Unreadable) as caught, opened(address):
        pass
    return str(caught.value)


def contents(address: str) -> dict[str, list[tuple[object, dict[str, object]]]]:
    with opened(address) as source:
        return {table.name: [(row.shown, row.content) for row in source.rows(table)] for table in source.tables}


def test_a_dump_is_read_row_by_row_in_the_order_of_its_keys(dump):
    found = contents(dump(DUMP))

    assert [row[0] for row in found["clients"]] == [1, 2]
    assert found["clients"][1][1] == {
        "id": 2,
        "name": "O'Brien; & S\u00f6hne",
        "at": "2026-01-05T15:00:00",
        "rate": Decimal("12.50"),
    }
    assert [row[0] for row in found["pairs"]] == [[1, 2], [2, 1]]
    assert sorted(row[1]["word"] for row in found["loose"]) == ["other", "same", "same", "tab\there"]
    assert len({row[0] for row in found["loose"]}) == 4


def test_a_packed_dump_is_the_same(dump):
    assert contents(dump(gzip.compress(DUMP.encode()), "dump.sql.gz")) == contents(dump(DUMP))


def test_a_database_is_read_like_its_dump(dump):
    with scratch.loaded(Path(dump(DUMP))) as loaded:
        loaded.execute("SET ROLE NONE")
        name = loaded.info.dbname
        loaded.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO CURRENT_USER")
        loaded.commit()
        from_database = contents(_address(name))

    assert from_database == contents(dump(DUMP))


def _address(database: str) -> str:
    parts = connection.settings_dict
    host, port = parts["HOST"] or "localhost", parts["PORT"] or "5432"
    query = "" if not host.startswith("/") else f"?host={host}"
    return f"postgresql://{parts['USER']}:{parts['PASSWORD']}@{'' if query else host}:{port}/{database}{query}"


def test_the_dump_is_loaded_by_a_role_that_may_do_nothing_else(dump):
    with scratch.loaded(Path(dump(DUMP))) as loaded:
        role = loaded.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        owner = loaded.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'clients'").fetchone()

    assert (role, owner) == ((False, False, False, False), (True,))


@pytest.mark.parametrize("share", [0.1, 0.99])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_truncated_dump_is_refused(dump, share, is_packed):
    whole = (LEGACY / "tenant_1.sql.gz").read_bytes()
    content = whole if is_packed else gzip.decompress(whole)

    assert "cut off" in refusal(dump(content[: int(len(content) * share)]))


def test_a_truncated_dump_is_refused_also_where_a_statement_ends(dump):
    assert "never finished" in refusal(dump(DUMP.replace("COMMIT;", "")))


REFUSED = {
    "empty": (b"", "no tables"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL"),
    "letter": (b"Dear studio;", "not needed"),
    "not utf-8": ("CREATE TABLE t (a text); INSERT INTO t VALUES ('\u00e9');".encode("latin-1"), "UTF-8"),
    "archive of the dump tool": (b"PGDMP\x01\x0e", "pg_dump -Fc"),
    "zip": (b"PK\x03\x04xx", "zip"),
    "damaged": (gzip.compress(b"SELECT 1;" * 100)[:30] + b"\xff" * 40, "damaged"),
    "wrong statement": (b"CREATE TABLE t (a nosuchtype);", "does not work"),
    "row that does not fit": (b"CREATE TABLE t (a int);\nINSERT INTO t\nVALUES ('x');", "Line 2 of the dump"),
    "extension": (b"CREATE EXTENSION dblink;", "CREATE EXTENSION"),
    "command": (b"\\! id\n", "a command of psql"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_dump_is_refused_with_a_sentence(dump, content, sentence):
    assert sentence in refusal(dump(content))


def test_a_file_that_is_not_there_is_named():
    assert refusal("/nowhere/x.sql") == "/nowhere/x.sql cannot be read: No such file or directory."


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(dump):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b" " * 1024 * 1024) for _ in range(64)) + packer.flush()
    path = Path(dump(bomb, "bomb.gz"))
    limit = 16 * 1024 * 1024

    with pytest.raises(Unreadable, match="more than 16 MiB"), scratch.loaded(path, limit):
        pass
    assert len(bomb) < 200 * 1024


def test_a_failure_while_the_source_is_open_drops_the_database_too(dump):
    def interrupted() -> None:
        with opened(dump(DUMP)):
            assert len(scratch_databases()) == 2  # the database and its role
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_what_a_killed_process_left_is_dropped_and_what_is_in_use_is_not(dump):
    left = f"{scratch._prefix()}left"
    with psycopg.connect(scratch._login(), autocommit=True) as admin:
        scratch._create(admin, left)
        with scratch.loaded(Path(dump(DUMP))) as loaded:
            in_use = loaded.info.dbname
            assert scratch.sweep(admin) == []

            assert scratch_databases() == [in_use, in_use]


def test_a_dump_needs_the_owner(dump, settings):
    settings.DATABASE_LOGIN = "web"

    assert "DATABASE_URL" in refusal(dump(DUMP))


@pytest.mark.parametrize(
    "address",
    ["postgresql://somebody:verysecret@127.0.0.1:1/x", "host=127.0.0.1 port=1 dbname=x password=verysecret"],
)
def test_a_database_that_does_not_answer_is_named_without_the_password(address):
    sentence = refusal(address)

    assert "cannot be reached at 127.0.0.1" in sentence
    assert "verysecret" not in sentence


def test_an_address_that_is_none_is_refused_without_the_password():
    sentence = refusal("postgresql://somebody:verysecret@[x/y")

    assert sentence.startswith("The source is not a PostgreSQL address")
    assert "verysecret" not in sentence


def test_a_source_is_known_again_when_it_has_grown(dump):
    with opened(str(LEGACY / "tenant_1.sql.gz")) as first:
        before = first.marks()
    text = gzip.decompress((LEGACY / "tenant_1.sql.gz").read_bytes()).decode()
    grown = text.replace("\nCOMMIT;", "\nDELETE FROM client_notes WHERE id = 1;\nCOMMIT;")
    with opened(dump(grown)) as second:
        after = second.marks()
    with opened(str(LEGACY / "tenant_16.sql.gz")) as other:
        elsewhere = other.marks()

    assert len(before & after) >= 0.9 * len(before)
    assert before & elsewhere == set()


def test_a_source_is_compared_with_what_its_system_relies_on():
    with opened(str(LEGACY / "tenant_16.sql.gz")) as source:
        difference = former.compare({table.name: table.columns for table in source.tables})

    assert difference.unknown == ["clients.loyalty_tier", "legacy_badges", "quotes.title", "quotes.valid_until"]
    assert set(difference.lacks) >= {"sessions.project_id", "invoices.sent_at", "musicians.talent_type"}
    assert {"rooms.half_day_rate", "quotes.expires_at"} <= set(difference.lacks)
    assert len(difference.lacks) == 17


def test_a_source_of_neither_system_is_unknown_as_a_whole():
    difference = former.compare({"flights": frozenset({"id"})})

    assert (difference.lacks, difference.unknown) == ([], ["flights"])
