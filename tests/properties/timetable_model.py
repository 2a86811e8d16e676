"""What the timetable ought to be: intervals of two rooms, two engineers and one thing.

It knows no query and no clock arithmetic but its own: it steps through quarters of an hour and asks the wall clock of
each whether the house is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUARTER = timedelta(minutes=15)
DAYS = 3
BUFFERS = ((15, 45), (0, 0))  # setup and teardown of the two rooms, in minutes


@dataclass(frozen=True)
class Known:
    """What the model knows of a session."""

    room: int
    start: datetime
    end: datetime
    crew: frozenset[str] = frozenset()
    expires: datetime | None = None


class Intervals:
    """Everything that was booked, held or asked for in a house, who is away from it, and when it is open.

    known: by key; also holds and requests that have expired, which money may still book
    away: stretches of time, by name
    opens, closes: minutes of the wall clock
    """

    def living(self, but=None):
        return {
            key: known
            for key, known in self.known.items()
            if key != but and (known.expires is None or known.expires > self.now)
        }

    def is_open(self, start, end):
        at = start
        while at < end:
            wall = at.astimezone(self.zone)
            if wall.date() in self.closed or not self.opens <= wall.hour * 60 + wall.minute < self.closes:
                return False
            at += QUARTER
        return True

    def reasons(self, room, start, end, but=None, crew=frozenset()):
        if end <= start:
            return {"no_length"}
        return self.of_the_house(start, end) | self.of_others(room, start, end, but, crew)

    def of_the_house(self, start, end):
        found = set()
        if start < self.now:
            found.add("past")
        if end - start < self.step:
            found.add("too_short")
        if not self.is_open(start, end):
            found.add("closed")
        return found

    def of_others(self, room, start, end, but=None, crew=frozenset()):
        found = {"nobody_to_work" for name in crew if self.is_away(name, start, end)}
        gap = timedelta(minutes=max(BUFFERS[room]))
        for other in self.living(but).values():
            if start < other.end and other.start < end:
                found |= {"equipment_out" if name == "gear" else "nobody_to_work" for name in crew & other.crew}
            if other.room != room:
                continue
            if start < other.end and other.start < end:
                found.add("taken")
            elif start < other.end + gap and other.start < end + gap:
                found.add("buffer")
        return found

    def is_away(self, name, start, end):
        return any(start < until and since < end for since, until in self.away.get(name, ()))

    def period(self, quarter, length):
        start = self.base + quarter * QUARTER
        return start, start + length * QUARTER

    def starts_of(self, day):
        """Yield the instants of a day at which a slot may begin: at the opening, and every step after it."""
        at, begun = self.base - timedelta(days=1), None
        while at < self.base + timedelta(days=DAYS + 2):
            wall = at.astimezone(self.zone)
            if wall.date() == day and self.is_open(at, at + QUARTER):
                begun = begun or at
                if (at - begun) % self.step == timedelta(0):
                    yield at
            at += QUARTER
