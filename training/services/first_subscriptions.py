"""What a member's first subscription changes: a trial member becomes a full one and pays for what came before."""

from datetime import datetime

from studio.accounts.models import User
from studio.db import taking_turns
from training.models import MemberType, Subscription, TrainingSession
from training.selectors.credits import balance_of
from training.selectors.grants import contractual_since_trial
from training.services import conversions
from training.services.credits import charge


@taking_turns()
def settle_first(*, subscription: Subscription, actor: User | None, now: datetime) -> int:
    """Make a trial member a full one, charge the contractual sessions since the last trial, and return how many.

    First come first, as far as the credits go. The caller holds the member.
    """
    member = subscription.member
    if member.member_type == MemberType.TRIAL:
        conversions.convert_trial(member=member, actor=actor, now=now)
    owed = TrainingSession.objects.locked().filter(pk__in=contractual_since_trial(member).values("pk"))
    in_turn = sorted(owed.select_related("member"), key=lambda session: session.scheduled_start)
    paid = in_turn[: balance_of(subscription)]
    for session in paid:
        charge(session=session, lot=subscription, actor=actor, now=now)
    return len(paid)
