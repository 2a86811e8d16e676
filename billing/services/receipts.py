"""Receipts: money that came in, with a number, as it is handed out."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Direction, Payment, PaymentKind, PaymentReceipt, ReceiptPaper, SeriesKind
from billing.selectors import snapshots
from billing.services import numbering, settling
from billing.services.printed import ask_for_print
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile


class NoReceipt(DomainError):
    """A receipt is given for money that came in, not for what goes back."""


@taking_turns()
def issue_receipt(*, payment: Payment, actor: User | None, now: datetime) -> PaymentReceipt:
    """Give a payment its receipt, with the next number, and return it; twice is once.

    It says what the money was put against at that moment.
    raises: NoReceipt, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    known = PaymentReceipt.objects.filter(payment=payment).first()
    if known is not None:
        return known
    if payment.direction != Direction.IN or payment.returns.filter(kind=PaymentKind.MISTAKE).exists():
        raise NoReceipt(_("A receipt is given for what came in: this money went back, or was never there."))
    zone = current_profile().zone
    at = numbering.moment_of_issue(kind=SeriesKind.RECEIPT, now=now, is_test=False)
    on = local_day(at, zone)
    printed = snapshots.receipt_snapshot(payment)
    number = numbering.next_number(kind=SeriesKind.RECEIPT, on=on, now=at)
    if local_day(number.at, zone) != on:
        raise TryAgain(_("The day has just changed. Please try again."))
    receipt = _receipt(payment, number, on, printed, actor)
    numbering.take(number=number, fingerprint=receipt.content_hash)
    with facts.saving(receipt):
        receipt.save(force_insert=True)
    ReceiptPaper.objects.create(receipt=receipt)
    changes: dict[str, tuple[object, object]] = {"receipt_number": ("", number.text)}
    audit.record(verb="issue", subject=receipt, actor=actor, now=now, changes=changes)
    ask_for_print(receipt)
    return receipt


def _receipt(
    payment: Payment, number: numbering.Number, on: date, printed: dict[str, Any], actor: User | None
) -> PaymentReceipt:
    """Return the receipt with its number, as it will be printed, not yet stored."""
    snapshot = printed | {
        "receipt": {"number": number.text, "issued_on": on.isoformat(), "issued_at": number.at.isoformat()}
    }
    return PaymentReceipt(
        payment=payment,
        series=number.series,
        number=number.value,
        receipt_number=number.text,
        issued_on=on,
        issued_at=number.at,
        snapshot=snapshot,
        content_hash=snapshots.fingerprint(snapshot, number.previous_hash),
        previous_hash=number.previous_hash,
        account=actor,
        actor_label=actor.label if actor else "",
    )
