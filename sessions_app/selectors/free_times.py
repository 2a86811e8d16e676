"""Days of rooms in stretches: free for a length, or why not. Each stretch is what `availability` says of it.

Between two edges (of a session and its buffers, an opening, an absence, now) nothing changes, so one question answers
for the whole piece; pieces with the same answer are one stretch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from sessions_app.models import Room, SessionKind, StudioSession
from sessions_app.selectors.answers import Reason, ReasonKind, Slot
from sessions_app.selectors.asking import notice_for, too_short_notice
from sessions_app.selectors.availability import House, load_house, reasons_against, sessions_in_the_way, slot_in
from sessions_app.selectors.crew import NOBODY, Crew, Engagement, engagements
from studio.clock import instant_moved_forward, local_midnight, minutes
from studio.office.selectors.opening import Period
from studio.office.selectors.profile import current_profile

MOST_DAYS = 7
FIRST_HOUR, LAST_HOUR = 8 * 60, 20 * 60  # of a day that is closed
ONE_DAY = timedelta(days=1)


class StretchKind(StrEnum):
    """What a stretch is, by the weightiest reason against it."""

    FREE = "free"
    SHORT = "short"  # free, and shorter than what is asked for
    TAKEN = "taken"
    BUFFER = "buffer"
    CREW = "crew"
    NOTICE = "notice"
    PAST = "past"
    CLOSED = "closed"
    OFF = "off"


# The first that applies names the stretch; all of them are told.
KIND_OF = {
    ReasonKind.TAKEN: StretchKind.TAKEN,
    ReasonKind.CLOSED: StretchKind.CLOSED,
    ReasonKind.ROOM_OFF: StretchKind.OFF,
    ReasonKind.PAST: StretchKind.PAST,
    ReasonKind.BUFFER: StretchKind.BUFFER,
    ReasonKind.NOBODY_TO_WORK: StretchKind.CREW,
    ReasonKind.EQUIPMENT_OUT: StretchKind.CREW,
    ReasonKind.NOTICE: StretchKind.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is looking for.

    is_clients: as a client asks, who has to ask in good time
    """

    first_day: date
    days: int
    rooms: Sequence[Room]
    length: timedelta
    crew: Crew = NOBODY
    is_clients: bool = False
    kind: str = SessionKind.STUDIO


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a room's day about which one thing is true.

    first, length: in minutes from the first hour shown
    """

    starts_at: datetime
    ends_at: datetime
    kind: StretchKind
    reasons: tuple[Reason, ...]
    first: int = 0
    length: int = 0

    @property
    def sessions(self) -> list[StudioSession]:
        """The sessions in the way."""
        return [session for reason in self.reasons for session in reason.sessions]


@dataclass(frozen=True, slots=True)
class RoomDay:
    """A room on a day, or over several."""

    room: Room
    stretches: Sequence[Stretch]


@dataclass(frozen=True, slots=True)
class AskedDay:
    """A day with its rooms.

    hours: instants of full hours, in order; a day of a clock change has one more or one fewer
    minutes: from the first hour to the end of the last
    """

    day: date
    hours: Sequence[datetime]
    minutes: int
    rooms: Sequence[RoomDay]


@dataclass(frozen=True, slots=True)
class FreeTimes:
    """The days asked about, and each room's stretches over all of them."""

    days: Sequence[AskedDay]
    rooms: Sequence[RoomDay]


