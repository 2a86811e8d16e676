"""How instants, amounts and statuses look in lists and on pages."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

# As formats/ has them for Django's own columns.
DAY, WEEKDAY, CLOCK = "j M Y", "D j M Y", "H:i"
# Each has a colour in admin_theme/office.css, in light and dark, and its word beside it.
TONES = ("neutral", "info", "success", "warning", "danger", "muted")
NOTHING = "-"


def zone_name() -> str:
    """Return the name of the zone in which times are shown: the studio's."""
    return str(timezone.get_current_timezone())  # its key; the name of a zone without any change is "-05"


def zone_label(text: Any) -> Any:
    """Return a lazy heading that names the zone beside its text."""
    return lazy(lambda: f"{text} ({zone_name()})", str)()


def day(value: date) -> str:
    """Return a date, e.g. "23 Nov 2026"."""
    return date_format(value, DAY)


def days(first: date, last: date) -> str:
    """Return some days, e.g. "23 Nov 2026 - 2 Dec 2026"; one day is itself."""
    return day(first) if first == last else f"{day(first)} - {day(last)}"


def _wall(instant: datetime, zone: ZoneInfo | None = None) -> datetime:
    """Return an instant on the studio's clock; one without a zone was read off that clock."""
    return timezone.localtime(instant, zone) if timezone.is_aware(instant) else instant


def stored_moment(text: str) -> str | None:
    """Return a date or an instant in ISO text as people read it; None for another text."""
    try:
        if (only := parse_date(text)) is not None:
            return day(only)
        instant = parse_datetime(text)
    except ValueError:
        return None
    return when(instant) if instant else None


def clock_span(start: datetime, end: datetime, zone: ZoneInfo | None = None) -> str:
    """Return a period's wall times, e.g. "20:00-24:00": midnight belongs to the day that it ends."""
    first, last = _wall(start, zone), _wall(end, zone)
    return f"{date_format(first, CLOCK)}-{_closing(first, last)}"


def _closing(first: datetime, last: datetime) -> str:
    ends_the_day = last.time() == time.min and last.date() == first.date() + timedelta(days=1)
    return "24:00" if ends_the_day else date_format(last, CLOCK)


def when(start: datetime, end: datetime | None = None, zone: ZoneInfo | None = None) -> str:
    """Return an instant, or a period, on the studio's wall clock; the end without its day where it is the same.

    zone: None for the request's, which is the studio's
    """
    first = _wall(start, zone)
    on = date_format(first, WEEKDAY)
    if end is None:
        return f"{on}, {date_format(first, CLOCK)}"
    last = _wall(end, zone)
    if last.date() == first.date() or _closing(first, last) == "24:00":
        return f"{on}, {clock_span(start, end, zone)}"
    until = date_format(last, "D j M" if last.year == first.year else WEEKDAY)
    return f"{on}, {date_format(first, CLOCK)} - {until}, {date_format(last, CLOCK)}"


def when_exactly(start: datetime, end: datetime | None = None, zone: ZoneInfo | None = None) -> str:
    """Return a period as `when` does; where the clocks change meanwhile or a time comes twice, with both offsets.

    E.g. "Sun 25 Oct 2026, 02:30-04:00 (UTC+02:00 - UTC+01:00)"
    """
    instants = [start] if end is None else [start, end]
    walls = [_wall(instant, zone) for instant in instants]
    offsets = [wall.utcoffset() for wall in walls]
    if len(set(offsets)) == 1 and not any(_comes_twice(wall) for wall in walls):
        return when(start, end, zone)
    return f"{when(start, end, zone)} ({' - '.join(f'UTC{wall:%:z}' for wall in walls)})"


def _comes_twice(wall: datetime) -> bool:
    """Return whether a wall time happens twice on its clock; one that it skips never comes out of an instant."""
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


def stamp(instant: datetime) -> str:
    """Return an instant with its zone, for a text that is kept: "Mon 23 Nov 2026, 10:00 CET"."""
    return f"{when(instant)} {date_format(_wall(instant), 'T')}"


def hours(length: timedelta) -> str:
    """Return a length as hours and full minutes, e.g. "27:05"."""
    whole = int(length.total_seconds()) // 60
    return f"{whole // 60}:{whole % 60:02}"


def length(seconds: Decimal | int) -> str:
    """Return how long something lasts, or where in it something is: "3:07", "1:02:03"."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def badge(text: Any, tone: str = "neutral") -> SafeString:
    """Return a word in a coloured pill.

    tone: one of `TONES`
    """
    return format_html('<span class="tone tone-{}">{}</span>', tone, text)


def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount as people write it here; a dash for none."""
    if amount is None:
        return NOTHING
    return f"{number_format(amount, decimal_pos=2, force_grouping=True)} {currency}"
