"""The days that a report is about, and those it is compared with."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from studio.showing import days as days_shown

FIRST_YEAR, LAST_YEAR = 1990, 2100
DAY = timedelta(days=1)
DECEMBER = 12


class Span(models.TextChoices):
    """How long a period is."""

    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")
    CUSTOM = "custom", _("Other days")


MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, from the first to the last, both included."""

    span: Span
    first: date
    last: date

    @property
    def name(self) -> str:
        """The period as people call it."""
        if self.span == Span.MONTH:
            return date_format(self.first, "F Y")
        if self.span == Span.QUARTER:
            told = {"number": (self.first.month + 2) // 3, "year": self.first.year}
            return _u("Quarter %(number)d of %(year)d") % told
        return str(self.first.year) if self.span == Span.YEAR else days_shown(self.first, self.last)

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + DAY

    @property
    def days(self) -> Iterator[date]:
        """Every day of it."""
        return (self.first + number * DAY for number in range((self.end - self.first).days))

    @property
    def months(self) -> Sequence[date]:
        """The first day of every month that has a day in the period."""
        found = [self.first.replace(day=1)]
        while (following := _later(found[-1], 1)) <= self.last:
            found.append(following)
        return found

    def within(self, month: date) -> "Period":
        """Return the days of the period that are in a month, given by its first day."""
        whole = _of_months(Span.MONTH, month)
        if self.first <= whole.first and whole.last <= self.last:
            return whole
        return Period(Span.CUSTOM, max(self.first, whole.first), min(self.last, whole.last))

    def month_shown(self, month: date) -> str:
        """Return the short name of one of its months, with the year where it has months of several."""
        return date_format(month, "M" if self.first.year == self.last.year else "M y")

    def at_most(self, years: int) -> "Period":
        """Return the first so many years of it, or the period itself where it is not longer."""
        last = _later(self.first.replace(day=1), years * DECEMBER) + (self.first.day - 2) * DAY
        return self if self.last <= last else Period(Span.CUSTOM, self.first, last)

    def moved(self, steps: int) -> "Period":
        """Return the period so many later, or earlier: as long as this one, in months where it is some."""
        if self.span == Span.CUSTOM:
            length = self.end - self.first
            return Period(self.span, self.first + steps * length, self.last + steps * length)
        months = MONTHS[self.span]
        return _of_months(self.span, _later(self.first, steps * months))

    def before(self, today: date) -> "Period":
        """Return the period to compare with: the one before, and of that the same days while this one is running."""
        previous = self.moved(-1)
        if self.span == Span.CUSTOM or not self.first <= today < self.last:
            return previous
        last = previous.first + (today - self.first)
        if self.span == Span.YEAR:
            month = _later(today.replace(day=1), -DECEMBER)
            last = min(month + (today.day - 1) * DAY, _later(month, 1) - DAY)
        return Period(Span.CUSTOM, previous.first, min(last, previous.last))

    @property
    def is_of_months(self) -> bool:
        """Whether it begins with a month and ends with one."""
        return self.first.day == 1 and self.end.day == 1

    @property
    def query(self) -> dict[str, str]:
        """The fields of an address that name the period."""
        if self.span == Span.CUSTOM:
            return {"period": self.span.value, "first": str(self.first), "last": str(self.last)}
        return {"period": self.span.value, "on": str(self.first)}


def asked_period(fields: Mapping[str, str], *, today: date, usual: Span) -> Period:
    """Return the period that an address names; the running one of the usual length where it names none.

    fields: `period`, with `on`, any day in it, or with `first` and `last`
    """
    span = Span(named) if (named := fields.get("period", "")) in Span.values else usual
    if span != Span.CUSTOM:
        return _of_months(span, _day(fields, "on", today))
    first, last = _day(fields, "first", today.replace(day=1)), _day(fields, "last", today)
    return Period(span, min(first, last), max(first, last))


def _day(fields: Mapping[str, str], name: str, otherwise: date) -> date:
    with suppress(ValueError):
        day = parse_date(fields.get(name, ""))
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    return otherwise


def _of_months(span: Span, day: date) -> Period:
    months = MONTHS[span]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(span, first, _later(first, months) - DAY)


def _later(first: date, months: int) -> date:
    """Return the first day of a month so many months later."""
    whole = first.year * DECEMBER + first.month - 1 + months
    return date(whole // DECEMBER, whole % DECEMBER + 1, 1)