def free_times(question: Question, *, now: datetime) -> FreeTimes:
    """Return the days asked about, each room's in stretches.

    returns: as many days as asked for, a week at most
    queries: 3, for a crew up to 4 more, however many rooms
    """
    house = load_house(now, question.first_day)
    dates = [question.first_day + timedelta(days=number) for number in range(min(question.days, MOST_DAYS))]
    edges = [local_midnight(day, house.zone) for day in [*dates, dates[-1] + ONE_DAY]]
    # What begins on the last day may end on the next: a stretch is looked at to its end.
    start, end = edges[0], edges[-1] + question.length
    found = sessions_in_the_way(question.rooms, start - ONE_DAY, end + ONE_DAY, now)
    engaged = engagements(question.crew, start, end, now)
    notice_hours = current_profile().request_notice_hours if question.is_clients else 0
    whole = {
        room.pk: list(
            stretches(
                _Asked(question, house, room, found.get(room.pk, []), engaged, notice_for(room, notice_hours)),
                start,
                end,
            )
        )
        for room in question.rooms
    }
    days = [
        _day(day, Period(first, last), question, house, whole)
        for day, (first, last) in zip(dates, pairwise(edges), strict=True)
    ]
    return FreeTimes(days, [RoomDay(room, whole[room.pk]) for room in question.rooms])


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that the answer about one room depends on."""

    question: Question
    house: House
    room: Room
    sessions: Sequence[StudioSession]
    engaged: Sequence[Engagement]
    notice: timedelta

    def slot(self, start: datetime, end: datetime) -> Slot:
        """Return a stretch of time in the room."""
        return slot_in(self.room, start, end, self.question.kind)

    def reasons(self, start: datetime, end: datetime, periods: Sequence[Period]) -> tuple[Reason, ...]:
        """Return what is against a piece, however short it is."""
        found = reasons_against(
            self.slot(start, end), self.question.kind, self.house, periods, self.sessions, engaged=self.engaged
        )
        reasons = [reason for reason in found if reason.kind != ReasonKind.TOO_SHORT]
        kinds = {reason.kind for reason in reasons}
        if ReasonKind.TAKEN in kinds:  # one stretch from its start to its end, also when it is under way
            return tuple(reason for reason in reasons if reason.kind != ReasonKind.PAST)
        if self.question.is_clients and ReasonKind.PAST not in kinds:
            reasons += filter(None, [too_short_notice(start, self.house.now, self.notice)])
        return tuple(reasons)

    def edges(self, periods: Sequence[Period]) -> Iterator[datetime]:
        """Yield the instants at which the answer may change."""
        now = self.house.now
        yield from (now, now + self.notice)
        for period in periods:
            yield from (period.starts_at, period.ends_at)
        setup, teardown = minutes(self.room.setup_minutes), minutes(self.room.teardown_minutes)
        for session in self.sessions:
            yield from (session.starts_at, session.ends_at, session.blocked_from, session.blocked_to)
            yield from (session.starts_at - teardown, session.ends_at + setup)
        for each in self.engaged:
            yield from (at for at in (each.starts_at, each.ends_at) if at is not None)


def stretches(asked: _Asked, start: datetime, end: datetime) -> Iterator[Stretch]:
    """Yield [start, end) of a room in stretches, in order, without gaps."""
    periods = asked.house.calendar.periods_between(start, end)
    inside = {start, end, *(at for at in asked.edges(periods) if start < at < end)}
    gathered: list[tuple[datetime, datetime, tuple[Reason, ...]]] = []
    for first, last in pairwise(sorted(inside)):
        reasons = asked.reasons(first, last, periods)
        if gathered and _same(gathered[-1][2], reasons):
            gathered[-1] = (gathered[-1][0], last, reasons)
        else:
            gathered.append((first, last, reasons))
    shortest = max(asked.question.length, asked.house.shortest)
    for first, last, reasons in gathered:
        yield Stretch(first, last, kind_of(reasons, is_long_enough=last - first >= shortest), reasons)


def _same(one: Iterable[Reason], other: Iterable[Reason]) -> bool:
    return [(r.kind, r.staff_sentence, r.sessions) for r in one] == [
        (r.kind, r.staff_sentence, r.sessions) for r in other
    ]


def kind_of(reasons: Sequence[Reason], *, is_long_enough: bool) -> StretchKind:
    """Return what a stretch is."""
    if not reasons:
        return StretchKind.FREE if is_long_enough else StretchKind.SHORT
    kinds = {reason.kind for reason in reasons}
    return next(stretch for kind, stretch in KIND_OF.items() if kind in kinds)


def _day(day: date, period: Period, question: Question, house: House, whole: dict[int, list[Stretch]]) -> AskedDay:
    hours = _hours(day, period, house)
    first, last = hours[0], min(hours[-1] + timedelta(hours=1), period.ends_at)
    shortest = max(question.length, house.shortest)
    rooms = [
        RoomDay(room, [_cut(stretch, first, last, shortest) for stretch in _touching(whole[room.pk], first, last)])
        for room in question.rooms
    ]
    return AskedDay(day, hours, _minutes(first, last), rooms)


def _touching(found: Iterable[Stretch], first: datetime, last: datetime) -> list[Stretch]:
    return [stretch for stretch in found if stretch.starts_at < last and first < stretch.ends_at]


def _cut(stretch: Stretch, first: datetime, last: datetime, shortest: timedelta) -> Stretch:
    """Return the part of a stretch on a day; what is free has to be long enough from there on, past midnight too."""
    starts_at, ends_at = max(stretch.starts_at, first), min(stretch.ends_at, last)
    kind = stretch.kind
    if not stretch.reasons:
        kind = kind_of((), is_long_enough=stretch.ends_at - starts_at >= shortest)
    begins, lasts = _minutes(first, starts_at), _minutes(starts_at, ends_at)
    return Stretch(starts_at, ends_at, kind, stretch.reasons, begins, lasts)


def _hours(day: date, whole_day: Period, house: House) -> list[datetime]:
    """Return the full hours of a day from its first opening to its last closing."""
    periods = house.calendar.periods_between(whole_day.starts_at, whole_day.ends_at)
    usual = [instant_moved_forward(_wall(day, at), house.zone) for at in (FIRST_HOUR, LAST_HOUR)]
    opens = min((max(period.starts_at, whole_day.starts_at) for period in periods), default=usual[0])
    closes = max((min(period.ends_at, whole_day.ends_at) for period in periods), default=usual[1])
    at = opens.astimezone(house.zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    hours = [at]
    while (at := at + timedelta(hours=1)) < closes:
        hours.append(at)
    return hours


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start) / timedelta(minutes=1))
