"""What is left of a subscription, where the rest went, and whether the books agree with the sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from studio.office.models import StudioProfile
from training.models import (
    OPEN_STATUSES,
    UNSAID,
    CreditEntry,
    CreditKind,
    Member,
    Subscription,
    SubscriptionPause,
    SubscriptionStatus,
    TrainingSession,
    TrainingStatus,
)

KEPT = (TrainingStatus.NO_SHOW.value, TrainingStatus.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Where the credits of a subscription are.

    completed, scheduled, kept: its sessions as they stand in the timetable; kept are no-shows, and late
        cancellations that keep the credit
    remaining: the sum of the ledger
    in_ledger: credits used and not returned, by the ledger
    adjusted: may be below zero
    """

    subscription: Subscription
    bought: int
    adjusted: int
    expired: int
    in_ledger: int
    completed: int
    scheduled: int
    kept: int
    remaining: int

    @property
    def given(self) -> int:
        """How many credits there were before any expired."""
        return self.bought + self.adjusted

    @property
    def total(self) -> int:
        """How many credits there were to be used."""
        return self.bought + self.adjusted - self.expired

    @property
    def used(self) -> int:
        """How many are gone for good."""
        return self.completed + self.kept

    @property
    def holds(self) -> bool:
        """Whether timetable and ledger agree: completed + scheduled + remaining = total, kept ones counted as used."""
        return (
            self.used + self.scheduled + self.remaining == self.total
            and self.used + self.scheduled == self.in_ledger
            and self.bought == self.subscription.sessions_count
            and self.remaining >= 0
        )


def balance_of(subscription: Subscription) -> int:
    """Return how many credits are left.

    queries: 1
    """
    return balances_of([subscription.pk])[subscription.pk]


def balances_of(keys: Iterable[int]) -> dict[int, int]:
    """Return how many credits are left of each subscription.

    queries: 1
    """
    wanted = list(keys)
    rows = CreditEntry.objects.filter(subscription__in=wanted).values_list("subscription").order_by()
    return dict.fromkeys(wanted, 0) | dict(rows.annotate(balance=Sum("quantity")))


def breakdown(subscription: Subscription) -> Breakdown:
    """Return where the credits of a subscription are.

    queries: 2
    """
    return breakdowns([subscription])[0]


def breakdowns(subscriptions: Sequence[Subscription]) -> list[Breakdown]:
    """Return where the credits of each subscription are, in the order given.

    queries: 2, however many
    """
    keys = [each.pk for each in subscriptions]
    entries, sessions = CreditEntry.objects.filter(subscription__in=keys), TrainingSession.objects.all()
    return _add_up(subscriptions, entries, sessions.filter(subscription__in=keys))


def broken_lots() -> list[Breakdown]:
    """Return the subscriptions whose ledger and timetable disagree; all is well when there is none.

    queries: 3
    """
    everything = list(Subscription.objects.order_by("pk"))
    charged = TrainingSession.objects.filter(subscription__isnull=False)
    return [each for each in _add_up(everything, CreditEntry.objects.all(), charged) if not each.holds]


def _add_up(
    subscriptions: Sequence[Subscription], entries: QuerySet[CreditEntry], sessions: QuerySet[TrainingSession]
) -> list[Breakdown]:
    sums: dict[tuple[int, str], int] = {
        (key, kind): quantity
        for key, kind, quantity in entries.order_by()
        .values_list("subscription", "kind")
        .annotate(quantity=Sum("quantity"))
    }
    standing: dict[int, dict[str, Any]] = {
        row["subscription"]: {**row}
        for row in sessions.order_by()
        .values("subscription")
        .annotate(
            completed=Count("pk", filter=Q(status=TrainingStatus.COMPLETED)),
            scheduled=Count("pk", filter=Q(status__in=UNSAID)),
            kept=Count("pk", filter=Q(status__in=KEPT)),
        )
    }
    return [_breakdown(each, sums, standing.get(each.pk, {})) for each in subscriptions]


