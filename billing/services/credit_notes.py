"""Credit notes: taking back what was issued, in part or in full, always by a document of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import (
    Allocation,
    Invoice,
    InvoiceDeduction,
    InvoiceItem,
    InvoiceKind,
    Payment,
    SeriesKind,
)
from billing.selectors import left
from billing.selectors.looked_at import mark_of
from billing.selectors.taxes import TaxGroup
from billing.services import charging, drafts, feeding, issuing, payments, settling, sums
from billing.services.drafts import NewLine
from sessions_app.services import facts
from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import money

NOTHING = Decimal(0)
ONE = Decimal(1)


class NotCreditable(DomainError):
    """The document is a draft, a credit note, or credited in full."""


class WorthMoved(DomainError):
    """What the line was worth came off the price of the plan that followed."""


class LookedAtOther(DomainError):
    """Something else is left than what was looked at."""


class MoreThanInvoiced(DomainError):
    """More would be taken back than was charged."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a line, as its document states prices."""

    item: InvoiceItem
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """What a credit note would take back.

    deposits: with it, deposits that the invoice took off can be taken off again
    payable: what the client owes less
    mark: of how much of which lines, and of what is left of them
    """

    subtotal: Decimal
    groups: Sequence[TaxGroup]
    rounding: Decimal
    deposits: Decimal
    payable: Decimal
    mark: str


def preview(*, invoice: Invoice, parts: Sequence[Part] | None) -> Preview:
    """Return what a credit note would take back, before anybody writes one.

    parts: None: all that is left
    raises: NotCreditable, MoreThanInvoiced, WorthMoved
    """
    rest = left.lines_left(invoice)
    chosen = _all(invoice, rest) if parts is None else _by_line(parts)
    for part in chosen if parts is not None else ():
        _require_within(part, rest.get(part.item.pk, NOTHING), invoice.currency)
    _require_not_moved(invoice, chosen, rest)
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE, refers_to=invoice, currency=invoice.currency, price_mode=invoice.price_mode
    )
    lines = [
        InvoiceItem(amount=part.amount, vat_category=part.item.vat_category, vat_percent=part.item.vat_percent)
        for part in chosen
    ]
    totals = sums.computed(note, lines)
    held = invoice.deductions.filter(released_at__isnull=True) if parts is None else ()
    deposits = sum((row.base + row.tax + row.rounding for row in held), NOTHING)
    payable = totals.payable - deposits
    return Preview(totals.subtotal, totals.groups, totals.rounding, deposits, payable, _mark(chosen, rest))


@taking_turns()
def credit_in_full(
    *, invoice: Invoice, reason: str, actor: User | None, now: datetime, seen: str | None = None
) -> Invoice:
    """Take back all that is not credited yet of a document, and return the credit note.

    seen: the mark of the preview that was looked at; None: of none
    What was paid stays with the client as credit; deposits it took off can be taken off, or credited, again.
    raises: NotCreditable, LookedAtOther, WorthMoved, facts.NoReason, studio.db.TryAgain
    """
    original = _locked_original(invoice, reason)
    rest = left.lines_left(original)
    parts = _all(original, rest)
    _require_seen(original, seen, parts, rest)
    _require_not_moved(original, parts, rest)
    note = _draft(original, parts, reason, actor=actor, now=now)
    _give_back_deposits(original, note, now)
    return _issue(original, note, parts, rest, actor=actor, now=now)


@taking_turns()
def credit_in_part(
    *,
    invoice: Invoice,
    parts: Sequence[Part],
    reason: str,
    actor: User | None,
    now: datetime,
    seen: str | None = None,
) -> Invoice:
    """Take back parts of lines of a document, and return the credit note.

    seen: as above; what was looked at once is credited once
    raises: NotCreditable, LookedAtOther, MoreThanInvoiced, WorthMoved, facts.NoReason, studio.db.TryAgain
    """
    original = _locked_original(invoice, reason)
    rest = left.lines_left(original)
    together = _by_line(parts)
    _require_seen(original, seen, together, rest)
    for part in together:
        _require_within(part, rest.get(part.item.pk, NOTHING), original.currency)
    _require_not_moved(original, together, rest)
    note = _draft(original, together, reason, actor=actor, now=now)
    return _issue(original, note, together, rest, actor=actor, now=now)


def _locked_original(invoice: Invoice, reason: str) -> Invoice:
    if not reason.strip():
        raise facts.NoReason(_("Say why this is credited: the reason stands on the credit note."))
    settling.lock_client_of(invoice)
    original = Invoice.objects.locked().select_related("client", "project").get(pk=invoice.pk)
    if not original.is_claim:
        raise NotCreditable(_("Only what is issued and asks for money can be credited."))
    if not left.lines_left(original):
        raise NotCreditable(_("%(number)s is credited in full.") % {"number": original.invoice_number})
    if finals := left.taken_off_by(original):
        told = _("%(number)s is taken off %(final)s. Credit that invoice first.")
        raise NotCreditable(told % {"number": original.invoice_number, "final": finals[0].invoice_number})
    return original


def _all(original: Invoice, rest: Mapping[int, Decimal]) -> list[Part]:
    return [Part(item, rest[item.pk]) for item in original.items.order_by("position") if item.pk in rest]


def _mark(parts: Sequence[Part], rest: Mapping[int, Decimal]) -> str:
    return mark_of((part.item.pk, f"{part.amount:.2f}", f"{rest.get(part.item.pk, NOTHING):.2f}") for part in parts)


