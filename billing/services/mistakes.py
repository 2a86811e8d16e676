"""Taking a payment back that was written down by mistake: the money never came in, or otherwise than it says."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import (
    Direction,
    Invoice,
    LedgerAccount,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentState,
    PostingKind,
)
from billing.services import cash_moves, payments, postings, settling
from billing.services.postings import Posting, Side
from sessions_app.models import Client
from sessions_app.services import billed, facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import money


class NoMistake(DomainError):
    """The payment stands: a provider took it, some of it was paid back, or its cash was counted."""


@taking_turns()
def take_back_payment(
    *, payment: Payment, reason: str, actor: User | None, now: datetime, form_key: UUID | None = None
) -> Payment:
    """Say that a payment was written down by mistake, and return the movement that undoes it; twice is once.

    It is taken off all documents, which are to be paid again; both movements stay, the second on the studio's day.
    raises: NoMistake, cash_moves.NotInTheTill, facts.BadFacts, studio.db.TryAgain
    """
    payer = settling.lock_client_of(payment)
    known = Payment.objects.filter(form_key=form_key, origin=payment, kind=PaymentKind.MISTAKE).first()
    if form_key is not None and known is not None:
        return known
    why = reason.strip()
    put = _put_against(payment)
    documents = list(Invoice.objects.locked().select_related("client").filter(pk__in=put))
    held = Payment.objects.locked().get(pk=payment.pk)
    _require_mistaken(held)
    for document in documents:
        payments.put(payment=held, invoice=document, amount=-put[document.pk], reason=why, actor=actor, now=now)
    back = _movement(held, payer, why, actor, now)
    if payments.till_of(back) == LedgerAccount.CASH:
        cash_moves.require_cash(amount=back.amount, currency=back.currency)
    back.form_key = form_key
    with facts.saving(back), refusing(payments_mistaken_before_closing=_counted()):
        back.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (held.amount, None)}
    audit.record(verb="take_back", subject=held, actor=actor, now=now, changes=changes, reason=why)
    _post(back, actor=actor, now=now)
    _forget(held)
    return back


def require_mistakable(payment: Payment) -> None:
    """Pass where a payment may have been written down by mistake.

    raises: NoMistake
    """
    if payment.direction != Direction.IN:
        raise NoMistake(_("This money went out. Only what came in is taken back."))
    if payment.provider:
        raise NoMistake(_("The provider took this money: pay it back, and it goes back the way it came."))
    gone = payment.returns.exclude(state=PaymentState.FAILED).aggregate(sum=Sum("amount"))["sum"]
    if gone:
        told = _("%(sum)s of this payment went back already, or it was taken back before.")
        raise NoMistake(told % {"sum": money(gone, payment.currency)})
    if payment.method == PaymentMethod.CASH and hasattr(payment, "till_movement"):
        raise _counted()


def _require_mistaken(held: Payment) -> None:
    """Pass as above, with the till held: who counts its cash waits."""
    if held.method == PaymentMethod.CASH:
        advisory_lock(["till"])
    require_mistakable(held)


def _counted() -> NoMistake:
    return NoMistake(
        _(
            "The till was counted and closed with this cash in it, and what was missing is written down there. "
            "Take it off its document, or pay it back."
        )
    )


def _put_against(payment: Payment) -> Mapping[int, Decimal]:
    """Return how much of a payment is put against each document, by its key."""
    return dict(payment.allocations.values_list("invoice").annotate(sum=Sum("amount")).filter(sum__gt=0))


def _movement(held: Payment, payer: Client, reason: str, actor: User | None, now: datetime) -> Payment:
    return Payment(
        direction=Direction.OUT,
        kind=PaymentKind.MISTAKE,
        client=payer,
        origin=held,
        amount=held.amount,
        currency=held.currency,
        method=held.method,
        is_former=held.is_former,
        received_on=max(local_day(now, current_profile().zone), held.received_on),
        reference=held.reference,
        reason=reason,
        account=actor,
        actor_label=actor.label if actor else "",
    )


def _post(back: Payment, *, actor: User | None, now: datetime) -> None:
    posting = Posting(
        kind=PostingKind.MISTAKE,
        client=back.client,
        currency=back.currency,
        booked_on=back.received_on,
        sides=[Side(payments.till_of(back), -back.amount), Side(LedgerAccount.CLIENT_CREDIT, back.amount)],
        payment=back,
        reason=back.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)


def _forget(held: Payment) -> None:
    """Let the client have paid last on the day of the payment before."""
    stood = Payment.objects.received().filter(client=held.client).exclude(returns__kind=PaymentKind.MISTAKE)
    before = stood.order_by("-received_on").values_list("received_on", flat=True).first()
    billed.note_payment(client=held.client, on=before, instead_of=held.received_on)
