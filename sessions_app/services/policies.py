"""Booking policies; the steps of one are plain facts that its page saves with it."""

from collections.abc import Sequence
from datetime import datetime

from sessions_app.models import BookingPolicy, PolicyTier
from sessions_app.selectors.terms import Step
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def create_policy(
    *,
    name: str,
    steps: Sequence[Step],
    actor: User | None,
    now: datetime,
    room_kind: str = "",
    booking_type: str = "",
    grace_minutes: int = 60,
) -> BookingPolicy:
    """Write a policy with its steps and return it; bookings made from now on are made under it.

    raises: facts.BadFacts
    """
    policy = BookingPolicy()
    given = {"name": name, "room_kind": room_kind, "booking_type": booking_type, "grace_minutes": grace_minutes}
    facts.set_facts(policy, given)
    with facts.saving(policy):
        policy.save(force_insert=True)
    for step in steps:
        tier = PolicyTier(policy=policy)
        said = {"kind": step.kind, "hours_before": step.hours, "percent": step.percent, "amount": step.amount}
        facts.set_facts(tier, said)
        with facts.saving(tier):
            tier.save(force_insert=True)
    audit.record(verb="create", subject=policy, actor=actor, now=now, changes={"name": (None, name)})
    return policy
