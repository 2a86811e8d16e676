"""What clients may ask for: what can be booked, and beyond that in good time, and not too much at once."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import Room, SessionKind, SessionRequest, SessionStatus
from sessions_app.selectors.answers import ANOTHER_SLOT_MAY_DO, Answer, Reason, ReasonKind, Slot
from sessions_app.selectors.availability import (
    MOST_ALTERNATIVES,
    SEARCH_DAYS,
    check_slot,
    free_between,
    load_house,
)
from studio.office.selectors.profile import current_profile

MOST_OPEN = 2  # requests of one visitor that nobody has answered yet


def notice_for(room: Room | None, house_notice: int) -> timedelta:
    """Return how long before its start a time has to be asked for.

    house_notice: the studio's own setting, in hours; a room may have another
    """
    hours = house_notice if room is None or room.request_notice_hours is None else room.request_notice_hours
    return timedelta(hours=hours)


def too_short_notice(starts_at: datetime, now: datetime, notice: timedelta) -> Reason | None:
    """Return why a time cannot be asked for any more, or None when it can."""
    if starts_at >= now + notice:
        return None
    hours = int(notice / timedelta(hours=1))
    sentence = ngettext(
        "This has to be asked for %(hours)d hour before it begins.",
        "This has to be asked for %(hours)d hours before it begins.",
        hours,
    )
    return Reason(ReasonKind.NOTICE, sentence % {"hours": hours})


def open_requests_of(visitor_key: str, now: datetime) -> int:
    """Return how many requests a visitor has that nobody has answered yet.

    queries: 1
    """
    asked = SessionRequest.objects.filter(visitor_key=visitor_key, session__status=SessionStatus.REQUESTED)
    return asked.filter(session__hold_expires_at__gt=now).count()


def quota_used(open_requests: int) -> Reason | None:
    """Return why a visitor cannot ask for more, or None when they can."""
    if open_requests < MOST_OPEN:
        return None
    sentence = _("You have %(count)d open requests. Please complete or cancel one of them first.")
    return Reason(ReasonKind.QUOTA, sentence % {"count": MOST_OPEN})


def check_request(
    *,
    room: Room | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    kind: str = SessionKind.STUDIO,
    open_requests: int = 0,
) -> Answer:
    """Return whether a client may ask for a slot, else why not and what could be asked for instead.

    open_requests: how many the client has that nobody has answered yet
    queries: 3 when they may, 8 at most when not
    """
    answer = check_slot(room=room, starts_at=starts_at, ends_at=ends_at, now=now, kind=kind)
    notice = notice_for(room, current_profile().request_notice_hours)
    own = tuple(filter(None, (too_short_notice(starts_at, now, notice), quota_used(open_requests))))
    if any(reason.kind == ReasonKind.PAST for reason in answer.reasons):
        own = tuple(reason for reason in own if reason.kind != ReasonKind.NOTICE)  # said already
    reasons = (*answer.reasons, *own)
    found = tuple(slot for slot in answer.alternatives if slot.starts_at >= now + notice)
    if own and not found and all(reason.kind in ANOTHER_SLOT_MAY_DO for reason in reasons):
        found = _later(answer.slot, kind, now, notice)
    return Answer(answer.slot, free=not reasons, reasons=reasons, alternatives=found)


def _later(slot: Slot, kind: str, now: datetime, notice: timedelta) -> tuple[Slot, ...]:
    """Return the first slots of the same room and length that begin in good time."""
    if slot.room is None:
        return ()
    earliest = now + notice
    length = slot.ends_at - slot.starts_at
    house = load_house(now, earliest.date())
    end = earliest + timedelta(days=SEARCH_DAYS)
    return tuple(free_between(slot.room, earliest, end, length, house, kind=kind)[:MOST_ALTERNATIVES])
