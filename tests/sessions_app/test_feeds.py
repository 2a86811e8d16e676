"""Calendar feeds, read as a calendar program reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.utils import timezone
from icalendar import Calendar, Timezone

from sessions_app.documents.calendars import Entry, calendar_file, zone_component
from sessions_app.models import CalendarFeed, SessionAssignment, StudioSession
from sessions_app.services import bookings, feeds
from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from studio.clock import is_doubled
from studio.crypto import digest
from studio.office.models import OpeningHours, StudioProfile
from studio.tenancy.context import inside
from tests.factories import ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.staff import account

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Asuncion",
    "Pacific/Apia",
]


@pytest.fixture
def now():
    """The view asks the clock: what a feed shows lies around today."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def reader(web):
    """A calendar program: no cookies, no script, nobody signed in."""
    return web


@pytest.fixture(autouse=True)
def _always_open():
    """Sessions at any hour: the hours are not what is tested here."""
    OpeningHours.objects.update(opens=0, closes=24 * 60)


def made(now, **facts):
    given = {"name": "Phone", "scope": "house", "detail": "titles", "actor": None, "now": now}
    return feeds.make_feed(**given | facts)


def path_of(feed):
    return "/" + feed.address.split("/", 3)[3]


def read(reader, feed, **headers):
    return reader.get(path_of(feed), headers=headers)


def events(response):
    assert response.status_code == 200
    return Calendar.from_ical(response.content).walk("VEVENT")


def titles(response):
    return [str(event["SUMMARY"]) for event in events(response)]


def test_the_house_by_titles(reader, now, room, client_):
    session = SessionFactory(title="Vocals", room=room, client=client_, starts_at=now + 30 * HOUR, now=now)

    response = read(reader, made(now))

    (event,) = events(response)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(session.calendar_uid), 0, "CONFIRMED")
    assert (event["SUMMARY"], event["LOCATION"], "DESCRIPTION" in event) == ("Vocals", "Studio A", False)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (session.starts_at, session.ends_at)
    assert event.decoded("LAST-MODIFIED") == session.updated_at.replace(microsecond=0)
    assert "Mina" not in response.content.decode()


def test_the_detail_is_as_much_as_the_feed_may_tell(reader, now, room, client_):
    SessionFactory(
        title="Vocals", notes="Ribbon microphone", room=room, client=client_, starts_at=now + 30 * HOUR, now=now
    )

    busy, full = (read(reader, made(now, detail=detail)).content.decode() for detail in ("busy", "full"))

    assert "SUMMARY:Busy" in busy
    assert not {"Vocals", "Studio A", "Mina", "Ribbon"} & set(busy.replace("\r\n", " ").split())
    assert "SUMMARY:Vocals (Mina Morel)" in full
    assert "Notes: Ribbon microphone" in full.replace("\r\n ", "")
    assert "URL:http://harbour.localhost/admin/sessions_app/studiosession/" in full.replace("\r\n ", "")


def test_a_room_and_a_person_see_their_own(reader, now, room):
    engineer = account("engineer")
    here = SessionFactory(title="Here", room=room, starts_at=now + 30 * HOUR, now=now)
    SessionFactory(title="Elsewhere", room=RoomFactory(name="Studio B"), starts_at=now + 30 * HOUR, now=now)
    mine = {"session": here, "kind": "engineer", "engineer": engineer, "label": engineer.label}
    SessionAssignment.objects.create(**mine, starts_at=here.starts_at, ends_at=here.ends_at)

    room_feed, own_feed = made(now, scope="room", room=room), made(now, scope="person", person=engineer)

    assert [titles(read(reader, feed)) for feed in (room_feed, own_feed)] == [["Here"], ["Here"]]
    SessionAssignment.objects.update(status="declined")
    assert titles(read(reader, own_feed)) == []


def test_a_move_and_a_cancellation_reach_the_reader(reader, now, desk):
    feed = made(now)
    session = SessionFactory(room=None, starts_at=now + 30 * HOUR, now=now)
    seen = [events(read(reader, feed))[0]]
    bookings.move_session(session=session, starts_at=now + 40 * HOUR, ends_at=now + 41 * HOUR, actor=desk, now=now)
    seen.append(events(read(reader, feed))[0])
    bookings.cancel_session(session=session, reason="Flood", actor=desk, now=now)
    seen.append(events(read(reader, feed))[0])

    assert [(event["SEQUENCE"], event["STATUS"], event["TRANSP"]) for event in seen] == [
        (0, "CONFIRMED", "OPAQUE"),
        (1, "CONFIRMED", "OPAQUE"),
        (2, "CANCELLED", "TRANSPARENT"),
    ]
    assert len({event["UID"] for event in seen}) == 1
    StudioSession.objects.update(cancelled_at=now - timedelta(days=31))
    assert titles(read(reader, feed)) == []


