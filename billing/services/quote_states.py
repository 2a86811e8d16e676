"""Where a quote may go from where it is: one service function per arrow, under one lock."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Quote, QuoteItem, QuoteStatus, QuoteVersion, VersionOutcome
from billing.services import settling
from sessions_app.services import facts
from studio.accounts.models import User
from studio.errors import DomainError

# to -> from. What is not written here does not happen; an accepted quote stays accepted.
ARROWS = {
    QuoteStatus.SENT: (QuoteStatus.DRAFT,),  # quote_sending.send_quote
    QuoteStatus.ACCEPTED: (QuoteStatus.SENT,),  # quote_answers.accept_quote
    QuoteStatus.REJECTED: (QuoteStatus.SENT,),  # quote_answers.reject_quote
    QuoteStatus.EXPIRED: (QuoteStatus.SENT,),  # quote_expiry.expire_quote
    QuoteStatus.CANCELLED: (QuoteStatus.DRAFT,),  # quote_sending.withdraw_quote
    QuoteStatus.DRAFT: (
        QuoteStatus.SENT,
        QuoteStatus.REJECTED,
        QuoteStatus.EXPIRED,
        QuoteStatus.CANCELLED,
    ),  # quote_sending.take_back
}
DATES = ("sent_at", "expires_at", "responded_at")
ENDED_FIELDS = (
    *("outcome", "ended_at", "signer_name", "signer_address", "signer_agent", "remark"),
    *("recorded_by", "recorded_by_label"),
)


class WrongState(DomainError):
    """The quote is not in a state from which this may happen."""


def locked_quote(quote: Quote) -> Quote:
    """Return a quote's row as it is now, locked after its client's.

    raises: sessions_app.services.linked_clients.MergedAway, studio.db.TryAgain
    """
    client = settling.lock_client_of(quote)
    locked = Quote.objects.locked().select_related("project", "converted_to_project").get(pk=quote.pk)
    locked.client = client
    return locked


def require_arrow(quote: Quote, to: QuoteStatus) -> None:
    """Pass when a quote may change to a status.

    raises: WrongState
    """
    if quote.status == to:
        raise WrongState(_("%(quote)s is %(status)s already.") % {"quote": quote, "status": to.label})
    if quote.status not in ARROWS[to]:
        told = _("%(quote)s is %(status)s, so it cannot become: %(to)s.")
        raise WrongState(told % {"quote": quote, "status": quote.get_status_display(), "to": to.label})


def items_of(quote: Quote) -> list[QuoteItem]:
    """Return the lines of a quote in their order, each with its rate and its slot.

    queries: 1
    """
    return list(quote.items.select_related("vat_rate", "service", "session__room").order_by("position"))


def last_version(quote: Quote) -> QuoteVersion:
    """Return what was sent last of a quote whose row the caller holds."""
    return QuoteVersion.objects.get(quote=quote, number=quote.version)


def end_version(
    quote: Quote, outcome: VersionOutcome, *, actor: User | None, now: datetime, **answer: str | None
) -> QuoteVersion:
    """Write down what became of the version that was sent last; the quote's own status is saved right after.

    answer: signer_name, signer_address, signer_agent and remark, where somebody answered
    raises: facts.BadFacts
    """
    version = last_version(quote)
    facts.set_facts(version, {"outcome": outcome.value, "ended_at": now, **answer})
    version.recorded_by, version.recorded_by_label = actor, actor.label if actor else ""
    version.save(update_fields=ENDED_FIELDS)
    return version
