"""What every writer of hours does: lock what they are for, keep the months as they are, copy what an hour is worth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from sessions_app.models import Project, StudioSession, TaskType, TimeEntry, Track
from sessions_app.services import facts
from studio.accounts.models import User
from studio.db import refusing
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

Target = StudioSession | Project | Track

# What time can be for -> the link of an entry, and what it is called.
LINKS: Mapping[type[Target], tuple[str, str]] = {
    StudioSession: ("session", "title"),
    Project: ("project", "name"),
    Track: ("track", "title"),
}
TOLD = (
    "person",
    "session",
    "project",
    "track",
    "task_type",
    "started_at",
    "ended_at",
    "hourly_rate",
    "billable",
    "note",
)
SHARE_MONTHS = "SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema() || ':closed_periods', 0))"


class UnknownTarget(DomainError):
    """What the time would be for does not exist."""

    status_code = 400


class EntryGone(DomainError):
    """Somebody has deleted the entry."""

    status_code = 404


class TaskUnavailable(DomainError):
    """The task type is switched off."""


class EntryLocked(DomainError):
    """The entry is invoiced, or its month is closed."""


class MonthClosed(EntryLocked):
    """The month is closed."""


def linked(target: Target) -> dict[str, object]:
    """Lock what time is for and return what an entry says of it: the links and the name.

    Taken before any entry, the same order as renaming and deleting. Something loaded in another studio may have a key
    that exists here too, but not the same birth.
    raises: UnknownTarget
    """
    link, name = LINKS[type(target)]
    found = type(target).objects.locked().filter(pk=target.pk, created_at=target.created_at).first()
    if found is None:
        raise UnknownTarget(_("What this time would be for does not exist."))
    others = dict.fromkeys(other for other, _name in LINKS.values())
    return {**others, link: found, "target_label": getattr(found, name)}


def keep_months() -> None:
    """Let nobody close or open a month until the transaction ends; taken before the row of any entry.

    raises: studio.db.TryAgain
    """
    with refusing(), connection.cursor() as cursor:
        cursor.execute(SHARE_MONTHS)


def locked_entry(entry: TimeEntry) -> TimeEntry:
    """Return the row of an entry, locked, while no month is closed or opened.

    raises: EntryGone
    """
    keep_months()
    found = (
        TimeEntry.objects.locked()
        .select_related("task_type", "session", "project", "track")
        .filter(pk=entry.pk)
        .first()
    )
    if found is None:
        raise EntryGone(_("This entry has been deleted meanwhile."))
    return found


@contextmanager
def saving(entry: TimeEntry, **others: DomainError) -> Iterator[None]:
    """Run the block that writes an entry; the table's refusals become sentences.

    raises: facts.BadFacts, EntryLocked, MonthClosed
    """
    locked = EntryLocked(_("This entry is invoiced or its month is closed: it stays as it is."))
    closed = MonthClosed(_("This month is closed for time entries. An owner or a manager can open it again."))
    with facts.saving(entry, time_entries_locked=locked, time_entries_month_closed=closed, **others):
        yield


def require_in_use(task: TaskType) -> None:
    """Pass when a task type can be given to entries.

    raises: TaskUnavailable
    """
    if not task.is_active:
        raise TaskUnavailable(_("%(task)s is switched off for new entries.") % {"task": task})


def draft_entry(
    *,
    person: User,
    task_type: TaskType,
    links: Mapping[str, object],
    started_at: datetime,
    note: str,
    is_manual: bool,
) -> TimeEntry:
    """Return a new entry that copies what the task is worth now; nothing is saved.

    links: as `linked` returns them
    raises: TaskUnavailable, facts.BadFacts
    """
    task = TaskType.objects.get(pk=task_type.pk)
    require_in_use(task)
    entry = TimeEntry(
        person=person,
        person_label=person.label,
        task_type=task,
        hourly_rate=task.hourly_rate,
        billable=task.billable,
        currency=current_profile().currency,
        is_manual=is_manual,
        **links,
    )
    facts.set_facts(entry, {"started_at": started_at, "note": note})
    return entry


def told(entry: TimeEntry) -> dict[str, object]:
    """Return the facts of an entry that the trail keeps, without those that it has not."""
    return {field: value for field in TOLD if (value := getattr(entry, field)) not in {None, ""}}
