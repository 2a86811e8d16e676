"""The one clock of each person: starting, stopping, switching."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import TaskType, TimeEntry
from sessions_app.services import timesheet
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import when


class TimerRunning(DomainError):
    """The person's clock is running for something."""


class NotRunning(DomainError):
    """The timer has been stopped already."""


@taking_turns()
def start_timer(
    *,
    person: User,
    task_type: TaskType,
    target: timesheet.Target,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> TimeEntry:
    """Start somebody's clock for something and return the running entry; of two at once one wins.

    raises: TimerRunning, timesheet.TaskUnavailable, timesheet.UnknownTarget, facts.BadFacts
    """
    links = timesheet.linked(target)
    if (running := TimeEntry.objects.running().filter(person=person).first()) is not None:
        raise _running(running)
    return _started(person=person, task_type=task_type, links=links, actor=actor, now=now, note=note)


@taking_turns()
def stop_timer(*, entry: TimeEntry, actor: User | None, now: datetime) -> TimeEntry:
    """Stop a running timer and return it.

    raises: NotRunning; timesheet.EntryGone; facts.BadFacts in the instant in which it began
    """
    stopped = timesheet.locked_entry(entry)
    if stopped.ended_at is not None:
        raise NotRunning(_("This timer was stopped on %(when)s.") % {"when": when(stopped.ended_at)})
    return _stopped(stopped, actor=actor, now=now)


@taking_turns()
def switch_timer(
    *,
    person: User,
    task_type: TaskType,
    target: timesheet.Target,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> TimeEntry:
    """Stop whatever runs for a person, start the clock for something else, and return the running entry.

    raises: TimerRunning when another tab was faster, and as `start_timer`
    """
    links = timesheet.linked(target)
    timesheet.keep_months()
    running = TimeEntry.objects.locked().running().filter(person=person).first()
    if running is not None:
        _stopped(running, actor=actor, now=now)
    return _started(person=person, task_type=task_type, links=links, actor=actor, now=now, note=note)


def _running(entry: TimeEntry) -> TimerRunning:
    sentence = _("A timer for %(work)s has been running since %(when)s. Stop it first, or switch.")
    return TimerRunning(sentence % {"work": entry.target_label, "when": when(entry.started_at)})


def _started(
    *,
    person: User,
    task_type: TaskType,
    links: Mapping[str, object],
    actor: User | None,
    now: datetime,
    note: str,
) -> TimeEntry:
    entry = timesheet.draft_entry(
        person=person, task_type=task_type, links=links, started_at=now, note=note, is_manual=False
    )
    faster = TimerRunning(_("Another timer of this person has just been started."))
    timesheet.keep_months()
    with timesheet.saving(entry, time_entries_one_running=faster):
        entry.save(force_insert=True)
    changes = {field: (None, value) for field, value in timesheet.told(entry).items()}
    audit.record(verb="start", subject=entry, actor=actor, now=now, changes=changes)
    return entry


def _stopped(entry: TimeEntry, *, actor: User | None, now: datetime) -> TimeEntry:
    entry.ended_at = now
    with timesheet.saving(entry):
        entry.save(update_fields=["ended_at"])
    audit.record(verb="stop", subject=entry, actor=actor, now=now, changes={"ended_at": (None, now)})
    return entry
