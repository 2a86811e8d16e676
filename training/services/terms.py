"""What a new day does to subscriptions: pauses end, terms end, scheduled ones begin. Each once, however often asked."""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.office.selectors.profile import current_profile
from training.models import Subscription, SubscriptionStatus
from training.services import ledger, pauses, term_moves
from training.services.subscriptions import TermTaken, WrongStatus

logger = logging.getLogger(__name__)


def turn_day(*, now: datetime) -> None:
    """Do what is due on the studio's present day, each subscription in a transaction of its own; twice is once.

    One that somebody is changing just now is left to the next round.
    """
    today = local_day(now, current_profile().zone)
    subscriptions = Subscription.objects.order_by("starts_on", "pk").select_related("member")
    planned = subscriptions.filter(
        status=SubscriptionStatus.PAUSED, pauses__resumed_on__isnull=True, pauses__resumes_on__lte=today
    )
    _each(planned, lambda due: pauses.resume_subscription(subscription=due, actor=None, now=now))
    _each(
        subscriptions.filter(status=SubscriptionStatus.ACTIVE, ends_on__lt=today),
        lambda due: _expire(due, today, now),
    )
    _each(
        subscriptions.filter(status=SubscriptionStatus.SCHEDULED, starts_on__lte=today),
        lambda due: _start(due, today, now),
    )


def _each(due: Iterable[Subscription], act: Callable[[Subscription], object]) -> None:
    for subscription in due:
        try:
            act(subscription)
        except (TryAgain, WrongStatus):
            logger.info("Subscription %s is being changed; the next round looks again.", subscription.pk)


@taking_turns()
def _expire(subscription: Subscription, today: date, now: datetime) -> None:
    """End a subscription whose last day is past, with what is left of it; what is booked on it stays paid."""
    over = ledger.locked(subscription)
    if over.status != SubscriptionStatus.ACTIVE or over.ends_on >= today:
        return
    ledger.expire(lot=over, reason=_("The last day is past."), actor=None, now=now)


@taking_turns()
def _start(subscription: Subscription, today: date, now: datetime) -> None:
    """Let a scheduled subscription begin, unless another of the member goes on."""
    due = ledger.locked(subscription)
    others = Subscription.objects.current().filter(member=due.member_id)
    if due.status != SubscriptionStatus.SCHEDULED or due.starts_on > today or others.exists():
        return
    due.status = SubscriptionStatus.ACTIVE
    due.save(update_fields=["status"])
    changes = {"status": (SubscriptionStatus.SCHEDULED, due.status)}
    audit.record(verb="start", subject=due, actor=None, now=now, changes=changes)


@taking_turns()
def begin_now(*, subscription: Subscription, actor: User | None, now: datetime) -> Subscription:
    """Let a scheduled subscription begin today with all its days, and return it; one that is used up makes room for it.

    Whatever is scheduled after it moves along.
    raises: WrongStatus, TermTaken, studio.db.TryAgain
    """
    begun = ledger.locked(subscription)
    today = local_day(now, current_profile().zone)
    if begun.status != SubscriptionStatus.SCHEDULED:
        raise WrongStatus(_("Only a scheduled subscription can begin."))
    others = Subscription.objects.open().filter(member=begun.member_id).exclude(pk=begun.pk)
    if others.filter(starts_on__lt=begun.starts_on, status=SubscriptionStatus.SCHEDULED).exists():
        raise TermTaken(_("Another subscription of this member is scheduled to begin before."))
    ledger.make_room(member=begun.member, today=today, actor=actor, now=now)
    if Subscription.objects.current().filter(member=begun.member_id).exists():
        raise TermTaken(_("Sessions are left on the subscription before. It begins when those are used or expired."))
    by = today - begun.starts_on
    because = _("%(plan)s, which comes before it, began early.") % {"plan": begun.plan_name}
    waiting = others.locked().filter(status=SubscriptionStatus.SCHEDULED)
    term_moves.move_terms(subscriptions=waiting, by=by, because=because, actor=actor, now=now)
    changes = {
        **term_moves.shift(begun, term_moves.TERM, by),
        "status": (SubscriptionStatus.SCHEDULED, SubscriptionStatus.ACTIVE),
    }
    begun.status = SubscriptionStatus.ACTIVE
    begun.save(update_fields=["status", *term_moves.TERM])
    audit.record(verb="start", subject=begun, actor=actor, now=now, changes=changes)
    term_moves.recharge_strays(member=begun.member, actor=actor, now=now)
    return begun
