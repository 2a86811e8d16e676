"""Which statements of a dump are run, which are passed over, and which make it refused.

A dump comes from outside. Only what makes tables and fills them is run; what a dump tool writes besides and
the rows do not need is passed over unread; anything else refuses the whole dump.
"""

import re
from enum import Enum, auto

from django.utils.translation import gettext as _

from studio.tenancy.adoption.statements import Statement, Unreadable

RUN = re.compile(
    r"(CREATE (UNLOGGED )?TABLE|CREATE SEQUENCE|CREATE TYPE|CREATE DOMAIN|ALTER TABLE|ALTER SEQUENCE|INSERT INTO|UPDATE"
    r"|DELETE FROM|DROP TABLE|DROP SEQUENCE|DROP TYPE)\b"
)
COPY_IN = re.compile(r"COPY [^;]+ FROM STDIN\b")
PASSED_OVER = re.compile(
    r"(BEGIN|START TRANSACTION|COMMIT|END|GRANT|REVOKE|COMMENT ON|ANALYZE|DROP INDEX|ALTER INDEX"
    r"|ALTER DEFAULT PRIVILEGES|CREATE (UNIQUE )?INDEX)\b"
    r"|ALTER (TABLE|SEQUENCE|TYPE|DOMAIN|SCHEMA) [^;]* OWNER TO "
    r"|ALTER TABLE (ONLY )?\S+ (ADD (CONSTRAINT \S+ )?FOREIGN KEY|REPLICA IDENTITY|CLUSTER ON)\b"
    r"|ALTER TABLE (ONLY )?\S+ [A-Z ]*ROW LEVEL SECURITY$"
    r"|CREATE SCHEMA (IF NOT EXISTS )?\"?PUBLIC\"?$"
    r"|SELECT (PG_CATALOG ?\. ?)?(SETVAL|SET_CONFIG) ?\([^()]*\)$"
)
SETTING = re.compile(r"SET (SESSION |LOCAL )?(?P<name>\w+)\s*(=|TO) ?(?P<value>.*)$")
SETTINGS = frozenset(
    {
        "bytea_output",
        "check_function_bodies",
        "client_encoding",
        "client_min_messages",
        "datestyle",
        "default_table_access_method",
        "default_tablespace",
        "default_with_oids",
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "row_security",
        "search_path",
        "standard_conforming_strings",
        "statement_timeout",
        "timezone",
        "transaction_timeout",
        "xmloption",
    }
)
READS_ELSEWHERE = re.compile(r"\b(SELECT|AS (TABLE|VALUES|EXECUTE))\b")
ESCAPED_NAME = re.compile(r"\bU&\"")
CALL = re.compile(r"(?:\b(?P<before>\w+)\b\s*)?(?:(?:\"[^\"]*\"|\w+)\s*\.\s*)*(?P<name>\"(?:[^\"]|\"\")*\"|\w+)\s*\(")
NAME_FOLLOWS = frozenset({"into", "table", "exists", "references", "copy"})
HARMLESS_CALLS = frozenset(
    {
        "abs",
        "array_length",
        "btrim",
        "cardinality",
        "char_length",
        "clock_timestamp",
        "concat",
        "date_part",
        "date_trunc",
        "daterange",
        "extract",
        "gen_random_uuid",
        "int4range",
        "int8range",
        "jsonb_array_length",
        "jsonb_typeof",
        "length",
        "lower",
        "ltrim",
        "nextval",
        "now",
        "num_nonnulls",
        "num_nulls",
        "numrange",
        "octet_length",
        "position",
        "round",
        "rtrim",
        "statement_timestamp",
        "timezone",
        "tsrange",
        "tstzrange",
        "upper",
    }
)


class Verdict(Enum):
    """What happens to a statement."""

    RUN = auto()
    COPY = auto()
    PASS_OVER = auto()


class Refused(Unreadable):
    """The dump holds something that taking over rows does not need and that is not run."""


def screen(statement: Statement, functions: frozenset[str]) -> Verdict:
    """Return what to do with a statement.

    functions: the names of all functions that the scratch database knows
    raises: Refused
    """
    code = re.sub(r"\s+", " ", statement.bare).upper()
    if not code or PASSED_OVER.match(code) or _is_harmless_setting(statement, code):
        return Verdict.PASS_OVER
    verdict = Verdict.COPY if COPY_IN.match(code) else Verdict.RUN
    if verdict is Verdict.RUN and not RUN.match(code):
        raise _refused(statement, " ".join(code.split()[:3]))
    if found := READS_ELSEWHERE.search(re.sub(r"\"[^\"]*\"", '""', code)):
        raise _refused(statement, found.group())
    _screen_calls(statement, functions)
    return verdict


def begins_transaction(statement: Statement) -> bool | None:
    """Return True for BEGIN, False for COMMIT, None for anything else."""
    word = statement.bare.split(" ", 1)[0].upper()
    return {"BEGIN": True, "START": True, "COMMIT": False, "END": False}.get(word)


def _is_harmless_setting(statement: Statement, code: str) -> bool:
    if not (found := SETTING.match(code)):
        return False
    name = found["name"].lower()
    if name == "standard_conforming_strings" and "OFF" in statement.text.upper():
        message = _("Line %(line)d turns standard strings off: make the dump again without that setting.")
        raise Refused(message % {"line": statement.line})
    return name in SETTINGS


def _screen_calls(statement: Statement, functions: frozenset[str]) -> None:
    """Refuse a call of any function that reads or changes more than the values it is given."""
    if ESCAPED_NAME.search(statement.bare):
        raise _refused(statement, 'U&""')
    for found in CALL.finditer(statement.bare):
        before, written = found["before"], found["name"]
        name = written.strip('"').lower()
        if before and before.lower() in NAME_FOLLOWS:
            continue
        if name in functions and name not in HARMLESS_CALLS:
            raise _refused(statement, f"{name}()")


def _refused(statement: Statement, what: str) -> Refused:
    message = _(
        'Line %(line)d of the dump holds "%(what)s", which is not needed for taking over rows and is not run. '
        "Leave it out of the dump, or give the address of the former database instead."
    )
    return Refused(message % {"line": statement.line, "what": what[:60]})
