"""Money that came after its slot was gone: what waits to be settled, and what could be booked instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

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
    offered_at: when other times were offered to the client, None where none are
    """

    attempt: PaymentAttempt
    lost: Sequence[LostSlot]
    answer_by: datetime
    is_overdue: bool
    offered_at: datetime | None

    @property
    def can_be_offered(self) -> bool:
        """Whether there is a time that the client could choose."""
        return any(each.offers for each in self.lost)


def late_count() -> int:
    """Return how many payments wait to be settled.

    queries: 1
    """
    return PaymentAttempt.objects.late().count()


def late_money(*, now: datetime) -> Sequence[Late]:
    """Return the payments that wait to be settled, the oldest first, 30 at most.

    queries: 1, and about 12 for each session without a slot
    """
    late = PaymentAttempt.objects.late().annotate(offered_at=Max("late_offers__created_at"))
    rows = late.select_related("invoice__client", "payment").defer("invoice__snapshot")
    return [
        _late(attempt, getattr(attempt, "offered_at", None), now)
        for attempt in rows.order_by("late_at", "pk")[:MOST_SHOWN]
    ]


def _late(attempt: PaymentAttempt, offered_at: datetime | None, now: datetime) -> Late:
    answer_by = (attempt.late_at or now) + ANSWER_WITHIN
    lost = [slot_lost_by(session, now) for session in paying.lost_sessions_of(attempt.invoice)]
    return Late(attempt, lost, answer_by, answer_by <= now, offered_at)


def slot_lost_by(session: StudioSession, now: datetime) -> LostSlot:
    """Return what a session that lost its slot could have now.

    queries: about 12
    """
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
