"""Booking, moving and cancelling sessions."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import (
    BookingType,
    Client,
    Equipment,
    FeeKind,
    Musician,
    NoticeKind,
    Project,
    Room,
    SessionKind,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors import availability
from sessions_app.selectors.availability import slot_of
from sessions_app.selectors.crew import crew_of_members
from sessions_app.selectors.terms import fee_due
from sessions_app.services import (
    assignments,
    crew_news,
    facts,
    fees,
    holds,
    lines,
    notices,
    prices,
    projects,
    sessions,
    slots,
    states,
)
from sessions_app.services.letters import Before
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent

HOLD_FIELDS = ("hold_rank", "hold_expires_at")
MOVED_FIELDS = ("room", "starts_at", "ends_at", *HOLD_FIELDS)
CANCEL_FIELDS = ("status", "overlap_kept", "cancellation_reason", "cancelled_at", "cancelled_by", "cancelled_by_label")


class ChangedSince(DomainError):
    """Somebody changed the session after it was looked at."""


@taking_turns()
def book_session(
    *,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    now: datetime,
    client: Client | None = None,
    room: Room | None = None,
    project: Project | None = None,
    kind: str = SessionKind.STUDIO,
    booking_type: str = BookingType.HOURLY,
    location: str = "",
    description: str = "",
    notes: str = "",
    total: Decimal | Unsent | None = NOT_SENT,
    deposit_amount: Decimal | Unsent | None = NOT_SENT,
    engineers: Sequence[User] = (),
    talents: Sequence[Musician] = (),
    equipment: Sequence[Equipment] = (),
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Put a session on the timetable, with everybody and everything it needs, and return it.

    One of them missing, and nothing is booked. Price and terms are copied as they are now.

    starts_at, ends_at: aware; the session fills [starts_at, ends_at), so back-to-back is allowed
    client: None is in-house; room: None is remote or on location; project: None is none
    total, deposit_amount: not sent is as the price list and the client's percentage say; None is none
    tell: whether the client gets a mail of it; the same for every function here
    raises: slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, projects.UnknownProject,
        projects.ProjectOfAnotherClient, facts.BadFacts
    """
    linked = projects.linkable(project=project, client=client)
    given = {
        "title": title,
        "kind": kind,
        "booking_type": booking_type,
        "location": location,
        "description": description,
        "notes": notes,
        "total": None if total is NOT_SENT else total,
        "deposit_amount": None if deposit_amount is NOT_SENT else deposit_amount,
    }
    session = sessions.draft_session(client=client, project=linked, given=given)
    crew = crew_of_members([*engineers, *talents, *equipment])
    slots.lock_rooms(room, now=now, crew=crew)
    answer = availability.check_slot(room=room, starts_at=starts_at, ends_at=ends_at, now=now, kind=kind, crew=crew)
    slots.require_free(answer)
    slots.put_in(session, answer.slot)
    listed = prices.agree(session=session, total=total, deposit=deposit_amount, now=now)
    with slots.taking(answer.slot, session, now, crew=crew):
        session.save(force_insert=True)
        assignments.put_crew_on(session, crew)
    prices.keep_lines(session=session, listed=listed)
    booked = {"status": session.status, "starts_at": starts_at, "ends_at": ends_at, "room": room, "project": linked}
    booked |= {"total": session.total} if session.total is not None else {}
    changes: facts.Changes = {field: (None, value) for field, value in booked.items()}
    audit.record(verb="book", subject=session, actor=actor, now=now, changes=changes | assignments.told(crew))
    notices.announce(session=session, kind=NoticeKind.CONFIRMATION, tell=tell, now=now)
    crew_news.tell_assigned(session=session, engineers=crew.engineers, actor=actor, now=now)
    return session


