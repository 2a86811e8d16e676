"""Leave, and whatever else keeps people from work."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import Absence, AbsenceKind, Musician, SessionAssignment
from sessions_app.selectors.availability import AHEAD, YEARS_AHEAD
from sessions_app.selectors.crew import crew_of_members, label_of, name_of
from sessions_app.selectors.elsewhere import elsewhere
from sessions_app.services import assignments, facts, slots
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_midnight
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when

MOST_NAMED = 10

type Person = User | Musician


class AwayAlready(DomainError):
    """Two absences of one person overlap."""


class StillBooked(DomainError):
    """Somebody who will be away is booked in that time by another part of the house."""


class TooFarAway(DomainError):
    """An absence lies where nobody plans."""

    status_code = 400


@taking_turns()
def add_absence(
    *,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    now: datetime,
    kind: str = AbsenceKind.LEAVE,
    notes: str = "",
    is_whole_days: bool = False,
    released: Collection[SessionAssignment] = (),
) -> Absence:
    """Write down that somebody does not work in [starts_at, ends_at), and return the absence.

    released: the person's assignments in that time that were looked at: they are taken off
    raises: assignments.StillAssigned with those that were not; StillBooked, AwayAlready, TooFarAway, facts.BadFacts,
        studio.db.TryAgain
    """
    if max(starts_at, ends_at) > now + AHEAD:
        raise TooFarAway(_("Absences are planned %(years)d years ahead at most.") % {"years": YEARS_AHEAD})
    absence = Absence(
        **{"user" if isinstance(person, User) else "talent": person},
        label=label_of(person),
        starts_at=starts_at,
        ends_at=ends_at,
        is_whole_days=is_whole_days,
    )
    facts.set_facts(absence, {"kind": kind, "notes": notes})
    slots.lock_rooms(now=now, crew=crew_of_members([person]))
    already = AwayAlready(_("%(who)s is away at that time already.") % {"who": name_of(person)})
    with facts.saving(absence, absences_of_user_once=already, absences_of_talent_once=already):
        absence.save(force_insert=True)
    _require_unbooked(person, max(starts_at, now), ends_at)
    reason = _("Away")
    assignments.free_member(
        member=person, starts_at=starts_at, ends_at=ends_at, released=released, actor=actor, now=now, reason=reason
    )
    changes = {"starts_at": (None, starts_at), "ends_at": (None, ends_at), "kind": (None, kind)}
    audit.record(verb="create", subject=absence, actor=actor, now=now, changes=changes)
    return absence


def add_days_off(
    *,
    person: Person,
    first_day: date,
    last_day: date,
    actor: User | None,
    now: datetime,
    kind: str = AbsenceKind.LEAVE,
    notes: str = "",
    released: Collection[SessionAssignment] = (),
) -> Absence:
    """Write down that somebody does not work on some days, both ends included, and return the absence.

    A day is one of the studio's wall calendar, however many hours it has.
    raises: as `add_absence`
    """
    if last_day.year > now.year + YEARS_AHEAD:
        raise TooFarAway(_("Absences are planned %(years)d years ahead at most.") % {"years": YEARS_AHEAD})
    zone = current_profile().zone
    return add_absence(
        person=person,
        starts_at=local_midnight(first_day, zone),
        ends_at=local_midnight(last_day + timedelta(days=1), zone),
        actor=actor,
        now=now,
        kind=kind,
        notes=notes,
        is_whole_days=True,
        released=released,
    )


def _require_unbooked(person: Person, since: datetime, until: datetime) -> None:
    """Pass when no app above needs somebody in that time: it alone can give their bookings to somebody else."""
    found = elsewhere([person], since, until) if isinstance(person, User) and since < until else []
    if found:
        zone = current_profile().zone
        named = [f"{each.title} ({when(each.starts_at, each.ends_at, zone)})" for each in found[:MOST_NAMED]]
        if more := len(found) - len(named):
            named.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
        sentence = _("%(who)s is booked in that time; give this to somebody else first: %(bookings)s.")
        raise StillBooked(sentence % {"who": name_of(person), "bookings": "; ".join(named)})


@taking_turns()
def remove_absence(*, absence: Absence, actor: User | None, now: datetime) -> None:
    """Take an absence back; twice is once."""
    gone = Absence.objects.select_for_update().filter(pk=absence.pk).first()
    if gone is None:
        return
    changes = {"starts_at": (gone.starts_at, None), "ends_at": (gone.ends_at, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()
