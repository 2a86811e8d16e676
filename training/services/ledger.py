"""The one place that writes credit entries, and the lock that comes before it."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import advisory_lock, refusing
from training.models import CreditEntry, CreditKind, Member, Subscription, SubscriptionStatus, TrainingSession
from training.selectors.credits import balance_of

LONGEST_LABEL = 420


def lock_member(member: Member) -> None:
    """Take the lock that everything about a member's bookings and subscriptions takes, before any of their rows.

    raises: studio.db.TryAgain when somebody keeps it for 3 seconds
    """
    with refusing():
        advisory_lock([f"member:{member.pk}"])


def locked(subscription: Subscription) -> Subscription:
    """Return a subscription's row as it is now, locked after its member.

    raises: studio.db.TryAgain
    """
    lock_member(subscription.member)
    return Subscription.objects.locked().select_related("member").get(pk=subscription.pk)


def enter(
    *,
    lot: Subscription,
    kind: CreditKind,
    quantity: int,
    actor: User | None,
    now: datetime,
    session: TrainingSession | None = None,
    reason: str = "",
) -> CreditEntry:
    """Write one move of credits and return it; the caller holds the lot's row.

    quantity: below zero takes away
    """
    entry = CreditEntry(
        subscription=lot,
        session=session,
        session_label=str(session)[:LONGEST_LABEL] if session else "",
        kind=kind,
        quantity=quantity,
        reason=reason,
        account=actor,
        actor_label=actor.label if actor else "",
        at=now,
    )
    entry.save(force_insert=True)
    return entry


def expire_rest(*, lot: Subscription, reason: str, actor: User | None, now: datetime) -> int:
    """Take what is left of a lot that ends, and return how many credits that was."""
    left = balance_of(lot)
    if left:
        enter(lot=lot, kind=CreditKind.EXPIRED, quantity=-left, actor=actor, now=now, reason=reason)
    return left


def expire(*, lot: Subscription, reason: str, actor: User | None, now: datetime) -> None:
    """End a subscription by itself, with what is left of it."""
    left = expire_rest(lot=lot, reason=reason, actor=actor, now=now)
    changes = {"status": (lot.status, SubscriptionStatus.EXPIRED)} | ({"balance": (left, 0)} if left else {})
    lot.status = SubscriptionStatus.EXPIRED
    lot.save(update_fields=["status"])
    audit.record(verb="expire", subject=lot, actor=actor, now=now, changes=changes, reason=reason)


def make_room(*, member: Member, today: date, actor: User | None, now: datetime) -> None:
    """End a member's active subscription when its last day is past or nothing is left of it: the next may begin."""
    active = Subscription.objects.locked().filter(member=member, status=SubscriptionStatus.ACTIVE).first()
    if active is not None and active.ends_on < today:
        expire(lot=active, reason=_("The last day is past."), actor=actor, now=now)
    elif active is not None and balance_of(active) == 0:
        expire(lot=active, reason=_("Used up."), actor=actor, now=now)
