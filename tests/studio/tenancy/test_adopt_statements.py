"""A dump's text is cut where statements end, and only what fills tables is let through."""

import pytest

from studio.tenancy.adoption.screening import Refused, Verdict, begins_transaction, screen
from studio.tenancy.adoption.statements import MAX_STATEMENT, Dump, Statement, Truncated, Unreadable

FUNCTIONS = frozenset({"now", "set_config", "pg_read_file", "generate_series", "repeat", "nextval", "position", "left"})


def pieces_of(text: str, length: int):
    return (text[at : at + length] for at in range(0, len(text), length))


def statements_of(text: str, length: int = 1000) -> list[str]:
    return [statement.text for statement in Dump(pieces_of(text, length)).statements()]


def verdict(sql: str) -> Verdict:
    (statement,) = Dump(iter([f"{sql}\n;"])).statements()
    return screen(statement, FUNCTIONS)


CUTS = {
    "plain": ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
    "semicolon in a string": ("INSERT INTO t VALUES ('a;b');", ["INSERT INTO t VALUES ('a;b')"]),
    "doubled quote": ("INSERT INTO t VALUES ('O''Brien;');", ["INSERT INTO t VALUES ('O''Brien;')"]),
    "backslash in a plain string": (
        r"INSERT INTO t VALUES ('a\'); SELECT 1;",
        [r"INSERT INTO t VALUES ('a\')", "SELECT 1"],
    ),
    "backslash in an escape string": (r"INSERT INTO t VALUES (E'a\';b');", [r"INSERT INTO t VALUES (E'a\';b')"]),
    "name ending in e before a string": (r"SELECT date'a\'; SELECT 2;", [r"SELECT date'a\'", "SELECT 2"]),
    "quoted name": ('SELECT "a;""b"; SELECT 2;', ['SELECT "a;""b"', "SELECT 2"]),
    "dollar quotes": ("SELECT $a$;$b$;$a$; SELECT $$;$$;", ["SELECT $a$;$b$;$a$", "SELECT $$;$$"]),
    "comments": ("-- a;\nSELECT 1; /* ; /* ; */ ; */ SELECT 2;", ["-- a;\nSELECT 1", "/* ; /* ; */ ; */ SELECT 2"]),
    "guard of the dump tool": ("\\restrict abc\nSELECT 1;\n\\unrestrict abc\n", ["SELECT 1"]),
    "dollar signs within a name": ("SELECT a$b$; SELECT $b$;$b$;", ["SELECT a$b$", "SELECT $b$;$b$"]),
    "comment that ends with a carriage return": ("SELECT 1 -- ;\r; SELECT 2;", ["SELECT 1 -- ;", "SELECT 2"]),
    "nothing but a comment after it": ("SELECT 1;\n-- done\n", ["SELECT 1"]),
}


@pytest.mark.parametrize("length", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("text", "expected"), CUTS.values(), ids=CUTS.keys())
def test_statements_end_where_sql_ends_them_however_the_text_arrives(text, expected, length):
    assert statements_of(text, length) == expected


def test_a_statement_knows_its_line_and_its_code():
    first, second = Dump(iter(["-- one\nINSERT INTO t\nVALUES ('x -- y');\n\nSELECT 2;"])).statements()

    assert (first.line, first.bare) == (1, "INSERT INTO t\nVALUES ('')")
    assert second.line == 5


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t VALUES (1), (",
        "INSERT INTO t VALUES ('a",
        'INSERT INTO "t',
        "SELECT $a$ x",
        "SELECT 1; /* x",
        "-- PostgreSQL database dump\nSELECT 1;\n",
    ],
    ids=["statement", "string", "name", "dollar quote", "comment", "without its last line"],
)
def test_a_dump_that_stops_early_is_called_cut_off(text):
    with pytest.raises(Truncated, match="cut off"):
        statements_of(text)


def test_a_dump_with_its_last_line_is_whole():
    text = "-- PostgreSQL database dump\nSELECT 1;\n-- PostgreSQL database dump complete\n"

    assert len(statements_of(text)) == 1


@pytest.mark.parametrize("length", [1, 5, 1000])
def test_rows_after_a_copy_are_read_to_their_end(length):
    dump = Dump(pieces_of("COPY t (a) FROM stdin;\n1\tx;'\n2\ty\n\\.\n\nSELECT 1;", length))
    statements = dump.statements()

    assert next(statements).text == "COPY t (a) FROM stdin"
    assert list(dump.copy_data()) == ["1\tx;'\n", "2\ty\n"]
    assert [statement.text for statement in statements] == ["SELECT 1"]


def test_rows_after_a_copy_that_never_end_are_cut_off():
    dump = Dump(iter(["COPY t (a) FROM stdin;\n1\n2"]))
    next(dump.statements())

    with pytest.raises(Truncated):
        list(dump.copy_data())


@pytest.mark.parametrize("text", ["\\! rm -rf /\n", "\\connect other\n", "SELECT 1 \\gexec\n"])
def test_commands_of_the_client_program_are_refused(text):
    with pytest.raises(Unreadable, match="a command of psql"):
        statements_of(text)


