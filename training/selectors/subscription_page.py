"""What the page of a subscription shows: its credits as a picture, its ledger, its pauses, its sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Sum, Window
from django.utils.translation import gettext_lazy as _

from training.models import CreditEntry, Subscription, SubscriptionPause, TrainingSession
from training.selectors.credits import Breakdown, breakdown
from training.selectors.strays import strays_of

MOST_ENTRIES = 200
MOST_SESSIONS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar.

    key: of its colour, "used", "kept", "scheduled", "left" or "expired"
    """

    key: str
    label: Any
    count: int


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """A subscription as its page shows it.

    entries: newest first, each with `balance` after it
    upcoming: the next sessions that are charged to it
    outside: keys of those that lie outside its term, since it has moved
    """

    breakdown: Breakdown
    parts: Sequence[Part]
    entries: Sequence[CreditEntry]
    pauses: Sequence[SubscriptionPause]
    upcoming: Sequence[TrainingSession]
    outside: frozenset[UUID]
    days_left: int

    @property
    def whole(self) -> int:
        """How many credits the bar stands for."""
        return sum(part.count for part in self.parts)


def subscription_page(subscription: Subscription, *, today: date, zone: ZoneInfo, now: datetime) -> SubscriptionPage:
    """Return what the page of a subscription shows.

    queries: 5
    """
    found = breakdown(subscription)
    parts = (
        Part("used", _("completed"), found.completed),
        Part("kept", _("not come"), found.kept),
        Part("scheduled", _("booked"), found.scheduled),
        Part("left", _("left"), found.remaining),
        Part("expired", _("expired"), found.expired),
    )
    running = Window(Sum("quantity"), partition_by=[F("subscription_id")], order_by=["id"])
    entries = CreditEntry.objects.filter(subscription=subscription).annotate(balance=running).order_by("-pk")
    sessions = (
        TrainingSession.objects.filter(subscription=subscription)
        .upcoming(now)
        .select_related("machine", "session_type", "subscription")
    )
    upcoming = list(sessions.order_by("scheduled_start", "pk")[:MOST_SESSIONS])
    return SubscriptionPage(
        breakdown=found,
        parts=[part for part in parts if part.count > 0],
        entries=list(entries[:MOST_ENTRIES]),
        pauses=list(SubscriptionPause.objects.filter(subscription=subscription).order_by("-starts_on", "-pk")),
        upcoming=upcoming,
        outside=frozenset(each.pk for each in strays_of(upcoming, zone=zone)),
        days_left=(subscription.ends_on - today).days + 1,
    )
