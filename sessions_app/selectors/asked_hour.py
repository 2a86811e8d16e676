"""Can it be had at that hour: yes, or why not, and what instead; read off the days of `free_times`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sessions_app.models import Room
from sessions_app.selectors.free_times import RoomDay

MOST_NEAR = 2  # in the same room: one before, one after, as a rule


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that can be had."""

    room: Room
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """Whether a room can be had at an hour.

    sentences: why not, for the staff; empty when it can
    instead: the nearest hours in the same room
    """

    offer: Offer
    sentences: Sequence[str]
    instead: Sequence[Offer]

    @property
    def is_free(self) -> bool:
        """Whether it can be had."""
        return not self.sentences


def asked_hour(rooms: Iterable[RoomDay], start: datetime, length: timedelta) -> list[RoomAnswer]:
    """Return what each room says to one hour, the free ones first.

    rooms: with their stretches around the hour and a length after it
    queries: none
    """
    answers = [_answer(room, start, start + length) for room in rooms]
    return sorted(answers, key=lambda answer: not answer.is_free)


def _answer(room: RoomDay, start: datetime, end: datetime) -> RoomAnswer:
    offer = Offer(room.room, start, end)
    touched = [each for each in room.stretches if each.starts_at < end and start < each.ends_at]
    told = [reason.staff_sentence or reason.sentence for stretch in touched for reason in stretch.reasons]
    sentences = list(dict.fromkeys(told))
    return RoomAnswer(offer, sentences, _nearest(room, start, end - start) if sentences else ())


def _nearest(room: RoomDay, start: datetime, length: timedelta) -> list[Offer]:
    starts = [
        min(max(start, stretch.starts_at), stretch.ends_at - length)
        for stretch in room.stretches
        if not stretch.reasons and stretch.ends_at - stretch.starts_at >= length
    ]
    starts.sort(key=lambda at: (abs(at - start), at))
    return [Offer(room.room, at, at + length) for at in starts[:MOST_NEAR]]
