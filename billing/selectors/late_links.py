"""The links under which clients say what becomes of money that came after its slot was gone: signed, for some time."""

from datetime import date, timedelta

from django.urls import reverse

from billing.models import PaymentAttempt
from billing.selectors import signed_links
from studio.mail.selectors.house import current_house

LATE = "late"
LASTS = timedelta(days=60)  # each mail brings a new one


def token_of(attempt: PaymentAttempt, *, today: date) -> str:
    """Return what stands in the address of a payment.

    queries: 1 in the registry
    """
    return signed_links.dated(signed_links.signer_of(LATE), attempt.public_id, today=today)


def address_of(attempt: PaymentAttempt, *, today: date) -> str:
    """Return the whole address of a payment, for a mail.

    queries: 2 in the registry
    """
    path = reverse("billing:late-page", "studio.urls", args=[token_of(attempt, today=today)])
    return f"{current_house().origin}{path}"


def attempt_behind(token: str, *, today: date) -> PaymentAttempt | None:
    """Return the late payment of a token; None for one that nobody here has signed.

    raises: signed_links.LinkExpired
    """
    key = signed_links.key_behind(LATE, token, lasts=LASTS, today=today)
    rows = PaymentAttempt.objects.filter(late_at__isnull=False).select_related("invoice__client", "payment")
    return rows.filter(public_id=key).first() if key else None