def _breakdown(subscription: Subscription, sums: dict[tuple[int, str], int], standing: dict[str, Any]) -> Breakdown:
    def moved(kind: CreditKind) -> int:
        return sums.get((subscription.pk, kind.value), 0)

    return Breakdown(
        subscription=subscription,
        bought=moved(CreditKind.BOUGHT),
        adjusted=moved(CreditKind.ADJUSTED),
        expired=-moved(CreditKind.EXPIRED),
        in_ledger=-moved(CreditKind.USED) - moved(CreditKind.RETURNED),
        completed=standing.get("completed", 0),
        scheduled=standing.get("scheduled", 0),
        kept=standing.get("kept", 0),
        remaining=sum(moved(kind) for kind in CreditKind),
    )


def contradictions() -> list[Subscription]:
    """Return the subscriptions that are paused without a pause that lasts, or the other way round.

    queries: 1
    """
    lasting = SubscriptionPause.objects.filter(resumed_on__isnull=True).values("subscription")
    paused = Q(status=SubscriptionStatus.PAUSED)
    wrong = paused & ~Q(pk__in=lasting) | ~paused & Q(pk__in=lasting)
    return list(Subscription.objects.filter(wrong).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Lot:
    """An open subscription of a member, and what is left of it."""

    subscription: Subscription
    balance: int

    def covers(self, day: date) -> bool:
        """Return whether a session of that day could be charged to it, as far as its term says."""
        return self.subscription.covers(day)

    @property
    def is_paused(self) -> bool:
        """Whether nothing can be booked on it now."""
        return self.subscription.status == SubscriptionStatus.PAUSED


def open_lots(member: Member) -> list[Lot]:
    """Return a member's open subscriptions, the first to end first: so they are used up.

    queries: 2
    """
    found = list(Subscription.objects.open().filter(member=member).order_by("ends_on", "pk"))
    balances = balances_of(each.pk for each in found)
    return [Lot(each, balances[each.pk]) for each in found]


def lot_for(lots: Iterable[Lot], day: date) -> Lot | None:
    """Return the lot that a session of a day would be charged to: the first that covers it and has a credit left.

    lots: as `open_lots` orders them
    """
    return next((lot for lot in lots if lot.covers(day) and lot.balance > 0 and not lot.is_paused), None)


def heir_of(lot: Subscription, today: date) -> Subscription | None:
    """Return who has a credit that comes back to a lot today; None when it is lost at once.

    The lot itself while it is open; afterwards the member's present subscription, frozen or not, where the lot was
    replaced before its last day.
    queries: 0, or 1 for one that has ended
    """
    if lot.ends_on < today and lot.status not in {SubscriptionStatus.PAUSED, SubscriptionStatus.SCHEDULED}:
        return None
    if lot.status in OPEN_STATUSES:
        return lot
    return Subscription.objects.current().filter(member=lot.member_id).first()


def fate_of_credit(lot: Subscription, today: date) -> str:
    """Return what becomes of a credit that comes back to a lot today, as a sentence.

    queries: as `heir_of`
    """
    heir = heir_of(lot, today)
    if heir is None:
        return _("%(plan)s has ended, so the credit expires with it.") % {"plan": lot}
    if heir != lot:
        return _("%(plan)s has ended, so the credit goes to %(heir)s.") % {"plan": lot, "heir": heir}
    return _("The credit comes back to %(plan)s.") % {"plan": lot}


def gives_credit_back(session: TrainingSession, *, profile: StudioProfile, now: datetime) -> bool:
    """Return whether cancelling a session now is in time, so that its credit comes back.

    One that was moved when it was too late for that stays late, wherever it is by now.
    """
    counts = min(session.binding_start or session.scheduled_start, session.scheduled_start)
    return now <= counts - timedelta(hours=profile.cancellation_hours)


def binding_start(session: TrainingSession, *, profile: StudioProfile, now: datetime) -> datetime | None:
    """Return the start that a charged session stays bound to when it is moved now; None where it is moved in time."""
    if session.subscription_id is None or gives_credit_back(session, profile=profile, now=now):
        return session.binding_start
    return session.binding_start or session.scheduled_start
