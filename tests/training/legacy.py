"""The former gym's rows in our own former shape: what a studio had before there were machines."""

import gzip
import re
from pathlib import Path

from django.db import connection

from studio.tenancy.context import as_owner

DUMP = Path(__file__).parents[1] / "data" / "legacy" / "gym_before_machines.sql.gz"
FORMER_TABLES = ("trainers", "members", "training_sessions", "training_session_members")
SESSIONS, LINKS, PAIRS, TO_SETTLE = 1128, 834, 95, 175


def load_former_rows(studio):
    """Fill the four former tables with the dump's own statements."""
    text = gzip.decompress(DUMP.read_bytes()).decode()
    statements = re.findall(rf"INSERT INTO (?:{'|'.join(FORMER_TABLES)}) \(.*?\);\n", text, re.DOTALL)
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def asked(studio, sql):
    """Return the rows of a query in a studio's schema, as the owner."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
