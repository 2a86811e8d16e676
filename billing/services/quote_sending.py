"""Sending quotes: a draft becomes a version that stays as it is; taking it back makes it a draft again."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Quote, QuoteItem, QuoteStatus, QuoteVersion, SeriesKind, VersionOutcome
from billing.selectors import quote_snapshots, quote_sums, snapshots
from billing.services import document_mails, numbering, printed, quote_holds, quote_letters, quote_states
from billing.services.quote_states import DATES
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

NUMBER_FIELDS = ("series", "number", "quote_number")


class NothingToSend(DomainError):
    """The quote has no lines, or takes off more than it offers."""


class NoSeller(DomainError):
    """The studio's own name and address are not complete."""


@taking_turns()
def send_quote(*, quote: Quote, actor: User | None, now: datetime, tell: Tell = Tell.CLIENT) -> QuoteVersion:
    """Send a draft as its next version, and return that; the slots it holds are kept as long as it is valid.

    tell: whether the client gets a mail with the link; nobody does where the link is handed over otherwise
    raises: quote_states.WrongState, NothingToSend, NoSeller, printed.TooMuchToPrint, quote_holds.HoldLost,
        quote_letters.NoAddress, sessions_app.services.linked_clients.MergedAway, studio.db.TryAgain
    """
    quote_holds.lock_slots(quote, now=now)
    draft = quote_states.locked_quote(quote)
    quote_states.require_arrow(draft, QuoteStatus.SENT)
    items = quote_states.items_of(draft)
    _require_sendable(draft, items)
    quote_holds.require_held(items, now=now)
    until = quote_sums.valid_until(draft, items, now)
    quote_holds.keep_until(items, until, actor=actor, now=now)
    draft.sent_at, draft.expires_at = now, until
    version = _write_version(draft, items, until, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {
        "status": (QuoteStatus.DRAFT.value, draft.status),
        "version": (version.number - 1, version.number),
        "total": (None, version.total),
        "expires_at": (None, version.expires_at),
    }
    audit.record(verb="send_out", subject=draft, actor=actor, now=now, changes=changes)
    printed.ask_for_print(version)
    if tell is Tell.CLIENT:
        address = quote_letters.address_of(draft)
        document_mails.queue_mail(document=version, address=address, actor=actor, now=now)
    return version


@taking_turns()
def take_back(*, quote: Quote, actor: User | None, now: datetime) -> Quote:
    """Make a quote a draft again, and return it: its link says so, and its slots stay held until they expire.

    raises: quote_states.WrongState, also for one that is accepted; studio.db.TryAgain
    """
    draft = quote_states.locked_quote(quote)
    quote_states.require_arrow(draft, QuoteStatus.DRAFT)
    if draft.status == QuoteStatus.SENT:
        quote_states.end_version(draft, VersionOutcome.REPLACED, actor=actor, now=now)
    before, draft.status = draft.status, QuoteStatus.DRAFT
    draft.sent_at = draft.expires_at = draft.responded_at = None
    draft.save(update_fields=["status", *DATES])
    audit.record(verb="reopen", subject=draft, actor=actor, now=now, changes={"status": (before, draft.status)})
    return draft


@taking_turns()
def withdraw_quote(*, quote: Quote, reason: str, actor: User | None, now: datetime) -> Quote:
    """Withdraw a draft that has a number, give back the slots it holds, and return it.

    raises: quote_states.WrongState, also for one that was never sent: that one is deleted; studio.db.TryAgain
    """
    quote_holds.lock_slots(quote, now=now)
    draft = quote_states.locked_quote(quote)
    quote_states.require_arrow(draft, QuoteStatus.CANCELLED)
    if not draft.version:
        raise quote_states.WrongState(_("This quote was never sent: delete it instead."))
    quote_holds.free(quote_states.items_of(draft), reason=reason, actor=actor, now=now)
    before, draft.status = draft.status, QuoteStatus.CANCELLED
    draft.save(update_fields=["status"])
    changes = {"status": (before, draft.status)}
    audit.record(verb="cancel", subject=draft, actor=actor, now=now, changes=changes, reason=reason)
    return draft


def _require_sendable(draft: Quote, items: Sequence[QuoteItem]) -> None:
    if not items:
        raise NothingToSend(_("A quote without lines is not sent."))
    if any(group.base < 0 or group.tax < 0 for group in quote_sums.computed(draft, items).groups):
        raise NothingToSend(_("More is taken off than is offered, in all or at one rate of VAT."))
    profile = current_profile()
    if not (profile.street and profile.city and profile.postal_code):
        raise NoSeller(_("Fill in the studio's street, postal code and city first: they stand on every quote."))


def _write_version(
    draft: Quote, items: Sequence[QuoteItem], until: datetime, *, actor: User | None, now: datetime
) -> QuoteVersion:
    """Write down what is sent, and the number with the first of it; the last thing before the mail."""
    before = draft.versions.order_by("number").last()
    number = None
    if not draft.quote_number:
        on = local_day(now, current_profile().zone)
        number = numbering.next_number(kind=SeriesKind.QUOTE, on=on, now=now)
        draft.series, draft.number, draft.quote_number = number.series, number.value, number.text
    draft.version, draft.status = draft.version + 1, QuoteStatus.SENT
    snapshot = quote_snapshots.snapshot_of(draft, items)
    printed.require_printable(snapshot)
    fingerprint = snapshots.fingerprint(snapshot, before.content_hash if before else "")
    if number is not None:
        numbering.take(number=number, fingerprint=fingerprint)
    draft.save(update_fields=[*NUMBER_FIELDS, "version", "status", *DATES])
    return QuoteVersion.objects.create(
        quote=draft,
        number=draft.version,
        snapshot=snapshot,
        content_hash=fingerprint,
        currency=draft.currency,
        total=draft.payable,
        sent_at=now,
        sent_by=actor,
        sent_by_label=actor.label if actor else "",
        expires_at=until,
    )
