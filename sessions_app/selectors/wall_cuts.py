"""Where a period has to be cut so that in each piece the wall clock meets the same price rules."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sessions_app.models import PriceRule
from studio.clock import local_day

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


def wall_cuts(
    start: datetime, end: datetime, rules: Sequence[PriceRule], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in pieces, cut at every edge of a rule's window, at midnights, and where the clocks change."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    edges = {first, last}
    if rules:
        marks = {0} | {mark % (24 * 60) for rule in rules for mark in (rule.window_from, rule.window_to) if mark}
        edges |= {at for at in _edges(marks, local_day(start, zone), local_day(end, zone), zone) if first < at < last}
    yield from pairwise(sorted(edges))


def _edges(marks: Iterable[int], day: date, last: date, zone: ZoneInfo) -> Iterator[datetime]:
    times = [timedelta(minutes=mark) for mark in sorted(marks)]
    while day <= last:
        midnight = datetime.combine(day, time.min)
        for passed in times:
            wall = midnight + passed
            yield from {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        if (change := _change(midnight, zone)) is not None:
            yield change
        day += ONE_DAY


def _change(midnight: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the instant of a day at which the clocks change, or None."""
    before = midnight.replace(tzinfo=zone).astimezone(UTC) - ONE_DAY / 12
    after = before + ONE_DAY + ONE_DAY / 6
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return None
    while after - before > ONE_SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
