"""The regular round: what nobody's booking has let expire yet."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from sessions_app.models import ChallengeOutcome, HoldChallenge, Room, SessionStatus, StudioSession
from sessions_app.services import expiry, lines, slots, states
from studio.db import TryAgain, taking_turns

logger = logging.getLogger(__name__)


def sweep(*, now: datetime) -> None:
    """Let everything overdue expire, room by room, each in a transaction of its own; twice is once.

    Who waits for somebody in another room moves up here. A room in which somebody is booking is left to the next round.
    """
    expiry.expire_elsewhere(now=now)
    overdue = StudioSession.objects.overdue(now).values("room")
    due = HoldChallenge.objects.filter(outcome=ChallengeOutcome.OPEN, ends_at__lte=now)
    waiting = StudioSession.objects.filter(status=SessionStatus.HOLD, hold_rank__gt=1, hold_expires_at__gt=now)
    unanswered = due.filter(hold__status=SessionStatus.HOLD).values("hold__room")
    for room in Room.objects.filter(
        Q(pk__in=overdue) | Q(pk__in=unanswered) | Q(pk__in=waiting.values("room"))
    ).order_by("pk"):
        try:
            _sweep_room(room, now)
        except TryAgain:
            logger.info("Room %s is busy; the next round tries again.", room.pk)


@taking_turns()
def _sweep_room(room: Room, now: datetime) -> None:
    slots.lock_rooms(room, now=now)
    lines.move_up(room=room, stretches=None, now=now)  # e.g. one that waited for somebody in another room


@taking_turns()
def hand_on_slots(*, sessions: Sequence[int], now: datetime) -> None:
    """Hand on the slots of sessions that ended while their rooms were not locked; twice is once.

    sessions: their keys
    raises: studio.db.TryAgain
    """
    ended = StudioSession.objects.filter(pk__in=sessions, status__in=states.TAKES_NOBODY)
    gone = list(ended.select_related("room"))
    slots.lock_rooms(*(session.room for session in gone), now=now)
    lines.hand_on(gone=gone, now=now)
