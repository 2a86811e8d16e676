"""Free, or why not, and what else there is: one answer for the page and for the save.

Nothing here locks. A service that is about to write takes the locks first and asks then, so what it is told stays
true until it commits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sessions_app.selectors.availability import beyond_the_calendar
from sessions_app.selectors.crew import Engagement, crew_of_members, engagements_here, reasons_of_the_crew
from studio.clock import local_day, local_midnight, minutes
from studio.office.models import StudioProfile
from studio.office.selectors.opening import OpeningCalendar, opening_calendar
from studio.office.selectors.profile import current_profile
from studio.showing import when
from training.models import LONGEST, SHORTEST, Attendee, Machine, TrainingSession
from training.selectors.answers import ANOTHER_SLOT_MAY_DO, Answer, Reason, ReasonKind, Slot, Wish
from training.selectors.attendees import reasons_of_the_attendee
from training.selectors.week_use import monday_of, week_use

MOST_ALTERNATIVES = 3  # of each sort
SEARCH_DAYS = 7


@dataclass(frozen=True, slots=True)
class House:
    """What the answer depends on besides the sessions."""

    profile: StudioProfile
    calendar: OpeningCalendar
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the house's clocks."""
        return self.calendar.zone


def load_house(now: datetime, around: datetime) -> House:
    """Return the house's settings and hours.

    queries: 3
    """
    profile = current_profile()
    return House(profile, opening_calendar(profile.zone, since=around.date() - timedelta(days=1)), now)


def check_slot(wish: Wish, *, now: datetime) -> Answer:
    """Return whether a slot can be had, else why not and what could be had instead.

    The alternatives are looked for when somebody first asks for them: after a refusal the locks are gone by then.
    queries: 6, for a trainer with an account 2 more; 4 for the alternatives
    """
    if wrong := wrong_times(wish.starts_at, wish.ends_at, now):
        return Answer(wish, (wrong,))
    house = load_house(now, wish.starts_at)
    others = sessions_in_the_way(wish, wish.starts_at, wish.ends_at)
    engaged = _engaged(wish, wish.starts_at, wish.ends_at, now)
    reasons = [*reasons_against(wish, house, others, engaged), *_reasons_of_the_week(wish, house)]
    found: Sequence[Slot] = ()
    if reasons and all(reason.kind in ANOTHER_SLOT_MAY_DO for reason in reasons):
        found = alternatives_on_demand(wish, house)
    return Answer(wish, tuple(reasons), found)


def wrong_times(starts_at: datetime, ends_at: datetime, now: datetime) -> Reason | None:
    """Return what is wrong with times alone, before any day of them is looked at."""
    length = ends_at - starts_at
    if length <= timedelta():
        return Reason(ReasonKind.NO_LENGTH, _("A session must end after it starts."))
    if length < SHORTEST:
        return Reason(ReasonKind.TOO_SHORT, _("A session lasts 15 minutes at least."))
    if length > LONGEST:
        return Reason(ReasonKind.TOO_LONG, _("A session lasts 8 hours at most."))
    if beyond := beyond_the_calendar(starts_at, ends_at, now):
        return Reason(ReasonKind(beyond.kind.value), beyond.sentence)
    return None


def _key(wish: Wish) -> list[UUID]:
    return [wish.moving.pk] if wish.moving else []


def sessions_in_the_way(wish: Wish, start: datetime, end: datetime) -> list[TrainingSession]:
    """Return the sessions of the machine, the trainer or the member that take some of [start, end), by start.

    Kept overlaps are in the way.
    queries: 1
    """
    wanted = Q(machine=wish.machine)
    wanted |= Q(trainer=wish.trainer) if wish.trainer else Q()
    wanted |= Q(member=wish.member) if wish.member else Q()
    found = TrainingSession.objects.occupying().touching(start, end).filter(wanted).exclude(pk__in=_key(wish))
    rows = found.select_related("machine", "member", "session_type", "outage")
    return list(rows.order_by("scheduled_start", "pk"))


