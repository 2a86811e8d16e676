"""How instants, amounts and statuses look in lists and on pages."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

# Each has a colour in admin_theme/back_office.css, in light and dark, and its word beside it.
TONES = ("neutral", "info", "success", "warning", "danger", "muted")
NOTHING = "-"


def zone_name() -> str:
    """Return the name of the zone in which times are shown: the studio's."""
    return timezone.get_current_timezone_name()


def zone_label(text: Any) -> Any:
    """Return a lazy heading that names the zone beside its text."""
    return lazy(lambda: f"{text} ({zone_name()})", str)()


def clock_span(start: datetime, end: datetime) -> str:
    """Return a period's wall times, e.g. "20:00-24:00": midnight belongs to the day that it ends."""
    first, last = timezone.localtime(start), timezone.localtime(end)
    return f"{date_format(first, 'H:i')}-{_closing(first, last)}"


def _closing(first: datetime, last: datetime) -> str:
    ends_the_day = last.time() == time.min and last.date() == first.date() + timedelta(days=1)
    return "24:00" if ends_the_day else date_format(last, "H:i")


def when(start: datetime, end: datetime | None = None) -> str:
    """Return an instant, or a period, on the studio's wall clock; the end without its day where it is the same."""
    first = timezone.localtime(start)
    day = date_format(first, "D j M Y")
    if end is None:
        return f"{day}, {date_format(first, 'H:i')}"
    last = timezone.localtime(end)
    if last.date() == first.date() or _closing(first, last) == "24:00":
        return f"{day}, {clock_span(start, end)}"
    return f"{day}, {date_format(first, 'H:i')} - {date_format(last, 'D j M, H:i')}"


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
