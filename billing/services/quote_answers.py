"""What clients say to quotes, online or by telephone: an acceptance books, and asks the deposit."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Quote, QuoteStatus, QuoteVersion, VersionOutcome
from billing.services import answer_letters, quote_conversions, quote_holds, quote_states
from sessions_app.services import facts
from sessions_app.services.staff_news import tell_staff
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.readable import is_readable

LONGEST_NAME = 200
LONGEST_AGENT = 500


class NotSigned(DomainError):
    """An answer names who gives it."""

    status_code = 400


class OtherThanShown(DomainError):
    """What is to be accepted is not what was on the page."""


class NotOpen(DomainError):
    """The version waits for no answer: it was answered, taken back, or has expired."""

    status_code = 410


@dataclass(frozen=True, slots=True)
class Signer:
    """Who answers.

    name: as typed
    address, agent: of the browser; None and "" where the staff take the answer down
    """

    name: str
    address: str | None = None
    agent: str = ""


@taking_turns()
def accept_quote(
    *, version: QuoteVersion, fingerprint: str, signer: Signer, actor: User | None, now: datetime, remark: str = ""
) -> Quote:
    """Accept a version, and return its quote: its slots are booked and its deposit is invoiced.

    Of an answer that is given online the house hears, also by mail, and the client gets a confirmation.
    fingerprint: of what whoever accepts has read
    actor: None where the client does it online
    raises: NotSigned, OtherThanShown, NotOpen, quote_holds.HoldLost, facts.BadFacts, studio.db.TryAgain
    """
    if fingerprint != version.content_hash:
        raise OtherThanShown(_("The quote was changed meanwhile. Please read it again before you accept it."))
    quote_holds.lock_slots(version.quote, now=now)
    quote = _locked_open(version, now=now)
    items = quote_states.items_of(quote)
    quote_holds.book(items, actor=actor, now=now)
    answered = _answer(quote, VersionOutcome.ACCEPTED, signer, remark, actor=actor, now=now)
    quote_conversions.try_to_ask_deposit(quote=quote, actor=actor, now=now)
    if actor is None:
        told = _("%(name)s has accepted the quote %(quote)s, %(title)s.")
        tell_staff(sentence=told % {"name": signer.name, "quote": quote, "title": quote.title}, subject=quote)
        answer_letters.queue_letters(quote=quote, version=answered, deposit=quote.deposit_invoice, now=now)
    return quote


@taking_turns()
def reject_quote(
    *, version: QuoteVersion, signer: Signer, actor: User | None, now: datetime, remark: str = ""
) -> Quote:
    """Decline a version, give back the slots it holds, and return its quote; one that has expired is answered so, too.

    raises: NotSigned, NotOpen, facts.BadFacts, studio.db.TryAgain
    """
    quote_holds.lock_slots(version.quote, now=now)
    quote = _locked_open(version, now=None)
    reason = _("The quote %(quote)s was declined.") % {"quote": quote}
    quote_holds.free(quote_states.items_of(quote), reason=reason, actor=actor, now=now)
    answered = _answer(quote, VersionOutcome.REJECTED, signer, remark, actor=actor, now=now)
    if actor is None:
        told = _("%(name)s has declined the quote %(quote)s, %(title)s.")
        tell_staff(sentence=told % {"name": signer.name, "quote": quote, "title": quote.title}, subject=quote)
        answer_letters.queue_letters(quote=quote, version=answered, deposit=None, now=now)
    return quote


def _locked_open(version: QuoteVersion, *, now: datetime | None) -> Quote:
    """Return the locked quote of a version that waits for an answer.

    now: None also passes one whose time is up
    raises: NotOpen
    """
    quote = quote_states.locked_quote(version.quote)
    last = quote_states.last_version(quote)
    if last.pk != version.pk or last.outcome in {VersionOutcome.REPLACED, VersionOutcome.EXPIRED}:
        raise NotOpen(_("This quote does not hold any more. Ask for a new one."))
    if last.outcome != VersionOutcome.OPEN:
        raise NotOpen(_("This quote is answered already."))
    if now is not None and last.expires_at <= now:
        raise NotOpen(_("The time of this quote is up. Ask for a new one."))
    return quote


def _answer(
    quote: Quote, outcome: VersionOutcome, signer: Signer, remark: str, *, actor: User | None, now: datetime
) -> QuoteVersion:
    name = " ".join(signer.name.split())
    if not name:
        raise NotSigned(_("Please type your name."))
    answer = {
        "signer_name": name,
        "signer_address": signer.address,
        "signer_agent": signer.agent[:LONGEST_AGENT] if is_readable(signer.agent) else "",
        "remark": remark.strip(),
    }
    version = quote_states.end_version(quote, outcome, actor=actor, now=now, **answer)
    before, quote.status, quote.responded_at = quote.status, QuoteStatus(outcome.value), now
    quote.save(update_fields=["status", "responded_at"])
    changes: facts.Changes = {
        "status": (before, quote.status),
        "signer_name": (None, name),
        "fingerprint": (None, version.content_hash),
    }
    verb = "accept" if outcome == VersionOutcome.ACCEPTED else "reject"
    audit.record(verb=verb, subject=quote, actor=actor, now=now, changes=changes, reason=version.remark)
    return version
