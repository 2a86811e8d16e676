"""Changing a series: all of it, or one of its sessions and those after it.

What has begun, is over or is invoiced never changes. A session that differs from its series in some fact was edited by
itself: it keeps that, unless whoever edits the series asks for it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import (
    Client,
    FeeKind,
    NoticeKind,
    Project,
    Room,
    SessionAssignment,
    SessionSeries,
    StudioSession,
)
from sessions_app.selectors.availability import slot_in, slot_of
from sessions_app.selectors.crew import Crew, crew_of_members, crews_of
from sessions_app.selectors.many_slots import Wanted, check_slots
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.selectors.series import Line, open_occurrences
from sessions_app.selectors.terms import fees_due, gives_time_up
from sessions_app.services import bookings, facts, fees, lines, linked_clients, notices, project_links, sessions, slots
from sessions_app.services.letters import Before
from sessions_app.services.notices import Tell
from sessions_app.services.series import DateRefused, tell_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import minutes_ahead
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile

TIME_FIELDS = ("start_time", "length_minutes", "day_shift", "time_zone", "room")
COPIED = (
    "origin_id",
    "client",
    "room",
    "project",
    "title",
    "kind",
    "booking_type",
    "location",
    "description",
    "notes",
    "start_time",
    "length_minutes",
    "day_shift",
    "time_zone",
)


class NothingToChange(DomainError):
    """Every session that was meant has begun, is over, or is invoiced."""


class NotInSeries(DomainError):
    """The session belongs to another series, or to none."""

    status_code = 400


class SeriesChange(TypedDict, total=False):
    """What the sessions of a series may be about from now on; what is not named stays."""

    title: str
    client: Client | None
    project: Project | None
    booking_type: str
    location: str
    description: str
    notes: str


@taking_turns()
def split_series(*, session: StudioSession, actor: User | None, now: datetime) -> SessionSeries:
    """Make a session of a series and those after it a series of their own, and return it; the first is its origin.

    returns: the same series when the session is its first
    raises: NotInSeries
    """
    if session.series_id is None or session.occurs_on is None:
        raise NotInSeries(_("This session belongs to no series."))
    first = _locked(session.series_id)
    rule, cut = parse_rule(first.rule), session.occurs_on
    dates = rule.dates(first.starts_on)
    before, after = [day for day in dates if day < cut], [day for day in dates if day >= cut]
    if not before or not after:
        return first
    second = SessionSeries(**{name: getattr(first, name) for name in COPIED})
    second.origin, second.starts_on, second.rule = first, after[0], rule.ending(after[-1]).text
    second.skipped_on = [day for day in first.skipped_on if day >= cut]
    second.save(force_insert=True)
    changes = {"rule": (first.rule, rule.ending(before[-1]).text)}
    first.rule, first.skipped_on = changes["rule"][1], [day for day in first.skipped_on if day < cut]
    first.save(update_fields=["rule", "skipped_on"])
    first.sessions.filter(occurs_on__gte=cut).update(series=second)
    audit.record(verb="split", subject=first, actor=actor, now=now, changes={**changes, "part": (None, str(second))})
    return second


def _locked(key: int) -> SessionSeries:
    return SessionSeries.objects.locked().select_related("room", "client", "project").get(pk=key)


def _part_of(series: SessionSeries, since: StudioSession | None, actor: User | None, now: datetime) -> SessionSeries:
    """Return the series to edit, locked: all of it, or what begins with a session.

    raises: NotInSeries
    """
    if since is None:
        return _locked(series.pk)
    fresh = StudioSession.objects.get(pk=since.pk)
    if fresh.series_id != series.pk:
        raise NotInSeries(_("This session belongs to another series."))
    return _locked(split_series(session=fresh, actor=actor, now=now).pk)


@taking_turns()
def move_series(
    *,
    series: SessionSeries,
    actor: User | None,
    now: datetime,
    since: StudioSession | None = None,
    start_time: time | Unsent = NOT_SENT,
    length_minutes: int | Unsent = NOT_SENT,
    days_later: int = 0,
    room: Room | Unsent | None = NOT_SENT,
    left_alone: Collection[date] = (),
    over_edits: bool = False,
    reason: str = "",
    waive_because: str = "",
    tell: Tell = Tell.CLIENT,
) -> SessionSeries:
    """Give the coming sessions of a series another time, length, weekday or room, and return the series they are in.

    All of them, or none. They are put where the studio's wall clock says now, whatever zone they were made in.
    Each costs its client the fee that moving it alone would, unless only the studio's clock was changed.
    waive_because: a reason to let the clients off these fees
    since: this session and those after it, which become a series of their own; None means all
    days_later: may be negative
    left_alone: dates of the rule whose sessions stay where they are, from now on with a time of their own
    over_edits: also those that were moved by themselves
    raises: DateRefused with the date, NothingToChange, NotInSeries, facts.BadFacts, studio.db.TryAgain
    """
    locked = _lock_slots(series, now, room)
    moved = _part_of(series, since, actor, now)
    asked = {"start_time": start_time, "length_minutes": length_minutes, "room": room}
    sent: dict[str, object] = {name: value for name, value in asked.items() if value is not NOT_SENT}
    sent |= {"day_shift": moved.day_shift + days_later, "time_zone": current_profile().zone.key}
    room_before, changes = moved.room, facts.set_facts(moved, sent)
    coming = _coming(moved, locked, now)
    apart = {session.pk for session in coming if session.occurs_on in left_alone}
    following = {session: crew for session, crew in coming.items() if session.pk not in apart}
    targets = _targets(moved, following, room_before, over_edits=over_edits)
    _require_free(targets, moved, now)
    with facts.saving(moved):
        moved.save(update_fields=TIME_FIELDS)
    _say_whose_time(moved, coming, apart, over_edits=over_edits)
    moving = [s for s, to in targets.items() if gives_time_up(s, starts_at=to.starts_at, ends_at=to.ends_at)]
    is_the_clock = changes.keys() <= {"time_zone"} and not over_edits
    dues = {} if is_the_clock else fees_due(moving, FeeKind.RESCHEDULE, now=now)
    _put_all(targets, actor, now, reason=reason, tell=tell)
    for session, due in dues.items():
        fees.charge_fee(session=session, due=due, actor=actor, now=now, waived_because=waive_because)
    audit.record(verb="move", subject=moved, actor=actor, now=now, changes=changes, reason=reason)
    return moved


def _say_whose_time(
    series: SessionSeries, coming: Iterable[StudioSession], apart: Collection[int], *, over_edits: bool
) -> None:
    """Write down which sessions have a time of their own now: those left alone, at the hour that they show now."""
    zone = current_profile().zone
    for session in coming:
        if session.pk in apart:
            ahead = minutes_ahead(session.starts_at, zone)
            series.sessions.filter(pk=session.pk).update(own_time=True, agreed_offset=ahead)
    if over_edits:
        following = [session.pk for session in coming if session.pk not in apart]
        series.sessions.filter(pk__in=following).update(own_time=False)


@dataclass(frozen=True, slots=True)
class _Locked:
    """What is locked before a series changes.

    members: as `crew.Crew.resources` names them
    """

    rooms: Collection[Room | None]
    members: Collection[str]


def _lock_slots(series: SessionSeries, now: datetime, room: Room | Unsent | None = NOT_SENT) -> _Locked:
    """Lock the rooms in which a series is and may go, and its crews.

    raises: studio.db.TryAgain
    """
    coming = list(open_occurrences(series, now).select_related("room"))
    crew = crew_of_members(member for crew in crews_of(coming).values() for member in crew.members)
    wanted = room if isinstance(room, Room) else None
    rooms = {None, wanted, series.room, *(session.room for session in coming)}
    slots.lock_rooms(*rooms, now=now, crew=crew)
    return _Locked(rooms, crew.resources)


def _coming(series: SessionSeries, locked: _Locked, now: datetime) -> dict[StudioSession, Crew]:
    """Return the sessions of a series that may change, locked after their rooms and crews, each with its crew.

    raises: NothingToChange; studio.db.TryAgain when one has just got a room or somebody that is not locked
    """
    coming = list(open_occurrences(series, now).select_related("room", "client").select_for_update(of=("self",)))
    if not coming:
        raise NothingToChange(_("No session of this series can change any more."))
    crews = crews_of(coming)
    is_locked = all(crew.resources <= set(locked.members) for crew in crews.values())
    if not is_locked or any(session.room not in locked.rooms for session in coming):
        raise TryAgain(_("Somebody else is changing a session of this series right now. Please try again."))
    return {session: crews[session.pk] for session in coming}


def _targets(
    series: SessionSeries, coming: Mapping[StudioSession, Crew], room_before: Room | None, *, over_edits: bool
) -> dict[StudioSession, Wanted]:
    """Return where each session goes that goes anywhere.

    Its time follows unless it has one of its own, its room unless it was put in another.
    """
    zone, found = current_profile().zone, {}
    for session, crew in coming.items():
        times = (session.starts_at, session.ends_at)
        if session.occurs_on is not None and (over_edits or not session.own_time):
            times = series.instants(session.occurs_on, zone)
        follows = over_edits or session.room == room_before
        room = series.room if follows else session.room
        if (*times, room) != (session.starts_at, session.ends_at, session.room):
            found[session] = Wanted(room, *times, crew)
    return found


def _require_free(targets: Mapping[StudioSession, Wanted], series: SessionSeries, now: datetime) -> None:
    """Pass when every session can go where it should, all of them leaving where they are.

    raises: DateRefused
    """
    moving = [session.pk for session in targets]
    answers = check_slots(wanted=list(targets.values()), kind=series.kind, now=now, moving=moving)
    for session, answer in zip(targets, answers, strict=True):
        if not answer.free and session.occurs_on is not None:
            raise DateRefused(Line(session.occurs_on, answer, moved_forward=False))


def _put_all(
    targets: Mapping[StudioSession, Wanted], actor: User | None, now: datetime, *, reason: str, tell: Tell
) -> None:
    """Save sessions in their new slots, where none meets one that has still to leave."""
    left = [slot_of(session) for session in targets]
    # Out of the constraints, until each is saved in its new slot: there may be no order in which none is in the way.
    StudioSession.objects.filter(pk__in=[session.pk for session in targets]).update(overlap_kept=True)
    SessionAssignment.objects.filter(session__in=targets).update(overlap_kept=True)
    zone = current_profile().zone
    for session, wanted in targets.items():
        _put(session, wanted, zone, actor, now, reason=reason, tell=tell)
    moved = list(targets)
    lines.hand_on(gone=moved, freed=left, now=now)
    if tell is Tell.CLIENT:
        tell_clients(sessions=moved, kind=NoticeKind.CHANGE, now=now)


def _put(
    session: StudioSession,
    wanted: Wanted,
    zone: ZoneInfo,
    actor: User | None,
    now: datetime,
    *,
    reason: str,
    tell: Tell,
) -> None:
    before = {field: getattr(session, field) for field in ("room", "starts_at", "ends_at")}
    slot = slot_in(wanted.room, wanted.starts_at, wanted.ends_at, session.kind)
    slots.put_in(session, slot, zone)
    with slots.taking(slot, session, now):
        slots.save_place(session)
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(session, field)) != old}
    audit.record(verb="move", subject=session, actor=actor, now=now, changes=changes, reason=reason)
    was = Before(before["starts_at"], before["ends_at"], before["room"])
    alone = Tell.TOGETHER if tell is Tell.CLIENT else tell
    notices.announce(session=session, kind=NoticeKind.CHANGE, before=was, tell=alone, now=now)


@taking_turns()
def change_series(
    *,
    series: SessionSeries,
    actor: User | None,
    now: datetime,
    since: StudioSession | None = None,
    over_edits: bool = False,
    **given: Unpack[SeriesChange],
) -> SessionSeries:
    """Change what the coming sessions of a series are about, and return the series they are in.

    since: this session and those after it, which become a series of their own; None means all
    over_edits: also in sessions that say something else by themselves
    raises: NothingToChange, NotInSeries, project_links.UnknownProject, project_links.ProjectOfAnotherClient,
        facts.BadFacts
    """
    sent: dict[str, object] = {**given}
    if project := given.get("project"):
        # Before the series: the same order as deleting a project, which empties its link in both.
        sent["project"] = project_links.locked_project(project)
    changed = _part_of(series, since, actor, now)
    changes = facts.set_facts(changed, sent)
    project_links.require_same_client(project=changed.project, client=changed.client)
    coming = list(open_occurrences(changed, now).select_related("client", "project"))
    if not coming:
        raise NothingToChange(_("No session of this series can change any more."))
    with facts.saving(changed):
        changed.save(update_fields=[*changes, "updated_at"])
    linked_clients.require_unmerged(changed.client)
    for session in coming:
        mine = {
            name: value for name, value in sent.items() if over_edits or _says_the_same(session, name, changed, changes)
        }
        sessions.change_session(session=session, actor=actor, now=now, **cast("dict[str, Any]", mine))
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


def _says_the_same(session: StudioSession, name: str, series: SessionSeries, changes: facts.Changes) -> bool:
    """Return whether a session has the fact that its series had before the change."""
    before = changes[name][0] if name in changes else getattr(series, name)
    return bool(getattr(session, name) == before)


@taking_turns()
def cancel_series(
    *,
    series: SessionSeries,
    reason: str,
    actor: User | None,
    now: datetime,
    since: StudioSession | None = None,
    waive_because: str = "",
    tell: Tell = Tell.CLIENT,
) -> list[StudioSession]:
    """Cancel the coming sessions of a series and return them; they stay in the records, and do not come back.

    since: this session and those after it; None means all
    waive_because: a reason to let the clients off the fees
    raises: NothingToChange, facts.BadFacts, studio.db.TryAgain
    """
    locked = _lock_slots(series, now)
    fresh = _locked(series.pk)
    coming = list(_coming(fresh, locked, now))
    if since is not None and since.occurs_on is not None:
        coming = [session for session in coming if session.occurs_on and session.occurs_on >= since.occurs_on]
    cancelled = [
        bookings.cancel_session(
            session=session, reason=reason, waive_because=waive_because, actor=actor, now=now, tell=Tell.TOGETHER
        )
        for session in coming
    ]
    changes: facts.Changes = {"cancelled": (None, len(cancelled))}
    audit.record(verb="cancel", subject=fresh, actor=actor, now=now, changes=changes, reason=reason)
    if tell is Tell.CLIENT:
        tell_clients(sessions=cancelled, kind=NoticeKind.CANCELLATION, now=now)
    return cancelled
