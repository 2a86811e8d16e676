"""Former task types and time entries."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import Project, StudioSession, TaskType, TimeEntry, TimeLock, Track
from studio.tenancy.adoption.adopters import Found, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

BILLABLE, NOT_BILLABLE = "billable", "non-billable"
CATEGORIES = {BILLABLE: BILLABLE, NOT_BILLABLE: NOT_BILLABLE, "non_billable": NOT_BILLABLE}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULT_COLOUR = "#3498db"
LARGEST_NUMBER = 32767
MINUTE = timedelta(minutes=1)
# The former link -> what it points to; where an entry had several, the first of these holds.
TARGETS: dict[str, tuple[type[Track | StudioSession | Project], str, str]] = {
    "track": (Track, "tracks", "title"),
    "session": (StudioSession, "sessions", "title"),
    "project": (Project, "projects", "name"),
}


def adopt_task_type(row: FormerRow, _run: Run) -> TaskType | Found:
    """Return the task type that a row of `task_types` becomes; one of that name which is there already is taken."""
    name = row.text("name", longest=100)
    if not name:
        raise SetAside(_("It has no name."))
    rate = row.amount("hourly_rate") or Decimal(0)
    is_billable = row.choice("category", CATEGORIES, default=BILLABLE) == BILLABLE
    if there := TaskType.objects.filter(name__iexact=name).first():
        if (rate, is_billable) != (there.hourly_rate, there.billable):
            facts = {"name": there.name, "rate": there.hourly_rate, "former": rate}
            row.keep("hourly_rate", _("%(name)s is there already at %(rate)s; it was %(former)s.") % facts)
        return Found(there)
    colour = row.text("color")
    if colour and not COLOUR.fullmatch(colour):
        row.keep("color", _('"%(value)s" is no colour.') % {"value": colour[:80]})
        colour = ""
    return TaskType.objects.create(
        name=name,
        description=row.raw_text("description"),
        hourly_rate=rate,
        billable=is_billable,
        colour=colour or DEFAULT_COLOUR,
        position=row.whole("sort_order", least=0, most=LARGEST_NUMBER, default=0) or 0,
        is_active=row.flag("is_active", default=True),
    )


def adopt_time_entry(row: FormerRow, run: Run) -> TimeEntry:
    """Return the entry that a row of `time_entries` becomes.

    Its person was a number in a database that is not part of the source, and is kept as such. A timer that was never
    stopped and an entry that ends before it starts say nothing about hours, and are set aside.
    """
    task = TaskType.objects.get(pk=run.required(row, "task_type_id", "task_types"))
    started_at, ended_at = _times(row, run)
    person, rate = row.raw_text("created_by"), row.amount("hourly_rate_snapshot")
    is_invoiced = row.value("invoice_id") is not None
    if is_invoiced:
        row.keep("invoice_id", _("It was invoiced, so it is locked."))
    return TimeEntry.objects.create(
        person_label=_("former user %(number)s") % {"number": person} if person else "",
        **_target(row, run),
        task_type=task,
        note=row.raw_text("notes"),
        started_at=started_at,
        ended_at=ended_at,
        is_manual=row.flag("manually_adjusted", default=False),
        hourly_rate=task.hourly_rate if rate is None else rate,
        currency=run.currency,
        billable=row.flag("billable", default=task.billable),
        locked_at=run.now if is_invoiced else None,
        lock_reason=TimeLock.INVOICE if is_invoiced else "",
    )


def _times(row: FormerRow, run: Run) -> tuple[datetime, datetime]:
    started_at, ended_at = row.instant("start_time", shift=run.shift), row.instant("end_time", shift=run.shift)
    if started_at is None:
        raise SetAside(_("It has no start."))
    if ended_at is None:
        raise SetAside(_("It was never stopped: nobody knows how long it took."))
    if ended_at <= started_at:
        facts = {"start": row.content.get("start_time"), "end": row.content.get("end_time")}
        raise SetAside(_("It does not end after it starts: %(start)s to %(end)s.") % facts)
    minutes = row.number("duration_minutes")
    if minutes is not None and abs((ended_at - started_at) - int(minutes) * MINUTE) > MINUTE:
        row.keep("duration_minutes", _("It said %(minutes)s minutes; its times hold.") % {"minutes": minutes})
    return started_at, ended_at


def _target(row: FormerRow, run: Run) -> dict[str, object]:
    """Return the link to what the time was for, and its name; neither for an orphan."""
    found: dict[str, object] = {}
    for link, (model, table, name) in TARGETS.items():
        key = run.linked(row, f"{link}_id", table)
        if key is not None and found:
            row.keep(f"{link}_id", _("It was for several things; the first is taken."))
        elif key is not None:
            target = model._default_manager.get(pk=key)
            found = {link: target, "target_label": getattr(target, name)}
    return found
