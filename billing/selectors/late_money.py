"""Money that came after its slot was gone: what waits to be settled, and what could be booked instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models import PaymentAttempt
from billing.selectors import paying
from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.crew import crew_of

ANSWER_WITHIN = timedelta(hours=24)
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class LostSlot:
    """A session without its slot.

    is_free: it could have it again; can_be_booked: it was let go, not cancelled
    offers: free slots of the same length, the nearest first
    """

    session: StudioSession
    is_free: bool
    can_be_booked: bool
    offers: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Late:
    """A payment that waits.

    answer_by: by when the client should have heard
    """

    attempt: PaymentAttempt
    lost: Sequence[LostSlot]
    answer_by: datetime
    is_overdue: bool


def late_count() -> int:
    """Return how many payments wait to be settled.

    queries: 1
    """
    return PaymentAttempt.objects.late().count()


def late_money(*, now: datetime) -> Sequence[Late]:
    """Return the payments that wait to be settled, the oldest first, 30 at most.

    queries: 1, and about 12 for each session without a slot
    """
    rows = PaymentAttempt.objects.late().select_related("invoice__client", "payment").defer("invoice__snapshot")
    return [_late(attempt, now) for attempt in rows.order_by("late_at", "pk")[:MOST_SHOWN]]


def _late(attempt: PaymentAttempt, now: datetime) -> Late:
    answer_by = (attempt.late_at or now) + ANSWER_WITHIN
    lost = [_lost(session, now) for session in paying.lost_sessions_of(attempt.invoice)]
    return Late(attempt, lost, answer_by, answer_by <= now)


def _lost(session: StudioSession, now: datetime) -> LostSlot:
    if session.room is None or session.status != SessionStatus.EXPIRED:
        return LostSlot(session, is_free=False, can_be_booked=False, offers=())
    answer = availability.check_slot(
        room=session.room,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        now=now,
        kind=session.kind,
        moving=session,
    )
    if answer.free:
        return LostSlot(session, is_free=True, can_be_booked=True, offers=())
    house = availability.load_house(now, max(now, session.starts_at).date())
    slot = availability.slot_of(session)
    found = availability.alternatives(slot, session.kind, house, moving=session, crew=crew_of(session))
    offers = tuple(each for each in found if each.starts_at > now)
    return LostSlot(session, is_free=False, can_be_booked=True, offers=offers)