def _require_seen(original: Invoice, seen: str | None, parts: Sequence[Part], rest: Mapping[int, Decimal]) -> None:
    """Pass where nothing was credited since it was looked at."""
    if seen not in (None, _mark(parts, rest)):
        told = _("A part of %(number)s was credited meanwhile. Look at what is left of it.")
        raise LookedAtOther(told % {"number": original.invoice_number})


def _by_line(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with those of one line put together."""
    sums_: dict[int, Decimal] = {}
    for part in parts:
        sums_[part.item.pk] = sums_.get(part.item.pk, NOTHING) + part.amount
    if not sums_:
        raise NotCreditable(_("Say which lines are taken back, and how much of them."))
    items = {part.item.pk: part.item for part in parts}
    return [Part(items[key], amount) for key, amount in sums_.items()]


def _draft(original: Invoice, parts: Sequence[Part], reason: str, *, actor: User | None, now: datetime) -> Invoice:
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE,
        client=original.client,
        project=original.project,
        project_label=original.project_label,
        refers_to=original,
        language=original.language,
        currency=original.currency,
        price_mode=original.price_mode,
        purchase_order=original.purchase_order,
        is_test=original.is_test,
    )
    facts.set_facts(note, {"reason": reason.strip()})
    with facts.saving(note):
        note.save(force_insert=True)
    return drafts.add_lines(invoice=note, lines=[_line(part) for part in parts], actor=actor, now=now)


def _line(part: Part) -> NewLine:
    """Return the line of a credit note: the line itself where all of it is taken back, else the sum."""
    item = part.item
    line = NewLine(
        item.description,
        abs(part.amount),
        item.vat_rate,
        quantity=ONE if part.amount > 0 else -ONE,
        service=item.service,
        credits_item=item,
    )
    if part.amount != item.amount:
        return line
    return replace(line, unit_price=item.unit_price, quantity=item.quantity, unit=item.unit, discount=item.discount)


def _require_within(part: Part, rest: Decimal, currency: str) -> None:
    is_within = NOTHING < part.amount <= rest if rest > 0 else rest <= part.amount < NOTHING
    if not is_within:
        told = _("%(rest)s can be credited of: %(line)s.")
        raise MoreThanInvoiced(told % {"line": part.item.description, "rest": money(rest, currency)})


def _require_not_moved(original: Invoice, parts: Sequence[Part], rest: Mapping[int, Decimal]) -> None:
    """Pass unless an upgrade took what would be given back off the price of the plan that followed."""
    moved = left.worth_moved(original)
    for part in parts:
        gone = moved.get(part.item.pk)
        if gone and part.amount > rest[part.item.pk] - gone.amount:
            told = _("%(amount)s of it came off the price of %(plan)s. Credit that plan first: %(document)s.")
            amount = money(gone.amount, original.currency)
            raise WorthMoved(told % {"amount": amount, "plan": gone.plan, "document": gone.document or gone.plan})


def _give_back_deposits(original: Invoice, note: Invoice, now: datetime) -> None:
    held = list(original.deductions.filter(released_at__isnull=True))
    InvoiceDeduction.objects.bulk_create(
        InvoiceDeduction(
            invoice=note,
            deposit=part.deposit,
            category=part.category,
            rate=part.rate,
            base=part.base,
            tax=part.tax,
            rounding=part.rounding,
            released_at=now,
        )
        for part in held
    )


def _issue(
    original: Invoice,
    note: Invoice,
    parts: Sequence[Part],
    rest: Mapping[int, Decimal],
    *,
    actor: User | None,
    now: datetime,
) -> Invoice:
    note.refers_to, note.client = original, original.client
    sums.refresh(note)
    _require_rest(original, note)
    gone = [part.item for part in parts if rest[part.item.pk] == part.amount]
    charging.let_go(items=gone, actor=actor, now=now)
    _free_payments(original, note, actor=actor, now=now)
    issued = issuing.finish(draft=note, kind=SeriesKind.CREDIT_NOTE, actor=actor, now=now)
    charging.release(items=gone, now=now)
    if note.deducted_total:
        original.deductions.filter(released_at__isnull=True).update(released_at=now)
    feeding.feed(invoice=original, actor=actor, now=now)
    return issued


def _require_rest(original: Invoice, note: Invoice) -> None:
    """Pass when a credit note takes back no more than is left: in all, and at each rate of VAT.

    Lines that take off, and deposits, make that less than what its lines come to.
    """
    payable = note.payable_now
    rest = original.payable_now - original.credited_total
    there = left.per_rate_left(original)
    is_within = all(
        NOTHING <= part.base <= there[key].base and NOTHING <= part.tax <= there[key].tax
        for key, part in left.stated_by(note).items()
    )
    if not is_within or not NOTHING <= payable <= rest:
        told = _("%(rest)s of %(number)s can be credited, with lines that take off or in full.")
        raise MoreThanInvoiced(told % {"number": original.invoice_number, "rest": money(rest, original.currency)})


def _free_payments(original: Invoice, note: Invoice, *, actor: User | None, now: datetime) -> None:
    """Take payments off a document, the newest first, as far as the credit note is more than what is still to pay."""
    excess = note.payable_now - original.remaining_balance
    if excess <= 0:
        return
    paid = (
        Allocation.objects.filter(invoice=original)
        .values_list("payment")
        .annotate(sum=Sum("amount"))
        .order_by("-payment")
    )
    held = Payment.objects.locked().in_bulk([key for key, _sum in paid])
    for key, amount in paid:
        part = min(excess, amount)
        if part > 0:
            reason = _("Credited.")
            payments.put(payment=held[key], invoice=original, amount=-part, reason=reason, actor=actor, now=now)
            excess -= part
