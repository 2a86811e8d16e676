"""How paying online stands for the whole platform: the key, Stripe itself, and what was told about nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from studio.tenancy.models import PaymentAccount, ProviderBreaker, StrayEvent, Studio, StudioStatus

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OnlineState:
    """What operators look at first.

    left_alone_since: since when nobody asks Stripe, because it did not answer; None while it is asked
    failures: how many calls in a row were not answered
    own_account: the studio that has the account of the platform's own key; None for none
    """

    has_key: bool
    secrets: int
    failures: int
    left_alone_since: datetime | None
    strays: int
    own_account: Studio | None
    without_account: int


def online_state(now: datetime) -> OnlineState:
    """Return how it stands.

    queries: 4
    """
    breaker = ProviderBreaker.objects.order_by("pk").first()
    own = PaymentAccount.objects.filter(provider_account="").select_related("studio").first()
    active = Studio.objects.filter(status=StudioStatus.ACTIVE, payment_account=None)
    return OnlineState(
        has_key=bool(settings.STRIPE_SECRET_KEY),
        secrets=len(settings.STRIPE_WEBHOOK_SECRETS),
        failures=breaker.failures if breaker else 0,
        left_alone_since=breaker.opened_at if breaker else None,
        strays=StrayEvent.objects.filter(received_at__gte=now - LATELY).count(),
        own_account=own.studio if own else None,
        without_account=active.count(),
    )
