"""What giving a member a plan would mean: its term, its sum, and what of the past it pays for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from training.models import TRIALS, Member, Plan, Subscription, TrainingSession, TrainingStatus
from training.selectors.dates import last_day

CONTRACTUAL = "contractual"  # code of a session type
FREE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Grant:
    """A plan as a member would get it.

    is_first: it is the member's first
    owed: contractual sessions that it would be charged with, at most as many as it has
    agreed_fee: the sign-up fee that somebody typed; None for the plan's
    """

    plan: Plan
    starts_on: date
    is_first: bool
    owed: int
    agreed_fee: Decimal | None = None

    @property
    def ends_on(self) -> date:
        """The last day."""
        return last_day(self.starts_on, self.plan.months)

    @property
    def signup_fee(self) -> Decimal:
        """The one agreed; else the plan's, with a member's first one only."""
        if self.agreed_fee is not None:
            return self.agreed_fee
        return self.plan.signup_fee if self.is_first else FREE

    @property
    def total(self) -> Decimal:
        """What is to be paid in all."""
        return self.plan.price + self.signup_fee


def grant_of(*, member: Member, plan: Plan, starts_on: date, agreed_fee: Decimal | None = None) -> Grant:
    """Return what giving a member a plan from a day on means.

    queries: 1, or 3 for a first one
    """
    is_first = not Subscription.objects.filter(member=member).exists()
    owed = contractual_since_trial(member).count() if is_first else 0
    return Grant(plan, starts_on, is_first, min(owed, plan.sessions_count), agreed_fee)


def contractual_since_trial(member: Member) -> QuerySet[TrainingSession]:
    """Return a member's contractual sessions since the last trial that nothing has paid for yet.

    Those that took place and those to come; a plan pays for them, first come first.
    queries: 1 at once
    """
    sessions = TrainingSession.objects.filter(member=member)
    sessions = sessions.exclude(status__in=[TrainingStatus.CANCELLED, TrainingStatus.NO_SHOW])
    owed = sessions.filter(session_type__code=CONTRACTUAL, subscription__isnull=True)
    trials = sessions.filter(session_type__code__in=TRIALS, status=TrainingStatus.COMPLETED)
    trial = trials.order_by("-scheduled_start").first()
    return owed if trial is None else owed.filter(scheduled_start__gte=trial.scheduled_end)
