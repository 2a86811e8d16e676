"""Hours for the demonstration: what engineers worked this week and the last, and a clock that runs."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from sessions_app.models import Project, StudioSession, TaskType, TimeEntry
from sessions_app.services import closed_periods, time_entries, timers, timesheet
from studio.accounts.models import User
from studio.clock import local_midnight

# (task, hour of the day at which it begins in quarters, length in quarters), told apart by the day.
DAYS = (
    (("Setup", 36, 3), ("Recording", 39, 10), ("Break", 49, 3), ("Recording", 52, 9)),
    (("Mixing", 38, 12), ("Break", 50, 4), ("Mixing", 54, 10)),
    (("Setup", 40, 2), ("Recording", 42, 12), ("Break", 54, 2), ("Mastering", 56, 7)),
    (("Mastering", 37, 8), ("Mixing", 46, 14)),
)
QUARTER = timedelta(minutes=15)
WEEKS = 2
WORKDAYS = 5
SINCE = timedelta(minutes=83)  # how long the clock has been running


@transaction.atomic
def fill_hours(*, people: Sequence[User], monday: date, zone: ZoneInfo, now: datetime) -> int:
    """Write down two weeks of hours for each person, start the clock of the first, and return how many there are.

    monday: of this week; hours still to come are left out, as they are in months that are closed
    """
    tasks = {task.name: task for task in TaskType.objects.in_use()}
    for place, person in enumerate(people):
        for number, day in enumerate(_days(monday)):
            for name, begins, length in DAYS[(number + place) % len(DAYS)]:
                starts_at = local_midnight(day, zone) + begins * QUARTER
                ends_at = starts_at + length * QUARTER
                target = _target(starts_at, number + place)
                if ends_at <= now - SINCE and name in tasks and target is not None:
                    time_entries.add_entry(
                        person=person,
                        task_type=tasks[name],
                        target=target,
                        started_at=starts_at,
                        ended_at=ends_at,
                        reason=_("From the day sheet."),
                        may_overlap=True,
                        actor=person,
                        now=now,
                    )
    target = _target(now, 0)
    if people and target is not None and tasks:
        task = tasks.get("Mixing", next(iter(tasks.values())))
        timers.start_timer(person=people[0], task_type=task, target=target, actor=people[0], now=now - SINCE)
    _close_a_month(monday, now)
    return TimeEntry.objects.count()


def _days(monday: date) -> Iterator[date]:
    first = monday - timedelta(weeks=WEEKS - 1)
    for week in range(WEEKS):
        for day in range(WORKDAYS):
            yield first + timedelta(weeks=week, days=day)


def _target(at: datetime, number: int) -> timesheet.Target | None:
    """Return what somebody works on: a session of the moment or a project in turn."""
    session = StudioSession.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("room", "pk").first()
    if session is not None and number % 2:
        return session
    projects = list(Project.objects.current().order_by("pk")[:5])
    return projects[number % len(projects)] if projects else session


def _close_a_month(monday: date, now: datetime) -> None:
    """Close the month before the first one that the hours above are in."""
    first = (monday - timedelta(weeks=WEEKS)).replace(day=1)
    closed_periods.close_month(month=first - timedelta(days=1), actor=None, now=now)
