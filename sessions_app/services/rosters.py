"""Giving a session from one engineer, or one piece of equipment, to another."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import AssignmentStatus, Room, SessionAssignment, StudioSession
from sessions_app.selectors.crew import Member, crew_of, crew_of_members, kind_of, name_of
from sessions_app.services import assignments, bookings, slots
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.db import taking_turns


@taking_turns()
def hand_over(
    *,
    session: StudioSession,
    gone: Member | None,
    coming: Member | None,
    room: Room | None,
    starts_at: datetime,
    ends_at: datetime,
    seen_at: datetime,
    actor: User | None,
    now: datetime,
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Take one off a session, put another on, move it if its time changes as well, and return it; all or nothing.

    gone, coming: None is nobody; who comes takes the role of who goes
    room: the one it has, or another one
    seen_at: `updated_at` of what the caller saw
    raises: bookings.ChangedSince, slots.CrewMissing, slots.RoomTaken, slots.SlotRefused, states.WrongState,
        assignments.AlreadyAssigned, studio.db.TryAgain
    """
    everybody = [*crew_of(session).members, *(member for member in (gone, coming) if member is not None)]
    slots.lock_rooms(session.room, room, now=now, crew=crew_of_members(everybody))  # all at once, so in one order
    current = StudioSession.objects.locked().select_related("room").get(pk=session.pk)
    if current.updated_at != seen_at:
        raise bookings.ChangedSince(_("Somebody changed this session meanwhile. Here it is as it is now."))
    role = ""
    if gone is not None:
        left = _assignment(current, gone)
        role = left.role
        assignments.unassign_member(assignment=left, actor=actor, now=now)
    if (room, starts_at, ends_at) != (current.room, current.starts_at, current.ends_at):
        current = bookings.move_session(
            session=current, room=room, starts_at=starts_at, ends_at=ends_at, actor=actor, now=now, tell=tell
        )
    if coming is not None:
        assignments.assign_member(session=current, member=coming, role=role, actor=actor, now=now)
    return current


def _assignment(session: StudioSession, member: Member) -> SessionAssignment:
    rows = session.assignments.filter(**{kind_of(member).value: member}).exclude(status=AssignmentStatus.DECLINED)
    found = rows.first()
    if found is None:
        raise bookings.ChangedSince(_("%(who)s is not on this session any more.") % {"who": name_of(member)})
    return found
