"""What a client sees of a document that is to be paid: what is due and for what, what was paid, and what to do next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from billing.models import (
    Allocation,
    AttemptState,
    Invoice,
    InvoiceItem,
    InvoiceStatus,
    Payment,
    PaymentAttempt,
    PriceMode,
    Purpose,
)
from billing.selectors import instalments
from billing.selectors.declines import sentence_of
from billing.selectors.disputes import disputed
from billing.selectors.paying import Due, HeldSlot, due_of, given_away, held_for_deposit
from studio.clock import local_day
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from studio.showing import day, money

MOST_LINES = 12  # the file has them all


class PayState(StrEnum):
    """What the page is about."""

    DUE = "due"
    UNDER_WAY = "under_way"
    PAID = "paid"
    CREDITED = "credited"
    CANCELLED = "cancelled"
    TEST = "test"
    SLOT_GONE = "slot_gone"
    DISPUTED = "disputed"


OVER = (PayState.CREDITED, PayState.CANCELLED, PayState.TEST)


@dataclass(frozen=True, slots=True)
class Offer:
    """A sum that the client may pay now.

    left: all that is still to pay; text: what the button says
    """

    purpose: Purpose
    amount: Decimal
    left: Decimal
    text: str

    @property
    def key(self) -> str:
        """What the form says of it; another has another, and so has the next part over the same sum."""
        return f"{self.purpose}:{self.amount}:{self.left}"


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of the document as it is read."""

    description: str
    quantity: str
    amount: str


@dataclass(frozen=True, slots=True)
class PaidPart:
    """Money that was put against the document.

    receipt: key of the payment in links, where its receipt can be saved; None where there is no file
    """

    on: str
    how: str
    amount: str
    number: str
    receipt: str | None


@dataclass(frozen=True, slots=True)
class PayPage:
    """What a client reads.

    asked: the sum at the top; due: its day, "" where there is none
    slots: the times that the sum is for, while they are only held
    more: how many lines are not shown
    sums: what makes the sum that is left: (what, how much)
    declined: why the bank declined the last try, "" where it did not
    """

    state: PayState
    title: str
    issued: str
    studio: StudioProfile
    asked: str
    is_deposit: bool
    due: str
    is_late: bool
    offers: Sequence[Offer]
    slots: Sequence[HeldSlot]
    lines: Sequence[PageLine]
    more: int
    is_net: bool
    sums: Sequence[tuple[str, str]]
    left: str
    paid: Sequence[PaidPart]
    last: PaymentAttempt | None
    declined: str
    has_failed: bool
    is_disputed: bool

    @property
    def iban(self) -> str:
        """The studio's account, in groups of four."""
        plain = "".join(self.studio.iban.split())
        return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def page_of(invoice: Invoice, *, now: datetime) -> PayPage:
    """Return what the page of a document shows.

    queries: 12 at most
    """
    profile, last = current_profile(), last_attempt(invoice)
    today, currency = local_day(now, profile.zone), invoice.currency
    due = due_of(invoice)
    state = _state_of(invoice, last, due)
    amount = due.amount if due else invoice.remaining_balance
    due_on = _due_on(invoice, today)
    items = list(invoice.items.order_by("position")[: MOST_LINES + 1])
    shown = items if len(items) <= MOST_LINES else items[: MOST_LINES - 1]
    return PayPage(
        state=state,
        title=f"{capfirst(invoice.get_kind_display())} {invoice}",
        issued=day(invoice.issued_on) if invoice.issued_on else "",
        studio=profile,
        asked=money(amount, currency),
        is_deposit=bool(due and due.purpose == Purpose.DEPOSIT),
        due=day(due_on) if due_on else "",
        is_late=bool(due_on and due_on < today),
        offers=list(_offers(invoice, due)) if state == PayState.DUE else [],
        slots=held_for_deposit(invoice),
        lines=[_line(item, currency) for item in shown],
        more=invoice.items.count() - len(shown) if len(items) > len(shown) else 0,
        is_net=invoice.price_mode == PriceMode.NET,
        sums=list(_sums(invoice)),
        left=money(invoice.remaining_balance, currency),
        paid=_paid(invoice),
        last=last,
        declined=sentence_of(last.decline_code) if last and last.error and last.state == AttemptState.OPEN else "",
        has_failed=bool(last and last.state == AttemptState.FAILED and last.payment_intent_id),
        is_disputed=invoice.pk in disputed([invoice.pk]),
    )


