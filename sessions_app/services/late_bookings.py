"""Booking what was paid for after its time was up: at its own time while nobody else has it, else at another."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import NoticeKind, Room, SessionStatus, StudioSession
from sessions_app.selectors import availability
from sessions_app.services import facts, lines, notices, slots, states
from sessions_app.services.letters import Before
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.office.selectors.profile import current_profile

PLACE = ("starts_at", "ends_at", "room")
LATE = (SessionStatus.HOLD, SessionStatus.REQUESTED, SessionStatus.EXPIRED)


@taking_turns()
def book_late(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Book a session that has been paid after its time was up, if it still lies ahead and nobody else has its slot.

    raises: states.WrongState, slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, studio.db.TryAgain
    """
    paid = slots.locked_with_rooms(session, now=now)
    require_late(paid)
    slot = availability.slot_of(paid)
    answer = availability.check_slot(
        room=paid.room, starts_at=paid.starts_at, ends_at=paid.ends_at, now=now, kind=paid.kind, moving=paid
    )
    if paid.ends_at <= now:
        raise slots.refusal(answer)
    slots.require_free(answer, promised=True)
    before = {field: getattr(paid, field) for field in lines.HOLD_STATE}
    with slots.taking(slot, paid, now):
        lines.become_booking(paid, now)
    changes: facts.Changes = {field: (old, getattr(paid, field)) for field, old in before.items()}
    audit.record(verb="confirm", subject=paid, actor=actor, now=now, changes=changes)
    lines.note_confirmed(session=paid, now=now)
    notices.announce(session=paid, kind=NoticeKind.CONFIRMATION, now=now)
    return paid


@taking_turns()
def book_late_elsewhere(
    *, session: StudioSession, room: Room, starts_at: datetime, ends_at: datetime, actor: User | None, now: datetime
) -> StudioSession:
    """Book a session that lost its slot at another time, in another room, or both, at its price, and return it.

    The client is told the new time and the one before.
    raises: states.WrongState, slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, studio.db.TryAgain
    """
    paid = slots.locked_with_rooms(session, room, now=now)
    require_late(paid)
    was = Before(paid.starts_at, paid.ends_at, paid.room)
    before = {field: getattr(paid, field) for field in (*lines.HOLD_STATE, *PLACE)}
    answer = availability.check_slot(
        room=room, starts_at=starts_at, ends_at=ends_at, now=now, kind=paid.kind, moving=paid
    )
    slots.require_free(answer)
    slots.put_in(paid, answer.slot, answer.zone or current_profile().zone)
    with slots.taking(answer.slot, paid, now):
        slots.save_place(paid)
        lines.become_booking(paid, now)
    after = {field: getattr(paid, field) for field in before}
    changes: facts.Changes = {field: (old, after[field]) for field, old in before.items() if after[field] != old}
    audit.record(verb="move", subject=paid, actor=actor, now=now, changes=changes)
    lines.note_confirmed(session=paid, now=now)
    notices.announce(session=paid, kind=NoticeKind.CONFIRMATION, before=was, now=now)
    return paid


def require_late(session: StudioSession) -> None:
    """Pass when a session is none that was booked, or cancelled, before its money came.

    raises: states.WrongState
    """
    if session.status not in LATE:
        sentence = _("This session is %(status)s: there is nothing to book again.")
        raise states.WrongState(sentence % {"status": session.get_status_display()})
