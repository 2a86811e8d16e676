"""What a calendar feed shows: sessions of a room, a person or the house, as much of each as the feed may tell."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sessions_app.models import (
    AssignmentKind,
    AssignmentStatus,
    CalendarFeed,
    FeedDetail,
    FeedScope,
    SessionAssignment,
    SessionStatus,
    StudioSession,
)
from studio.accounts.models import User
from studio.accounts.tokens import scoped_digest
from studio.clock import local_day, local_midnight
from studio.crypto import digest

PURPOSE = "calendar feed"
DAYS_BACK, DAYS_AHEAD = 90, 365
ENDED_SHOWN = timedelta(days=30)  # long enough for every reader to come by and see that it is off
MOST_SESSIONS = 10_000
ENDED = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class FeedWindow:
    """The stretch of time that a feed shows: whole local days, so that it changes once a day."""

    starts_at: datetime
    ends_at: datetime


def feed_behind(token: str) -> CalendarFeed | None:
    """Return the feed of a token; None for an unknown or revoked one, and where its maker or its person has left.

    queries: 1, and 1 for the roles of each
    """
    feed = (
        CalendarFeed.objects.open()
        .filter(token_hash__in=[hash_of(token), digest(token)])  # the second: made before a studio had a part in it
        .select_related("room", "person", "created_by")
        .first()
    )
    if feed is None or any(user is not None and not user.is_staff for user in (feed.person, feed.created_by)):
        return None
    return feed


def hash_of(token: str) -> str:
    """Return the form in which a feed's token is kept."""
    return scoped_digest(PURPOSE, token)


def feed_window(now: datetime, zone: ZoneInfo) -> FeedWindow:
    """Return the days that a feed shows now."""
    today = local_day(now, zone)
    return FeedWindow(
        local_midnight(today - timedelta(days=DAYS_BACK), zone),
        local_midnight(today + timedelta(days=DAYS_AHEAD), zone),
    )


def sessions_of_feed(feed: CalendarFeed, *, window: FeedWindow, now: datetime) -> list[StudioSession]:
    """Return what a feed shows, by start; what has ended without taking place for a while after that.

    Of more than 10,000 the latest. Room and client come along.
    queries: 1
    """
    shown = ~Q(status__in=ENDED) | Q(cancelled_at__gte=now - ENDED_SHOWN) | _expired_since(now - ENDED_SHOWN)
    rows = (
        _rows_of(feed)
        .filter(shown)
        .filter(starts_at__lt=window.ends_at, ends_at__gt=window.starts_at)
        .select_related("room", "client")
        .order_by("-starts_at", "-pk")[:MOST_SESSIONS]
    )
    return list(rows)[::-1]


def _expired_since(moment: datetime) -> Q:
    return Q(status=SessionStatus.EXPIRED, hold_expires_at__gte=moment)


def _rows_of(feed: CalendarFeed) -> QuerySet[StudioSession]:
    if feed.scope == FeedScope.ROOM:
        return StudioSession.objects.filter(room=feed.room_id)
    if feed.scope == FeedScope.PERSON:
        mine = SessionAssignment.objects.filter(kind=AssignmentKind.ENGINEER, engineer=feed.person_id)
        mine = mine.exclude(status=AssignmentStatus.DECLINED)
        return StudioSession.objects.filter(pk__in=mine.values("session"))
    return StudioSession.objects.all()


def own_feeds(person: User) -> QuerySet[CalendarFeed]:
    """Return the feeds of a person's own sessions that still answer, newest first."""
    return CalendarFeed.objects.open().filter(person=person).order_by("-created_at", "-pk")


def shown_digest(feed: CalendarFeed, sessions: Sequence[StudioSession], extra: str) -> str:
    """Return a text that differs whenever what a feed shows does: a reader that has it already is sent nothing.

    extra: what stands in the calendar beside the sessions
    """
    seen = hashlib.sha256(f"{feed.pk} {feed.detail} {extra}".encode())
    for session in sessions:
        seen.update(repr(_facts(feed, session)).encode())
    return seen.hexdigest()


def _facts(feed: CalendarFeed, session: StudioSession) -> tuple[object, ...]:
    always = (session.pk, session.sequence, session.updated_at, session.starts_at, session.ends_at, session.status)
    if feed.detail == FeedDetail.BUSY:
        return always
    named = (session.title, session.location, session.room and session.room.name)
    return (*always, *named, session.client and str(session.client), session.project_label, session.notes)


def summary_of(feed: CalendarFeed, session: StudioSession) -> str:
    """Return the title under which a feed shows a session."""
    if feed.detail == FeedDetail.BUSY:
        return _("Busy")
    if feed.detail == FeedDetail.FULL and session.client is not None:
        return f"{session.title} ({session.client})"
    return session.title


def details_of(feed: CalendarFeed, session: StudioSession) -> str:
    """Return what a feed says of a session below its title, one thing a line; nothing where titles are enough."""
    if feed.detail != FeedDetail.FULL:
        return ""
    facts = [
        (_("Status"), session.get_status_display()),
        (_("Client"), str(session.client or "")),
        (_("Project"), session.project_label),
        (_("Notes"), session.notes),
    ]
    return "\n".join(f"{name}: {text}" for name, text in facts if text)