@taking_turns()
def move_session(
    *,
    session: StudioSession,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    now: datetime,
    room: Room | Unsent | None = NOT_SENT,
    reason: str = "",
    seen_at: datetime | None = None,
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Give a session another time, or another room as well, and return it; its price stays as agreed.

    room: not sent stays where it is; None is remote or on location
    seen_at: `updated_at` of what the caller saw; None moves the session however it is by now
    A session that had been taken over overlapping is settled by a move. A hold keeps or finds its rank, and ends
    at its new start at the latest.
    Its crew goes along, or it does not move.
    raises: states.WrongState, slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, ChangedSince,
        studio.db.TryAgain
    """
    moved = slots.locked_with_rooms(session, None if room is NOT_SENT else room, now=now)
    if seen_at not in {None, moved.updated_at}:
        raise ChangedSince(_("Somebody changed this session meanwhile, so it was not moved. Here it is as it is now."))
    states.require_movable(moved)
    states.require_unexpired(moved, now)
    target = moved.room if room is NOT_SENT else room
    answer = availability.check_slot(
        room=target, starts_at=starts_at, ends_at=ends_at, now=now, kind=moved.kind, moving=moved
    )
    left, before = slot_of(moved), {field: getattr(moved, field) for field in MOVED_FIELDS}
    moved.own_time |= moved.series_id is not None and (starts_at, ends_at) != (moved.starts_at, moved.ends_at)
    if moved.status == SessionStatus.HOLD:
        moved.hold_rank = holds.rank_for(answer, moving=moved)
        moved.hold_expires_at = min(moved.hold_expires_at or starts_at, starts_at)
    else:
        slots.require_free(answer)
    slots.put_in(moved, answer.slot)
    with slots.taking(answer.slot, moved, now):
        slots.save_place(moved, *HOLD_FIELDS, "own_time")
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(moved, field)) != old}
    audit.record(verb="move", subject=moved, actor=actor, now=now, changes=changes, reason=reason)
    if not changes.keys().isdisjoint({"room", "starts_at", "ends_at"}):
        was = Before(before["starts_at"], before["ends_at"], before["room"])
        notices.announce(session=moved, kind=NoticeKind.CHANGE, before=was, tell=tell, now=now)
        crew_news.tell_moved(session=moved, before=was, actor=actor, now=now)
    lines.hand_on(gone=[moved], freed=[left], now=now)
    return moved


@taking_turns()
def cancel_session(
    *,
    session: StudioSession,
    reason: str,
    actor: User | None,
    now: datetime,
    waive_because: str = "",
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Cancel a session, which frees its slot and settles its overlap, and return it; twice is once.

    The fee is what the terms of the booking say at this moment; a second call finds it decided.
    actor: None when nobody of the staff does it
    waive_because: a reason to let the client off the fee
    raises: states.WrongState, prices.AlreadyInvoiced, facts.BadFacts, studio.db.TryAgain
    """
    cancelled = slots.locked_with_rooms(session, now=now)
    if cancelled.status == SessionStatus.CANCELLED:
        return cancelled
    states.require_arrow(cancelled, SessionStatus.CANCELLED)
    prices.require_not_invoiced(cancelled)
    due = fee_due(cancelled, FeeKind.CANCELLATION, now=now)
    before, cancelled.status, cancelled.overlap_kept = cancelled.status, SessionStatus.CANCELLED, False
    facts.set_facts(cancelled, {"cancellation_reason": reason})
    cancelled.cancelled_at = now
    cancelled.cancelled_by = actor
    cancelled.cancelled_by_label = actor.label if actor else ""
    cancelled.save(update_fields=CANCEL_FIELDS)
    changes = {"status": (before, cancelled.status)}
    audit.record(verb="cancel", subject=cancelled, actor=actor, now=now, changes=changes, reason=reason)
    fees.charge_fee(session=cancelled, due=due, actor=actor, now=now, waived_because=waive_because)
    kind = NoticeKind.REQUEST_DECLINED if before == SessionStatus.REQUESTED else NoticeKind.CANCELLATION
    notices.announce(session=cancelled, kind=kind, tell=tell, now=now)
    crew_news.tell_cancelled(session=cancelled, actor=actor, now=now)
    lines.hand_on(gone=[cancelled], now=now)
    return cancelled
