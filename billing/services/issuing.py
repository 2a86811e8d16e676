"""Issuing: a draft takes its number and stays as it is from then on."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import (
    Invoice,
    InvoiceItem,
    InvoiceKind,
    LedgerAccount,
    PostingKind,
    SeriesKind,
)
from billing.selectors import snapshots, terms
from billing.services import charging, deposits, drafts, feeding, numbering, postings, printed, settling, sums
from billing.services.postings import Posting, Side
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

ISSUED_FIELDS = (
    *("series", "number", "invoice_number", "status", "issued_on", "issued_at", "due_on", "deposit_paid_at"),
    *("remaining_balance", "snapshot", "content_hash", "previous_hash", "credited_total", "paid_total"),
)


class NothingToIssue(DomainError):
    """The draft has no lines."""


class BelowZero(DomainError):
    """More is taken off than is charged, in all or at one rate of VAT."""


class TwoReasons(DomainError):
    """Lines of one category of VAT are charged none for different reasons."""


class NoSeller(DomainError):
    """The studio's own name and address are not complete."""


class NoCountry(DomainError):
    """Nobody can tell in which country the client is."""


class NumberTaken(DomainError):
    """A document with that number exists."""


@taking_turns()
def issue_invoice(*, invoice: Invoice, actor: User | None, now: datetime) -> Invoice:
    """Give a draft its number and freeze it, and return it; what it charges for is invoiced from now on.

    One of the test mode is numbered apart, and in no report.
    raises: drafts.NotADraft, NothingToIssue, BelowZero, TwoReasons, NoSeller, NoCountry, NumberTaken,
        TryAgain, deposits.NotADeposit, deposits.NothingLeft, charging.OtherClient,
        charging.OtherCurrency, charging.PriceChanged, billed.NotToInvoice, timesheet.EntryLocked,
        printed.TooMuchToPrint
    """
    client = settling.lock_client_of(invoice)
    draft = drafts.locked_draft(invoice)
    draft.client = client
    deposits.require_deductible(draft)
    items = list(draft.items.order_by("position"))
    _require_issuable(draft, items)
    sums.refresh(draft)
    charging.take_up(invoice=draft, actor=actor, now=now)
    issued = finish(draft=draft, kind=SeriesKind.INVOICE, actor=actor, now=now)
    feeding.feed(invoice=issued, actor=actor, now=now)
    return issued


def finish(*, draft: Invoice, kind: SeriesKind, actor: User | None, now: datetime) -> Invoice:
    """Take the number and write down everything that follows from it. The caller holds client and draft.

    By a clock that runs backwards it has the day of the document before it, or of the one that it is about.
    """
    zone = current_profile().zone
    about = draft.refers_to.issued_at if draft.refers_to else None
    at = numbering.moment_of_issue(kind=kind, now=max(now, about or now), is_test=draft.is_test)
    on = local_day(at, zone)
    post_issue(document=draft, on=on, actor=actor, now=now)
    draft.issued_on, draft.due_on = on, terms.due_on(draft, on)
    settling.set_settled(draft, now)
    content = snapshots.snapshot_of(draft)
    printed.require_printable(content)
    number = numbering.next_number(kind=kind, on=on, now=at, is_test=draft.is_test)
    if local_day(number.at, zone) != on:
        raise TryAgain(_("The day has just changed. Please try again."))
    draft.series, draft.number, draft.invoice_number = number.series, number.value, number.text
    draft.issued_at, draft.previous_hash = number.at, number.previous_hash
    draft.snapshot = snapshots.numbered(content, draft)
    draft.content_hash = snapshots.fingerprint(draft.snapshot, draft.previous_hash)
    numbering.take(number=number, fingerprint=draft.content_hash)
    taken = NumberTaken(_("A document with the number %(number)s exists.") % {"number": number.text})
    with refusing(invoices_number_unique=taken):
        draft.save(update_fields=ISSUED_FIELDS)
        if draft.kind == InvoiceKind.CREDIT_NOTE and draft.refers_to:
            settling.settle(invoice=draft.refers_to, now=now)
    changes: dict[str, tuple[object, object]] = {"invoice_number": ("", number.text), "total": (None, draft.total)}
    audit.record(verb="issue", subject=draft, actor=actor, now=now, changes=changes, reason=draft.reason)
    printed.ask_for_print(draft)
    return draft


def post_issue(*, document: Invoice, on: date, actor: User | None, now: datetime) -> None:
    """Write a document into the ledger: what the client owes, what was earned, and the VAT of it.

    Of a deposit nothing is earned yet; the final invoice earns it. A credit note is the same the other way round. What
    a former system's total had beyond net and VAT is rounding.
    """
    is_credit = document.kind == InvoiceKind.CREDIT_NOTE
    sign = -1 if is_credit else 1
    payable, unearned = document.payable_now, document.rounding + document.misfit
    sides = [Side(LedgerAccount.RECEIVABLES, sign * payable), Side(LedgerAccount.ROUNDING, -sign * unearned)]
    for tax in document.taxes.all():
        sides.append(Side(_earned(document), -sign * tax.base, tax.category, tax.rate))
        sides.append(Side(LedgerAccount.VAT, -sign * tax.tax, tax.category, tax.rate))
    for part in document.deductions.all():
        sides.append(Side(LedgerAccount.DEPOSITS, sign * part.base, part.category, part.rate))
        sides.append(Side(LedgerAccount.VAT, sign * part.tax, part.category, part.rate))
        sides.append(Side(LedgerAccount.ROUNDING, sign * part.rounding))
    kind = PostingKind.CREDIT if is_credit else PostingKind.ISSUE
    posting = Posting(
        kind=kind,
        client=document.client,
        currency=document.currency,
        booked_on=on,
        sides=sides,
        invoice=document,
        is_test=document.is_test,
        reason=document.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)


def _earned(document: Invoice) -> LedgerAccount:
    about = document.refers_to if document.kind == InvoiceKind.CREDIT_NOTE and document.refers_to else document
    return LedgerAccount.DEPOSITS if about.kind == InvoiceKind.DEPOSIT else LedgerAccount.REVENUE


def _require_issuable(draft: Invoice, items: Sequence[InvoiceItem]) -> None:
    if not items:
        raise NothingToIssue(_("A document without lines is not issued."))
    profile = current_profile()
    if not (profile.street and profile.city and profile.postal_code):
        raise NoSeller(_("Fill in the studio's street, postal code and city first: they stand on every invoice."))
    if not terms.country_of(draft.client, terms.details_of(draft.client)):
        told = _("%(client)s is in %(country)s: say which country that is, in two letters, in the billing details.")
        raise NoCountry(told % {"client": draft.client, "country": draft.client.country})
    if any(len(reasons) > 1 for reasons in sums.reasons_of(items).values()):
        raise TwoReasons(_("Two lines are charged no VAT for different reasons of one kind: invoice them apart."))
    totals = sums.computed(draft, items)
    below = [group for group in totals.groups if group.base < 0 or group.tax < 0]
    payable = totals.payable - draft.deducted_total
    if below or payable < 0:
        raise BelowZero(_("More is taken off than is charged. Write a credit note for what was invoiced before."))
    asked = draft.deposit_amount or Decimal(0)
    if asked > payable:
        raise BelowZero(_("The deposit asked is more than the document comes to."))
