"""The list of members: what its columns and its filters ask of sessions."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from training.models import Member, Subscription, TrainingSession, TrainingStatus

PLAN_FACTS = {"name": "plan_name", "ends_on": "ends_on", "status": "status"}


def with_columns(members: QuerySet[Member], columns: Collection[str], now: datetime) -> QuerySet[Member]:
    """Add what the chosen columns show beyond the members' own facts; what nobody looks at is not asked.

    columns: `last_session` -> last_session_at, `next_session` -> next_session_at, `scheduled` -> scheduled_count,
        `plan` -> plan_name, plan_ends_on and plan_status of the one that runs, `remaining` -> remaining_count of it,
        `balance` -> has_unpaid_plan
    """
    of_member = TrainingSession.objects.filter(member=OuterRef("pk"))
    if "last_session" in columns:
        completed = of_member.filter(status=TrainingStatus.COMPLETED).order_by("-scheduled_start")
        members = members.annotate(last_session_at=_first_start(completed))
    if "next_session" in columns:
        members = members.annotate(next_session_at=_first_start(of_member.ahead(now).order_by("scheduled_start")))
    if "scheduled" in columns:
        counted = of_member.ahead(now).order_by().values("member").annotate(number=Count("pk")).values("number")
        members = members.annotate(scheduled_count=Coalesce(Subquery(counted, IntegerField()), Value(0)))
    current = Subscription.objects.filter(member=OuterRef("pk")).current()
    if "plan" in columns:
        facts = {f"plan_{name}": Subquery(current.values(column)[:1]) for name, column in PLAN_FACTS.items()}
        members = members.annotate(**facts)
    if "remaining" in columns:
        with_balance: QuerySet[Any] = current.with_balance()
        members = members.annotate(remaining_count=Subquery(with_balance.values("balance")[:1]))
    if "balance" in columns:
        members = members.annotate(has_unpaid_plan=has_unpaid_plan())
    return members


def has_unpaid_plan() -> Exists:
    """Return the question whether something of a member's plans is still to be paid."""
    return Exists(Subscription.objects.filter(member=OuterRef("pk")).unpaid())


def has_current_plan() -> Exists:
    """Return the question whether a member has a plan that has begun and not ended, be it paused."""
    return Exists(Subscription.objects.filter(member=OuterRef("pk")).current())


def has_session_to_come(now: datetime) -> Exists:
    """Return the question whether a member has a session that is still to begin."""
    return Exists(TrainingSession.objects.filter(member=OuterRef("pk")).ahead(now))


def _first_start(sessions: QuerySet[TrainingSession]) -> Subquery:
    return Subquery(sessions.values("scheduled_start")[:1], output_field=DateTimeField())