def last_attempt(invoice: Invoice) -> PaymentAttempt | None:
    """Return the payment of a document that was begun last.

    queries: 1
    """
    return PaymentAttempt.objects.filter(invoice=invoice).select_related("payment").order_by("-pk").first()


def payment_behind(invoice: Invoice, key: str) -> Payment | None:
    """Return the payment with a key, if some of it is put against a document, with its receipt.

    queries: 2
    """
    found = [payment for payment, _amount in _put_against(invoice) if payment.public_id.hex == key]
    return found[0] if found else None


def _state_of(invoice: Invoice, last: PaymentAttempt | None, due: Due | None) -> PayState:
    if invoice.status == InvoiceStatus.CANCELLED:
        return PayState.CANCELLED
    if invoice.is_test:
        return PayState.TEST
    if last is not None and last.state == AttemptState.PROCESSING:
        return PayState.UNDER_WAY
    if invoice.remaining_balance == 0:
        return PayState.CREDITED if invoice.status == InvoiceStatus.CREDITED else PayState.PAID
    if invoice.pk in given_away([invoice.pk]):
        return PayState.SLOT_GONE
    return PayState.DUE if due else PayState.DISPUTED


def _offers(invoice: Invoice, due: Due | None) -> Iterator[Offer]:
    """Yield what is due first, and all that is open where that is more."""
    if due is None:
        return
    left = due.left
    sum_ = {"sum": money(due.amount, invoice.currency)}
    if due.purpose == Purpose.DEPOSIT:
        yield Offer(due.purpose, due.amount, left, _("Pay deposit: %(sum)s") % sum_)
    else:
        yield Offer(due.purpose, due.amount, left, _("Pay %(sum)s") % sum_)
    if due.amount < left:
        yield Offer(Purpose.OPEN, left, left, _("Pay all of it: %(sum)s") % {"sum": money(left, invoice.currency)})


def _due_on(invoice: Invoice, today: date) -> date | None:
    """Return by when the sum that is asked is due: the day of the part, or that of the document."""
    part = instalments.next_due([invoice], today).get(invoice.pk)
    return part.due_on if part else invoice.due_on


def _sums(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """Yield what leads from the lines to what is left; nothing where it is one step."""
    currency = invoice.currency
    yield _("Without VAT"), money(invoice.subtotal, currency)
    yield _("VAT"), money(invoice.tax_amount, currency)
    yield _("Total"), money(invoice.total, currency)
    for what, amount in (
        (_("Rounding"), invoice.rounding),
        (_("Deposits invoiced before"), -invoice.deducted_total),
        (_("Credited"), -invoice.credited_total),
        (_("Paid"), -invoice.paid_total),
    ):
        if amount:
            yield what, money(amount, currency)


def _paid(invoice: Invoice) -> list[PaidPart]:
    return [_part(payment, amount) for payment, amount in _put_against(invoice)]


def _part(payment: Payment, amount: Decimal) -> PaidPart:
    receipt = getattr(payment, "printed_receipt", None)
    return PaidPart(
        on=day(payment.received_on),
        how=payment.get_method_display(),
        amount=money(amount, payment.currency),
        number=receipt.receipt_number if receipt else "",
        receipt=payment.public_id.hex if receipt and receipt.paper.is_printed else None,
    )


def _put_against(invoice: Invoice) -> list[tuple[Payment, Decimal]]:
    """Return the money that stands against a document, the first of it first."""
    rows = Allocation.objects.filter(invoice=invoice).values("payment").annotate(sum=Sum("amount"))
    sums = {row["payment"]: row["sum"] for row in rows.filter(sum__gt=0).order_by()}
    payments = Payment.objects.filter(pk__in=sums).select_related("printed_receipt__paper")
    return [(payment, sums[payment.pk]) for payment in payments.order_by("received_on", "pk")]


def _line(item: InvoiceItem, currency: str) -> PageLine:
    counted = number_format(item.quantity.normalize(), use_l10n=True)
    quantity = f"{counted} {item.unit_word}".strip()
    return PageLine(item.description, "" if quantity == "1" else f"x {quantity}", money(item.amount, currency))
