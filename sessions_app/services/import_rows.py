"""The rows of a list of clients: what each is, what becomes of it, and how it is taken back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientImport, ClientImportRow, RowChoice, RowOutcome
from sessions_app.selectors.import_columns import BadRow, facts_of
from sessions_app.selectors.known_clients import KnownClients
from sessions_app.services import client_relations, clients, facts, row_digests
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import advisory_lock
from studio.errors import DomainError

LOCK = "client_imports"  # who imports waits for who imports: both would find the same person new
WHY_LENGTH = 1000
BATCH = 1000
NAMED = 3
WAITING = (RowOutcome.NEW, RowOutcome.DUPLICATE)
NEVER_FILLED = frozenset({"name", "kind", "currency", "is_vip"})  # they are never empty
EMPTY: tuple[Any, ...] = (None, "", [], {})


class CannotUndo(DomainError):
    """Something depends on what was imported."""


def look_at(rows: Sequence[ClientImportRow], fields: Sequence[str]) -> None:
    """Write down for each row whether it is somebody new, known already, or nobody who can be taken in."""
    read = {row.number: given for row in rows if (given := _read(row, fields)) is not None}
    known, among = KnownClients(list(read.values())), _Listed(list(read.values()))
    for row in rows:
        row.choice, row.client = RowChoice.SKIP, None
        if (given := read.get(row.number)) is None:
            continue
        if found := known.find(given):
            row.outcome, row.client, row.why = RowOutcome.DUPLICATE, found[0], found[1]
        elif before := among.find(given):
            row.outcome, row.why = RowOutcome.DUPLICATE, before
        else:
            row.outcome, row.why = RowOutcome.NEW, ""
        among.add(row.number, given)
    ClientImportRow.objects.bulk_update(rows, ["outcome", "why", "client", "choice"], batch_size=BATCH)


def import_part(client_import: ClientImport, *, most: int, actor: User | None, now: datetime) -> int:
    """Do with the next rows what was chosen and return how many there were.

    Somebody who was written down since the list was looked at counts as known.
    """
    advisory_lock([LOCK])
    fields = [column["field"] for column in client_import.columns]
    waiting = client_import.rows.filter(outcome__in=WAITING).order_by("number")[:most]
    rows = list(waiting.select_for_update(of=("self",)))
    read = {row.number: given for row in rows if (given := _read(row, fields)) is not None}
    known = KnownClients(list(read.values()))
    desk = _Desk(client_import, known, actor=actor, now=now)
    for row in rows:
        if (given := read.get(row.number)) is not None:
            desk.take(row, given)
    desk.write()
    ClientImportRow.objects.bulk_update(rows, ["outcome", "why", "client", "changes"], batch_size=BATCH)
    return len(rows)


def take_back(client_import: ClientImport, *, actor: User | None, now: datetime) -> int:
    """Delete whom an import created, empty what it filled in, and return how many rows that were.

    raises: CannotUndo
    """
    done = client_import.rows.filter(outcome__in=[RowOutcome.CREATED, RowOutcome.UPDATED], client__isnull=False)
    rows = list(done.order_by("number"))
    standing = Client.objects.locked().in_bulk({row.client_id for row in rows if row.client_id})
    created = {row.client_id: row for row in rows if row.client_id and row.outcome == RowOutcome.CREATED}
    _insist_on_independence(rows, standing, created)
    for row in rows:
        if row.outcome == RowOutcome.UPDATED:
            given: Any = {name: _stored(name, before) for name, (before, _after) in row.changes.items()}
            clients.change_client(client=standing[row.client_id or 0], actor=actor, now=now, **given)
    gone = [standing[key] for key in created]
    reason = _("The import of %(file)s was undone.") % {"file": client_import}
    audit.record_each(verb="delete", subjects=gone, actor=actor, now=now, changes={}, reason=reason)
    Client.objects.filter(pk__in=list(created)).delete()
    return len(rows)


# Reading --------------------------------------------------------------------------------------------


def _read(row: ClientImportRow, fields: Sequence[str]) -> dict[str, Any] | None:
    """Return the facts that a row gives, or None for one that is refused, with the reason on it."""
    try:
        given = facts_of(row.cells, fields)
        clients.draft_client(cast("clients.ClientFacts", given))
    except (BadRow, facts.BadFacts) as error:
        row.outcome, row.why = RowOutcome.REFUSED, str(error)[:WHY_LENGTH]
        return None
    return given


class _Listed:
    """The rows of the list that were looked at so far."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.known = KnownClients(rows, among=())
        self.numbers: dict[int, int] = {}

    def add(self, number: int, given: Mapping[str, Any]) -> None:
        keys = {name: given[name] for name in ("name", "email", "phone", "kind") if name in given}
        listed = Client(**keys)
        self.numbers[id(listed)] = number
        self.known.add(listed)

    def find(self, given: Mapping[str, Any]) -> str:
        found = self.known.find(given)
        if not found:
            return ""
        told = {"row": self.numbers[id(found[0])], "reason": found[1]}
        return _("row %(row)d of this list: %(reason)s") % told


