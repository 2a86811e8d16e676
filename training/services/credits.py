"""Credits: taken when a session is booked, given back by the rule, adjusted by hand with a reason."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.services import facts
from studio.accounts.models import User
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import CreditEntry, CreditKind, Subscription, SubscriptionStatus, TrainingSession
from training.selectors.credits import balance_of, gives_credit_back, heir_of, lot_for, open_lots
from training.selectors.standing import why_nothing_pays
from training.services import ledger

ENDED = (SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED)


class NoCredit(DomainError):
    """No subscription of the member pays for the session."""


class NotEnoughCredits(DomainError):
    """More would be taken than is left."""


class SubscriptionEnded(DomainError):
    """The subscription has ended, so its credits stay as they are."""


@taking_turns()
def use_credit(*, session: TrainingSession, actor: User | None, now: datetime) -> Subscription | None:
    """Charge a session to its member's subscription, once, and return that; None where its type takes no credit.

    The subscription whose term holds the session's day pays; of two the one that ends first. The caller holds the
    member's lock.
    raises: NoCredit, saying why nothing pays for it
    """
    if session.member is None or not session.session_type.takes_credit:
        return None
    if session.subscription is not None:
        return session.subscription
    day = local_day(session.scheduled_start, current_profile().zone)
    list(Subscription.objects.locked().open().filter(member=session.member))
    lots = open_lots(session.member)
    lot = lot_for(lots, day)
    if lot is None:
        raise NoCredit(why_nothing_pays(session.member, lots, day))
    charge(session=session, lot=lot.subscription, actor=actor, now=now)
    return lot.subscription


@taking_turns()
def use_credit_after(*, session: TrainingSession, actor: User | None, now: datetime) -> Subscription | None:
    """Charge a session that took place as `use_credit` does; None also where nothing pays, which is billed then.

    The caller holds the member's lock.
    """
    try:
        return use_credit(session=session, actor=actor, now=now)
    except NoCredit:
        return None


@taking_turns()
def charge(*, session: TrainingSession, lot: Subscription, actor: User | None, now: datetime) -> CreditEntry:
    """Take one credit of a lot for a session, and return the entry.

    lot: locked
    raises: NoCredit, when somebody else has just used the last one
    """
    gone = NoCredit(_("Somebody has just used the last session of this subscription."))
    twice = NoCredit(_("This session is charged already."))
    with refusing(credit_entries_never_below_zero=gone, credit_entries_session_once=twice):
        entry = ledger.enter(lot=lot, kind=CreditKind.USED, quantity=-1, session=session, actor=actor, now=now)
    session.subscription = lot
    session.save(update_fields=["subscription"])
    return entry


@taking_turns()
def return_credit(*, session: TrainingSession, actor: User | None, reason: str, now: datetime) -> Subscription | None:
    """Give a session's credit back to the subscription that paid for it, once; None where none was charged.

    One that has ended loses it again at once; if it was replaced before its last day, the credit moves to the
    member's current subscription.
    """
    if session.subscription is None:
        return None
    list(Subscription.objects.locked().filter(member=session.subscription.member_id))
    lot = Subscription.objects.get(pk=session.subscription.pk)
    ledger.enter(lot=lot, kind=CreditKind.RETURNED, quantity=1, session=session, actor=actor, now=now, reason=reason)
    session.subscription = None
    session.save(update_fields=["subscription"])
    if lot.status in ENDED:
        _move_on(lot, actor, now)
    return lot


@taking_turns()
def return_credit_in_time(
    *, session: TrainingSession, actor: User | None, reason: str, now: datetime
) -> Subscription | None:
    """Give a cancelled session's credit back where it was cancelled in time; None where it is kept as used."""
    if not gives_credit_back(session, profile=current_profile(), now=now):
        return None
    return return_credit(session=session, actor=actor, reason=reason, now=now)


def _move_on(lot: Subscription, actor: User | None, now: datetime) -> None:
    """Let a credit that came back to an ended lot expire, or carry it to the one that replaced it, frozen or not."""
    heir = heir_of(lot, local_day(now, current_profile().zone))
    if heir is None:
        ledger.expire_rest(lot=lot, reason=_("The subscription had ended."), actor=actor, now=now)
        return
    here, there = {"plan": heir}, {"plan": lot}
    adjusted = CreditKind.ADJUSTED
    ledger.enter(lot=lot, kind=adjusted, quantity=-1, actor=actor, now=now, reason=_("Moved to %(plan)s.") % here)
    ledger.enter(lot=heir, kind=adjusted, quantity=1, actor=actor, now=now, reason=_("Moved from %(plan)s.") % there)


@taking_turns()
def adjust_credits(
    *, subscription: Subscription, quantity: int, reason: str, actor: User | None, now: datetime
) -> CreditEntry:
    """Add credits to an open subscription, or take some away, and return the entry.

    quantity: below zero takes away
    raises: SubscriptionEnded, NotEnoughCredits, facts.NoReason
    """
    lot = ledger.locked(subscription)
    if lot.status in ENDED:
        raise SubscriptionEnded(_("This subscription has ended, so its credits stay as they are."))
    if not reason.strip():
        raise facts.NoReason(_("Say why the credits are adjusted."))
    left = balance_of(lot)
    if quantity == 0 or left + quantity < 0:
        told = ngettext("%(count)d session is left.", "%(count)d sessions are left.", left) % {"count": left}
        raise NotEnoughCredits(told)
    return ledger.enter(
        lot=lot, kind=CreditKind.ADJUSTED, quantity=quantity, actor=actor, now=now, reason=reason.strip()
    )
