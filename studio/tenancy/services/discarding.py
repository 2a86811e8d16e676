"""Removing a restored copy that was only looked at."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from studio.db import alone
from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import restoring, studios
from studio.tenancy.services.standing import NotInThatState
from studio.tenancy.signals import registry_changed

THERE = "SELECT to_regnamespace(%s) IS NOT NULL"
KEYS = sql.SQL("SELECT {} FROM {} WHERE starts_with({}, %s)")


def discard_copy(*, copy: Studio, now: datetime) -> int:
    """Remove a restored copy, also a half restored one, with its files, and return how many of these there were.

    As the owner, and not inside a transaction: bytes go once the rows are gone.
    raises: NotInThatState for a studio that has, or had, a place of its own, or does things by itself, and for one that
        is being restored this moment
    """
    with alone(PUBLIC, restoring.lock_of(copy.restored_from)) as is_mine:
        if not is_mine:
            raise NotInThatState(_("This copy is being restored just now. Please try again when that is over."))
        return _discard(copy, now)


def _discard(copy: Studio, now: datetime) -> int:
    with transaction.atomic():
        row = Studio.objects.select_for_update(of=("self",)).get(pk=copy.pk)
        if not row.former_slug or row.mails_held_since is None:
            raise NotInThatState(_("Only a restored copy that never took its original's place can be discarded."))
        keys = _keys(row.schema_name)
        row.status, row.provisioning_error = StudioStatus.CLOSING, ""
        row.save(update_fields=["status", "provisioning_error"])
        changes = {"restored_from": (row.restored_from, "")}
        registry_changed.send(sender=Studio, studio=row, verb="discard", changes=changes, now=now)
        studios.remove_studio(studio=row, now=now)
    for key in keys:
        keeper().drop(key)
    return len(keys)


def _keys(schema: str) -> list[str]:
    """Return the keys of the files that a studio has; a half restored one may have no tables yet."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(THERE, [schema])
        if not cursor.fetchone()[0]:
            return []
        keys = []
        for table, column in keeper().key_columns.items():
            name = sql.Identifier(column)
            cursor.execute(KEYS.format(name, sql.Identifier(schema, table), name), [f"{schema}/"])
            keys += [key for (key,) in cursor.fetchall()]
    return keys
