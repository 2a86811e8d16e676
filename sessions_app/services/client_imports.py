"""Taking in lists of clients: read, look, choose, import, and undo as long as nothing depends on it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from sessions_app.models import ClientImport, ClientImportRow, ImportStatus, RowChoice, RowOutcome
from sessions_app.selectors.import_columns import LABELS, NOT_TAKEN, guessed
from sessions_app.services import facts, import_rows
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.sheets import Table, UnreadableTable, read_table
from studio.tenancy.jobs import defer

AT_ONCE = 500  # rows that are imported while somebody waits; more are a job
CHUNK = 250  # rows of one transaction of a job
NAME_LENGTH = 255
UNSTORABLE, STAND_IN = re.compile("[\x00\ud800-\udfff]"), "\x01"
TASK = "sessions_app.import_clients"


class BadColumns(DomainError):
    """The columns do not say who the clients are, or two of them say the same."""

    status_code = 400


class WrongStep(DomainError):
    """The import is not where this can be done."""


@taking_turns()
def start_import(*, name: str, data: bytes, actor: User | None, now: datetime) -> ClientImport:
    """Keep what a file says, row by row, and return the import; nobody becomes a client yet.

    raises: studio.sheets.UnreadableTable, studio.sheets.TableTooLarge
    """
    table = read_table(data)
    if not table.rows:
        raise UnreadableTable(_("There is nobody in this list: below its heads it is empty."))
    fields = guessed(table.heads)
    made = ClientImport.objects.create(
        name=_plain(name)[-NAME_LENGTH:] or _("list"),
        sha256=sha256(data).hexdigest(),
        size=len(data),
        columns=[{"head": _plain(head), "field": field} for head, field in zip(table.heads, fields, strict=True)],
        row_count=len(table.rows),
        sent_by=actor,
        sent_by_label=actor.label if actor else "",
    )
    ClientImportRow.objects.bulk_create(_rows(made, table), batch_size=1000)
    changes = {"rows": (None, made.row_count), "sha256": (None, made.sha256)}
    audit.record(verb="create", subject=made, actor=actor, now=now, changes=changes)
    return made


@taking_turns()
def name_columns(*, client_import: ClientImport, fields: Sequence[str], actor: User | None, now: datetime) -> None:
    """Say what each column holds, and look at every row: new, known already, or refused with a reason.

    fields: as `import_columns.guessed` returns them, one for each column
    raises: BadColumns, WrongStep
    """
    found = _locked(client_import, ImportStatus.MAPPING, ImportStatus.PREVIEW)
    _insist_on_columns(found, fields)
    found.columns = [{**column, "field": field} for column, field in zip(found.columns, fields, strict=True)]
    found.status = ImportStatus.PREVIEW
    found.save(update_fields=["columns", "status"])
    import_rows.look_at(list(found.rows.order_by("number")), fields)
    audit.record(verb="change", subject=found, actor=actor, now=now, changes={"columns": (None, found.columns)})


@taking_turns()
def choose(
    *, client_import: ClientImport, choice: str, numbers: Iterable[int] | None, actor: User | None, now: datetime
) -> int:
    """Say what is done with rows whose client is known already, and return how many it changed.

    numbers: of the rows; None for all of them
    raises: WrongStep, facts.BadFacts for a choice that is none
    """
    found = _locked(client_import, ImportStatus.PREVIEW)
    if choice not in RowChoice.values:
        raise facts.BadFacts(_("Choose one of the three."))
    rows = found.rows.filter(outcome=RowOutcome.DUPLICATE).exclude(choice=choice)
    if numbers is not None:
        rows = rows.filter(number__in=list(numbers))
    changed = rows.update(choice=choice, updated_at=now)
    if changed:
        changes = {"choice": (None, choice), "rows": (None, changed)}
        audit.record(verb="change", subject=found, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def begin_import(*, client_import: ClientImport, actor: User | None, now: datetime) -> ClientImport:
    """Import a short list here and now, all of it or nothing; a long one by a job, part by part. Return the import.

    One under way is given to a job again, should the first have given up: it goes on where it stopped.
    raises: WrongStep
    """
    found = _locked(client_import, ImportStatus.PREVIEW, ImportStatus.RUNNING)
    if found.status == ImportStatus.RUNNING:
        return _queued(found)
    found.status = ImportStatus.RUNNING
    found.save(update_fields=["status"])
    waiting = found.rows.filter(outcome__in=import_rows.WAITING).count()
    audit.record(verb="start", subject=found, actor=actor, now=now, changes={"rows": (None, waiting)})
    if waiting > AT_ONCE:
        return _queued(found)
    import_rows.import_part(found, most=AT_ONCE, actor=actor, now=now)
    return _finish(found, actor=actor, now=now)


@taking_turns()
def continue_import(*, client_import: ClientImport, now: datetime) -> bool:
    """Import the next part of a long list and return whether there is more; one that is over is left alone."""
    found = ClientImport.objects.select_for_update(of=("self",)).select_related("sent_by").get(pk=client_import.pk)
    if found.status != ImportStatus.RUNNING:
        return False
    if import_rows.import_part(found, most=CHUNK, actor=found.sent_by, now=now):
        return True
    _finish(found, actor=found.sent_by, now=now)
    return False


@taking_turns()
def undo_import(*, client_import: ClientImport, actor: User | None, now: datetime) -> ClientImport:
    """Delete whom an import created, empty what it filled in, and return it; twice is once.

    raises: import_rows.CannotUndo when something depends on one of them or has been changed since; WrongStep
    """
    found = ClientImport.objects.select_for_update(of=("self",)).get(pk=client_import.pk)
    if found.status == ImportStatus.UNDONE:
        return found
    _insist_on_step(found, (ImportStatus.DONE,))
    undone = import_rows.take_back(found, actor=actor, now=now)
    found.status = ImportStatus.UNDONE
    found.save(update_fields=["status"])
    audit.record(verb="undo", subject=found, actor=actor, now=now, changes={"rows": (undone, None)})
    return found


@taking_turns()
def discard_import(*, client_import: ClientImport, actor: User | None, now: datetime) -> None:
    """Forget a list that was not imported, or whose import was undone, with all it says.

    raises: WrongStep
    """
    found = _locked(client_import, ImportStatus.MAPPING, ImportStatus.PREVIEW, ImportStatus.UNDONE)
    audit.record(verb="delete", subject=found, actor=actor, now=now, changes={"rows": (found.row_count, None)})
    found.delete()


# Where an import is ---------------------------------------------------------------------------------


def _locked(client_import: ClientImport, *steps: ImportStatus) -> ClientImport:
    found = ClientImport.objects.select_for_update(of=("self",)).get(pk=client_import.pk)
    _insist_on_step(found, steps)
    return found


def _insist_on_step(client_import: ClientImport, steps: Sequence[ImportStatus]) -> None:
    if client_import.status not in steps:
        status = client_import.get_status_display()
        raise WrongStep(_("This cannot be done now: the import is %(status)s.") % {"status": status})


def _queued(client_import: ClientImport) -> ClientImport:
    defer(TASK, queueing_lock=f"{TASK}:{client_import.pk}", import_id=client_import.pk)
    return client_import


def _finish(client_import: ClientImport, *, actor: User | None, now: datetime) -> ClientImport:
    client_import.status, client_import.finished_at = ImportStatus.DONE, now
    client_import.save(update_fields=["status", "finished_at"])
    outcomes = client_import.rows.values_list("outcome", flat=True)
    told = {outcome: (None, list(outcomes).count(outcome)) for outcome in sorted(set(outcomes))}
    audit.record(verb="complete", subject=client_import, actor=actor, now=now, changes=told)
    return client_import


# Reading --------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return "".join(sign for sign in text.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable())


def _rows(made: ClientImport, table: Table) -> Iterable[ClientImportRow]:
    """Yield the rows; a sign that cannot be stored becomes another that no text has, for which the row is refused."""
    for number, cells in table.rows:
        yield ClientImportRow(
            client_import=made, number=number, cells=[UNSTORABLE.sub(STAND_IN, cell) for cell in cells]
        )


def _insist_on_columns(client_import: ClientImport, fields: Sequence[str]) -> None:
    if len(fields) != len(client_import.columns) or not set(fields) <= {NOT_TAKEN, *LABELS}:
        raise BadColumns(_("Say for each column what it holds."))
    taken = [field for field in fields if field != NOT_TAKEN]
    if twice := next((field for field in taken if taken.count(field) > 1), None):
        raise BadColumns(_('Two columns hold "%(field)s". Choose one of them.') % {"field": LABELS[twice]})
    if not {"name", "first_name", "last_name", "artist_name"} & set(taken):
        raise BadColumns(_("Say which column holds the name."))
