"""What became of a session's deposit: how much, asked by which document, paid by which payment at Stripe."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing.models import Invoice, PaymentAttempt, SessionDeposit
from sessions_app.models import StudioSession


@dataclass(frozen=True, slots=True)
class DepositStory:
    """The deposit of a session.

    invoice: the document that asks it, None while none stands
    asked_at: since when; of a document of a test, too, which the session itself knows nothing of
    attempt: the payment at Stripe whose numbers the session has, None for none that is known here
    """

    invoice: Invoice | None
    asked_at: datetime | None
    attempt: PaymentAttempt | None


def is_told(session: StudioSession) -> bool:
    """Return whether there is anything to say of a session's deposit, or of money for it at Stripe.

    queries: 0
    """
    return bool(session.deposit_amount or session.deposit_asked_at or session.stripe_checkout_session_id)


def story_of(session: StudioSession) -> DepositStory:
    """Return what became of a session's deposit.

    queries: 1, or 2 where it has numbers of Stripe
    """
    rows = SessionDeposit.objects.filter(session=session, released_at__isnull=True).select_related("invoice")
    asked = rows.defer("invoice__snapshot").first()
    return DepositStory(
        invoice=asked.invoice if asked else None,
        asked_at=session.deposit_asked_at or (asked.created_at if asked else None),
        attempt=_attempt_of(session),
    )


def _attempt_of(session: StudioSession) -> PaymentAttempt | None:
    checkout, intent = session.stripe_checkout_session_id, session.stripe_payment_intent_id
    if not (checkout or intent):
        return None
    by_checkout = Q(checkout_session_id=checkout) & ~Q(checkout_session_id="")
    by_intent = Q(payment_intent_id=intent) & ~Q(payment_intent_id="")
    return PaymentAttempt.objects.filter(by_checkout | by_intent).order_by("-pk").first()
