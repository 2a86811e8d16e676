"""Quotes that wait for an answer, on the first page."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from billing.models import Quote, QuoteStatus
from studio.admin_sites import DashboardPanel, studio_site

SOON = timedelta(days=3)


def quote_panel(_request: HttpRequest) -> dict[str, Any]:
    """Return how many quotes wait for their clients, and how many of them end within three days.

    queries: 1
    """
    now = timezone.now()
    waiting = Quote.objects.filter(status=QuoteStatus.SENT, expires_at__gt=now)
    ends_soon = Q(expires_at__lte=now + SOON)
    return {"quotes": waiting.aggregate(waiting=Count("pk"), soon=Count("pk", filter=ends_soon))}


studio_site.register_panel(
    DashboardPanel("billing/admin/quote_panel.html", quote_panel, "billing.send_quote", order=40)
)
