"""Hours and what they are worth, added up by whatever one asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DecimalField, DurationField, ExpressionWrapper, F, Func, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncDate, TruncWeek

from sessions_app.models import Project, StudioSession, TimeEntry, Track
from studio.money import quantise

NO_TIME = timedelta()
SECONDS_OF_AN_HOUR, HUNDREDTH = 3600, Decimal("0.01")
EXACT = DecimalField(max_digits=30, decimal_places=10)
LENGTH = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())


class Hours(Func):
    """A length as an exact number of hours."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) / 3600)"
    output_field = EXACT


WORTH = ExpressionWrapper(Hours(LENGTH) * F("hourly_rate"), output_field=EXACT)


class By(StrEnum):
    """What hours can be added up by."""

    PERSON = "person"
    TASK = "task"
    PROJECT = "project"
    CLIENT = "client"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Total:
    """Some entries, added up.

    label: a name, or a day: the first of a week; empty where the entries have none
    hours, billable: of finished entries
    worth: hours at their rates, and of the billable ones; rounded once, at the end
    """

    label: Any
    currency: str
    entries: int
    hours: timedelta
    billable: timedelta
    worth: Decimal
    billable_worth: Decimal

    @property
    def unbilled(self) -> timedelta:
        """The hours that are not for a bill."""
        return self.hours - self.billable


SUMS = {
    "hours": Coalesce(Sum(LENGTH), Value(NO_TIME)),
    "billable_hours": Coalesce(Sum(LENGTH, filter=Q(billable=True)), Value(NO_TIME)),
    "worth": Coalesce(Sum(WORTH), Value(Decimal(0)), output_field=EXACT),
    "billable_worth": Coalesce(Sum(WORTH, filter=Q(billable=True)), Value(Decimal(0)), output_field=EXACT),
}


def in_hours(length: timedelta) -> Decimal:
    """Return a length as a number of hours, to the hundredth."""
    return (Decimal(length // timedelta(seconds=1)) / SECONDS_OF_AN_HOUR).quantize(HUNDREDTH)


def work_on(target: StudioSession | Project | Track) -> Q:
    """Return which entries are of something: of a project also those of its sessions and tracks."""
    if isinstance(target, Project):
        return Q(project=target) | Q(session__project=target) | Q(track__project=target)
    return Q(track=target) if isinstance(target, Track) else Q(session=target)


def label_of(by: By, zone: ZoneInfo) -> Combinable:
    """Return the expression that names what an entry counts for."""
    labels: dict[By, Combinable] = {
        By.PERSON: F("person_label"),
        By.TASK: F("task_type__name"),
        By.PROJECT: Coalesce("project__name", "session__project__name", "track__project__name", Value("")),
        By.CLIENT: Coalesce(
            "project__client__name", "session__client__name", "track__project__client__name", Value("")
        ),
        By.DAY: TruncDate("started_at", tzinfo=zone),
        By.WEEK: TruncWeek("started_at", tzinfo=zone),
    }
    return labels[by]


def totals(entries: QuerySet[TimeEntry], by: By, zone: ZoneInfo) -> list[Total]:
    """Return finished entries added up, a line for each label and currency; most hours first, days in their order.

    zone: of the days; an entry belongs to the day on which it begins
    queries: 1
    """
    rows = _added_up(entries.annotate(label=label_of(by, zone)), "label", "currency")
    if by in {By.DAY, By.WEEK}:
        return sorted(rows, key=lambda row: row.label)
    return sorted(rows, key=lambda row: (-row.hours, str(row.label), row.currency))


def grand_totals(entries: QuerySet[TimeEntry]) -> list[Total]:
    """Return finished entries added up, a line for each currency; none without entries.

    queries: 1
    """
    return sorted(_added_up(entries, "currency"), key=lambda row: row.currency)


def _added_up(entries: QuerySet[TimeEntry], *names: str) -> Iterable[Total]:
    finished = entries.filter(ended_at__isnull=False).order_by()
    for row in finished.values(*names).annotate(**SUMS, entries=Count("pk")):
        label = row.get("label", "")
        yield Total(
            label=label.date() if hasattr(label, "date") else label,
            currency=row["currency"],
            entries=row["entries"],
            hours=row["hours"],
            billable=row["billable_hours"],
            worth=quantise(row["worth"], row["currency"]),
            billable_worth=quantise(row["billable_worth"], row["currency"]),
        )
