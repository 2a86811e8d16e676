"""Expressions and guards shared by every app's tables."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Func
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from studio.errors import DomainError

LOCK_TIMEOUT = "3s"
DEADLOCK_DETECTED = "40P01"
LOCK_NOT_AVAILABLE = "55P03"


class TryAgain(DomainError):
    """Somebody else is writing to the same thing right now."""

    status_code = 503


class Deadlocked(TryAgain):
    """Two transactions waited for each other, and this one gave way."""


class TsTzRange(Func):
    """The period [start, end) of two instants.

    Migrations import this class: its path is frozen.
    """

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Folded(Func):
    """Texts with a blank between them, in capitals and without accents: how names are searched and compared.

    Migrations import this class: its path is frozen.
    """

    template = "upper(extensions.immutable_unaccent(%(expressions)s))"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


class Digits(Func):
    """The digits of a text: how telephone numbers are searched and compared.

    Migrations import this class: its path is frozen.
    """

    template = "regexp_replace(%(expressions)s, '[^0-9]', '', 'g')"
    output_field = models.TextField()


class LongNamedIndex(models.Index):
    """An index whose name other programs know and is longer than the 30 characters Django lets one have.

    Migrations import this class: its path is frozen.
    """

    max_name_length = 63  # PostgreSQL's


class CreatedUpdated(models.Model):
    """`created_at` and `updated_at`: set by the database on insert, the second on every save."""

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        """Save, and let a partial save move `updated_at` as well."""
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "updated_at"}
        super().save(**kwargs)


def sqlstate(exc: BaseException) -> str | None:
    """Return PostgreSQL's five-character code behind a Django database error."""
    return getattr(exc.__cause__, "sqlstate", None)


def constraint_name(exc: BaseException) -> str | None:
    """Return the name of the constraint that an IntegrityError is about."""
    diagnostics = getattr(exc.__cause__, "diag", None)
    return diagnostics.constraint_name if diagnostics else None


@contextmanager
def taking_turns() -> Iterator[None]:
    """Run the block, or the function this decorates, in a transaction that waits for nobody longer than 3 seconds.

    raises: TryAgain on a lock that could not be had in time, also one of a row; Deadlocked
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                _wait_briefly(cursor)
            yield
    except OperationalError as exc:
        _refuse_when_crowded(exc)
        raise


def _wait_briefly(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])


def _refuse_when_crowded(exc: OperationalError) -> None:
    kinds: dict[str | None, type[TryAgain]] = {DEADLOCK_DETECTED: Deadlocked, LOCK_NOT_AVAILABLE: TryAgain}
    if kind := kinds.get(sqlstate(exc)):
        raise kind(_("Somebody else is changing this right now. Please try again.")) from exc


@contextmanager
def refusing(**errors: DomainError) -> Iterator[None]:
    """Raise the error given for a database constraint when that constraint is violated.

    errors: one keyword per constraint, by its name in the database
    Opens its own savepoint, so the caller's transaction stays usable, and sets constraints
    immediate inside it: a deferred key would otherwise fail only at the commit, as a bug. Any
    other violation passes through unchanged.
    raises: TryAgain on a lock that could not be had in time; Deadlocked
    """
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as exc:
        name = constraint_name(exc)
        if name in errors:
            raise errors[name] from exc
        raise
    except OperationalError as exc:
        _refuse_when_crowded(exc)
        raise


def lock_key(schema: str, resource: str) -> int:
    """Return the 64-bit advisory-lock key of a resource of one studio."""
    raw = blake2b(f"{len(schema)}:{schema}:{resource}".encode(), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)


def advisory_lock(resources: Sequence[str], *, shared: Sequence[str] = ()) -> None:
    """Hold the transaction-wide lock of each resource, taken in one sorted order and in one round trip.

    resources: e.g. "room:7"; the studio's schema is part of the key
    shared: taken before, and held together with others who share them, against those who do not
    raises: OperationalError 55P03 after 3 seconds; `taking_turns()` and `refusing()` turn it into TryAgain
    """
    joint, own = _lock_keys(shared), _lock_keys(resources)
    # The parts of a SELECT are worked out from left to right.
    parts = ["set_config('lock_timeout', %s, true)"]
    parts += ["pg_advisory_xact_lock_shared(%s)"] * len(joint) + ["pg_advisory_xact_lock(%s)"] * len(own)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", [LOCK_TIMEOUT, *joint, *own])


def _lock_keys(resources: Sequence[str]) -> list[int]:
    schema = getattr(connection, "schema_name", None) or ""
    return sorted({lock_key(schema, resource) for resource in resources})


def _taken(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        return bool(cursor.fetchone()[0])


@contextmanager
def alone(schema: str, resource: str, *, tries: int = 1) -> Iterator[bool]:
    """Give whether nobody else is at it; the lock spans transactions and goes with the connection.

    tries: one each half second; a server needs a moment to notice that a process died
    """
    key = lock_key(schema, resource)
    is_mine = _taken(key)
    while not is_mine and (tries := tries - 1) > 0:
        time.sleep(0.5)
        is_mine = _taken(key)
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
