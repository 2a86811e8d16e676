"""Keeping a slot for somebody for a while, and turning that into a booking."""

from datetime import datetime
from typing import Unpack

from django.utils.translation import gettext as _

from sessions_app.models import Client, NoticeKind, Project, Room, SessionStatus, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.answers import Answer
from sessions_app.services import assignments, drafts, lines, notices, slots, states
from sessions_app.services.drafts import DraftFacts
from sessions_app.services.facts import Changes
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

FIRST_RANK = 1


class HoldNeedsFuture(DomainError):
    """A hold that expires at once, or after the session has begun, holds nothing."""

    status_code = 400


def rank_for(answer: Answer, *, moving: StudioSession | None = None) -> int:
    """Return the rank of a hold on the slot asked about: first on a free one, else behind every hold that is there.

    It waits for holds of its room, and for holds elsewhere that have somebody or something of its crew.
    raises: slots.RoomTaken, slots.CrewMissing, slots.SlotRefused when something other than holds is in the way
    """
    others = [session for reason in answer.reasons for session in reason.sessions]
    only_holds = all(session.status == SessionStatus.HOLD for session in others)
    if not answer.free and not (only_holds and all(reason.sessions for reason in answer.reasons)):
        raise slots.refusal(answer)
    if answer.free:
        return FIRST_RANK
    waiting = StudioSession.objects.filter(room=answer.slot.room, status=SessionStatus.HOLD)
    waiting = waiting.touching(answer.slot.blocked_from, answer.slot.blocked_to)
    if moving is not None:
        waiting = waiting.exclude(pk=moving.pk)
    return max(hold.hold_rank or 0 for hold in (*waiting, *others)) + 1


@taking_turns()
def place_hold(
    *,
    title: str,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    expires_at: datetime,
    actor: User | None,
    now: datetime,
    client: Client | None = None,
    project: Project | None = None,
    tell: Tell = Tell.CLIENT,
    **given: Unpack[DraftFacts],
) -> StudioSession:
    """Keep a slot until a time and return the hold; where holds are already, it queues behind them.

    expires_at: after now, and not after the start
    raises: HoldNeedsFuture, slots.RoomTaken, slots.CrewMissing, slots.SlotRefused,
        project_links.ProjectOfAnotherClient, facts.BadFacts
    """
    _require_future(expires_at, starts_at=starts_at, now=now)
    draft = drafts.prepare_draft(title=title, client=client, project=project, given=given)
    answer = drafts.ask_for_slot(draft, room=room, starts_at=starts_at, ends_at=ends_at, now=now)
    hold = draft.session
    hold.status, hold.hold_rank, hold.hold_expires_at = SessionStatus.HOLD, rank_for(answer), expires_at
    drafts.save_draft(draft, answer.slot, now=now)
    kept = {field: getattr(hold, field) for field in ("starts_at", "ends_at", "room", "hold_rank", "hold_expires_at")}
    changes: Changes = {field: (None, value) for field, value in kept.items()}
    audit.record(verb="hold", subject=hold, actor=actor, now=now, changes=changes | assignments.told(draft.crew))
    notices.announce_new(session=hold, kind=NoticeKind.HOLD_PLACED, tell=tell, now=now)
    return hold


@taking_turns()
def confirm_hold(
    *, session: StudioSession, actor: User | None, now: datetime, tell: Tell = Tell.CLIENT
) -> StudioSession:
    """Turn a hold or a request into a booking and return it, at the price agreed before, else at the list's.

    A hold that waits behind another can be confirmed once the slot is free and its crew is there.
    raises: states.WrongState, also for one that has expired; slots.RoomTaken; slots.CrewMissing; studio.db.TryAgain
    """
    confirmed = slots.locked_with_rooms(session, now=now)
    states.require_unexpired(confirmed, now)
    states.require_arrow(confirmed, SessionStatus.SCHEDULED)
    answer = availability.check_slot(
        room=confirmed.room,
        starts_at=confirmed.starts_at,
        ends_at=confirmed.ends_at,
        now=now,
        kind=confirmed.kind,
        moving=confirmed,
    )
    slots.require_free(answer, promised=True)
    before = {field: getattr(confirmed, field) for field in (*lines.HOLD_STATE, "total")}
    with slots.taking(answer.slot, confirmed, now):
        lines.become_booking(confirmed, now)
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(confirmed, field)) != old}
    audit.record(verb="confirm", subject=confirmed, actor=actor, now=now, changes=changes)
    lines.note_confirmed(session=confirmed, now=now)
    asked = before["status"] == SessionStatus.REQUESTED
    kind = NoticeKind.REQUEST_APPROVED if asked else NoticeKind.CONFIRMATION
    notices.announce(session=confirmed, kind=kind, tell=tell, now=now)
    return confirmed


@taking_turns()
def extend_hold(*, session: StudioSession, expires_at: datetime, actor: User | None, now: datetime) -> StudioSession:
    """Let a hold or a request last until another time and return it; a challenge keeps its deadline.

    expires_at: after now, and not after the start
    raises: states.WrongState, also for one that has expired; HoldNeedsFuture, studio.db.TryAgain
    """
    extended = slots.locked_with_rooms(session, now=now)
    states.require_provisional(extended)
    states.require_unexpired(extended, now)
    _require_future(expires_at, starts_at=extended.starts_at, now=now)
    before, extended.hold_expires_at = extended.hold_expires_at, expires_at
    extended.save(update_fields=["hold_expires_at"])
    changes = {"hold_expires_at": (before, expires_at)}
    audit.record(verb="extend", subject=extended, actor=actor, now=now, changes=changes)
    return extended


def _require_future(expires_at: datetime, *, starts_at: datetime, now: datetime) -> None:
    if not now < expires_at <= starts_at:
        raise HoldNeedsFuture(_("A hold expires in the future, and before the session starts."))
