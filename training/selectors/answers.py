"""What is asked and answered about a training slot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from training.models import Machine, Member, SessionType, Trainer, TrainingSession


class ReasonKind(StrEnum):
    """Why a slot cannot be had."""

    NO_LENGTH = "no_length"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    PAST = "past"
    TOO_FAR = "too_far"
    CLOSED = "closed"
    MACHINE_OFF = "machine_off"
    MACHINE_OUT = "machine_out"
    MACHINE_TAKEN = "machine_taken"
    TRAINER_TAKEN = "trainer_taken"
    TRAINER_AWAY = "trainer_away"
    TRAINER_LEFT = "trainer_left"
    MEMBER_TAKEN = "member_taken"
    WAIVER = "waiver"
    MEMBERSHIP = "membership"
    WEEK_FULL = "week_full"


OTHERS_ARE_THERE = frozenset(
    {ReasonKind.MACHINE_OUT, ReasonKind.MACHINE_TAKEN, ReasonKind.TRAINER_TAKEN, ReasonKind.MEMBER_TAKEN}
)
OF_THE_TRAINER = frozenset({ReasonKind.TRAINER_TAKEN, ReasonKind.TRAINER_AWAY, ReasonKind.TRAINER_LEFT})
# What another hour or another machine may mend.
ANOTHER_SLOT_MAY_DO = OTHERS_ARE_THERE | {ReasonKind.MACHINE_OFF, ReasonKind.CLOSED, ReasonKind.TRAINER_AWAY}
WRONG_WISH = frozenset({ReasonKind.NO_LENGTH, ReasonKind.TOO_SHORT, ReasonKind.TOO_LONG, ReasonKind.TOO_FAR})


@dataclass(frozen=True, slots=True)
class Wish:
    """A slot that somebody wants, and for whom.

    moving: the session that would go there; what it has already is never in its own way
    """

    machine: Machine
    starts_at: datetime
    ends_at: datetime
    session_type: SessionType
    member: Member | None = None
    trainer: Trainer | None = None
    moving: TrainingSession | None = None


def wish_of(session: TrainingSession) -> Wish:
    """Return the wish that a session is the answer to."""
    return Wish(
        session.machine,
        session.scheduled_start,
        session.scheduled_end,
        session.session_type,
        session.member,
        session.trainer,
        session,
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way.

    sessions: those in the way, by start
    """

    kind: ReasonKind
    sentence: str
    sessions: tuple[TrainingSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time on a machine."""

    machine: Machine
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a slot can be had; if not, every reason and the nearest alternatives."""

    wish: Wish
    reasons: tuple[Reason, ...] = ()
    alternatives: Sequence[Slot] = ()

    @property
    def free(self) -> bool:
        """Whether nothing is in the way."""
        return not self.reasons

    def only(self, kinds: Collection[ReasonKind]) -> "Answer":
        """Return the answer to no more than a part of the question."""
        return replace(self, reasons=tuple(reason for reason in self.reasons if reason.kind in kinds))

    def without(self, kinds: Collection[ReasonKind]) -> "Answer":
        """Return the answer to all but a part of the question."""
        return replace(self, reasons=tuple(reason for reason in self.reasons if reason.kind not in kinds))
