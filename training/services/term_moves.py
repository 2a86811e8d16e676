"""Terms that move, each with its line in the trail, and the sessions that lie outside their plan's term afterwards."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.office.selectors.profile import current_profile
from training.models import OPEN_STATUSES, Member, Subscription
from training.selectors.credits import lot_for, open_lots
from training.selectors.strays import stray_sessions
from training.services.credits import charge, return_credit

END = ("ends_on", "next_billing_on")
TERM = ("starts_on", *END)


def shift(subscription: Subscription, days: Iterable[str], by: timedelta) -> facts.Changes:
    """Move days of a subscription by so many, and return what changed; nothing is saved.

    days: END or TERM
    """
    there = {name: day for name in days if (day := getattr(subscription, name)) is not None}
    return facts.set_facts(subscription, {name: day + by for name, day in there.items()})


@taking_turns()
def move_terms(
    *, subscriptions: Iterable[Subscription], by: timedelta, because: str, actor: User | None, now: datetime
) -> None:
    """Move the terms of subscriptions by so many days. The caller holds their rows."""
    for moved in subscriptions:
        if changes := shift(moved, TERM, by):
            moved.save(update_fields=list(changes))
            audit.record(verb="change", subject=moved, actor=actor, now=now, changes=changes, reason=because)


@taking_turns()
def recharge_strays(*, member: Member, actor: User | None, now: datetime) -> None:
    """Let the plan whose term holds its day pay for each session to come that its own plan's term has left behind.

    One that no other plan can pay for stays paid by the plan that did; so does one whose plan has ended, or its credit
    would be lost. The caller holds the member's lock.
    """
    zone = current_profile().zone
    for session in stray_sessions(member, zone=zone, now=now):
        lot = lot_for(open_lots(member), local_day(session.scheduled_start, zone))
        if lot is None or session.subscription is None or session.subscription.status not in OPEN_STATUSES:
            continue
        told = _("The term of %(plan)s was moved.") % {"plan": session.subscription}
        return_credit(session=session, actor=actor, reason=told, now=now)
        charge(session=session, lot=lot.subscription, actor=actor, now=now)
