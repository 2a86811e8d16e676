"""What is asked and answered about a slot."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sessions_app.models import Room, StudioSession


class ReasonKind(StrEnum):
    """Why a slot cannot be had."""

    NO_LENGTH = "no_length"
    PAST = "past"
    TOO_FAR = "too_far"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    NEEDS_ROOM = "needs_room"
    ROOM_OFF = "room_off"
    CLOSED = "closed"
    TAKEN = "taken"
    BUFFER = "buffer"
    NOBODY_TO_WORK = "nobody_to_work"
    EQUIPMENT_OUT = "equipment_out"
    NOTICE = "notice"
    QUOTA = "quota"


OTHERS_ARE_THERE = frozenset({ReasonKind.TAKEN, ReasonKind.BUFFER})
CREW_IS_MISSING = frozenset({ReasonKind.NOBODY_TO_WORK, ReasonKind.EQUIPMENT_OUT})
ANOTHER_SLOT_MAY_DO = OTHERS_ARE_THERE | CREW_IS_MISSING | {ReasonKind.ROOM_OFF, ReasonKind.CLOSED, ReasonKind.NOTICE}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way.

    sentence: for anybody
    sessions: those in the way, in the order of their start
    to_staff: puts the sentence for the staff together, which takes longer than the answer and is mostly not read
    """

    kind: ReasonKind
    sentence: str
    sessions: tuple[StudioSession, ...] = ()
    to_staff: Callable[[], str] | None = field(default=None, compare=False)

    @property
    def staff_sentence(self) -> str:
        """What says by whom a slot is taken, for staff only; empty where there is no more to say."""
        return self.to_staff() if self.to_staff else ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in a room, with the time kept free around it."""

    room: Room | None
    starts_at: datetime
    ends_at: datetime
    blocked_from: datetime
    blocked_to: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a slot can be had; if not, every reason and the nearest alternatives.

    zone: on whose clock that was answered; None where none was looked at
    """

    slot: Slot
    free: bool
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Slot, ...] = ()
    zone: ZoneInfo | None = None
