"""Letting quotes expire whose time is up; the slots they held are free again."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Quote, QuoteStatus, VersionOutcome
from billing.services import quote_holds, quote_states
from studio.accounts.services import audit
from studio.db import TryAgain, taking_turns


@taking_turns()
def expire_quote(*, quote: Quote, now: datetime) -> Quote:
    """Let a quote expire, give back what it holds, and return it; one that was answered meanwhile stays so.

    raises: studio.db.TryAgain
    """
    quote_holds.lock_slots(quote, now=now)
    expired = quote_states.locked_quote(quote)
    if expired.status != QuoteStatus.SENT or expired.expires_at is None or expired.expires_at > now:
        return expired
    reason = _("The quote %(quote)s has expired.") % {"quote": expired}
    quote_holds.free(quote_states.items_of(expired), reason=reason, actor=None, now=now)
    quote_states.end_version(expired, VersionOutcome.EXPIRED, actor=None, now=now)
    before, expired.status = expired.status, QuoteStatus.EXPIRED
    expired.save(update_fields=["status"])
    changes = {"status": (before, expired.status)}
    audit.record(verb="expire", subject=expired, actor=None, now=now, changes=changes)
    return expired


def expire_quotes(*, now: datetime) -> int:
    """Let every overdue quote expire, each by itself, and return how many did; one that is busy waits for the next."""
    expired = 0
    for quote in Quote.objects.overdue(now).order_by("pk"):
        try:
            expired += expire_quote(quote=quote, now=now).status == QuoteStatus.EXPIRED
        except TryAgain:
            continue
    return expired
