"""What billing tells sessions of the payment at Stripe that is for them."""

from collections.abc import Iterable
from datetime import datetime

from sessions_app.models import StudioSession
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def note_checkout(*, sessions: Iterable[int], checkout: str, intent: str, now: datetime) -> None:
    """Write down by which payment at Stripe sessions are paid, by their keys; the same again changes nothing."""
    told = {"stripe_checkout_session_id": checkout, "stripe_payment_intent_id": intent}
    for session in StudioSession.objects.locked().filter(pk__in=list(sessions)):
        changes = {name: (old, new) for name, new in told.items() if new and (old := getattr(session, name)) != new}
        if changes:
            for name, (_old, new) in changes.items():
                setattr(session, name, new)
            session.save(update_fields=list(changes))
            audit.record(verb="change", subject=session, actor=None, now=now, changes=changes)
