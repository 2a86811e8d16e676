"""Work of billing that nobody waits for."""

from django.utils import timezone

from billing.services import packages, quote_expiry, recurring_invoices
from studio.tenancy.jobs import periodic_studio_task


@periodic_studio_task(name="billing.expire_quotes", cron="*/5 * * * *")
def expire_quotes() -> None:
    """Let quotes expire whose time is up, and give back the slots they held."""
    quote_expiry.expire_quotes(now=timezone.now())


@periodic_studio_task(name="billing.expire_packages", cron="40 1 * * *")
def expire_packages() -> None:
    """Let prepaid hours expire whose last day is over."""
    packages.expire_packages(now=timezone.now())


@periodic_studio_task(name="billing.invoice_periods", cron="50 4 * * *")
def invoice_periods() -> None:
    """Invoice what recurs, each period once."""
    recurring_invoices.invoice_due(now=timezone.now())
