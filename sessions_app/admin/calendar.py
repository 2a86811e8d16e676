"""The calendar: its page, the feed that it draws, what is dragged in it, and finding a session."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from sessions_app.admin.calendar_moves import (
    Unreadable,
    asked_move,
    make_move,
    refusal_told,
    span_with_offsets,
    told_of,
    way_back,
)
from sessions_app.admin.pages import BOOK_SESSIONS, FIRST_YEAR, LAST_YEAR, asked_day, sees_the_house
from sessions_app.admin.served import actor_of, sees_every_row
from sessions_app.forms import current_zone
from sessions_app.models import RoomKind, SessionStatus, StudioSession
from sessions_app.selectors.calendar import (
    ELSEWHERE,
    NO_COLOUR,
    NOBODY,
    Band,
    Calendar,
    Lane,
    Placed,
    found_sessions,
    room_calendar,
    wall,
)
from sessions_app.selectors.crew_calendar import crew_calendar
from sessions_app.selectors.timetable import GONE
from sessions_app.services.states import MOVABLE
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools.refusing import refusal_behind
from studio.clock import is_doubled, local_day
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import zone_name

CHANGE_SESSIONS = "sessions_app.change_studiosession"
SEE_PLANS = "sessions_app.view_sessionassignment"
MOST_DAYS = 42
WEEK = timedelta(days=7)
LANE_NAMES = {
    Lane.ROOMS: gettext_lazy("Rooms"),
    Lane.ENGINEERS: gettext_lazy("Engineers"),
    Lane.EQUIPMENT: gettext_lazy("Equipment"),
}
SHOWN_STATUSES = [status for status in SessionStatus if status not in GONE]


def may_move(request: HttpRequest) -> bool:
    """Return whether the person may drag sessions: they see all of them, and may change them."""
    return sees_the_house(request) and request.user.has_perm(CHANGE_SESSIONS)


def lanes_of(request: HttpRequest) -> list[Lane]:
    """Return the columns that the person may choose: rooms always, people and equipment with the right to see plans."""
    return list(Lane) if request.user.has_perm(SEE_PLANS) else [Lane.ROOMS]


# The page -------------------------------------------------------------------------------------------


def calendar_view(request: HttpRequest) -> HttpResponse:
    """Show the calendar; it draws itself from the feed, and leads to the plain list where scripts do not run."""
    day = asked_day(request)
    settings = {
        "feed": reverse("admin:calendar-feed"),
        "move": reverse("admin:calendar-move"),
        "book": reverse("admin:sessions_app_studiosession_add"),
        "open": reverse("admin:sessions_app_studiosession_change", args=[0]),
        "form": reverse("admin:sessions_app_studiosession_move", args=[0]),
        "day": day.isoformat(),
        "today": timezone.localdate().isoformat(),
        "step": current_profile().slot_minutes,
        "mayMove": may_move(request),
        "mayBook": request.user.has_perm(BOOK_SESSIONS),
        "lanes": [lane.value for lane in lanes_of(request)],
        "words": words(),
    }
    context = {
        **studio_site.each_context(request),
        "title": _("Calendar"),
        "settings": settings,
        "zone": zone_name(),
        "day": day,
        "room_kinds": RoomKind.choices,
        "lanes": [(lane.value, LANE_NAMES[lane]) for lane in lanes_of(request)],
        "statuses": [(status.value, status.label) for status in SHOWN_STATUSES],
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/calendar.html", context)


def words() -> dict[str, Any]:
    """Return what the calendar's script says; names in braces are put in by it."""
    return {
        "calendar": _("Calendar"),
        "closed": _("closed"),
        "moving": _("Moving {what} ..."),
        "undo": _("Undo"),
        "undone": _("Taken back."),
        "close": _("Close"),
        "instead": _("Free instead:"),
        "byForm": _("Move it by the form"),
        "failed": _("The calendar could not be reached. Nothing was changed."),
        "signIn": _("Please load the page anew and sign in."),
        "notLoaded": _("The sessions could not be loaded."),
        "again": _("Try again"),
        "taken": _(
            "{what} is taken up. Arrows move it, Shift and arrows change its end, Enter puts it down, Escape back."
        ),
        "choosing": _("A new session. Arrows move it, Shift and arrows change its end, Enter books it, Escape ends."),
        "putBack": _("{what} is back where it was."),
        "notMovable": _("{what} cannot be moved."),
        "notHere": _("This view has no times to move in. Choose a day or the hours of a week."),
        "noSessions": _("No sessions"),
        "noColumns": _("There is nothing of that kind in the house yet."),
        "elsewhere": _("Elsewhere"),
        "marks": {status.value: status.label for status in SHOWN_STATUSES} | {"overlap": _("overlaps")},
        "loaded": {"one": _("{count} session"), "many": _("{count} sessions")},
    }


# The feed -------------------------------------------------------------------------------------------