# Writing --------------------------------------------------------------------------------------------


class _Desk:
    """Takes rows one after the other, and writes those who are new together."""

    def __init__(self, client_import: ClientImport, known: KnownClients, *, actor: User | None, now: datetime) -> None:
        self.client_import, self.known, self.actor, self.now = client_import, known, actor, now
        self.new: list[tuple[ClientImportRow, Client]] = []
        self.made: dict[int, ClientImportRow] = {}

    def take(self, row: ClientImportRow, given: dict[str, Any]) -> None:
        """Settle one row."""
        found = self.known.find(given)
        if row.outcome == RowOutcome.NEW and found is not None:
            row.client, row.outcome = self._saved(found[0]), RowOutcome.SKIPPED
            row.why = _("%(client)s has been written down since: %(reason)s.") % {
                "client": found[0],
                "reason": found[1],
            }
        elif row.outcome == RowOutcome.DUPLICATE and row.choice == RowChoice.SKIP:
            row.outcome = RowOutcome.SKIPPED
        elif found is not None and row.choice == RowChoice.UPDATE:
            self._fill(row, self._saved(found[0]), given)
        else:
            client = clients.draft_client(cast("clients.ClientFacts", given))
            self.known.add(client)
            self.new.append((row, client))

    def write(self) -> None:
        """Write down those who are new."""
        made = [client for _row, client in self.new]
        Client.objects.bulk_create(made, batch_size=BATCH)
        reason = _("Imported from %(file)s.") % {"file": self.client_import}
        audit.record_each(verb="create", subjects=made, actor=self.actor, now=self.now, changes={}, reason=reason)
        rows = Client.objects.filter(pk__in=[client.pk for client in made])
        left = row_digests.digests(rows, row_digests.columns_of(Client))
        for row, client in self.new:
            row.outcome, row.client, row.why = RowOutcome.CREATED, client, ""
            row.changes = {"digest": left[client.pk]}
            self.made[client.pk] = row
        self.new = []

    def _saved(self, client: Client) -> Client:
        if any(new is client for _row, new in self.new):
            self.write()
        return client

    def _fill(self, row: ClientImportRow, client: Client, given: Mapping[str, Any]) -> None:
        row.client = client
        filled: Any = {
            name: value
            for name, value in given.items()
            if name not in NEVER_FILLED and getattr(client, name) in EMPTY and value not in EMPTY
        }
        if not filled:
            row.outcome, row.why = RowOutcome.SKIPPED, _("Nothing of it was empty.")
            return
        before = {name: getattr(client, name) for name in filled}
        changed = clients.change_client(client=client, actor=self.actor, now=self.now, **filled)
        client.__dict__.update({name: getattr(changed, name) for name in filled})
        row.outcome = RowOutcome.UPDATED
        row.changes = {name: [audit.plain(before[name]), audit.plain(filled[name])] for name in filled}
        self._remember_as_left(client)

    def _remember_as_left(self, client: Client) -> None:
        """Where this import created the client too, keep on that row what it has left behind by now."""
        digest = row_digests.digests(Client.objects.filter(pk=client.pk), row_digests.columns_of(Client))[client.pk]
        if (earlier := self.made.get(client.pk)) is not None:
            earlier.changes = {"digest": digest}
        else:
            created = self.client_import.rows.filter(client=client, outcome=RowOutcome.CREATED)
            created.update(changes={"digest": digest}, updated_at=self.now)


# Taking back ----------------------------------------------------------------------------------------


def _insist_on_independence(
    rows: Iterable[ClientImportRow], standing: Mapping[int, Client], created: Mapping[int, ClientImportRow]
) -> None:
    found = [f"{row._meta.verbose_name} {row}" for row in client_relations.dependants(created)]
    left = row_digests.digests(Client.objects.filter(pk__in=list(created)), row_digests.columns_of(Client))
    for row in rows:
        client = standing[row.client_id or 0]
        if row.outcome == RowOutcome.CREATED:
            is_changed = left[client.pk] != row.changes["digest"]
        else:
            is_changed = any(
                getattr(client, name) != _stored(name, after) for name, (_before, after) in row.changes.items()
            )
        if is_changed:
            found.append(str(client))
    if found:
        named = "; ".join(found[:NAMED])
        if len(found) > NAMED:
            named = _("%(named)s and %(count)d more") % {"named": named, "count": len(found) - NAMED}
        raise CannotUndo(_("The import cannot be undone. Added or changed since: %(named)s.") % {"named": named})


def _stored(name: str, value: object) -> Any:
    field = cast("Any", Client._meta.get_field(name))
    return field.to_python(value)
