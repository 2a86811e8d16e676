"""Hours that were worked: writing them down by hand, correcting and deleting them, and locking them to an invoice.

Two entries of one person may overlap: a boundary between two is moved one after the other, and hours taken over do
overlap. Whoever types such hours says that it is meant; lists and pages show it (`TimeEntryQuerySet.with_overlaps`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from sessions_app.models import ClosedPeriod, TaskType, TimeEntry, TimeLock
from sessions_app.services import facts, timesheet
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import when

LONGEST = timedelta(hours=24)
MEASURED = frozenset({"started_at", "ended_at"})
UNEXPLAINED = frozenset({"note"})  # what may change without a reason


class ImpossibleTimes(DomainError):
    """An entry ends after it starts, lasts a day at most, and is over."""

    status_code = 400


class HoursOverlap(DomainError):
    """The person did something else meanwhile, and nobody said that this is meant."""


class ReasonMissing(DomainError):
    """Hours that no timer measured need a reason."""

    status_code = 400


class EntryFacts(TypedDict, total=False):
    """Facts of an entry; what is left out is not changed.

    ended_at: of a running timer it says when the work really ended
    task_type: another one brings its rate along, unless a rate is given too
    """

    started_at: datetime
    ended_at: datetime
    task_type: TaskType
    target: timesheet.Target
    hourly_rate: Decimal
    billable: bool
    note: str


@taking_turns()
def add_entry(
    *,
    person: User,
    task_type: TaskType,
    target: timesheet.Target,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    actor: User | None,
    now: datetime,
    note: str = "",
    may_overlap: bool = False,
) -> TimeEntry:
    """Write down hours that no timer measured, and return the entry.

    may_overlap: it is meant where the person did something else meanwhile; the same for correcting
    raises: ImpossibleTimes, HoursOverlap, ReasonMissing, timesheet.TaskUnavailable, timesheet.UnknownTarget,
        timesheet.MonthClosed, facts.BadFacts
    """
    _require_reason(reason)
    _require_possible(started_at, ended_at, now)
    links = timesheet.linked(target)
    entry = timesheet.draft_entry(
        person=person, task_type=task_type, links=links, started_at=started_at, note=note, is_manual=True
    )
    entry.ended_at = ended_at
    if not may_overlap:
        _require_apart(entry)
    timesheet.keep_months()
    with timesheet.saving(entry):
        entry.save(force_insert=True)
    changes = {field: (None, value) for field, value in timesheet.told(entry).items()}
    audit.record(verb="create", subject=entry, actor=actor, now=now, changes=changes, reason=reason)
    return entry


@taking_turns()
def correct_entry(
    *,
    entry: TimeEntry,
    actor: User | None,
    now: datetime,
    reason: str = "",
    may_overlap: bool = False,
    **given: Unpack[EntryFacts],
) -> TimeEntry:
    """Change what was given, keep the old values in the trail, and return the entry.

    raises: ImpossibleTimes, HoursOverlap, ReasonMissing, timesheet.TaskUnavailable, timesheet.UnknownTarget,
        timesheet.EntryLocked, timesheet.EntryGone, facts.BadFacts
    """
    asked: dict[str, object] = {field: value for field, value in given.items() if field != "target"}
    if "target" in given:
        asked |= timesheet.linked(given["target"])
    corrected = timesheet.locked_entry(entry)
    if "task_type" in given and given["task_type"].pk != corrected.task_type_id:
        timesheet.require_in_use(given["task_type"])
        asked = {"hourly_rate": given["task_type"].hourly_rate, "billable": given["task_type"].billable} | asked
    changes = facts.set_facts(corrected, asked)
    if not changes:
        return corrected
    if changes.keys() - UNEXPLAINED:
        _require_reason(reason)
    if changes.keys() & MEASURED:
        _require_possible(corrected.started_at, corrected.ended_at, now)
        if not may_overlap:
            _require_apart(corrected)
        corrected.is_manual = True
    with timesheet.saving(corrected):
        corrected.save(update_fields=[*changes, "is_manual"])
    audit.record(verb="change", subject=corrected, actor=actor, now=now, changes=changes, reason=reason)
    return corrected


@taking_turns()
def delete_entry(*, entry: TimeEntry, reason: str, actor: User | None, now: datetime) -> None:
    """Delete an entry, or a running timer; the trail keeps what it said.

    raises: ReasonMissing, timesheet.EntryLocked
    """
    _require_reason(reason)
    gone = timesheet.locked_entry(entry)
    changes = {field: (value, None) for field, value in timesheet.told(gone).items()}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes, reason=reason)
    with timesheet.saving(gone):
        gone.delete()


@taking_turns()
def lock_for_invoice(*, entries: Sequence[TimeEntry], actor: User | None, now: datetime) -> list[TimeEntry]:
    """Make entries final because an invoice has them, and return them; those of a closed month too.

    raises: timesheet.EntryLocked when one is on an invoice already, is not billable or still running
    """
    timesheet.keep_months()
    keys = {entry.pk for entry in entries}
    found = list(TimeEntry.objects.locked().filter(pk__in=keys))
    ready = set(TimeEntry.objects.uninvoiced().filter(pk__in=keys).values_list("pk", flat=True))
    if ready != keys:
        raise timesheet.EntryLocked(_("Some of these entries are invoiced already, are not billable or have no end."))
    return _locked(found, TimeLock.INVOICE, actor=actor, now=now)


@taking_turns()
def release_from_invoice(*, entries: Sequence[TimeEntry], actor: User | None, now: datetime) -> list[TimeEntry]:
    """Take entries off an invoice that is credited, and return them; a closed month still holds its own."""
    timesheet.keep_months()
    found = list(TimeEntry.objects.locked().filter(pk__in=[entry.pk for entry in entries]))
    closed = list(ClosedPeriod.objects.filter(reopened_at__isnull=True))
    held = [entry for entry in found if any(one.starts_at <= entry.started_at < one.ends_at for one in closed)]
    _locked(held, TimeLock.PERIOD, actor=actor, now=now)
    _locked([entry for entry in found if entry not in held], None, actor=actor, now=now)
    return found


def _locked(
    entries: Sequence[TimeEntry], lock: TimeLock | None, *, actor: User | None, now: datetime
) -> list[TimeEntry]:
    for entry in entries:
        changes = {"lock_reason": (entry.lock_reason, lock or "")}
        entry.lock_reason, entry.locked_at = lock or "", now if lock else None
        entry.save(update_fields=["lock_reason", "locked_at"])
        audit.record(verb="change", subject=entry, actor=actor, now=now, changes=changes)
    return list(entries)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Say why: hours that no timer measured need a reason."))


def _require_apart(entry: TimeEntry) -> None:
    """Pass when the person did nothing else meanwhile; times that cannot be are for others to refuse.

    raises: HoursOverlap
    """
    if entry.ended_at is not None and entry.ended_at <= entry.started_at:
        return
    other = TimeEntry.objects.beside(entry).order_by("started_at", "pk").first()
    if other is not None:
        sentence = _("These hours overlap others of the same person: %(work)s, %(when)s.")
        named = {"work": other.target_label or other.task_type, "when": when(other.started_at, other.ended_at)}
        raise HoursOverlap(sentence % named)


def _require_possible(started_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    """Pass when the times can be true; that an end follows its start is the table's to say.

    raises: ImpossibleTimes
    """
    if (ended_at or started_at) > now:
        raise ImpossibleTimes(_("Time is written down once it is over: this lies in the future."))
    if ended_at is not None and ended_at - started_at > LONGEST:
        raise ImpossibleTimes(_("An entry lasts 24 hours at most."))
