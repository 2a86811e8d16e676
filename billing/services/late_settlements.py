"""Settling money that came after its slot was gone: one act each; the client is told of it by mail.

The money books the session after all, stays with the client, or goes back.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import InvoiceKind, LateOutcome, Payment, PaymentAttempt
from billing.selectors import left, paying
from billing.services import credit_notes, late_letters, late_money, payments, settling
from sessions_app.models import Room, StudioSession
from sessions_app.services import late_bookings
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import audit, notifications
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import money, when

REMIND_AFTER = timedelta(hours=24)


class SettledAlready(DomainError):
    """Somebody has settled it, or it was never late."""


class NothingLost(DomainError):
    """None of its sessions has lost its slot."""


class NothingLeft(DomainError):
    """Nothing of the money is free to be paid back."""


@taking_turns()
def book_again(*, attempt: PaymentAttempt, actor: User | None, now: datetime) -> PaymentAttempt:
    """Book what was paid for at its own time, where that is free again, and return the payment.

    raises: SettledAlready, NothingLost, states.WrongState, slots.SlotRefused, studio.db.TryAgain
    """
    late_money.lock_slots(attempt.invoice, now=now)
    held = locked(attempt)
    for session in _lost(held):
        late_bookings.book_late(session=session, actor=actor, now=now)
    return _settle(held, LateOutcome.BOOKED, actor, now)


@taking_turns()
def book_elsewhere(
    *,
    attempt: PaymentAttempt,
    session: StudioSession,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    now: datetime,
) -> PaymentAttempt:
    """Book one of the sessions that were paid for at another time or in another room, and return the payment.

    It is settled once none is left without a slot.
    raises: SettledAlready, NothingLost, states.WrongState, slots.SlotRefused, studio.db.TryAgain
    """
    late_money.lock_slots(attempt.invoice, room, now=now)
    held = locked(attempt)
    wanted = next((each for each in _lost(held) if each.pk == session.pk), None)
    if wanted is None:
        raise NothingLost(_("%(session)s has not lost its slot.") % {"session": session})
    late_bookings.book_late_elsewhere(
        session=wanted, room=room, starts_at=starts_at, ends_at=ends_at, actor=actor, now=now
    )
    if paying.lost_sessions_of(held.invoice):
        return held
    return _settle(held, LateOutcome.MOVED, actor, now)


@taking_turns()
def keep_as_credit(*, attempt: PaymentAttempt, reason: str, actor: User | None, now: datetime) -> PaymentAttempt:
    """Leave the money with the client, for what they book next, and return the payment; a deposit is credited.

    reason: stands on the credit note
    raises: SettledAlready, credit_notes.NotCreditable, facts.NoReason, studio.db.TryAgain
    """
    held = locked(attempt)
    _take_back(held, reason, actor, now)
    return _settle(held, LateOutcome.CREDIT, actor, now, reason=reason)


@taking_turns()
def pay_back(*, attempt: PaymentAttempt, reason: str, actor: User | None, now: datetime) -> Payment:
    """Write the credit note of a deposit, have the money paid back, and return that movement.

    reason: stands on the credit note
    raises: SettledAlready, NothingLeft, credit_notes.NotCreditable, facts.NoReason, studio.db.TryAgain
    """
    held = locked(attempt)
    _take_back(held, reason, actor, now)
    payment = Payment.objects.locked().get(attempt=held)
    amount = min(payments.left_of(payment), held.amount)
    if amount <= 0:
        told = _("%(document)s has the money. Write a credit note over what is not wanted any more, then pay it back.")
        raise NothingLeft(told % {"document": held.invoice})
    back = payments.refund_payment(
        payment=payment, amount=amount, reason=reason, method=payment.method, actor=actor, now=now
    )
    _settle(held, LateOutcome.PAID_BACK, actor, now, reason=reason)
    return back


@taking_turns()
def remind_staff(*, now: datetime) -> int:
    """Tell whoever is in charge of what has waited for a day, once a day, and return of how much."""
    due = Q(late_reminded_at__isnull=True) | Q(late_reminded_at__lte=now - REMIND_AFTER)
    waiting = PaymentAttempt.objects.late().filter(due, late_at__lte=now - REMIND_AFTER)
    found = list(waiting.select_related("invoice__client").locked())
    for attempt in found:
        attempt.late_reminded_at = now
        attempt.save(update_fields=["late_reminded_at"])
        told = _("%(amount)s of %(client)s, for a slot that was gone, are waiting to be settled since %(when)s.")
        said = {"amount": money(attempt.amount, attempt.currency), "client": attempt.invoice.client}
        text = told % {**said, "when": when(attempt.late_at or now)}
        link = reverse("admin:billing-late-money", "studio.urls")
        notifications.notify_roles(roles=late_money.WHO_IS_TOLD, kind=NotificationKind.MONEY, text=text, link=link)
    return len(found)


def locked(attempt: PaymentAttempt) -> PaymentAttempt:
    """Lock the client of a late payment and its row, and return that; one that is settled is refused.

    raises: SettledAlready
    """
    settling.lock_client_of(attempt.invoice)
    held = PaymentAttempt.objects.locked().select_related("invoice__client").get(pk=attempt.pk)
    if held.late_at is None or held.late_settled_at is not None:
        told = _("%(payment)s is settled already: %(how)s.")
        raise SettledAlready(told % {"payment": held, "how": held.get_late_outcome_display() or _("it was not late")})
    return held


def _lost(attempt: PaymentAttempt) -> list[StudioSession]:
    if not (lost := paying.lost_sessions_of(attempt.invoice)):
        raise NothingLost(_("Every session of %(document)s has its slot.") % {"document": attempt.invoice})
    return lost


def _take_back(attempt: PaymentAttempt, reason: str, actor: User | None, now: datetime) -> None:
    """Credit what is left of a deposit; what charges for more than the slot is credited by whoever knows how much."""
    invoice = attempt.invoice
    if invoice.kind == InvoiceKind.DEPOSIT and left.lines_left(invoice):
        credit_notes.credit_in_full(invoice=invoice, reason=reason, actor=actor, now=now)


def _settle(
    attempt: PaymentAttempt, outcome: LateOutcome, actor: User | None, now: datetime, *, reason: str = ""
) -> PaymentAttempt:
    lost = paying.lost_sessions_of(attempt.invoice)
    attempt.late_settled_at, attempt.late_outcome = now, outcome
    attempt.save(update_fields=["late_settled_at", "late_outcome"])
    changes: dict[str, tuple[object, object]] = {"late_outcome": (None, outcome)}
    audit.record(verb="settle", subject=attempt, actor=actor, now=now, changes=changes, reason=reason)
    if outcome in {LateOutcome.CREDIT, LateOutcome.PAID_BACK}:
        late_letters.queue_letter(attempt=attempt, sessions=lost, about=outcome, now=now)
    return attempt