def test_a_hold_is_tentative_and_one_that_waits_takes_no_time(reader, now, room):
    slot = {"room": room, "starts_at": now + 30 * HOUR, "expires_at": now + 20 * HOUR, "now": now}
    HoldFactory(title="First", **slot)
    HoldFactory(title="Second", **slot)

    assert {str(event["SUMMARY"]): (event["STATUS"], event["TRANSP"]) for event in events(read(reader, made(now)))} == {
        "First": ("TENTATIVE", "OPAQUE"),
        "Second": ("TENTATIVE", "TRANSPARENT"),
    }


def test_the_window_is_from_90_days_back_to_365_ahead(reader, now):
    for days in (-92, -89, 364, 367):
        SessionFactory(title=str(days), room=None, starts_at=now + timedelta(days=days), now=now - timedelta(days=100))

    assert titles(read(reader, made(now))) == ["-89", "364"]


def test_a_reader_that_has_it_is_sent_nothing_until_something_changes(reader, now, room, desk):
    feed = made(now, detail="full")
    session = SessionFactory(room=room, client=ClientFactory(), starts_at=now + 30 * HOUR, now=now)
    first = read(reader, feed)

    again = read(reader, feed, if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert read(reader, feed).content == first.content

    type(session.client).objects.update(name="Renamed")
    assert read(reader, feed, if_none_match=first["ETag"]).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 2000, "..%2F..%2Fadmin", "%00", "\u00e9", "' OR 1=1 --"])
def test_a_token_that_is_none_is_a_wrong_address(reader, now, token):
    made(now)

    assert reader.get(f"/feeds/{token}.ics").status_code in {400, 404}


def test_a_revoked_feed_answers_like_one_that_never_was(reader, now, desk):
    feed = made(now)
    assert read(reader, feed).status_code == 200

    for _time in range(2):
        feeds.revoke_feed(feed=feed.feed, actor=desk, now=now)

    gone, never = read(reader, feed), reader.get("/feeds/never.ics")
    assert (gone.status_code, gone.content) == (404, never.content)
    assert AuditEvent.objects.filter(verb="revoke_feed").count() == 1


def test_the_feed_of_somebody_who_has_left_ends(reader, now):
    engineer, owner = account("engineer"), account("owner")
    feed = made(now, scope="person", person=engineer)
    assert read(reader, feed).status_code == 200

    users.deactivate_account(user=engineer, actor=owner, now=now, reason="")

    assert read(reader, feed).status_code == 404


def test_the_token_is_kept_nowhere(reader, now):
    feed = made(now)
    token = path_of(feed).removeprefix("/feeds/").removesuffix(".ics")
    read(reader, feed)

    kept = [*CalendarFeed.objects.values_list(), *AuditEvent.objects.values_list()]
    assert token not in repr(kept)
    assert len(token) >= 43


def test_another_studio_has_no_such_feed(now, other_studio):
    feed = made(now)

    stranger = Browser(headers={"host": "meadow.localhost"})
    assert stranger.get(path_of(feed)).status_code == 404


def test_a_feed_of_old_is_read_on_and_then_kept_as_this_studios(reader, now, other_studio):
    feed = made(now)
    token = path_of(feed).rpartition("/")[2].removesuffix(".ics")
    CalendarFeed.objects.filter(pk=feed.feed.pk).update(token_hash=digest(token))  # what any studio would make of it

    assert [read(reader, feed).status_code for _time in range(2)] == [200, 200]

    kept = CalendarFeed.objects.get(pk=feed.feed.pk).token_hash
    assert kept == feed.feed.token_hash
    with inside(other_studio):
        theirs = made(now)
        CalendarFeed.objects.filter(pk=theirs.feed.pk).update(token_hash=kept)
        assert feeds.open_reading(token=token, now=now) is None


def test_when_it_was_read_is_noted_every_ten_minutes(reader, now):
    feed = made(now)
    read(reader, feed)
    noted = CalendarFeed.objects.get().last_read_at
    read(reader, feed)

    assert noted >= now
    assert CalendarFeed.objects.get().last_read_at == noted


def test_a_reader_in_a_hurry_is_asked_to_wait(reader, now):
    feed = made(now)

    answers = [read(reader, feed).status_code for _time in range(14)]

    assert (answers[0], answers[-1]) == (200, 429)
    assert read(reader, feed)["Retry-After"] == "60"


