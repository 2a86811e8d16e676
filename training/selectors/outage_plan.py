"""What stands in the way of an outage, and where each session could go instead."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from sessions_app.selectors.crew import Engagement, crew_of_members, engagements_here
from studio.clock import local_day, local_midnight
from studio.office.selectors.opening import ONE_DAY
from training.models import (
    LONGEST,
    UNSAID,
    Attendee,
    Machine,
    MachineOutage,
    OutageCase,
    OutageDecision,
    TrainingSession,
    TrainingStatus,
)
from training.models.training_session import TrainingSessionQuerySet
from training.selectors.answers import Slot, Wish, wish_of
from training.selectors.availability import SEARCH_DAYS, House, beginnings, load_house, reasons_against
from training.selectors.week_use import WeekUse, monday_of, week_use

MOST_MACHINES, MOST_TIMES = 2, 3  # proposals of each sort


@dataclass(frozen=True, slots=True)
class Displaced:
    """A session in the way of an outage.

    proposals: the same time on other machines first, then the nearest times; none of them is proposed for two sessions
    beyond: the nearest times in weeks that are full, for who may book beyond the limit with a reason
    why_none: why there are no proposals, as a sentence; empty where there are some
    """

    session: TrainingSession
    proposals: Sequence[Slot]
    beyond: Sequence[Slot] = ()
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class OutagePlan:
    """An outage that is thought about.

    displaced: by start
    staying: how many sessions took place already, or were missed: it is written around them
    """

    displaced: Sequence[Displaced]
    staying: int


def in_the_way(
    machine: Machine, start: datetime, end: datetime, *, now: datetime, outage: MachineOutage | None = None
) -> TrainingSessionQuerySet:
    """Return the sessions that an outage of a machine in [start, end) displaces, with all that moving them asks for.

    outage: the one that is prolonged: what was left alone in it stays so
    """
    there = TrainingSession.objects.filter(machine=machine).touching(start, end)
    found = there.filter(status__in=UNSAID, scheduled_end__gt=now, outage__isnull=True)
    if outage is not None:
        left = OutageCase.objects.filter(
            outage=outage,
            decision=OutageDecision.LEFT,
            session=OuterRef("pk"),
            was_starts_at=OuterRef("scheduled_start"),
        )
        found = found.exclude(Exists(left))
    return found.select_related("machine", "member", "trainer__user", "session_type", "subscription")


def outage_plan(
    machine: Machine, start: datetime, end: datetime, *, now: datetime, outage: MachineOutage | None = None
) -> OutagePlan:
    """Return what an outage of a machine in [start, end) displaces, each with what could be done about it.

    outage: as in `in_the_way`
    queries: 9 at most, however many sessions; 1 more for each week into which something could move
    """
    sessions = list(in_the_way(machine, start, end, now=now, outage=outage).order_by("scheduled_start", "pk"))
    there = TrainingSession.objects.occupying().filter(machine=machine, outage__isnull=True)
    staying = there.touching(start, end).count() - len(sessions)
    if not sessions:
        return OutagePlan((), staying)
    search = _search(machine, start, end, sessions, now)
    return OutagePlan([search.displaced(session) for session in sessions], staying)


@dataclass(slots=True)
class _Search:
    """The house around an outage, in which what is proposed takes its place.

    days: the sessions that touch each local day
    busy: the times that are taken on each machine by what stays, by local day
    weeks: what they have, and what was proposed for them
    """

    house: House
    machines: Sequence[Machine]
    engaged: Mapping[object, Sequence[Engagement]]
    days: dict[date, list[TrainingSession]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[tuple[UUID, date], list[tuple[datetime, datetime]]] = field(default_factory=lambda: defaultdict(list))
    weeks: dict[date, WeekUse] = field(default_factory=dict)
    starts: dict[datetime, Sequence[datetime]] = field(default_factory=dict)

    def block(self, machine: Machine, start: datetime, end: datetime) -> None:
        """Let nothing stand on a machine in [start, end)."""
        day, last = local_day(start, self.house.zone), local_day(end, self.house.zone)
        while day <= last:
            self.busy[machine.pk, day].append((start, end))
            day += ONE_DAY

    def displaced(self, session: TrainingSession) -> Displaced:
        """Return a session with its proposals, the first of which nothing else is proposed for any more."""
        if session.session_type.attendee == Attendee.NOBODY:
            return Displaced(session, (), why_none=_("It keeps the machine free, and nobody has it."))
        wish = wish_of(session)
        found, beyond = list(islice(self._beside(wish), MOST_MACHINES)), list[Wish]()
        if session.status == TrainingStatus.SCHEDULED:
            found += islice(self._near(wish, beyond), MOST_TIMES)
        if found:
            self._keep(found[0])
            return Displaced(session, _slots(found), _slots(beyond))
        if session.status == TrainingStatus.IN_PROGRESS:
            return Displaced(session, (), why_none=_("It is in progress, and no other machine is free."))
        told = _("Nothing is free within %(days)d days.")
        if beyond:
            told = _("Within %(days)d days something is free only in weeks that have all their sessions.")
        return Displaced(session, (), _slots(beyond), told % {"days": SEARCH_DAYS})

    def _beside(self, wish: Wish) -> Iterator[Wish]:
        """Yield the same time on other machines."""
        there = (replace(wish, machine=machine) for machine in self.machines if machine != wish.machine)
        return filter(self._is_free, there)

    def _near(self, wish: Wish, beyond: list[Wish]) -> Iterator[Wish]:
        """Yield the nearest other times, each on the first machine that is free then.

        beyond: gets the first of those that only a full week is against
        """
        length = wish.ends_at - wish.starts_at
        for at in sorted(self._starts(wish.starts_at), key=lambda at: (abs(at - wish.starts_at), at)):
            if at == wish.starts_at:
                continue
            idle = [machine for machine in self.machines if not self._is_busy(machine, at, at + length)]
            tries = (replace(wish, machine=machine, starts_at=at, ends_at=at + length) for machine in idle)
            if (found := next(filter(self._fits, tries), None)) is None:
                continue
            if self._week_takes(found):
                yield found
            elif len(beyond) < MOST_TIMES:
                beyond.append(found)

    def _starts(self, at: datetime) -> Sequence[datetime]:
        """Return the starts on offer from the day of an instant on."""
        zone = self.house.zone
        first = max(local_midnight(local_day(at, zone), zone), self.house.now)
        if first not in self.starts:
            self.starts[first] = list(beginnings(self.house, first, first + timedelta(days=SEARCH_DAYS)))
        return self.starts[first]

    def _is_busy(self, machine: Machine, start: datetime, end: datetime) -> bool:
        """Return whether something stands on a machine: asked first, since it is what most tries come to nothing by."""
        there = (span for day in _days(start, end, self.house) for span in self.busy.get((machine.pk, day), ()))
        return any(begins < end and start < ends for begins, ends in there)

    def _is_free(self, wish: Wish) -> bool:
        return self._fits(wish) and self._week_takes(wish)

    def _fits(self, wish: Wish) -> bool:
        """Return whether nothing but a full week is against it."""
        near = {each.pk: each for day in _days(wish.starts_at, wish.ends_at, self.house) for each in self.days[day]}
        if wish.moving is not None:
            near.pop(wish.moving.pk, None)
        engaged = self.engaged.get(wish.trainer.user_id, ()) if wish.trainer else ()
        if any(reasons_against(wish, self.house, list(near.values()), engaged)):
            return False
        return self._is_paid(wish)

    def _is_paid(self, wish: Wish) -> bool:
        """Return whether nobody is asked to pay anew: that is what leaves the term of the plan that paid for it."""
        there, zone = wish.moving, self.house.zone
        lot = there.subscription if there else None
        if there is None or lot is None or not wish.session_type.takes_credit:
            return True
        day, was = local_day(wish.starts_at, zone), local_day(there.scheduled_start, zone)
        return lot.covers(day) or not lot.covers(was)

    def _week_takes(self, wish: Wish) -> bool:
        """Return whether the week takes the session; the one it is in has counted it."""
        monday = self._new_week(wish)
        return monday is None or wish.session_type.skips_cap or not self._week(monday).is_full

    def _new_week(self, wish: Wish) -> date | None:
        """Return the Monday of the week that counts one session more; None for the one in which it stands already."""
        if not wish.session_type.counts_in_cap or wish.moving is None:
            return None
        monday = monday_of(wish.starts_at, self.house.zone)
        return None if monday == monday_of(wish.moving.scheduled_start, self.house.zone) else monday

    def _week(self, monday: date) -> WeekUse:
        if monday not in self.weeks:
            self.weeks[monday] = week_use(monday, self.house.profile)
        return self.weeks[monday]

    def _keep(self, wish: Wish) -> None:
        """Let a session stand where it is proposed, beside where it stands."""
        there = TrainingSession(
            machine=wish.machine,
            member=wish.member,
            trainer=wish.trainer,
            session_type=wish.session_type,
            scheduled_start=wish.starts_at,
            scheduled_end=wish.ends_at,
        )
        there.pk = uuid4()  # like nothing else; never saved
        self.add(there)
        if (monday := self._new_week(wish)) is not None:
            week = self._week(monday)
            self.weeks[monday] = replace(week, count=week.count + 1)

    def add(self, session: TrainingSession, *, is_displaced: bool = False) -> None:
        """Let a session stand in the house: under each local day that it touches.

        is_displaced: where it stands is asked of each try, since it is in the way of all but its own
        """
        start, end = session.scheduled_start, session.scheduled_end
        for day in _days(start, end, self.house):
            self.days[day].append(session)
            if not is_displaced:
                self.busy[session.machine_id, day].append((start, end))


def _slots(wishes: Sequence[Wish]) -> list[Slot]:
    return [Slot(each.machine, each.starts_at, each.ends_at) for each in wishes]


def _days(start: datetime, end: datetime, house: House) -> set[date]:
    return {local_day(start, house.zone), local_day(end, house.zone)}


def _search(
    machine: Machine, start: datetime, end: datetime, sessions: Sequence[TrainingSession], now: datetime
) -> _Search:
    """Return the house around an outage, loaded for all its sessions at once."""
    house = load_house(now, sessions[0].scheduled_start)
    first = local_midnight(local_day(sessions[0].scheduled_start, house.zone), house.zone)
    last = sessions[-1].scheduled_end + timedelta(days=SEARCH_DAYS) + ONE_DAY + LONGEST
    around = TrainingSession.objects.occupying().touching(first, last)
    users = [each.trainer.user for each in sessions if each.trainer and each.trainer.user]
    engaged: dict[object, list[Engagement]] = {}
    for away in engagements_here(crew_of_members(users), first, last, now) if users else ():
        engaged.setdefault(away.member.pk, []).append(away)
    leaving = {session.pk for session in sessions}
    search = _Search(house, list(Machine.objects.bookable()), engaged)
    for each in around.select_related("machine", "member", "session_type", "outage"):
        search.add(each, is_displaced=each.pk in leaving)
    search.block(machine, start, end)
    return search
