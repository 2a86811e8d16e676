"""The people and the equipment that a session needs, and what keeps them from it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sessions_app.models import (
    Absence,
    AssignmentKind,
    AssignmentStatus,
    Equipment,
    EquipmentService,
    EquipmentStatus,
    Musician,
    SessionAssignment,
    StudioSession,
)
from sessions_app.models.assignment import SessionAssignmentQuerySet
from sessions_app.selectors.answers import Reason, ReasonKind
from sessions_app.selectors.elsewhere import elsewhere
from sessions_app.selectors.occupied import let_go
from studio.accounts.models import RoleName, User, UserRole
from studio.showing import when

type Member = User | Musician | Equipment

WORKING_ROLES = (RoleName.ENGINEER, RoleName.MANAGER, RoleName.OWNER)  # who is on offer; any open account may be put


class Cause(StrEnum):
    """What keeps somebody or something from a session."""

    SESSION = "session"
    AWAY = "away"
    MAINTENANCE = "maintenance"
    LEFT = "left"  # for good: an account that is closed, equipment that is broken or sold


@dataclass(frozen=True, slots=True)
class Engagement:
    """A stretch of time in which a member of a crew is elsewhere.

    starts_at, ends_at: None is without a start, or without an end
    session: the other one, where that is the cause and it is one of this app
    title: of what an app above has booked, where that is the cause
    """

    member: Member
    cause: Cause
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    session: StudioSession | None = None
    title: str = ""

    def touches(self, start: datetime, end: datetime) -> bool:
        """Return whether it takes some of [start, end)."""
        return (self.starts_at is None or self.starts_at < end) and (self.ends_at is None or self.ends_at > start)


@dataclass(frozen=True, slots=True)
class Crew:
    """Engineers, talents and pieces of equipment, each once."""

    engineers: tuple[User, ...] = ()
    talents: tuple[Musician, ...] = ()
    equipment: tuple[Equipment, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anybody or anything."""
        return bool(self.members)

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody and everything."""
        return (*self.engineers, *self.talents, *self.equipment)

    @property
    def resources(self) -> frozenset[str]:
        """What is locked before any of them is booked."""
        return frozenset(f"{kind_of(member)}:{member.pk}" for member in self.members)


NOBODY = Crew()


def kind_of(member: Member) -> AssignmentKind:
    """Return which of the three a member is."""
    if isinstance(member, User):
        return AssignmentKind.ENGINEER
    return AssignmentKind.TALENT if isinstance(member, Musician) else AssignmentKind.EQUIPMENT


def name_of(member: Member) -> str:
    """Return what people call a member."""
    return member.get_full_name() if isinstance(member, User) else str(member)


def label_of(member: Member) -> str:
    """Return the name that stands beside a link, for when the link is gone."""
    return member.label if isinstance(member, User) else str(member)


def usual_rate(member: Member) -> Decimal | None:
    """Return what a member costs as long as nothing else is agreed: an hour of people, a day of equipment."""
    if isinstance(member, Musician):
        return member.hourly_rate
    return member.daily_rate if isinstance(member, Equipment) else None


def session_named(session: StudioSession, zone: ZoneInfo) -> str:
    """Return what the staff call a session that is in the way: its title, for whom, and when."""
    whose = f", {session.client}" if session.client else ""
    return f"{session.title}{whose} ({when(session.starts_at, session.ends_at, zone)})"


def why_missing(engaged: Engagement, zone: ZoneInfo) -> str:
    """Return why a member of a crew is missing, as the staff may read it."""
    facts = {"who": name_of(engaged.member)}
    if engaged.session is not None:
        sentence = _("%(who)s is in another session at that time.") % facts
        return f"{sentence} {session_named(engaged.session, zone)}"
    if engaged.starts_at is None:
        return _gone(engaged.member, facts)
    facts["when"] = when(engaged.starts_at, engaged.ends_at, zone)
    if engaged.title:
        return _("%(who)s is booked at that time: %(title)s (%(when)s).") % {**facts, "title": engaged.title}
    if engaged.cause == Cause.AWAY:
        return _("%(who)s is away: %(when)s.") % facts
    if engaged.ends_at is None:
        return _("%(who)s is in maintenance since %(when)s.") % facts
    return _("%(who)s is in maintenance: %(when)s.") % facts


def _gone(member: Member, facts: dict[str, str]) -> str:
    if isinstance(member, Equipment) and member.is_active:
        return _("%(who)s is %(status)s.") % {**facts, "status": member.get_status_display()}
    if isinstance(member, Equipment):
        return _("%(who)s is not in the house any more.") % facts
    return _("%(who)s does not work here any more.") % facts


def crew_of_members(members: Iterable[Member]) -> Crew:
    """Return members as a crew, each once, in their order."""
    found: dict[AssignmentKind, dict[object, Member]] = {kind: {} for kind in AssignmentKind}
    for member in members:
        found[kind_of(member)].setdefault(member.pk, member)
    everybody = [member for each in found.values() for member in each.values()]
    return Crew(
        tuple(member for member in everybody if isinstance(member, User)),
        tuple(member for member in everybody if isinstance(member, Musician)),
        tuple(member for member in everybody if isinstance(member, Equipment)),
    )


def member_of(assignment: SessionAssignment) -> Member | None:
    """Return who or what is assigned; None once the account or the talent is deleted."""
    return assignment.engineer or assignment.talent or assignment.equipment


def who_is_on(assignment: SessionAssignment) -> str:
    """Return what people call who or what is assigned, also once the account or the talent is deleted."""
    member = member_of(assignment)
    return name_of(member) if member is not None else assignment.label


def assignments_of(session: StudioSession) -> QuerySet[SessionAssignment]:
    """Return a session's assignments, engineers first, with whom they name."""
    rows = SessionAssignment.objects.filter(session=session).select_related("engineer", "talent", "equipment")
    return rows.order_by("kind", "pk")


