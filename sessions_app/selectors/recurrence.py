"""Rules by which a series repeats: a small, safe part of RRULE (RFC 5545), read, expanded and put into words."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from studio.errors import DomainError
from studio.showing import day as shown_day

MOST_OCCURRENCES = 366
MOST_YEARS = 10
HORIZON = timedelta(days=366 * MOST_YEARS)
MOST_INTERVAL = 99
LONGEST_TEXT = 255
FREQUENCIES: dict[str, Literal[1, 2, 3]] = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
WEEKDAY_CODES = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
CODES = tuple(WEEKDAY_CODES)
PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL"})
A_WEEKDAY = re.compile(r"(?P<place>[1-4]|-1)?(?P<code>MO|TU|WE|TH|FR|SA|SU)")
A_DAY = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
PLACES = {
    "1": gettext_lazy("first %(weekday)s"),
    "2": gettext_lazy("second %(weekday)s"),
    "3": gettext_lazy("third %(weekday)s"),
    "4": gettext_lazy("fourth %(weekday)s"),
    "-1": gettext_lazy("last %(weekday)s"),
}


class BadRule(DomainError):
    """A rule that is not understood, never ends, or names too many dates, or none."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """When something repeats, apart from where it begins.

    days: weekly, codes like "TU"; monthly, none or one like "2TU", the second Tuesday, or "-1FR", the last Friday
    count, until: exactly one of them; until is the last date that may count
    """

    frequency: str
    interval: int = 1
    days: tuple[str, ...] = ()
    count: int | None = None
    until: date | None = None

    @property
    def text(self) -> str:
        """The rule as RRULE, its parts always in one order."""
        end = f"COUNT={self.count}" if self.count is not None else f"UNTIL={self.until:%Y%m%d}"
        interval = f"INTERVAL={self.interval}" if self.interval > 1 else ""
        by_day = f"BYDAY={','.join(self.days)}" if self.days else ""
        return ";".join(filter(None, [f"FREQ={self.frequency}", interval, by_day, end]))

    def dates(self, starts_on: date) -> list[date]:
        """Return the dates of the rule from a first day on, in order.

        raises: BadRule for none at all, for more than 366, and for some more than ten years ahead
        """
        last = self.until if self.until is not None else starts_on + HORIZON
        if not starts_on <= last <= starts_on + HORIZON:
            raise _ends_elsewhere()
        wanted = MOST_OCCURRENCES + 1 if self.count is None else self.count
        found = [at.date() for at in islice(self._every(starts_on, last), wanted)]
        if len(found) > MOST_OCCURRENCES:
            raise _too_many()
        if self.count is not None and len(found) < self.count:
            raise _ends_elsewhere()
        if not found:
            raise BadRule(_("This rule names no date at all."))
        return found

    def ending(self, last: date) -> "Rule":
        """Return the same rule, ending on a date."""
        return replace(self, count=None, until=last)

    def _every(self, starts_on: date, last: date) -> rrule:
        # A last day stands in the rule also where a number ends it: dates are never searched for without end.
        days = [WEEKDAY_CODES[day[-2:]](int(day[:-2])) if day[:-2] else WEEKDAY_CODES[day] for day in self.days]
        return rrule(
            FREQUENCIES[self.frequency],
            dtstart=datetime.combine(starts_on, time.min),
            interval=self.interval,
            byweekday=days or None,
            until=datetime.combine(last, time.min),
        )


def _too_many() -> BadRule:
    return BadRule(_("A series has %(count)d dates at most.") % {"count": MOST_OCCURRENCES})


def _ends_elsewhere() -> BadRule:
    return BadRule(_("A series ends after it begins, and within %(years)d years.") % {"years": MOST_YEARS})


def parse_rule(text: str) -> Rule:
    """Return the rule that an RRULE means.

    raises: BadRule, also for what RFC 5545 knows and a studio does not need; nothing is expanded
    """
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";") if len(text) <= LONGEST_TEXT else ():
        name, _equals, value = part.partition("=")
        if name in parts or name not in PARTS:
            raise _not_understood()
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise _not_understood()
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise BadRule(_("A series ends: give a number of dates, or a last day."))
    count = _number(parts["COUNT"]) if "COUNT" in parts else None
    if count is not None and count > MOST_OCCURRENCES:
        raise _too_many()
    interval = _number(parts.get("INTERVAL", "1"))
    if interval > MOST_INTERVAL:
        raise _not_understood()
    days = _days(parts["FREQ"], parts["BYDAY"]) if "BYDAY" in parts else ()
    return Rule(parts["FREQ"], interval, days, count, _last_day(parts["UNTIL"]) if "UNTIL" in parts else None)


def _not_understood() -> BadRule:
    return BadRule(_("This rule is not understood. Example: FREQ=WEEKLY;BYDAY=TU;COUNT=10."))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len("10000") and int(text)):
        raise _not_understood()
    return int(text)


def _last_day(text: str) -> date:
    if match := A_DAY.fullmatch(text):
        with suppress(ValueError):
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    raise _not_understood()


def _days(frequency: str, text: str) -> tuple[str, ...]:
    """Return the weekdays in the order of the week, each once."""
    found = [A_WEEKDAY.fullmatch(day) for day in text.split(",")]
    days = {match["code"]: match[0] for match in found if match is not None}
    placed = [match for match in found if match is not None and match["place"]]
    monthly = frequency == "MONTHLY" and len(found) == len(placed) == 1
    weekly = frequency == "WEEKLY" and not placed
    if None in found or not (monthly or weekly):
        raise _not_understood()
    return tuple(sorted(days.values(), key=lambda day: CODES.index(day[-2:])))


def in_words(rule: Rule, *, shifted: int = 0) -> str:
    """Return a rule as a person says it, e.g. "Every week on Tuesday, 10 times".

    shifted: by how many days its dates were moved
    """
    often = {
        "DAILY": ngettext("Every day", "Every %(count)d days", rule.interval),
        "WEEKLY": ngettext("Every week", "Every %(count)d weeks", rule.interval),
        "MONTHLY": ngettext("Every month", "Every %(count)d months", rule.interval),
    }[rule.frequency] % {"count": rule.interval}
    if rule.count is not None:
        end = ngettext("once", "%(count)d times", rule.count) % {"count": rule.count}
    else:
        end = _("until %(day)s") % {"day": shown_day(rule.until or date.max)}
    moved = shifted if rule.frequency != "WEEKLY" else 0
    later = ngettext("%(count)d day later", "%(count)d days later", moved) % {"count": moved} if moved > 0 else ""
    sooner = ngettext("%(count)d day sooner", "%(count)d days sooner", -moved) % {"count": -moved} if moved < 0 else ""
    named = _on_days(rule, shifted)
    return ", ".join(filter(None, [f"{often} {named}".strip(), later, sooner, end]))


def _on_days(rule: Rule, shifted: int) -> str:
    if not rule.days:
        return ""
    turned = shifted if rule.frequency == "WEEKLY" else 0
    indexes = sorted((CODES.index(day[-2:]) + turned) % 7 for day in rule.days)
    named = [str(WEEKDAYS[index]) for index in indexes]
    if place := rule.days[0][:-2]:
        return _("on the %(day)s") % {"day": str(PLACES[place]) % {"weekday": named[0]}}
    return _("on %(days)s") % {"days": ", ".join(named)}