@pytest.mark.parametrize(
    "facts",
    [
        {"scope": "room"},
        {"scope": "person"},
        {"scope": "everything"},
        {"detail": "more"},
        {"name": ""},
        {"name": "n" * 121},
    ],
)
def test_a_feed_of_nothing_is_refused(now, facts):
    with pytest.raises(feeds.facts.BadFacts):
        made(now, **facts)


@pytest.mark.parametrize(
    "title",
    [
        "Vocals\r\nATTENDEE:mailto:evil@x.example",
        "END:VEVENT\nEND:VCALENDAR",
        "semi;colon,comma\\backslash\\n",
        "\u00e9" * 255,
        "\u2028\u0085\x0b\x0c line \x07 ends",
        "=cmd|' /C calc'!A0",
        "\U0001f469\u200d\U0001f3a4" * 40,
    ],
)
def test_whatever_stands_in_a_title_stays_in_its_line(reader, now, title):
    SessionFactory(title=title, room=None, starts_at=now + 30 * HOUR, now=now)

    response = read(reader, made(now))

    (event,) = events(response)
    assert "ATTENDEE" not in event
    assert [response.content.count(line) for line in (b"\r\nBEGIN:VEVENT\r\n", b"\r\nEND:VCALENDAR\r\n")] == [1, 1]
    assert max(map(len, response.content.split(b"\r\n"))) <= 75
    assert not set(response.content.decode()) & set("\0\x07\x0b\x0c\x85\u2028")
    kept = "".join(letter for letter in title.replace("\r", "") if letter not in "\x07\x0b\x0c\x85\u2028")
    assert event["SUMMARY"] == kept.replace("\n", " ")


# Zones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_is_the_same_instant_by_the_zone_that_is_written_down(zone):
    """The definition in the file alone, as a reader without a zone table of its own takes it."""
    home = ZoneInfo(zone)
    at, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 6, 15, tzinfo=UTC)
    written = Timezone.from_ical(zone_component(home, at, last).to_ical()).to_tz(lookup_tzid=False)
    wrong = []
    while at < last:
        wall = at.astimezone(home).replace(tzinfo=None)
        if not is_doubled(wall, home) and wall.replace(tzinfo=written).utcoffset() != at.astimezone(home).utcoffset():
            wrong.append(at)
        at += HOUR / 2

    assert wrong == []


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_is_read_back_as_it_was(zone):
    first = datetime(2026, 9, 1, tzinfo=UTC)
    starts = [first + HOUR / 2 * step for step in range(48 * 240)][:: 7 if zone == "Europe/Paris" else 11]
    entries = [Entry(str(n), 0, start, start + HOUR, first, "x") for n, start in enumerate(starts)]

    parsed = Calendar.from_ical(calendar_file(entries, name="x", zone=ZoneInfo(zone))).walk("VEVENT")

    assert [event.decoded("DTSTART").timestamp() for event in parsed] == [start.timestamp() for start in starts]
    assert [event.decoded("DTEND").timestamp() for event in parsed] == [(s + HOUR).timestamp() for s in starts]


@pytest.mark.parametrize("zone", ZONES)
def test_the_feed_is_in_the_zone_of_the_studio(reader, now, zone):
    StudioProfile.objects.update(time_zone=zone)
    SessionFactory(room=None, starts_at=now + 30 * HOUR, now=now)

    calendar = Calendar.from_ical(read(reader, made(now)).content)

    assert [part["TZID"] for part in calendar.walk("VTIMEZONE")] == [zone]
    assert calendar["X-WR-TIMEZONE"] == zone
    assert calendar.walk("VEVENT")[0].decoded("DTSTART") == now + 30 * HOUR


# Many -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 200])
def test_many_cost_as_many_queries_as_one(now, count, django_assert_num_queries):
    start = now + timedelta(days=1)
    StudioSession.objects.bulk_create(
        StudioSession(title=str(n), starts_at=at, ends_at=at + HOUR, blocked_from=at, blocked_to=at + HOUR)
        for n, at in enumerate(start + HOUR * n for n in range(count))
    )
    token = path_of(made(now)).removeprefix("/feeds/").removesuffix(".ics")

    with django_assert_num_queries(6):  # a savepoint around: the feed, the profile, the sessions, the note
        reading = feeds.open_reading(token=token, now=now)
    with django_assert_num_queries(1):
        written = feeds.written(reading)

    assert written.count(b"BEGIN:VEVENT") == count


def test_of_more_than_the_most_the_latest_are_shown(reader, now, monkeypatch):
    monkeypatch.setattr("sessions_app.selectors.feeds.MOST_SESSIONS", 2)
    for days in (1, 2, 3):
        SessionFactory(title=str(days), room=None, starts_at=now + timedelta(days=days), now=now)

    assert titles(read(reader, made(now))) == ["2", "3"]
