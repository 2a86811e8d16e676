"""The slots that a payment is for: kept while it is under way, booked once it is there, missed when it is late."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Invoice, PaymentAttempt
from billing.selectors import paying
from billing.services import late_letters
from sessions_app.models import PROVISIONAL_STATUSES, Awaited, Room, StudioSession
from sessions_app.selectors.crew import Crew, crew_of
from sessions_app.services import holds, requests, slots, states
from sessions_app.services.requests import PaymentOutcome
from studio.accounts.models import NotificationKind, RoleName
from studio.accounts.services import notifications

BANKS_TAKE = timedelta(days=14)
TO_TRY_AGAIN = timedelta(days=1)
MARGIN = timedelta(minutes=15)  # after Stripe's page has closed, for its last word to arrive
WHO_IS_TOLD = (RoleName.OWNER, RoleName.MANAGER, RoleName.FRONT_DESK)


def lock_slots(invoice: Invoice, *rooms: Room, now: datetime) -> None:
    """Take the locks of all that a document's held and lost slots need, in one order, before any row is locked.

    rooms: others that are needed as well
    The caller takes turns.
    """
    found = {session.pk: session for session in (*paying.held_sessions_of(invoice), *paying.lost_sessions_of(invoice))}
    if not found:
        return
    held = [found[key] for key in sorted(found)]
    crews = [crew_of(session) for session in held]
    crew = Crew(
        tuple({each.pk: each for crew in crews for each in crew.engineers}.values()),
        tuple({each.pk: each for crew in crews for each in crew.talents}.values()),
        tuple({each.pk: each for crew in crews for each in crew.equipment}.values()),
    )
    slots.lock_rooms(*rooms, *[session.room for session in held], now=now, crew=crew)


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
    """Book the slots that were paid for, late ones too while nobody else has them; the rest is for somebody to settle.

    Where one is gone, the payment is marked as late and who is in charge is told.
    """
    paid = (*paying.held_sessions_of(attempt.invoice), *paying.lost_sessions_of(attempt.invoice))
    lost = [session for session in paid if _is_lost(session, now)]
    if lost and attempt.late_at is None:
        attempt.late_at = now
        told = _("%(document)s was paid after its slot was given away: %(sessions)s. Offer another, or pay it back.")
        titles = ", ".join(str(session) for session in lost)
        text = told % {"document": attempt.invoice, "sessions": titles}
        link = reverse("admin:billing-late-money", "studio.urls")
        notifications.notify_roles(roles=WHO_IS_TOLD, kind=NotificationKind.MONEY, text=text, link=link)
        late_letters.queue_letter(attempt=attempt, sessions=lost, about=late_letters.WAITS, now=now)


def _is_lost(session: StudioSession, now: datetime) -> bool:
    """Book a session whose deposit is there, and return whether it has no slot that it could have.

    One that still waits for somebody's yes goes on waiting, and one that holds its slot until all is paid keeps it.
    """
    asked = getattr(session, "request", None)
    is_waiting = asked is not None and asked.awaits == Awaited.APPROVAL
    if session.status in PROVISIONAL_STATUSES and (is_waiting or not session.deposit_paid):
        return False
    if not session.deposit_paid:
        return True
    try:
        return requests.accept_payment(session=session, actor=None, now=now) == PaymentOutcome.REFUND
    except states.WrongState:
        return True