def assignments_of_crew(crew: Crew) -> SessionAssignmentQuerySet:
    """Return the assignments of the members of a crew, on any session."""
    wanted = Q(engineer__in=crew.engineers) | Q(talent__in=crew.talents) | Q(equipment__in=crew.equipment)
    return SessionAssignment.objects.filter(wanted)


def assignments_in_the_way(
    crew: Crew, start: datetime, end: datetime | None, now: datetime, *, moving: Collection[int] = ()
) -> list[SessionAssignment]:
    """Return the assignments that need some of a crew in some of [start, end), by start, with their sessions.

    end: None is without an end
    moving: keys of sessions that are never in the way
    queries: 1
    """
    rows = assignments_of_crew(crew).taking().filter(ends_at__gt=start).exclude(session__in=moving)
    if end is not None:
        rows = rows.filter(starts_at__lt=end)
    rows = rows.exclude(session__in=StudioSession.objects.filter(let_go(now)).values("pk"))
    return list(rows.select_related("session__client", "session__room").order_by("starts_at", "pk"))


def crew_of(session: StudioSession) -> Crew:
    """Return the crew of a session, without those who declined or are deleted.

    queries: 1
    """
    rows = assignments_of(session).exclude(status=AssignmentStatus.DECLINED)
    return crew_of_members(member for row in rows if (member := member_of(row)))


def crews_of(sessions: Iterable[StudioSession]) -> dict[int, Crew]:
    """Return the crew of each of some sessions, by the session's key; see `crew_of`.

    queries: 1, however many sessions
    """
    members: dict[int, list[Member]] = {session.pk: [] for session in sessions}
    rows = SessionAssignment.objects.filter(session__in=members).exclude(status=AssignmentStatus.DECLINED)
    for row in rows.select_related("engineer", "talent", "equipment").order_by("kind", "pk"):
        if member := member_of(row):
            members[row.session_id].append(member)
    return {key: crew_of_members(found) for key, found in members.items()}


def sessions_of_engineer(engineer: User) -> QuerySet[Any]:
    """Return the keys of the sessions that somebody works on, without those they declined."""
    rows = SessionAssignment.objects.filter(engineer=engineer).exclude(status=AssignmentStatus.DECLINED)
    return rows.values("session")


def projects_of_engineer(engineer: User) -> QuerySet[Any]:
    """Return the keys of the projects for which somebody works on a session."""
    worked_on = StudioSession.objects.filter(pk__in=sessions_of_engineer(engineer), project__isnull=False)
    return worked_on.values("project")


def staff_by_name() -> QuerySet[User]:
    """Return the open accounts of the staff, by name."""
    holders = UserRole.objects.values("user")
    return User.objects.filter(pk__in=holders, is_active=True).order_by("name", "email", "pk")


def engineers_on_offer() -> QuerySet[User]:
    """Return the accounts that may be put on a session, by name."""
    holders = UserRole.objects.filter(group__name__in=[role.value for role in WORKING_ROLES])
    return User.objects.filter(pk__in=holders.values("user"), is_active=True).order_by("name", "email", "pk")


