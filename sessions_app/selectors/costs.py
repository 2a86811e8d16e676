"""What projects cost against what was agreed: sessions, hours, and what an app above has pushed down."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from sessions_app.models import Project, SessionStatus, StudioSession, TimeEntry
from sessions_app.selectors.charges import AMOUNT, OWED
from sessions_app.selectors.time_totals import EXACT, WORTH
from studio.money import quantise

# A cancelled or missed session has cost its fee and extras.
SPENT = (SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED, SessionStatus.NO_SHOW, SessionStatus.CANCELLED)
BOOKED = (SessionStatus.SCHEDULED,)
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Costs:
    """What a project has cost so far and what is booked, in its client's currency.

    other: expenses and whatever else billing has written into `projects.actual_cost`
    budget: None when nothing was agreed
    """

    sessions: Decimal
    hours: Decimal
    other: Decimal
    booked: Decimal
    budget: Decimal | None
    currency: str

    @property
    def actual(self) -> Decimal:
        """What has been spent."""
        return self.sessions + self.hours + self.other

    @property
    def left(self) -> Decimal | None:
        """What is left of the budget, below zero where it is overdrawn; None without one."""
        return None if self.budget is None else self.budget - self.actual

    @property
    def percent(self) -> int:
        """How much of the budget is spent, in whole percent; 0 without one."""
        return int(self.actual * WHOLE / self.budget) if self.budget else 0


def with_costs(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Say of each project what its sessions and hours come to: the one place where that is added up.

    Sessions and hours in another currency than the client's are left out: they cannot be added.
    """
    mine = StudioSession.objects.filter(project=OuterRef("pk"), currency=OuterRef("client__currency"))
    hours = TimeEntry.objects.finished().filter(currency=OuterRef("client__currency"))
    worked = [
        Coalesce(Subquery(_sum(hours.filter(**{path: OuterRef("pk")}), WORTH, EXACT)), Decimal(0), output_field=EXACT)
        for path in ("project", "session__project", "track__project")
    ]
    return projects.annotate(
        sessions_cost=Coalesce(Subquery(_sum(mine.filter(status__in=SPENT), OWED, AMOUNT)), Decimal(0)),
        booked_cost=Coalesce(Subquery(_sum(mine.filter(status__in=BOOKED), OWED, AMOUNT)), Decimal(0)),
        hours_cost=worked[0] + worked[1] + worked[2],
    )


def costs(project: Project) -> Costs:
    """Return what a project of `with_costs`, loaded with its client, comes to."""
    found = cast("dict[str, Decimal]", vars(project))
    currency = project.client.currency
    return Costs(
        sessions=found["sessions_cost"],
        hours=quantise(found["hours_cost"], currency),
        other=project.actual_cost,
        booked=found["booked_cost"],
        budget=project.budget,
        currency=currency,
    )


def costs_of(project: Project) -> Costs:
    """Return what a project comes to.

    queries: 1
    """
    return costs(with_costs(Project.objects.select_related("client")).get(pk=project.pk))


def _sum(
    rows: QuerySet[StudioSession] | QuerySet[TimeEntry], amount: Any, kind: "DecimalField[Any, Any]"
) -> "QuerySet[Any, Any]":
    # Grouped by nothing: one row for the one project outside.
    return rows.order_by().values(one=F("currency")).annotate(sum=Sum(amount, output_field=kind)).values("sum")
