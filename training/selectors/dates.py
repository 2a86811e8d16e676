"""Arithmetic of days and months on the wall calendar: no clock change can reach it."""

from calendar import monthrange
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last one where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(first: date, months: int) -> date:
    """Return the last day of a term of so many months."""
    return months_later(first, months) - ONE_DAY