def _engaged(wish: Wish, start: datetime, end: datetime, now: datetime) -> list[Engagement]:
    """Return what keeps the trainer elsewhere in the house: studio sessions as an engineer, absences."""
    user = wish.trainer.user if wish.trainer else None
    return engagements_here(crew_of_members([user]), start, end, now) if user else []


def reasons_against(
    wish: Wish, house: House, others: Sequence[TrainingSession], engaged: Sequence[Engagement]
) -> Iterator[Reason]:
    """Yield every reason against a slot but the week's limit.

    others: sessions of the machine, the trainer and the member, around the slot
    engaged: what keeps the trainer elsewhere
    """
    if wish.starts_at < house.now and not _stands_already(wish):
        yield Reason(ReasonKind.PAST, _("This time is already past."))
    yield from _reasons_of_the_house(wish, house)
    yield from _reasons_of_others(wish, house, others)
    for away in reasons_of_the_crew(wish.starts_at, wish.ends_at, house.zone, engaged):
        yield Reason(ReasonKind.TRAINER_AWAY, away.staff_sentence)
    trainer = wish.trainer
    if trainer is not None and not trainer.is_active and (wish.moving is None or wish.moving.trainer_id != trainer.pk):
        sentence = _("%(trainer)s does not work here any more.")
        yield Reason(ReasonKind.TRAINER_LEFT, sentence % {"trainer": trainer})
    yield from reasons_of_the_attendee(wish, house.zone)


def _stands_already(wish: Wish) -> bool:
    """Return whether the session stands at that time already, and only something else about it changes."""
    there = wish.moving
    return there is not None and (there.scheduled_start, there.scheduled_end) == (wish.starts_at, wish.ends_at)


def _reasons_of_the_house(wish: Wish, house: House) -> Iterator[Reason]:
    is_there = wish.moving is not None and wish.moving.machine_id == wish.machine.pk
    if not wish.machine.is_available and not is_there:
        sentence = _("%(machine)s is retired.") if wish.machine.retired_at else _("%(machine)s is switched off.")
        yield Reason(ReasonKind.MACHINE_OFF, sentence % {"machine": wish.machine})
    is_kept_free = wish.session_type.attendee == Attendee.NOBODY
    if is_kept_free or _stands_already(wish) or house.calendar.is_open(wish.starts_at, wish.ends_at):
        return
    days = (local_day(wish.starts_at, house.zone), local_day(wish.ends_at, house.zone))
    closure = next(filter(None, map(house.calendar.closure_of, days)), None)
    if closure and closure.reason:
        yield Reason(ReasonKind.CLOSED, _("The studio is closed: %(reason)s.") % {"reason": closure.reason})
    else:
        yield Reason(ReasonKind.CLOSED, _("The studio is closed at that time."))


def _reasons_of_others(wish: Wish, house: House, others: Sequence[TrainingSession]) -> Iterator[Reason]:
    met = [each for each in others if each.scheduled_start < wish.ends_at and wish.starts_at < each.scheduled_end]
    there = [each for each in met if each.machine_id == wish.machine.pk]
    for outage in dict.fromkeys(each.outage for each in there if each.outage):
        sentence = _("%(machine)s is out of order at that time: %(reason)s (%(when)s).")
        told = {"reason": outage.reason, "when": when(outage.starts_at, outage.ends_at, house.zone)}
        yield Reason(ReasonKind.MACHINE_OUT, sentence % {"machine": wish.machine, **told})
    kinds = (
        (ReasonKind.MACHINE_TAKEN, wish.machine, [each for each in there if each.outage_id is None]),
        (ReasonKind.TRAINER_TAKEN, wish.trainer, [each for each in met if each.trainer_id == _pk(wish.trainer)]),
        (ReasonKind.MEMBER_TAKEN, wish.member, [each for each in met if each.member_id == _pk(wish.member)]),
    )
    for kind, resource, found in kinds:
        if resource is not None and found:
            sentence = _("%(what)s is taken at that time: %(sessions)s.")
            named = "; ".join(session_named(each, house.zone) for each in found)
            yield Reason(kind, sentence % {"what": resource, "sessions": named}, tuple(found))