def test_a_statement_without_end_does_not_fill_the_memory():
    endless = (f"{'x' * 1024 * 1024}" for _ in range(1000))

    with pytest.raises(Unreadable, match="too long"):
        list(Dump(endless).statements())

    assert next(endless, None) is not None
    assert MAX_STATEMENT < 1000 * 1024 * 1024


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE public.t (id serial PRIMARY KEY, at timestamp DEFAULT now(), n numeric(10,2) CHECK (n > 0))",
        "create table position (left integer)",
        "CREATE TYPE mood AS ENUM ('a', 'b')",
        "ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT nextval('public.s'::regclass)",
        "ALTER TABLE ONLY t ADD CONSTRAINT k PRIMARY KEY (id)",
        "INSERT INTO t (id, note) VALUES (1, 'pg_read_file(''x''); SELECT')",
        "UPDATE clients SET tier = 'gold' WHERE is_vip",
        'INSERT INTO "select" VALUES (1)',
    ],
)
def test_what_makes_and_fills_tables_is_run(sql):
    assert verdict(sql) is Verdict.RUN


def test_rows_from_the_dump_are_copied():
    assert verdict("COPY public.t (id, name) FROM stdin") is Verdict.COPY


@pytest.mark.parametrize(
    "sql",
    [
        "SET statement_timeout = 0",
        "SET client_encoding = 'UTF8'",
        "SET standard_conforming_strings = on",
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SELECT pg_catalog.setval('public.t_id_seq', 7, true)",
        "BEGIN",
        "COMMIT",
        "COMMENT ON TABLE t IS 'x'",
        "GRANT SELECT ON t TO somebody",
        "ALTER TABLE public.t OWNER TO somebody",
        "ALTER TABLE ONLY public.t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b(id)",
        "CREATE INDEX i ON t USING gin (genres)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA public",
        "",
    ],
)
def test_what_rows_do_not_need_is_passed_over(sql):
    assert verdict(sql) is Verdict.PASS_OVER


FORBIDDEN = {
    "program": "COPY t FROM PROGRAM 'id'",
    "file": "COPY t FROM '/etc/passwd'",
    "out": "COPY t TO '/tmp/x'",
    "extension": "CREATE EXTENSION dblink",
    "drop database": "DROP DATABASE product",
    "role": "SET ROLE postgres",
    "session": "SET SESSION AUTHORIZATION postgres",
    "reset": "RESET ROLE",
    "server": "ALTER SYSTEM SET fsync = off",
    "function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "trigger": "CREATE TRIGGER t AFTER INSERT ON t EXECUTE FUNCTION f()",
    "block": "DO $$ BEGIN END $$",
    "query": "SELECT pg_read_file('/etc/passwd')",
    "hidden in a setting": "SELECT set_config('role', (SELECT 'x'), false)",
    "function in a value": "INSERT INTO t VALUES (pg_read_file('/etc/passwd'))",
    "quoted": "INSERT INTO t VALUES (\"set_config\"('role', 'none', false))",
    "qualified": "INSERT INTO t VALUES (pg_catalog . set_config('role', 'none', false))",
    "with a comment between": "INSERT INTO t VALUES (set_config/**/('role', 'none', false))",
    "upper case": "INSERT INTO t VALUES (SET_CONFIG('role', 'none', false))",
    "in a default": "CREATE TABLE t (a text DEFAULT pg_read_file('/etc/passwd'))",
    "in from": "UPDATE t SET a = f FROM pg_read_file('/etc/passwd') f",
    "from rows": "DELETE FROM t USING ROWS FROM (pg_read_file('x')) f",
    "escaped name": "INSERT INTO t VALUES (U&\"\\0070g_read_file\"('x'))",
    "subquery": "INSERT INTO t SELECT * FROM other",
    "table from query": "CREATE TABLE t AS TABLE other",
    "huge": "INSERT INTO t VALUES (repeat('x', 1000000000))",
    "strings with escapes": "SET standard_conforming_strings = off",
    "unknown": "VACUUM FULL",
    "not sql": "Dear studio, here is the list",
}


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_anything_else_refuses_the_dump(sql):
    with pytest.raises(Refused, match="ine 1"):
        verdict(sql)


DISGUISED = {
    "carriage return ends the comment": "INSERT INTO t VALUES (1 --\r, pg_read_file('x'))",
    "name with dollars": "INSERT INTO a$b$ VALUES (pg_read_file('x')) --$b$",
    "name with a space that is none": "INSERT INTO \u00a0$b$ VALUES (pg_read_file('x')) --$b$",
    "tag outside the alphabet": "INSERT INTO t VALUES ($\u2603$ ' $\u2603$, pg_read_file('x'), ' ')",
    "name that only ends like an escape": "INSERT INTO t VALUES (\u00a0E'\\', pg_read_file('x'), ' ')",
}


@pytest.mark.parametrize("sql", DISGUISED.values(), ids=DISGUISED.keys())
def test_code_that_looks_like_a_string_or_a_comment_is_still_seen(sql):
    with pytest.raises(Refused, match="pg_read_file"):
        verdict(sql)


@pytest.mark.parametrize("between", ["\n", " \n ", "\n-- x\n"])
def test_a_string_that_goes_on_after_an_escape_string_is_refused(between):
    with pytest.raises(Unreadable, match="joins two strings"):
        statements_of("INSERT INTO t VALUES (E'a'" + between + "'\\', pg_read_file('x'), ' ');")


def test_begin_and_commit_are_told_apart():
    words = ["BEGIN", "START TRANSACTION", "COMMIT", "END", "SELECT 1"]

    assert [begins_transaction(Statement(word, word, 1)) for word in words] == [True, True, False, False, None]
