"""How far the setting up of a studio has come, read from the database's own catalogue."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from studio.tenancy.models import Studio, StudioStatus

# The catalogue shows every schema's names to every role, and tables once their transaction is committed.
REACHED = """
    SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s), EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %s AND c.relname = 'django_migrations'
    )
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of setting a studio up.

    state: done, now or later; failed for the one that did not work
    """

    label: Any
    state: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the setting up stands.

    error: what the failing step said; empty when none has
    """

    steps: tuple[Step, ...]
    error: str
    is_over: bool


def progress_of(studio: Studio) -> Progress:
    """Return how far the setting up of a studio has come.

    queries: 1
    """
    with connection.cursor() as cursor:
        cursor.execute(REACHED, [studio.schema_name, studio.schema_name])
        has_schema, has_tables = cursor.fetchone()
    is_over = studio.status != StudioStatus.PROVISIONING
    parts = (
        (_("Registered, with an address"), True),
        (_("Database role and schema"), has_schema),
        (_("Tables and rights"), has_tables),
        (_("First settings, roles and the owner's invitation"), is_over),
    )
    current = "failed" if studio.provisioning_error else "now"
    steps, is_next = [], True
    for label, is_done in parts:
        steps.append(Step(label, "done" if is_done else current if is_next else "later"))
        is_next = is_next and is_done
    return Progress(tuple(steps), studio.provisioning_error, is_over)
