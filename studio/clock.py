"""Wall times and instants: where a studio's local time meets UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.showing import when


class WallTimeSkipped(DomainError):
    """The wall time does not exist: the clocks went forward over it."""


def is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    """Return whether the clocks of `zone` jump over this naive wall time."""
    aware = wall.replace(tzinfo=zone)
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def is_doubled(wall: datetime, zone: ZoneInfo) -> bool:
    """Return whether this naive wall time happens twice in `zone`."""
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    return first != second and not is_skipped(wall, zone)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a naive wall time.

    wall: naive; a doubled hour means the first of the two unless wall.fold is 1
    raises: WallTimeSkipped
    """
    if is_skipped(wall, zone):
        message = _("%(time)s does not exist in %(zone)s: the clocks go forward over it.")
        raise WallTimeSkipped(message % {"time": when(wall.replace(tzinfo=None)), "zone": zone.key})
    return wall.replace(tzinfo=zone).astimezone(UTC)


def instant_moved_forward(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a naive wall time; one in a gap moves forward by the gap."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, also where midnight itself is skipped."""
    return instant_moved_forward(datetime.combine(day, time.min), zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the date on the wall calendar of `zone` at an instant."""
    return at.astimezone(zone).date()


def minutes_ahead(at: datetime, zone: ZoneInfo) -> int:
    """Return by how many minutes the clocks of `zone` are ahead of UTC at an instant."""
    return int((at.astimezone(zone).utcoffset() or timedelta()) / timedelta(minutes=1))


def minutes(value: int) -> timedelta:
    """Return a length of so many minutes."""
    return timedelta(minutes=value)
