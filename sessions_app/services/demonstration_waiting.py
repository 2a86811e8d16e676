"""A week in which something repeats, and somebody waits: a series, a challenged hold, a request, a waitlist."""

import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sessions_app.models import Awaited, Client, Room, SessionSeries
from sessions_app.selectors.availability import free_slots
from sessions_app.selectors.many_slots import Wanted
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.services import challenges, holds, requests, series, waitlist
from studio.clock import local_midnight
from studio.errors import DomainError

logger = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
TWO_HOURS = 2 * HOUR
SUNDAYS = 10


def show_waiting(*, monday: date, zone: ZoneInfo, now: datetime) -> None:
    """Book a weekly series and let people wait for slots of next week, as far as the rules allow; twice is once.

    monday: the first day of this week in `zone`
    """
    if SessionSeries.objects.exists():
        return
    rooms = list(Room.objects.bookable().order_by("pk"))
    clients = list(Client.objects.filter(is_active=True).order_by("pk")[:4])
    next_week = monday + timedelta(days=7)
    for number, show in enumerate((_series, _challenge, _request, _waitlist)):
        try:
            show(rooms[number % len(rooms)], clients[number % len(clients)], next_week, zone, now)
        except DomainError as refusal:
            logger.debug("%s", refusal)


def _series(room: Room, client: Client, monday: date, _zone: ZoneInfo, now: datetime) -> None:
    skipped: set[date] = set()
    while len(skipped) < SUNDAYS:
        try:
            series.book_series(
                title="Choir rehearsal",
                rule=parse_rule(f"FREQ=WEEKLY;BYDAY=SU;COUNT={SUNDAYS}"),
                starts_on=monday + timedelta(days=6),
                start_time=time(10),
                length_minutes=120,
                room=room,
                client=client,
                skipped=skipped,
                actor=None,
                now=now,
            )
        except series.DateRefused as refused:
            skipped.add(refused.occurs_on)
        else:
            return


def _first_free(room: Room, day: date, now: datetime) -> Wanted:
    """Return the first two free hours of a room on a day, or of one of the days after it."""
    for later in range(7):
        found = free_slots(room=room, day=day + timedelta(days=later), length=TWO_HOURS, now=now)
        if found:
            return Wanted(room, found[0].starts_at, found[0].ends_at)
    return Wanted(room, now + TWO_HOURS, now + 2 * TWO_HOURS)


def _challenge(room: Room, client: Client, monday: date, _zone: ZoneInfo, now: datetime) -> None:
    slot = _first_free(room, monday, now)
    first, second = (
        holds.place_hold(
            title=title,
            room=room,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            expires_at=slot.starts_at,
            client=who,
            actor=None,
            now=now,
        )
        for title, who in (("Film score, first hold", client), ("Brass overdubs, second hold", None))
    )
    ends_at = min(now + timedelta(days=1), slot.starts_at)
    challenges.challenge_hold(hold=first, challenger=second, ends_at=ends_at, is_firm=True, actor=None, now=now)


def _request(room: Room, _client: Client, monday: date, _zone: ZoneInfo, now: datetime) -> None:
    slot = _first_free(room, monday + timedelta(days=1), now)
    requests.request_session(
        title="Podcast pilot",
        room=room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        awaits=Awaited.APPROVAL,
        visitor=requests.Visitor("pilot@visitor.example", name="Paula Pilot", email="pilot@visitor.example"),
        message="Two microphones, and a table for three.",
        actor=None,
        now=now,
    )


def _waitlist(room: Room, client: Client, monday: date, zone: ZoneInfo, now: datetime) -> None:
    waitlist.add_entry(
        client=client,
        title="Any evening for vocals",
        room=room,
        wanted_from=local_midnight(monday, zone) + 18 * HOUR,
        wanted_to=local_midnight(monday + timedelta(days=5), zone),
        length_minutes=120,
        group_size=1,
        actor=None,
        now=now,
    )
