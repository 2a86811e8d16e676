"""The slots that a payment is for: kept while it is under way, booked once it is there, missed when it is late."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from billing.models import Invoice, PaymentAttempt
from billing.selectors import paying
from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.crew import Crew, crew_of
from sessions_app.services import holds, slots, states
from studio.accounts.models import NotificationKind, RoleName
from studio.accounts.services import notifications

GONE = (SessionStatus.EXPIRED, SessionStatus.CANCELLED)
BANKS_TAKE = timedelta(days=14)
TO_TRY_AGAIN = timedelta(days=1)
MARGIN = timedelta(minutes=15)  # after Stripe's page has closed, for its last word to arrive
WHO_IS_TOLD = (RoleName.OWNER, RoleName.MANAGER, RoleName.FRONT_DESK)


def lock_slots(invoice: Invoice, *, now: datetime) -> None:
    """Take the locks of everything that a document's held slots need, in one order, before any row is locked.

    The caller takes turns.
    """
    held = paying.held_sessions_of(invoice)
    if not held:
        return
    crews = [crew_of(session) for session in held]
    crew = Crew(
        tuple({each.pk: each for crew in crews for each in crew.engineers}.values()),
        tuple({each.pk: each for crew in crews for each in crew.talents}.values()),
        tuple({each.pk: each for crew in crews for each in crew.equipment}.values()),
    )
    slots.lock_rooms(*[session.room for session in held], now=now, crew=crew)


def outlive(invoice: Invoice, until: datetime, *, now: datetime) -> None:
    """Let the slots that a document is for be held longer than Stripe's page takes money. Their locks are held."""
    for session in paying.held_sessions_of(invoice):
        wanted = min(until + MARGIN, session.starts_at)
        if session.hold_expires_at is not None and now < session.hold_expires_at < wanted:
            holds.extend_hold(session=session, expires_at=wanted, actor=None, now=now)


def hold_no_longer(invoice: Invoice, until: datetime, *, now: datetime) -> None:
    """Let the slots go earlier for which a bank's money never came. Their locks are held."""
    for session in paying.held_sessions_of(invoice):
        if session.hold_expires_at is not None and now < until < session.hold_expires_at:
            holds.extend_hold(session=session, expires_at=until, actor=None, now=now)


def settle_slots(attempt: PaymentAttempt, *, now: datetime) -> None:
    """Book the slots that were paid for; where one is gone, mark the payment as late and tell who is in charge."""
    lost: list[StudioSession] = []
    for session in paying.sessions_of(attempt.invoice):
        if session.status in GONE:
            lost.append(session)
        elif session.status == SessionStatus.HOLD and session.deposit_paid:
            try:
                holds.confirm_hold(session=session, actor=None, now=now)
            except (states.WrongState, slots.SlotRefused):
                lost.append(session)
    if lost and attempt.late_at is None:
        attempt.late_at = now
        told = _("%(document)s was paid after its slot was given away: %(sessions)s. Offer another, or pay it back.")
        titles = ", ".join(str(session) for session in lost)
        text = told % {"document": attempt.invoice, "sessions": titles}
        notifications.notify_roles(roles=WHO_IS_TOLD, kind=NotificationKind.MONEY, text=text, link="")
