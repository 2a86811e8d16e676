"""Calendar feeds: making one, ending one, and what it says when it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from sessions_app.documents.calendars import Entry, EntryStatus, calendar_file
from sessions_app.models import (
    CalendarFeed,
    FeedDetail,
    FeedScope,
    Room,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors import feeds as shown
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.crypto import new_token
from studio.db import taking_turns
from studio.errors import DomainError
from studio.mail.selectors.house import current_house
from studio.office.selectors.profile import current_profile

NOTED_AFTER = timedelta(minutes=10)  # a reader that comes every minute is written down six times an hour
MOST_OF_ONE_PERSON = 20
STATUSES = {
    SessionStatus.HOLD: EntryStatus.TENTATIVE,
    SessionStatus.REQUESTED: EntryStatus.TENTATIVE,
    SessionStatus.CANCELLED: EntryStatus.CANCELLED,
    SessionStatus.EXPIRED: EntryStatus.CANCELLED,
}


class TooManyFeeds(DomainError):
    """Nobody reads that many calendars: old ones are revoked first."""


@dataclass(frozen=True, slots=True)
class MadeFeed:
    """A new feed and its address, which is known at this moment only."""

    feed: CalendarFeed
    address: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader gets.

    etag: quoted, as HTTP has it
    """

    etag: str
    feed: CalendarFeed
    sessions: list[StudioSession]


@taking_turns()
def make_feed(
    *,
    name: str,
    scope: FeedScope,
    detail: FeedDetail,
    actor: User | None,
    now: datetime,
    room: Room | None = None,
    person: User | None = None,
) -> MadeFeed:
    """Make a feed and return it with its address.

    room, person: what the scope asks for, and nothing else
    raises: facts.BadFacts, TooManyFeeds
    """
    if person is not None and shown.own_feeds(person).count() >= MOST_OF_ONE_PERSON:
        raise TooManyFeeds(_("There are %(count)d feeds already. Revoke one first.") % {"count": MOST_OF_ONE_PERSON})
    token = new_token()
    feed = CalendarFeed(
        room=room,
        person=person,
        token_hash=shown.hash_of(token),
        created_by=actor,
        created_by_label=actor.label if actor else "",
    )
    facts.set_facts(feed, {"name": name, "scope": scope, "detail": detail})
    with facts.saving(feed):
        feed.save(force_insert=True)
    changes = {"scope": (None, scope), "detail": (None, detail), "room": (None, room), "person": (None, person)}
    audit.record(verb="create", subject=feed, actor=actor, now=now, changes=changes)
    return MadeFeed(feed, current_house().origin + reverse("sessions_app:feed-read", args=[token]))


@taking_turns()
def revoke_feed(*, feed: CalendarFeed, actor: User | None, now: datetime) -> CalendarFeed:
    """Make a feed's address worthless, and return the feed; twice is once."""
    revoked = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    if revoked.revoked_at is None:
        revoked.revoked_at = now
        revoked.save(update_fields=["revoked_at"])
        audit.record(verb="revoke_feed", subject=revoked, actor=actor, now=now, changes={"revoked_at": (None, now)})
    return revoked


@transaction.atomic
def open_reading(*, token: str, now: datetime) -> Reading | None:
    """Return what is behind a token, and note that it was read; None where there is nothing.

    A feed of old, kept under a hash that any studio would make, is kept under this studio's from its next reading on.
    queries: 4 at most, however many sessions; 1 more for a feed of old
    """
    feed = shown.feed_behind(token)
    if feed is None:
        return None
    profile = current_profile()
    window = shown.feed_window(now, profile.zone)
    sessions = shown.sessions_of_feed(feed, window=window, now=now)
    seen = shown.shown_digest(feed, sessions, f"{profile.name} {profile.time_zone} {profile.language}")
    stale = Q(last_read_at__isnull=True) | Q(last_read_at__lte=now - NOTED_AFTER)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_read_at=now)
    if feed.token_hash != (kept_as := shown.hash_of(token)):
        CalendarFeed.objects.filter(pk=feed.pk).update(token_hash=kept_as)
    return Reading(f'"{seen}"', feed, sessions)


def written(reading: Reading) -> bytes:
    """Return the calendar of a reading: the same facts are the same bytes.

    queries: 1, and 2 more in the registry where it links to pages
    """
    feed, profile = reading.feed, current_profile()
    origin = current_house().origin if feed.detail == FeedDetail.FULL else ""
    with override(profile.language):
        name = f"{profile.name}: {feed.shows}"
        entries = [_entry(feed, session, origin) for session in reading.sessions]
    return calendar_file(entries, name=name, zone=profile.zone)


def _entry(feed: CalendarFeed, session: StudioSession, origin: str) -> Entry:
    link = reverse("admin:sessions_app_studiosession_change", args=[session.pk]) if origin else ""
    place = "" if feed.detail == FeedDetail.BUSY else session.location or (session.room.name if session.room else "")
    return Entry(
        uid=str(session.calendar_uid),
        sequence=session.sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        changed_at=session.updated_at,
        summary=shown.summary_of(feed, session),
        status=STATUSES.get(SessionStatus(session.status), EntryStatus.CONFIRMED),
        is_busy=session.takes_its_slot,
        description=shown.details_of(feed, session),
        location=place,
        url=f"{origin}{link}" if origin else "",
    )
