"""Deposits that are paid after the hold ran out."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from billing.models import PaymentAttempt
from billing.services import session_deposits
from sessions_app.services import bookings, sessions, sweeping
from studio.mail.models import EmailMessage
from tests.billing.stripe_journeys import begun, deliver
from tests.factories import ClientFactory, HoldFactory


def held(**client):
    """Return a slot next week, held for ten minutes, that asks for 100."""
    now = timezone.now()
    starts_at = (now + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    client = ClientFactory(email="mina@example.org", **client)
    hold = HoldFactory(client=client, starts_at=starts_at, expires_at=now + timedelta(minutes=10), now=now)
    return sessions.change_session(session=hold, deposit_amount=Decimal(100), actor=None, now=now)


def taken_by_somebody_else(hold):
    """Book the slot of a hold that has expired."""
    place = {"room": hold.room, "starts_at": hold.starts_at, "ends_at": hold.ends_at}
    return bookings.book_session(title="Somebody else", actor=None, now=timezone.now(), **place)


def paid_late(double, hold=None):
    """Have the deposit of a hold paid once somebody else has its slot, and return the payment."""
    hold = hold or held()
    attempt = begun(session_deposits.ask_session_deposit(session=hold, actor=None, now=timezone.now()))
    double.pay(attempt.checkout_session_id)
    sweeping.sweep(now=hold.starts_at - timedelta(hours=1))
    taken_by_somebody_else(hold)
    deliver(double)
    return PaymentAttempt.objects.late().select_related("invoice", "payment").get(pk=attempt.pk)


def mails_about(attempt):
    """Return the subjects of what the client was written about late money."""
    rows = EmailMessage.objects.filter(kind="late_money", about__startswith=f"billing.paymentattempt:{attempt.pk}:")
    return [each.subject for each in rows.order_by("pk")]
