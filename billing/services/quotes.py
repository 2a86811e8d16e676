"""Drafts of quotes: their facts, their lines, and what these come to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from billing.models import MOST_LINES, Quote, QuoteItem, QuoteStatus
from billing.selectors import quote_sums, terms
from billing.services.written_lines import Line, facts_of, rates_now, require_offered, store
from sessions_app.models import Client, Project, SessionStatus, StudioSession
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

SUM_FIELDS = ("subtotal", "tax_amount", "total", "rounding")


class NotADraft(DomainError):
    """The quote was sent: it stays as it is."""


class TooManyLines(DomainError):
    """More lines than a quote may have."""

    status_code = 400


class OtherClient(DomainError):
    """The project or the slot is another client's."""

    status_code = 400


class ChangedSince(DomainError):
    """Somebody wrote the lines anew after they were looked at."""


class NotHeld(DomainError):
    """The session is not a slot on hold."""

    status_code = 400


class QuoteFacts(TypedDict, total=False):
    """Facts of a draft; what is left out is not changed."""

    title: str
    project: Project | None
    language: str
    price_mode: str
    purchase_order: str
    validity_days: int
    deposit_percent: Decimal
    terms: str
    notes: str
    internal_notes: str


@dataclass(frozen=True, slots=True)
class QuoteLine(Line):
    """A line to be written.

    session: the slot that is held for it
    """

    session: StudioSession | None = None


@taking_turns()
def create_quote(
    *,
    client: Client,
    actor: User | None,
    now: datetime,
    lines: Sequence[QuoteLine] = (),
    **given: Unpack[QuoteFacts],
) -> Quote:
    """Begin a quote for a client with the terms that hold for them, and return it with its lines.

    raises: facts.BadFacts, OtherClient, NotHeld, TooManyLines, written_lines.RateArchived, linked_clients.MergedAway
    """
    draft = Quote(client=client, currency=client.currency)
    facts.set_facts(draft, {"title": "", **_usual(client), **given})
    _settle_project(draft)
    with facts.saving(draft):
        draft.save(force_insert=True)
    linked_clients.require_unmerged(client)
    audit.record(verb="create", subject=draft, actor=actor, now=now, changes={"title": (None, draft.title)})
    if lines:
        _write(draft, lines)
    return draft


@taking_turns()
def change_quote(*, quote: Quote, actor: User | None, now: datetime, **given: Unpack[QuoteFacts]) -> Quote:
    """Change facts of a draft, and return it.

    raises: NotADraft, facts.BadFacts, OtherClient
    """
    draft = locked_draft(quote)
    changes = facts.set_facts(draft, given)
    if changes:
        _settle_project(draft)
        with facts.saving(draft):
            draft.save(update_fields=[*changes, "project_label"])
        if "price_mode" in changes:
            _refresh(draft)
        audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def write_lines(
    *,
    quote: Quote,
    lines: Sequence[QuoteLine],
    actor: User | None,
    now: datetime,
    seen: Collection[int] | None = None,
) -> Quote:
    """Let a draft have these lines and no others, in this order, and return it.

    seen: keys of the lines that the caller saw; None writes over whatever is there by now
    raises: NotADraft, ChangedSince, facts.BadFacts, OtherClient, NotHeld, TooManyLines, written_lines.RateArchived
    """
    draft = locked_draft(quote)
    if seen is not None and set(seen) != set(draft.items.values_list("pk", flat=True)):
        raise ChangedSince(_("Somebody wrote these lines anew meanwhile. Open the quote again to see them."))
    before = draft.total
    draft.items.all().delete()
    _write(draft, lines)
    changes = {"lines": (None, [line.description for line in lines]), "total": (before, draft.total)}
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def copy_quote(*, quote: Quote, actor: User | None, now: datetime) -> Quote:
    """Begin another quote for the same client with what one says, and return it; slots are held for one alone.

    raises: written_lines.RateArchived, linked_clients.MergedAway
    """
    lines = [
        QuoteLine(
            description=item.description,
            unit_price=item.unit_price,
            vat_rate=item.vat_rate,
            quantity=item.quantity,
            unit=item.unit,
            discount=item.discount,
            service=item.service,
        )
        for item in quote.items.select_related("vat_rate", "service").order_by("position")
    ]
    return create_quote(
        client=quote.client,
        lines=lines,
        actor=actor,
        now=now,
        title=quote.title,
        project=quote.project,
        language=quote.language,
        price_mode=quote.price_mode,
        purchase_order=quote.purchase_order,
        validity_days=quote.validity_days,
        deposit_percent=quote.deposit_percent,
        terms=quote.terms,
        notes=quote.notes,
        internal_notes=quote.internal_notes,
    )


