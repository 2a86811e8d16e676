"""Making an adopted studio look like one in the middle of its week."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from sessions_app.models import Client, Project, Room, SessionStatus, StudioSession
from sessions_app.services import bookings, holds
from sessions_app.services.notices import Tell
from studio.clock import instant_moved_forward
from studio.errors import DomainError

COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")
# (hour, hours, title): what a day in each room looks like; every room starts elsewhere in the list.
DAY = (
    (9, 3, "Vocals"),
    (10, 4, "Drum tracking"),
    (13, 2, "Guitar overdubs"),
    (14, 4, "Mixing"),
    (16, 3, "String quartet"),
    (19, 3, "Band rehearsal"),
    (20, 4, "Night session"),
)
SESSIONS_A_DAY = 3
DAYS = 7
HOLD_EVERY = 11

logger = logging.getLogger(__name__)


class Booking(TypedDict):
    """What booking and holding both take."""

    title: str
    room: Room
    starts_at: datetime
    ends_at: datetime
    client: Client
    project: Project | None
    actor: None
    now: datetime
    tell: Tell


@dataclass(frozen=True, slots=True)
class Wish:
    """A session somebody would like to have."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    title: str


@transaction.atomic
def link_projects() -> int:
    """Give every second session of a client with projects its project, and return how many have one.

    The former database had no such column.
    """
    projects = {project.client_id: project for project in Project.objects.order_by("-pk")}
    sessions = StudioSession.objects.without_project().filter(client__in=projects).order_by("pk")[::2]
    for session in sessions:
        project = projects[session.client_id or 0]
        session.project, session.project_label = project, project.name
        session.save(update_fields=["project", "project_label"])
    return len(sessions)


@transaction.atomic
def tidy_past(*, now: datetime) -> None:
    """Complete what lies behind, and give the rooms colours that can be told apart."""
    over = StudioSession.objects.filter(
        ends_at__lte=now, status__in=[SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS]
    )
    over.update(status=SessionStatus.COMPLETED, actual_start=F("starts_at"), actual_end=F("ends_at"))
    early = StudioSession.objects.filter(
        starts_at__gt=now, status__in=[SessionStatus.COMPLETED, SessionStatus.IN_PROGRESS]
    )
    early.update(status=SessionStatus.SCHEDULED, actual_start=None, actual_end=None)
    for colour, room in zip(COLOURS, Room.objects.order_by("pk"), strict=False):
        room.colour = colour
        room.save(update_fields=["colour"])


def fill_week(*, monday: date, zone: ZoneInfo, now: datetime) -> int:
    """Book the free hours of a week, as far as the rules allow, and return how many sessions were made.

    monday: the first day of the week in `zone`
    Days behind are booked as they were before they began, then completed.
    """
    clients = list(Client.objects.filter(is_active=True).order_by("pk"))
    made = 0
    for number, wish in enumerate(_wishes(monday, zone)):
        client = clients[number % len(clients)]
        made += _booked(
            wish, client, is_hold=number % HOLD_EVERY == 0, now=min(now, wish.starts_at - timedelta(days=3))
        )
    return made


def _wishes(monday: date, zone: ZoneInfo) -> Iterator[Wish]:
    for place, room in enumerate(Room.objects.filter(is_active=True).order_by("pk")):
        for day in range(DAYS):
            for turn in range(SESSIONS_A_DAY):
                hour, hours, title = DAY[(place + day * 2 + turn * 3) % len(DAY)]
                starts_at = instant_moved_forward(datetime.combine(monday + timedelta(days=day), time(hour)), zone)
                yield Wish(room, starts_at, starts_at + timedelta(hours=hours), title)


def _booked(wish: Wish, client: Client, *, is_hold: bool, now: datetime) -> int:
    slot: Booking = {
        "title": wish.title,
        "room": wish.room,
        "starts_at": wish.starts_at,
        "ends_at": wish.ends_at,
        "client": client,
        "project": Project.objects.filter(client=client).order_by("pk").first(),
        "actor": None,
        "now": now,
        "tell": Tell.NOBODY,
    }
    try:
        if is_hold:
            holds.place_hold(**slot, expires_at=wish.starts_at - timedelta(hours=1))
        else:
            bookings.book_session(**slot)
    except DomainError as refusal:
        logger.debug("%s", refusal)
        return 0
    return 1