def _pk(row: object) -> object:
    return getattr(row, "pk", None)


def session_named(session: TrainingSession, zone: ZoneInfo) -> str:
    """Return what the staff call a session: whose it is, on which machine, and when."""
    times = when(session.scheduled_start, session.scheduled_end, zone)
    return f"{session.attendee}, {session.machine} ({times})"


def _reasons_of_the_week(wish: Wish, house: House) -> Iterator[Reason]:
    """Yield why the week takes no more; a session that had to fit into it already takes nothing.

    One that was let in beyond the limit, as its type may be, has to fit in once it becomes one of another type.
    """
    if wish.session_type.skips_cap or not wish.session_type.counts_in_cap:
        return
    monday, there = monday_of(wish.starts_at, house.zone), wish.moving
    is_counted = (
        there is not None
        and there.session_type.counts_in_cap
        and monday_of(there.scheduled_start, house.zone) == monday
    )
    if is_counted and there is not None and not there.session_type.skips_cap:
        return
    use = week_use(monday, house.profile)
    if use.count - is_counted >= use.cap:
        sentence = _("The week has %(count)d of %(cap)d sessions. A manager may book more, with a reason.")
        yield Reason(ReasonKind.WEEK_FULL, sentence % {"count": use.count, "cap": use.cap})


def alternatives_on_demand(wish: Wish, house: House) -> Sequence[Slot]:
    """Return what `alternatives` finds, looked for at the first look at it."""
    return cast("Sequence[Slot]", SimpleLazyObject(lambda: alternatives(wish, house)))


def alternatives(wish: Wish, house: House) -> tuple[Slot, ...]:
    """Return slots of the same length that are free: other machines at the same time, then the nearest times.

    queries: 3, for a trainer with an account 2 more
    """
    start = max(local_midnight(local_day(wish.starts_at, house.zone), house.zone), house.now)
    end = start + timedelta(days=SEARCH_DAYS)
    machines = list(Machine.objects.bookable())
    wanted = Q(machine__in=machines)
    wanted |= Q(trainer=wish.trainer) if wish.trainer else Q()
    wanted |= Q(member=wish.member) if wish.member else Q()
    around = TrainingSession.objects.occupying().touching(start, end + LONGEST).filter(wanted)
    others = list(around.exclude(pk__in=_key(wish)).select_related("machine", "member", "session_type", "outage"))
    engaged = _engaged(wish, start, end + LONGEST, house.now)

    def is_free(tried: Wish) -> bool:
        return not any(reasons_against(tried, house, others, engaged))

    there = [replace(wish, machine=machine) for machine in machines if machine.pk != wish.machine.pk]
    beside = [each for each in there if is_free(each)][:MOST_ALTERNATIVES]
    length = wish.ends_at - wish.starts_at
    begins = sorted(beginnings(house, start, end), key=lambda at: (abs(at - wish.starts_at), at))
    tries = (replace(wish, starts_at=at, ends_at=at + length) for at in begins if wish.machine.is_available)
    nearest = islice(filter(is_free, tries), MOST_ALTERNATIVES)
    return tuple(Slot(each.machine, each.starts_at, each.ends_at) for each in (*beside, *nearest))


def beginnings(house: House, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the starts on offer in [start, end): the opening and every slot length after it."""
    step = minutes(house.profile.slot_minutes)
    for period in house.calendar.periods_between(start, end):
        begins = period.starts_at
        while begins < period.ends_at:
            if start <= begins < end:
                yield begins
            begins += step
