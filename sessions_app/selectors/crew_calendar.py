"""The calendar by engineer, or by equipment: who and what is where, with absences and maintenance."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import (
    Absence,
    AssignmentKind,
    AssignmentStatus,
    Equipment,
    EquipmentService,
    EquipmentStatus,
    SessionAssignment,
    StudioSession,
)
from sessions_app.selectors.calendar import (
    NOBODY,
    Band,
    BandKind,
    Calendar,
    Lane,
    Resource,
    placed_sessions,
    put_together,
    sessions_drawn,
    stretch,
)
from sessions_app.selectors.crew import engineers_on_offer, name_of
from sessions_app.selectors.elsewhere import elsewhere
from studio.accounts.models import User
from studio.clock import local_midnight
from studio.office.selectors.opening import opening_calendar

MOST_SHOWN = 30  # of a long register: all that is used or away in these days, and of the rest the first by name

type Assigned = Mapping[int, Sequence[User | Equipment]]


def crew_calendar(
    *,
    lane: Lane,
    first: date,
    last: date,
    zone: ZoneInfo,
    now: datetime,
    kind: str = "",
    statuses: Sequence[str] = (),
    says_why: bool = False,
) -> Calendar:
    """Return the days from `first` until before `last`, by engineer or by equipment.

    lane: not the one of rooms
    kind: of the rooms whose sessions are shown; empty for all, also those in no room
    statuses: of the sessions shown; empty for all
    says_why: whether the reader may know why somebody is away
    queries: 6, for engineers 1 more for each app above, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last, zone)
    everybody = sessions_drawn(start, end, now)
    assigned = _assigned(lane, start, end)
    shown = [
        session
        for session in everybody
        if (not statuses or session.status in statuses) and (not kind or (session.room and session.room.kind == kind))
    ]
    away = list(_away(lane, start, end, zone, says_why=says_why))
    needed = {str(member.pk) for members in assigned.values() for member in members}
    resources = list(_resources(lane, assigned, needed | {key for band in away for key in band.keys}))

    def keys(session: StudioSession) -> tuple[str, ...]:
        return tuple(str(member.pk) for member in assigned.get(session.pk, ())) or (NOBODY,)

    placed = placed_sessions(shown, everybody, zone, keys)
    opening = opening_calendar(zone, since=first)
    return put_together(resources, placed, away, opening=opening, first=first, last=last)


def _assigned(lane: Lane, start: datetime, end: datetime) -> Assigned:
    """Return the members of each session that are not excused, by the session's key."""
    kind = AssignmentKind.ENGINEER if lane == Lane.ENGINEERS else AssignmentKind.EQUIPMENT
    rows = SessionAssignment.objects.filter(kind=kind, starts_at__lt=end, ends_at__gt=start).exclude(
        status=AssignmentStatus.DECLINED
    )
    found: dict[int, list[User | Equipment]] = {}
    for row in rows.select_related("engineer", "equipment").order_by("pk"):
        if member := row.engineer or row.equipment:
            found.setdefault(row.session_id, []).append(member)
    return found


def _resources(lane: Lane, assigned: Assigned, busy: set[str]) -> Iterator[Resource]:
    members: list[User | Equipment]
    if lane == Lane.ENGINEERS:
        members = list(engineers_on_offer())
    else:
        register = list(Equipment.objects.filter(is_active=True).order_by("name", "pk"))
        left_out = [item for item in register if str(item.pk) not in busy][max(MOST_SHOWN - len(busy), 0) :]
        members = [item for item in register if item not in set(left_out)]
    offered = {member.pk for member in members}
    others = {member.pk: member for each in assigned.values() for member in each if member.pk not in offered}
    for member in (*members, *sorted(others.values(), key=name_of)):
        is_broken = isinstance(member, Equipment) and member.status != EquipmentStatus.OPERATIONAL
        yield Resource(str(member.pk), name_of(member), is_off=is_broken or not member.is_active)
    if lane == Lane.ENGINEERS:
        yield Resource(NOBODY, _("No engineer"))


def _away(lane: Lane, start: datetime, end: datetime, zone: ZoneInfo, *, says_why: bool) -> Iterator[Band]:
    if lane == Lane.ENGINEERS:
        for away in Absence.objects.touching(start, end).filter(user__isnull=False).order_by("starts_at", "pk"):
            period = stretch(max(away.starts_at, start), min(away.ends_at, end), zone)
            why = str(away.get_kind_display()) if says_why else _("Away")
            yield Band(BandKind.AWAY, (str(away.user_id),), period, why)
        for booked in elsewhere(engineers_on_offer(), start, end):
            period = stretch(max(booked.starts_at, start), min(booked.ends_at, end), zone)
            yield Band(BandKind.AWAY, (booked.user_id,), period, booked.title)
        return
    for service in EquipmentService.objects.touching(start, end).order_by("starts_at", "pk"):
        period = stretch(max(service.starts_at, start), min(service.ends_at or end, end), zone)
        yield Band(BandKind.AWAY, (str(service.equipment_id),), period, str(service.get_kind_display()))
