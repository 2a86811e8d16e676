"""The scratch database into which a dump is loaded, and which is always dropped afterwards."""

import codecs
import gzip
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import make_conninfo

from studio.crypto import digest
from studio.db import lock_key
from studio.tenancy.adoption.screening import Verdict, begins_transaction, screen
from studio.tenancy.adoption.statements import Dump, Statement, Truncated, Unreadable

MAX_UNPACKED = 2 * 1024**3  # bytes
PIECE = 1024 * 1024
GZIP = b"\x1f\x8b"
OTHER_FORMATS = {
    b"PGDMP": "pg_dump -Fc",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
}
LOGIN_WORDS = ("dbname", "user", "password", "host", "port", "ssl", "connect_timeout")
STATEMENT_TIMEOUT = "600s"
DROP_TRIES = 3
FUNCTIONS = "SELECT proname FROM pg_proc EXCEPT SELECT typname FROM pg_type"


def dump_pieces(path: Path, limit: int = MAX_UNPACKED) -> Iterator[str]:
    """Yield the text of a plain or gzipped dump, a piece at a time.

    limit: bytes after unpacking; more is refused, so a small file cannot fill the disk
    raises: Unreadable, Truncated
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    total = 0
    try:
        with _opened(path) as file:
            while piece := file.read(PIECE):
                total += len(piece)
                if total > limit:
                    raise Unreadable(_("The dump unpacks to more than %(limit)d MiB.") % {"limit": limit // 1024**2})
                if b"\x00" in piece:
                    raise Unreadable(_("This file is not an SQL dump: it holds NUL bytes."))
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)
    except EOFError as exc:
        raise Truncated(_("The dump is cut off: the packed file ends too early.")) from exc
    except (gzip.BadGzipFile, zlib.error) as exc:
        raise Unreadable(_("The packed file is damaged.")) from exc
    except UnicodeDecodeError as exc:
        raise Unreadable(_("This file is not an SQL dump in UTF-8.")) from exc
    except OSError as exc:
        raise _cannot_open(path, exc) from exc


def _cannot_open(path: Path, exc: OSError) -> Unreadable:
    return Unreadable(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": exc.strerror})


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        start = file.read(8)
    for mark, name in OTHER_FORMATS.items():
        if start.startswith(mark):
            message = _("This file is %(format)s; a plain SQL dump is needed, or one packed with gzip.")
            raise Unreadable(message % {"format": name})
    return cast("BinaryIO", gzip.open(path, "rb")) if start.startswith(GZIP) else path.open("rb")


@contextmanager
def loaded(path: Path, limit: int = MAX_UNPACKED) -> Iterator[psycopg.Connection]:
    """Give a connection to a fresh database that holds the dump, as a role that owns nothing else.

    The database and the role are dropped at the end, whatever happens; what a killed process left
    behind is dropped by the next call.
    raises: Unreadable, Truncated
    """
    if settings.DATABASE_LOGIN != "owner":
        message = _("Loading a dump needs a scratch database, which only the owner's login may make: set DATABASE_URL.")
        raise Unreadable(message)
    with psycopg.connect(_login(), autocommit=True) as admin:
        sweep(admin)
        name = f"{_prefix()}{secrets.token_hex(8)}"
        admin.execute("SELECT pg_advisory_lock(%s)", [lock_key("", name)])  # says that it is in use
        try:
            _create(admin, name)
            with psycopg.connect(_login(dbname=name)) as scratch:
                _load(scratch, name, Dump(dump_pieces(path, limit)))
                yield scratch
        finally:
            _drop(admin, name)


def sweep(admin: psycopg.Connection) -> list[str]:
    """Drop the scratch databases and roles of this installation that no living process uses; return their names."""
    found = admin.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %(prefix)s)"
        " UNION SELECT rolname FROM pg_roles WHERE starts_with(rolname, %(prefix)s)",
        {"prefix": _prefix()},
    )
    left = []
    for (name,) in found.fetchall():
        key = [lock_key("", name)]
        if admin.execute("SELECT pg_try_advisory_lock(%s)", key).fetchone() != (True,):
            continue
        _drop(admin, name)
        admin.execute("SELECT pg_advisory_unlock(%s)", key)
        left.append(name)
    return left


def _login(**others: str) -> str:
    """Return the owner's connection string, with some of its words replaced."""
    known = connection.get_connection_params()
    words = {key: value for key, value in known.items() if key.startswith(LOGIN_WORDS)}
    return make_conninfo(**words | others)


def _prefix() -> str:
    """Return what the names of this installation's scratch databases begin with; advisory locks are per database."""
    return f"adopt_{digest(str(connection.settings_dict['NAME']))[:8]}_"


def _create(admin: psycopg.Connection, name: str) -> None:
    quoted = sql.Identifier(name)
    try:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(quoted))
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(quoted))
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(quoted))
    except psycopg.errors.InsufficientPrivilege as exc:
        raise Unreadable(
            _("The owner's login may not make the scratch database: it needs CREATEDB and CREATEROLE.")
        ) from exc


def _drop(admin: psycopg.Connection, name: str) -> None:
    """Drop the database, with whoever is still in it, and the role.

    The plain statement sends the vacuum away, which the forcing one of an ordinary login may not.
    """
    quoted = sql.Identifier(name)
    for _attempt in range(DROP_TRIES):
        try:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(quoted))
            break
        except psycopg.errors.ObjectInUse:
            with suppress(psycopg.errors.InsufficientPrivilege):
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
    admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(quoted))


def _load(scratch: psycopg.Connection, role: str, dump: Dump) -> None:
    """Run the dump in one transaction, as the scratch role."""
    quoted = sql.Identifier(role)
    scratch.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(quoted))
    functions = frozenset(name for (name,) in scratch.execute(FUNCTIONS))
    scratch.execute(sql.SQL("SET ROLE {}").format(quoted))
    scratch.execute(sql.SQL("SET statement_timeout = {}").format(STATEMENT_TIMEOUT))
    # The text is cut under these two; the server must read it the same way.
    scratch.execute("SET client_encoding = 'UTF8'")
    scratch.execute("SET standard_conforming_strings = on")
    scratch.execute("SET search_path = public")
    is_open = False
    for statement in dump.statements():
        begins = begins_transaction(statement)
        is_open = is_open if begins is None else begins
        _run(scratch, statement, screen(statement, functions), dump)
    if is_open:
        raise Truncated(_("The dump is cut off: its transaction is never finished."))
    scratch.commit()


def _run(scratch: psycopg.Connection, statement: Statement, verdict: Verdict, dump: Dump) -> None:
    if verdict is Verdict.PASS_OVER:
        return
    try:
        if verdict is Verdict.RUN:
            scratch.execute(statement.text.encode(), prepare=False)
            return
        with scratch.cursor().copy(statement.text.encode()) as copy:
            for line in dump.copy_data():
                copy.write(line)
    except psycopg.Error as exc:
        message = _("Line %(line)d of the dump does not work: %(why)s.")
        raise Unreadable(
            message % {"line": statement.line, "why": exc.diag.message_primary or type(exc).__name__}
        ) from exc