@taking_turns()
def delete_quote(*, quote: Quote, actor: User | None, now: datetime) -> None:
    """Throw away a draft that was never sent; one that was is withdrawn.

    raises: NotADraft
    """
    draft = locked_draft(quote)
    if draft.version:
        raise NotADraft(_("%(quote)s was sent once, so it has a number. Withdraw it instead.") % {"quote": draft})
    changes = {"client": (str(draft.client), None), "total": (draft.total, None)}
    audit.record(verb="delete", subject=draft, actor=actor, now=now, changes=changes)
    draft.delete()


def locked_draft(quote: Quote) -> Quote:
    """Return a draft's row as it is now, locked.

    raises: NotADraft
    """
    draft = Quote.objects.locked().select_related("client", "project").get(pk=quote.pk)
    if draft.status != QuoteStatus.DRAFT:
        told = _("%(quote)s is %(status)s: it stays as it is. Take it back to change it.")
        raise NotADraft(told % {"quote": draft, "status": draft.get_status_display()})
    return draft


def _usual(client: Client) -> dict[str, object]:
    percent = client.default_deposit_percent
    usual = terms.usual_terms(client)
    return {
        "language": usual["language"],
        "purchase_order": usual["purchase_order"],
        "deposit_percent": current_profile().deposit_percent if percent is None else percent,
    }


def _settle_project(draft: Quote) -> None:
    if draft.project is not None and draft.project.client_id != draft.client_id:
        raise OtherClient(_("This project is of another client."))
    draft.project_label = draft.project.name if draft.project else ""


def _write(draft: Quote, lines: Sequence[QuoteLine]) -> None:
    if len(lines) > MOST_LINES:
        raise TooManyLines(_("A quote has at most %(most)s lines.") % {"most": MOST_LINES})
    rates, items = rates_now(lines), []
    for position, line in enumerate(lines, 1):
        item = QuoteItem(quote=draft, position=position, vat_rate=line.vat_rate)
        _require_held(draft, line.session)
        made = facts_of(line, currency=draft.currency, rate=require_offered(rates[line.vat_rate.pk]))
        facts.set_facts(item, {**made, "session": line.session})
        items.append(item)
    store(items)
    _refresh(draft)


def _require_held(draft: Quote, session: StudioSession | None) -> None:
    if session is None:
        return
    if session.status != SessionStatus.HOLD:
        raise NotHeld(_("%(session)s is not on hold: a quote holds slots that are.") % {"session": session})
    if session.client_id != draft.client_id or session.currency != draft.currency:
        raise OtherClient(_("%(session)s is held for another client.") % {"session": session})


def _refresh(draft: Quote) -> None:
    items = list(draft.items.order_by("position"))
    totals = quote_sums.computed(draft, items)
    for item, net in zip(items, totals.nets, strict=True):
        item.net = net
    QuoteItem.objects.bulk_update(items, ["net"], batch_size=1000)
    draft.subtotal, draft.tax_amount, draft.rounding = totals.subtotal, totals.tax_amount, totals.rounding
    draft.total = totals.subtotal + totals.tax_amount
    with facts.saving(draft):
        draft.save(update_fields=SUM_FIELDS)
