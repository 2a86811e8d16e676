"""Changing when the house is open; what would leave a session outside is refused.

The hours belong to the office, which does not know sessions: the question is asked here, also on behalf of the apps
above that book in the same hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import ngettext

from sessions_app.selectors.coming import Booked, booked_from
from sessions_app.services import facts, slots
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_midnight
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.office.models import Closure, OpeningHours, StudioProfile
from studio.office.selectors.opening import OpeningCalendar, opening_calendar
from studio.office.selectors.profile import current_profile
from studio.showing import when

MOST_NAMED = 10  # in the sentence; the error carries all


class SessionsWouldBeOutside(DomainError):
    """Sessions that are inside the hours now would lie outside them; carries what is booked, and the rows, by start.

    summary: how many they are and what to do, without their names
    """

    def __init__(self, booked: Sequence[Booked]) -> None:
        self.booked = tuple(booked)
        self.sessions = tuple(each.row for each in booked)
        count = len(self.sessions)
        sentence = ngettext(
            "%(count)d session would lie outside the opening hours. Move or cancel it first",
            "%(count)d sessions would lie outside the opening hours. Move or cancel them first",
            count,
        ) % {"count": count}
        self.summary = f"{sentence}:"
        named = [f"{each.title} ({when(each.starts_at)})" for each in self.booked[:MOST_NAMED]]
        if count > MOST_NAMED:
            more = count - MOST_NAMED
            named.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
        super().__init__(f"{sentence}: {', '.join(named)}.")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Opening and closing in minutes of the wall clock; 1440 is 24:00, more is the next day."""

    opens: int
    closes: int


def sessions_left_outside(current: OpeningCalendar, proposed: OpeningCalendar, *, since: datetime) -> list[Booked]:
    """Return what is booked inside the current hours and would be outside the proposed ones, by start.

    One that lies outside already, since it was taken over so, does not count.
    queries: 1 for each app that is asked
    """
    return [
        each
        for each in booked_from(since)
        if current.is_open(each.starts_at, each.ends_at) and not proposed.is_open(each.starts_at, each.ends_at)
    ]


@taking_turns()
def change_opening_hours(
    *, weekday: int, stretches: Sequence[Stretch], effective_from: date, actor: User | None, now: datetime
) -> list[OpeningHours]:
    """Set the hours of a weekday from a date on and return the rows; none means closed.

    weekday: 0 is Monday
    Hours set before for the very same date are replaced; earlier ones stay in force until then.
    raises: SessionsWouldBeOutside, facts.BadFacts
    """
    profile = _locked_profile()
    current = opening_calendar(profile.zone, since=effective_from)
    rows = [
        OpeningHours(weekday=weekday, opens=part.opens, closes=part.closes, effective_from=effective_from)
        for part in stretches
    ] or [OpeningHours(weekday=weekday, effective_from=effective_from)]
    replaced = [r for r in current.rules if r.weekday == weekday and r.effective_from == effective_from]
    rules = [rule for rule in current.rules if rule not in replaced] + rows
    proposed = OpeningCalendar(rules, current.closures, current.zone)
    since = max(now, local_midnight(effective_from, profile.zone))
    if outside := sessions_left_outside(current, proposed, since=since):
        raise SessionsWouldBeOutside(outside)
    OpeningHours.objects.filter(pk__in=[rule.pk for rule in replaced]).delete()
    for row in rows:
        with facts.saving(row):
            row.save(force_insert=True)
        changes = {"hours": (", ".join(map(str, replaced)), str(row)), "effective_from": (None, effective_from)}
        audit.record(verb="change", subject=row, actor=actor, now=now, changes=changes)
    return rows


@taking_turns()
def add_closure(*, starts_on: date, ends_on: date, actor: User | None, now: datetime, reason: str = "") -> Closure:
    """Close the house from the first to the last day, both included, and return the closure.

    raises: SessionsWouldBeOutside, facts.BadFacts
    """
    profile = _locked_profile()
    closure = Closure(starts_on=starts_on, ends_on=ends_on)
    facts.set_facts(closure, {"reason": reason})
    current = opening_calendar(profile.zone, since=starts_on)
    proposed = OpeningCalendar(current.rules, [*current.closures, closure], current.zone)
    if outside := sessions_left_outside(current, proposed, since=now):
        raise SessionsWouldBeOutside(outside)
    with facts.saving(closure):
        closure.save(force_insert=True)
    changes = {"starts_on": (None, starts_on), "ends_on": (None, ends_on), "reason": (None, reason)}
    audit.record(verb="create", subject=closure, actor=actor, now=now, changes=changes)
    return closure


@taking_turns()
def remove_closure(*, closure: Closure, actor: User | None, now: datetime) -> None:
    """Open the house again on the days of a closure."""
    gone = Closure.objects.select_for_update().get(pk=closure.pk)
    changes = {"starts_on": (gone.starts_on, None), "ends_on": (gone.ends_on, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()


def _locked_profile() -> StudioProfile:
    with refusing():
        advisory_lock([slots.HOURS])
    return current_profile()
