"""Money that came in and went back in a former system, written into the ledger on its day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.adoption.documents import moment_of
from billing.adoption.reading import checked_together
from billing.models import (
    Direction,
    Invoice,
    LedgerAccount,
    Payment,
    PaymentKind,
    PaymentState,
    PostingKind,
)
from billing.services import payments, postings
from billing.services.postings import Posting, Side
from sessions_app.models import Client
from sessions_app.services import billed
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

NOTHING = Decimal(0)
STRIPE = "stripe"
LONGEST_REFERENCE, LONGEST_REASON, LONGEST_ID = 140, 500, 255
# Whether money came in, by the words of both former systems; refunded: it did, and went back.
CAME = {
    **dict.fromkeys(("completed", "succeeded", "paid", "partially_refunded"), "came"),
    **dict.fromkeys(("refunded",), "refunded"),
    **dict.fromkeys(("pending", "failed", "cancelled", "canceled", "processing"), "never came"),
}


@dataclass(frozen=True, slots=True)
class Came:
    """Money as it came in.

    provider_id: Stripe's number of it, "" for none
    """

    client: Client
    amount: Decimal
    currency: str
    on: date
    method: str
    reference: str
    provider_id: str


def receive(came: Came, row: FormerRow) -> Payment:
    """Write down money that came in, and return it; it belongs to the client until it is put against something."""
    payment = Payment(
        client=came.client,
        amount=came.amount,
        currency=came.currency,
        method=came.method,
        received_on=came.on,
        reference=came.reference[:LONGEST_REFERENCE],
        provider=STRIPE if came.provider_id else "",
        provider_id=came.provider_id,
        is_former=True,
        **row.made_at(),
    )
    with checked_together():
        payment.save(force_insert=True)
        _post(payment, PostingKind.PAYMENT, payment.amount, row)
    billed.note_payment(client=came.client, on=came.on)
    return payment


def pay_back(origin: Payment, amount: Decimal, on: date, reason: str, row: FormerRow) -> Payment:
    """Write down that money went back to whom it came from, and return that movement.

    raises: SetAside when more went back than is left of it
    """
    left = payments.left_of(origin)
    if amount > left:
        told = _("%(amount)s went back, but of what came in only %(left)s is left.")
        raise SetAside(told % {"amount": amount, "left": left})
    back = Payment(
        direction=Direction.OUT,
        kind=PaymentKind.REFUND,
        client=origin.client,
        origin=origin,
        amount=amount,
        currency=origin.currency,
        method=origin.method,
        received_on=on,
        reason=reason[:LONGEST_REASON] or _("Paid back in the former system."),
        provider=origin.provider,
        is_former=True,
        **row.made_at(),
    )
    with checked_together():
        back.save(force_insert=True)
        _post(back, PostingKind.REFUND, -amount, row)
    return back


def give_back(origin: Payment, amount: Decimal, on: date, row: FormerRow, run: Run) -> Payment:
    """Write down that money went back, and return that movement; what it had paid is to be paid again.

    raises: SetAside when more went back than came, less what did already
    """
    _free(origin, amount, on, row, run)
    return pay_back(origin, amount, on, row.text("refund_reason"), row)


def returned(origin: Payment) -> Decimal:
    """Return how much of money that came in went back already."""
    return origin.returns.exclude(state=PaymentState.FAILED).aggregate(sum=Sum("amount"))["sum"] or NOTHING


def _free(origin: Payment, amount: Decimal, on: date, row: FormerRow, run: Run) -> None:
    """Take money off the documents it was put against, the last first, until so much of it is left over."""
    sums = origin.allocations.values_list("invoice").annotate(sum=Sum("amount")).order_by("-invoice")
    for key, amount_put in sums:
        part = min(amount_put, amount - payments.left_of(origin))
        if part <= 0:
            continue
        document = Invoice.objects.locked().select_related("client").get(pk=key)
        at = moment_of(max(on, origin.received_on, document.issued_on or on), run.zone)
        told = _("%(part)s of it went back and is taken off %(invoice)s.") % {"part": part, "invoice": document}
        with checked_together():
            payments.put(payment=origin, invoice=document, amount=-part, actor=None, now=at, reason=told)
        row.notes.append(told)


def put(payment: Payment, invoice: Invoice, row: FormerRow, run: Run) -> None:
    """Put what is left of a payment against a document, as far as that asks for it; the rest stays with the client."""
    document = Invoice.objects.locked().select_related("client").get(pk=invoice.pk)
    left = payments.left_of(payment)
    part = min(left, document.remaining_balance)
    if (document.client_id, document.currency) != (payment.client_id, payment.currency) or not document.is_claim:
        told = _("%(invoice)s is a draft, was cancelled, or is another's or in another currency; it stays unapplied.")
        row.notes.append(told % {"invoice": document})
        return
    if part > 0:
        at = moment_of(max(payment.received_on, document.issued_on or payment.received_on), run.zone)
        with checked_together():
            payments.put(payment=payment, invoice=document, amount=part, actor=None, now=at)
    if left > part:
        told = _("%(rest)s is more than %(invoice)s asks; it stays with the client as credit.")
        row.notes.append(told % {"rest": left - part, "invoice": document})


def refunded_in(row: FormerRow, column: str, amount: Decimal, *, all_of_it: bool) -> Decimal:
    """Return how much of a payment its own row says went back.

    raises: SetAside when that is more than came
    """
    stated = row.amount(column)
    back = amount if all_of_it and not stated else stated or NOTHING
    if back > amount:
        raise SetAside(_("%(back)s went back, but only %(amount)s came.") % {"back": back, "amount": amount})
    return back


def known(provider_id: str, came: Came | None = None) -> Payment | None:
    """Return the payment that a number of Stripe's is written down for.

    raises: SetAside when that is another sum or currency, or another client's
    """
    found = Payment.objects.filter(provider=STRIPE, provider_id=provider_id).first() if provider_id else None
    if (
        found
        and came
        and (found.client_id, found.amount, found.currency)
        != (
            came.client.pk,
            came.amount,
            came.currency,
        )
    ):
        told = _("%(number)s is written down already, over %(amount)s %(currency)s for %(client)s.")
        facts = {"amount": found.amount, "currency": found.currency, "client": found.client}
        raise SetAside(told % (facts | {"number": provider_id}))
    return found


def _post(payment: Payment, kind: PostingKind, amount: Decimal, row: FormerRow) -> None:
    posting = Posting(
        kind=kind,
        client=payment.client,
        currency=payment.currency,
        booked_on=payment.received_on,
        sides=[Side(payments.till_of(payment), amount), Side(LedgerAccount.CLIENT_CREDIT, -amount)],
        payment=payment,
        reason=payment.reason,
    )
    postings.post(posting=posting, actor=None, now=moment_of(payment.received_on, row.zone))
