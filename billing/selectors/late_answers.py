"""What a client sees of their money that came after the slot was gone, and what of it they may decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import InvoiceKind, LateOffer, PaymentAttempt
from billing.selectors import late_money, paying
from sessions_app.models import SessionFee, StudioSession
from sessions_app.selectors import availability
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from studio.showing import money, when_exactly

OWN = "own"


@dataclass(frozen=True, slots=True)
class Choice:
    """A time that can be had; `key` is what the form says of it."""

    key: str
    session: str
    room: str
    when: str


@dataclass(frozen=True, slots=True)
class LatePage:
    """What the page shows.

    lost: what was paid for, (title, when)
    choices: times that are still free; none once it is settled
    may_choose_money: whether the client may keep the money as credit, or have it back
    """

    amount: str
    document: str
    studio: StudioProfile
    lost: Sequence[tuple[str, str]]
    choices: Sequence[Choice]
    may_choose_money: bool
    outcome: str

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to choose any more."""
        return bool(self.outcome)


def page_of(attempt: PaymentAttempt, *, now: datetime) -> LatePage:
    """Return what the page of a late payment shows.

    queries: about 12 for each session without a slot, and 4 for each time that is offered
    """
    lost = paying.lost_sessions_of(attempt.invoice)
    is_open = attempt.late_settled_at is None
    return LatePage(
        amount=money(attempt.amount, attempt.currency),
        document=str(attempt.invoice),
        studio=current_profile(),
        lost=[(each.title, when_exactly(each.starts_at, each.ends_at)) for each in lost],
        choices=_choices(attempt, lost, now) if is_open else (),
        may_choose_money=is_open and may_choose_money(attempt),
        outcome=attempt.late_outcome,
    )


def may_choose_money(attempt: PaymentAttempt) -> bool:
    """Return whether what becomes of late money is the client's to say.

    It is of a deposit; what charges for more than the slot is credited by whoever knows how much, and money that may
    be needed for a fee is the studio's to settle.
    """
    lost = paying.lost_sessions_of(attempt.invoice)
    owed = SessionFee.objects.filter(session__in=[each.pk for each in lost], waived_at__isnull=True)
    return attempt.invoice.kind == InvoiceKind.DEPOSIT and bool(lost) and not owed.exists()


def offer_behind(attempt: PaymentAttempt, key: str) -> LateOffer | None:
    """Return the offer of a late payment that a form names.

    queries: 1
    """
    if not key.isdecimal():
        return None
    rows = LateOffer.objects.filter(attempt=attempt).select_related("attempt__invoice__client", "session", "room")
    return rows.filter(pk=key[:18]).first()


def _choices(attempt: PaymentAttempt, lost: Sequence[StudioSession], now: datetime) -> list[Choice]:
    """Return the times that are free now: the own ones first, where every session can have its own again."""
    found = [late_money.slot_lost_by(session, now) for session in lost]
    own = [_own_choice(lost)] if found and all(each.is_free for each in found) else []
    bookable = [each.session.pk for each in found if each.can_be_booked]
    rows = LateOffer.objects.filter(attempt=attempt, session__in=bookable).select_related("session", "room")
    return own + [_choice(row) for row in rows.order_by("starts_at", "pk") if _is_free(row, now)]


def _own_choice(lost: Sequence[StudioSession]) -> Choice:
    return Choice(
        OWN,
        ", ".join(each.title for each in lost),
        ", ".join(dict.fromkeys(str(each.room) for each in lost)),
        "; ".join(when_exactly(each.starts_at, each.ends_at) for each in lost),
    )


def _choice(offer: LateOffer) -> Choice:
    period = when_exactly(offer.starts_at, offer.ends_at)
    return Choice(str(offer.pk), offer.session.title, str(offer.room), period)


def _is_free(offer: LateOffer, now: datetime) -> bool:
    answer = availability.check_slot(
        room=offer.room,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        now=now,
        kind=offer.session.kind,
        moving=offer.session,
    )
    return answer.free