def feed_view(request: HttpRequest) -> HttpResponse:
    """Answer the sessions of some days as JSON; without days, those of this week."""
    now, zone = timezone.now(), current_zone()
    try:
        asked = _asked(request.GET, local_day(now, zone))
        lane = _lane(request)
    except Unreadable as refusal:
        return JsonResponse({"sentences": [str(refusal)]}, status=refusal.status_code)
    if lane == Lane.ROOMS:
        found = room_calendar(zone=zone, now=now, **asked)
    else:
        says_why = sees_every_row(request, "sessions_app.absence")
        found = crew_calendar(lane=lane, zone=zone, now=now, says_why=says_why, **asked)
    answer = {
        "now": wall(now, zone).isoformat(timespec="seconds"),
        "hours": [found.first_hour, found.last_hour],
        "resources": [
            {
                "id": each.key,
                "title": each.name,
                "colour": each.colour,
                "isOff": each.is_off,
                "isRow": each.key not in {ELSEWHERE, NOBODY},
            }
            for each in found.resources
        ],
        "events": _events(found, zone, may_drag=may_move(request)),
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


def _asked(query: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return what a feed is asked for.

    raises: Unreadable
    """
    first = _day(query.get("start")) or today - timedelta(days=today.weekday())
    last = _day(query.get("end")) or first + WEEK
    if not timedelta() < last - first <= timedelta(days=MOST_DAYS):
        sentence = _("The calendar shows from one day to %(days)d at once.")
        raise Unreadable(sentence % {"days": MOST_DAYS})
    kind, status = query.get("kind", ""), query.get("status", "")
    if kind and kind not in RoomKind.values:
        raise Unreadable(_("There is no such kind of room."))
    if status and status not in SHOWN_STATUSES:
        raise Unreadable(_("There is no such status."))
    return {"first": first, "last": last, "kind": kind, "statuses": [status] if status else []}


def _lane(request: HttpRequest) -> Lane:
    lane = request.GET.get("lane") or Lane.ROOMS
    if lane not in lanes_of(request):
        raise Unreadable(_("There are no such columns for you."))
    return Lane(lane)


def _day(text: Any) -> date | None:
    if not text:
        return None
    try:
        day = parse_date(str(text))
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(_("Write each day as 2026-11-23, in a year from 1990 to 2100."))
    return day


def _events(found: Calendar, zone: ZoneInfo, *, may_drag: bool) -> list[dict[str, Any]]:
    shown = [_event(each, zone, may_drag=may_drag) for each in found.sessions]
    return [*shown, *map(_background, found.bands)]


def _event(placed: Placed, zone: ZoneInfo, *, may_drag: bool) -> dict[str, Any]:
    """Return a session as the library takes it; what follows from it, e.g. words and addresses, the script adds."""
    session = placed.session
    is_overlapped = session.overlap_kept or placed.is_overlapped
    marks = [status for status in [session.status] if status != SessionStatus.SCHEDULED] + ["overlap"] * is_overlapped
    return {
        "id": str(session.pk),
        "resourceIds": placed.keys,
        "title": session.title,
        "start": placed.wall.starts.isoformat(),
        "end": placed.wall.ends.isoformat(),
        "editable": may_drag and session.status in MOVABLE and session.invoiced_at is None,
        "classNames": ["booking", *(f"booking-{mark}" for mark in marks)],
        "styles": [f"--room:{session.room.colour if session.room else NO_COLOUR}"],
        "extendedProps": {
            "time": _offsets(session, zone),
            "client": str(session.client) if session.client else "",
            "room": session.room.name if session.room else "",
            "marks": marks,
            "seenAt": session.updated_at.isoformat(),
            "endsAt": session.ends_at.isoformat(),
        },
    }


def _offsets(session: StudioSession, zone: ZoneInfo) -> str:
    """Return a session's clock times with their offsets where the clock shows one of them twice, else nothing."""
    is_unclear = any(is_doubled(wall(at, zone), zone) for at in (session.starts_at, session.ends_at))
    return span_with_offsets(session.starts_at, session.ends_at) if is_unclear else ""


def _background(band: Band) -> dict[str, Any]:
    return {
        "display": "background",
        "resourceIds": list(band.keys),
        "start": band.wall.starts.isoformat(),
        "end": band.wall.ends.isoformat(),
        "title": band.title,
        "classNames": ["band", f"band-{band.kind}"],
    }


# Dragging and finding -------------------------------------------------------------------------------


@require_POST
def move_view(request: HttpRequest) -> HttpResponse:
    """Move a session to where it was dragged; a refusal says why and what could be had instead."""
    try:
        move = asked_move(request.POST, current_zone())
        moved = make_move(move, actor=actor_of(request), now=timezone.now())
    except (DomainError, IntegrityError) as exc:
        refusal = refusal_behind(exc, StudioSession)
        return JsonResponse(refusal_told(refusal), status=refusal.status_code)
    return JsonResponse({"told": told_of(move, moved), "undo": way_back(move, moved)})


def find_view(request: HttpRequest) -> HttpResponse:
    """Answer the sessions that a few letters mean, as links into the calendar."""
    term, zone = request.GET.get("q", "").strip()[:100], current_zone()
    sessions = found_sessions(term=term, now=timezone.now()) if term else []
    found = [(session, local_day(session.starts_at, zone)) for session in sessions]
    return TemplateResponse(request, "sessions_app/admin/_calendar_found.html", {"found": found, "term": term})


studio_site.register_page(
    AdminPage(
        "calendar/",
        "calendar",
        calendar_view,
        sees_the_house,
        MenuEntry(MenuGroup.TODAY, "calendar_month", 10, kinds=RECORDING, title=gettext_lazy("Calendar")),
    )
)
studio_site.register_page(AdminPage("calendar/feed/", "calendar-feed", feed_view, sees_the_house))
studio_site.register_page(AdminPage("calendar/find/", "calendar-find", find_view, sees_the_house))
studio_site.register_page(AdminPage("calendar/move/", "calendar-move", move_view, may_move))
