"""Booking, moving and cancelling sessions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Unpack

from django.utils.translation import gettext as _

from sessions_app.models import Client, FeeKind, NoticeKind, Project, Room, SessionStatus, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.availability import slot_of
from sessions_app.selectors.terms import fee_due
from sessions_app.services import (
    assignments,
    crew_news,
    drafts,
    facts,
    fees,
    holds,
    lines,
    notices,
    prices,
    slots,
    states,
)
from sessions_app.services.drafts import Draft, DraftFacts
from sessions_app.services.letters import Before
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile

HOLD_FIELDS = ("hold_rank", "hold_expires_at")
MOVED_FIELDS = ("room", "starts_at", "ends_at", "kind", *HOLD_FIELDS)
CANCEL_FIELDS = ("status", "overlap_kept", "cancellation_reason", "cancelled_at", "cancelled_by", "cancelled_by_label")


class ChangedSince(DomainError):
    """Somebody changed the session after it was looked at."""


class BookingFacts(DraftFacts, total=False):
    """What a booking is about, and what was agreed on its price.

    total, deposit_amount: not sent is as the price list and the client's percentage say; None is none
    """

    total: Decimal | Unsent | None
    deposit_amount: Decimal | Unsent | None


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
    tell: Tell = Tell.CLIENT,
    **given: Unpack[BookingFacts],
) -> StudioSession:
    """Put a session on the timetable, with everybody and everything it needs, and return it.

    One of them missing, and nothing is booked. Price and terms are copied as they are now.

    starts_at, ends_at: aware; the session fills [starts_at, ends_at), so back-to-back is allowed
    client: None is in-house; room: None is remote or on location; project: None is none
    tell: whether the client gets a mail of it; the same for every function here
    raises: slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, project_links.UnknownProject,
        project_links.ProjectOfAnotherClient, facts.BadFacts
    """
    total, deposit = given.get("total", NOT_SENT), given.get("deposit_amount", NOT_SENT)
    draft = drafts.prepare_draft(title=title, client=client, project=project, given=given)
    answer = drafts.ask_for_slot(draft, room=room, starts_at=starts_at, ends_at=ends_at, now=now)
    slots.require_free(answer)
    listed = prices.agree(session=draft.session, total=total, deposit=deposit, now=now)
    drafts.save_draft(draft, answer.slot, now=now)
    prices.write_lines(session=draft.session, listed=listed)
    _tell_booked(draft, actor, now, tell=tell)
    return draft.session


def _tell_booked(draft: Draft, actor: User | None, now: datetime, *, tell: Tell) -> None:
    """Write the trail of a booking, the mail about it, and to its engineers."""
    session = draft.session
    booked = {field: getattr(session, field) for field in ("status", "starts_at", "ends_at", "room", "project")}
    booked |= {"total": session.total} if session.total is not None else {}
    changes: facts.Changes = {field: (None, value) for field, value in booked.items()}
    audit.record(verb="book", subject=session, actor=actor, now=now, changes=changes | assignments.told(draft.crew))
    notices.announce_new(session=session, kind=NoticeKind.CONFIRMATION, tell=tell, now=now)
    crew_news.tell_assigned(session=session, engineers=draft.crew.engineers, actor=actor, now=now)


@taking_turns()
def move_session(
    *,
    session: StudioSession,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    now: datetime,
    room: Room | Unsent | None = NOT_SENT,
    kind: str | Unsent = NOT_SENT,
    reason: str = "",
    seen_at: datetime | None = None,
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Give a session another time, or another room as well, and return it; its price stays as agreed.

    room: not sent stays where it is; None is remote or on location
    kind: not sent stays what it is
    seen_at: `updated_at` of what the caller saw; None moves the session however it is by now
    A session that had been taken over overlapping is settled by a move. A hold keeps or finds its rank, and ends
    at its new start at the latest.
    Its crew goes along, or it does not move.
    raises: states.WrongState, slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, ChangedSince,
        facts.BadFacts, studio.db.TryAgain
    """
    moved = slots.locked_with_rooms(session, None if room is NOT_SENT else room, now=now)
    if seen_at not in {None, moved.updated_at}:
        raise ChangedSince(_("Somebody changed this session meanwhile, so it was not moved. Here it is as it is now."))
    states.require_movable(moved)
    states.require_unexpired(moved, now)
    left, before = slot_of(moved), {field: getattr(moved, field) for field in MOVED_FIELDS}
    moved.own_time |= moved.series_id is not None and (starts_at, ends_at) != (moved.starts_at, moved.ends_at)
    target, wanted = moved.room if room is NOT_SENT else room, moved.kind if kind is NOT_SENT else kind
    _put(moved, target, starts_at, ends_at, kind=wanted, now=now)
    _tell_moved(moved, before, actor, now, reason=reason, tell=tell)
    lines.hand_on(gone=[moved], freed=[left], now=now)
    return moved


def _put(
    moved: StudioSession, room: Room | None, starts_at: datetime, ends_at: datetime, *, kind: str, now: datetime
) -> None:
    """Save a session in another slot, where that can be had; a hold may queue for it.

    raises: slots.RoomTaken, slots.CrewMissing, slots.SlotRefused, facts.BadFacts
    """
    answer = availability.check_slot(room=room, starts_at=starts_at, ends_at=ends_at, now=now, kind=kind, moving=moved)
    facts.set_facts(moved, {"kind": kind})
    if moved.status == SessionStatus.HOLD:
        moved.hold_rank = holds.rank_for(answer, moving=moved)
        moved.hold_expires_at = min(moved.hold_expires_at or starts_at, starts_at)
    else:
        slots.require_free(answer)
    slots.put_in(moved, answer.slot, answer.zone or current_profile().zone)
    with slots.taking(answer.slot, moved, now):
        slots.save_place(moved, *HOLD_FIELDS, "own_time", "kind")


def _tell_moved(
    moved: StudioSession, before: Mapping[str, Any], actor: User | None, now: datetime, *, reason: str, tell: Tell
) -> None:
    """Write the trail of a move, the mail about it, and to its engineers; another rank alone is told to nobody."""
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(moved, field)) != old}
    audit.record(verb="move", subject=moved, actor=actor, now=now, changes=changes, reason=reason)
    if not changes.keys().isdisjoint({"room", "starts_at", "ends_at"}):
        was = Before(before["starts_at"], before["ends_at"], before["room"])
        notices.announce(session=moved, kind=NoticeKind.CHANGE, before=was, tell=tell, now=now)
        crew_news.tell_moved(session=moved, before=was, actor=actor, now=now)


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