def engagements(
    crew: Crew, start: datetime, end: datetime, now: datetime, *, moving: Collection[int] = ()
) -> list[Engagement]:
    """Return what keeps a crew from work in some of [start, end): sessions, absences, maintenance, other apps.

    moving: keys of sessions that are never in the way
    Overdue holds keep nobody, unless somebody waits for their slot; kept overlaps do.
    queries: 4 at most, however many they are; none for nobody
    """
    found = engagements_here(crew, start, end, now, moving=moving)
    return [*found, *_elsewhere(crew, start, end)] if crew.engineers and start < end else found


def engagements_here(
    crew: Crew, start: datetime, end: datetime, now: datetime, *, moving: Collection[int] = ()
) -> list[Engagement]:
    """Return what keeps a crew from work as this app alone knows it: what an app above asks for; see `engagements`.

    queries: 3 at most, however many they are; none for nobody
    """
    if not crew or end <= start:
        return []
    return [
        *_for_good(crew),
        *_in_sessions(crew, start, end, now, moving),
        *_away(crew, start, end),
        *_in_maintenance(crew, start, end),
    ]


def _for_good(crew: Crew) -> Iterator[Engagement]:
    for member in crew.members:
        is_broken = isinstance(member, Equipment) and member.status != EquipmentStatus.OPERATIONAL
        if is_broken or not member.is_active:
            yield Engagement(member, Cause.LEFT)


def _in_sessions(
    crew: Crew, start: datetime, end: datetime, now: datetime, moving: Collection[int]
) -> Iterator[Engagement]:
    members = {(kind_of(member), member.pk): member for member in crew.members}
    for row in assignments_in_the_way(crew, start, end, now, moving=moving):
        key = row.engineer_id or row.talent_id or row.equipment_id or ""
        yield Engagement(members[AssignmentKind(row.kind), key], Cause.SESSION, row.starts_at, row.ends_at, row.session)


def _elsewhere(crew: Crew, start: datetime, end: datetime) -> Iterator[Engagement]:
    people = {person.pk: person for person in crew.engineers}
    for each in elsewhere(crew.engineers, start, end):
        yield Engagement(people[each.user_id], Cause.SESSION, each.starts_at, each.ends_at, title=each.title)


def _away(crew: Crew, start: datetime, end: datetime) -> Iterator[Engagement]:
    people: dict[object, Member] = {member.pk: member for member in crew.members if not isinstance(member, Equipment)}
    if not people:
        return
    wanted = Q(user__in=crew.engineers) | Q(talent__in=crew.talents)
    for row in Absence.objects.touching(start, end).filter(wanted).order_by("starts_at", "pk"):
        yield Engagement(people[row.user_id or row.talent_id], Cause.AWAY, row.starts_at, row.ends_at)


def _in_maintenance(crew: Crew, start: datetime, end: datetime) -> Iterator[Engagement]:
    items = {item.pk: item for item in crew.equipment}
    if not items:
        return
    rows = EquipmentService.objects.touching(start, end).filter(equipment__in=items)
    for row in rows.order_by("starts_at", "pk"):
        yield Engagement(items[row.equipment_id], Cause.MAINTENANCE, row.starts_at, row.ends_at)


def reasons_of_the_crew(
    starts_at: datetime, ends_at: datetime, zone: ZoneInfo, engaged: Sequence[Engagement]
) -> Iterator[Reason]:
    """Yield one reason for each member of a crew who cannot work in [starts_at, ends_at): who, and for staff why.

    It carries sessions only where nothing but sessions is in the way.
    """
    missing: dict[Member, list[Engagement]] = {}
    for each in engaged:
        if each.touches(starts_at, ends_at):
            missing.setdefault(each.member, []).append(each)
    for member, causes in missing.items():
        sentence = _("%(who)s cannot be had at that time.") % {"who": name_of(member)}
        is_thing = kind_of(member) == AssignmentKind.EQUIPMENT
        kind = ReasonKind.EQUIPMENT_OUT if is_thing else ReasonKind.NOBODY_TO_WORK
        others = tuple(cause.session for cause in causes if cause.session)
        yield Reason(kind, sentence, others if len(others) == len(causes) else (), partial(_why, causes, zone))


def _why(causes: Iterable[Engagement], zone: ZoneInfo) -> str:
    return " ".join(why_missing(cause, zone) for cause in causes)
