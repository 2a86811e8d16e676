"""What engineers were booked for, what of it took place, and what they wrote down, by person and month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth

from sessions_app.models import SessionAssignment, SessionStatus, TimeEntry
from sessions_app.models.assignment import AssignmentKind
from sessions_app.models.session import PROVISIONAL_STATUSES
from sessions_app.selectors.time_totals import LENGTH, NO_TIME
from studio.accounts.models import User
from studio.clock import local_midnight

ONE_DAY = timedelta(days=1)


def _length(start: Any, end: Any) -> Combinable:
    return ExpressionWrapper(end - start, output_field=DurationField())


BOOKED = _length(F("starts_at"), F("ends_at"))
# The real times where both were written down, else the booked ones.
DONE = Case(
    When(session__actual_end__isnull=False, then=_length(F("session__actual_start"), F("session__actual_end"))),
    default=BOOKED,
    output_field=DurationField(),
)


@dataclass(frozen=True, slots=True)
class EngineerMonth:
    """One person in one month; a session and an entry belong to the month in which they begin.

    booked: of sessions that are agreed on, whatever became of them but a cancellation
    done: of those that are completed, by their real times where they were written down
    tracked: what the person wrote down, on whatever work
    """

    person: str
    month: date
    sessions: int = 0
    booked: timedelta = NO_TIME
    done: timedelta = NO_TIME
    tracked: timedelta = NO_TIME


def engineer_hours(*, first: date, last: date, zone: ZoneInfo, person: User | None = None) -> list[EngineerMonth]:
    """Return the hours of engineers on some days, by month and then by name; whose account is gone stays by name.

    person: None for everybody
    queries: 2
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    assigned = (
        SessionAssignment.objects.taking()
        .filter(kind=AssignmentKind.ENGINEER, starts_at__gte=start, starts_at__lt=end)
        .exclude(session__status__in=PROVISIONAL_STATUSES)
    )
    entries = TimeEntry.objects.finished().begun_between(start, end)
    if person is not None:
        assigned, entries = assigned.filter(engineer=person), entries.filter(person=person)
    found: dict[tuple[date, str], EngineerMonth] = {}
    for row in (*_booked(assigned, zone), *_tracked(entries, zone)):
        key = row["month"].date(), row["who"] or row["name"]
        before = found.get(key, EngineerMonth(row["name"], key[0]))
        found[key] = EngineerMonth(
            person=row["name"],
            month=before.month,
            sessions=before.sessions + row.get("sessions", 0),
            booked=before.booked + row.get("booked", NO_TIME),
            done=before.done + (row.get("done") or NO_TIME),
            tracked=before.tracked + row.get("tracked", NO_TIME),
        )
    return sorted(found.values(), key=lambda row: (row.month, row.person.casefold(), row.person))


def _booked(assigned: QuerySet[SessionAssignment], zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    completed = Q(session__status=SessionStatus.COMPLETED)
    rows = (
        assigned.order_by()
        .values(who=F("engineer_id"), name=F("label"), month=TruncMonth("starts_at", tzinfo=zone))
        .annotate(sessions=Count("pk"), booked=Sum(BOOKED), done=Sum(DONE, filter=completed))
    )
    return cast("Iterable[dict[str, Any]]", rows)


def _tracked(entries: QuerySet[TimeEntry], zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    rows = (
        entries.order_by()
        .values(who=F("person_id"), name=F("person_label"), month=TruncMonth("started_at", tzinfo=zone))
        .annotate(tracked=Sum(LENGTH))
    )
    return cast("Iterable[dict[str, Any]]", rows)
