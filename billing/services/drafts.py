"""Drafts of invoices: their lines, and what these come to. Nothing here has a number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from billing.models import (
    MOST_LINES,
    Invoice,
    InvoiceItem,
    InvoiceKind,
    InvoiceSource,
    InvoiceStatus,
    QuoteItem,
    VatRate,
)
from billing.selectors import terms
from billing.selectors.worth import price_of
from billing.services import charging, sums
from billing.services.charging import COLUMN_OF, Charged
from billing.services.written_lines import Line, facts_of, rates_now, require_offered, store
from sessions_app.models import Client, Project
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

LONGEST_LABEL = 420


class NotADraft(DomainError):
    """The document is issued: it stays as it is."""

    def __init__(self, document: Invoice) -> None:
        told = _("%(number)s is issued: it stays as it is. Write a credit note to take it back.")
        super().__init__(told % {"number": document.invoice_number})


class TooManyLines(DomainError):
    """More lines than a document may have."""

    status_code = 400


class ChargedAlready(DomainError):
    """What a line is for is on another document."""


class OtherProject(DomainError):
    """The project is of another client."""

    status_code = 400


class InvoiceFacts(TypedDict, total=False):
    """Facts of a draft; what is left out is not changed."""

    project: Project | None
    language: str
    price_mode: str
    purchase_order: str
    supplied_from: date | None
    supplied_to: date | None
    notes: str
    payment_term_days: int
    deposit_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class NewLine(Line):
    """A line to be written.

    charges: what it is for, each on no other document
    credits_item: the line of an invoice that a line of a credit note takes back
    """

    charges: Sequence[Charged] = field(default=())
    credits_item: InvoiceItem | None = None


@taking_turns()
def create_draft(
    *,
    client: Client,
    actor: User | None,
    now: datetime,
    kind: InvoiceKind = InvoiceKind.INVOICE,
    lines: Sequence[NewLine] = (),
    is_test: bool = False,
    **given: Unpack[InvoiceFacts],
) -> Invoice:
    """Begin a document for a client with the terms that hold for them, and return it with its lines.

    is_test: it is one of the test mode for good: numbered apart, in no report, charging for nothing, paid by nobody
    raises: facts.BadFacts, OtherProject, TooManyLines, ChargedAlready, linked_clients.MergedAway,
        charging.OtherClient, charging.OtherCurrency, charging.TestOnly
    """
    draft = Invoice(kind=kind, client=client, currency=client.currency, is_test=is_test)
    facts.set_facts(draft, {**terms.usual_terms(client), **given})
    _settle_project(draft)
    with facts.saving(draft):
        draft.save(force_insert=True)
    linked_clients.require_unmerged(client)
    audit.record(verb="create", subject=draft, actor=actor, now=now, changes={"kind": (None, kind)})
    if lines:
        _append(draft, lines)
    return draft


@taking_turns()
def change_draft(*, invoice: Invoice, actor: User | None, now: datetime, **given: Unpack[InvoiceFacts]) -> Invoice:
    """Change facts of a draft, and return it.

    raises: NotADraft, facts.BadFacts, OtherProject
    """
    draft = locked_draft(invoice)
    changes = facts.set_facts(draft, given)
    if changes:
        _settle_project(draft)
        with facts.saving(draft):
            draft.save(update_fields=[*changes, "project_label"])
        if "price_mode" in changes:
            sums.refresh(draft)
        audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def add_lines(*, invoice: Invoice, lines: Sequence[NewLine], actor: User | None, now: datetime) -> Invoice:
    """Write lines below those of a draft, and return it.

    raises: NotADraft, facts.BadFacts, TooManyLines, ChargedAlready, written_lines.RateArchived
    """
    draft = locked_draft(invoice)
    before = draft.total
    _append(draft, lines)
    changes = {"lines": (None, [line.description for line in lines]), "total": (before, draft.total)}
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def replace_line(*, item: InvoiceItem, line: NewLine, actor: User | None, now: datetime) -> Invoice:
    """Write a line of a draft anew where it stands, and return the draft; what it was for stays unless given anew.

    raises: NotADraft, facts.BadFacts, ChargedAlready, written_lines.RateArchived
    """
    draft = locked_draft(item.invoice)
    old = draft.items.get(pk=item.pk)
    changes = facts.set_facts(old, _facts_of(line, draft, rates_now([line])[line.vat_rate.pk]))
    with facts.saving(old):
        old.save(update_fields=list(changes))
    if line.charges:
        old.sources.all().delete()
        _charge(old, line)
    sums.refresh(draft)
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def remove_line(*, item: InvoiceItem, actor: User | None, now: datetime) -> Invoice:
    """Take a line off a draft, and return the draft; what it was for can be charged elsewhere.

    raises: NotADraft
    """
    draft = locked_draft(item.invoice)
    changes = {"line": (item.description, None)}
    draft.items.filter(pk=item.pk).delete()
    sums.refresh(draft)
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def delete_draft(*, invoice: Invoice, actor: User | None, now: datetime) -> None:
    """Throw a draft away; it never had a number, so none is missing.

    raises: NotADraft
    """
    draft = locked_draft(invoice)
    changes = {"client": (str(draft.client), None), "total": (draft.total, None)}
    audit.record(verb="delete", subject=draft, actor=actor, now=now, changes=changes)
    draft.delete()


def locked_draft(invoice: Invoice) -> Invoice:
    """Return a draft's row as it is now, locked.

    raises: NotADraft
    """
    draft = Invoice.objects.locked().select_related("client", "project").get(pk=invoice.pk)
    if draft.status != InvoiceStatus.DRAFT:
        raise NotADraft(draft)
    return draft


def _settle_project(draft: Invoice) -> None:
    if draft.project is not None and draft.project.client_id != draft.client_id:
        raise OtherProject(_("This project is of another client."))
    draft.project_label = draft.project.name if draft.project else ""


def _append(draft: Invoice, lines: Sequence[NewLine]) -> None:
    last = draft.items.order_by("position").values_list("position", flat=True).last() or 0
    if last + len(lines) > MOST_LINES:
        raise TooManyLines(_("A document has at most %(most)s lines.") % {"most": MOST_LINES})
    rates, items = rates_now(lines), []
    for position, line in enumerate(lines, last + 1):
        item = InvoiceItem(invoice=draft, position=position, vat_rate=line.vat_rate)
        facts.set_facts(item, _facts_of(line, draft, rates[line.vat_rate.pk]))
        items.append(item)
    store(items)
    for item, line in zip(items, lines, strict=True):
        _charge(item, line)
    sums.refresh(draft)


def _facts_of(line: NewLine, draft: Invoice, rate: VatRate) -> dict[str, object]:
    was_agreed = line.credits_item is not None or any(isinstance(thing, QuoteItem) for thing in line.charges)
    if not was_agreed:
        require_offered(rate)
    return {**facts_of(line, currency=draft.currency, rate=rate), "credits_item": line.credits_item}


def _charge(item: InvoiceItem, line: NewLine) -> None:
    for thing in line.charges:
        charging.require_chargeable(invoice=item.invoice, thing=thing)
        column = COLUMN_OF[type(thing)]
        source = InvoiceSource(item=item, label=str(thing)[:LONGEST_LABEL], amount=price_of(thing), **{column: thing})
        already = ChargedAlready(_("%(what)s is on another document already.") % {"what": thing})
        with facts.saving(source, **{f"invoice_sources_{column}_once": already}):
            source.save(force_insert=True)
