"""One factory per model: minimal, valid, nothing random; what a service makes is made by the service."""

import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import factory

from sessions_app.models import (
    Client,
    ClientImport,
    ClientMerge,
    ClientNote,
    ClosedPeriod,
    Equipment,
    HoldChallenge,
    Musician,
    Project,
    Room,
    SessionRequest,
    SessionSeries,
    ShareLink,
    StudioSession,
    TaskType,
    TimeEntry,
    Track,
    TrackComment,
    TrackCredit,
    TrackVersion,
    WaitlistEntry,
)
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.services import (
    bookings,
    challenges,
    client_imports,
    clients,
    closed_periods,
    equipment,
    holds,
    merging,
    musicians,
    projects,
    requests,
    rooms,
    series,
    share_links,
    time_entries,
    timers,
    track_comments,
    track_credits,
    tracks,
    versions,
    waitlist,
)
from studio.accounts.models import User
from studio.office.contents import AUDIO
from studio.office.services import uploads

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)  # a Monday, 08:00 in Paris


class ByService(factory.Factory):
    """Calls `_service` with what the factory knows, the moment and the actor among it."""

    _service = None

    class Meta:
        abstract = True

    now = NOW
    actor = None

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return cls._service(**kwargs)


class UserFactory(factory.Factory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return User.objects.create_user(**kwargs)


class ClientFactory(ByService):
    _service = staticmethod(clients.create_client)

    class Meta:
        model = Client

    name = factory.Sequence(lambda n: f"Client {n}")


class ClientNoteFactory(ByService):
    _service = staticmethod(clients.add_note)

    class Meta:
        model = ClientNote

    client = factory.SubFactory(ClientFactory)
    body = "Prefers the small room."


class MergeFactory(ByService):
    """A duplicate merged into the client it doubled."""

    _service = staticmethod(merging.merge_clients)

    class Meta:
        model = ClientMerge

    survivor = factory.SubFactory(ClientFactory)
    merged = factory.SubFactory(ClientFactory)


class ImportFactory(ByService):
    """A list of one client that was sent."""

    _service = staticmethod(client_imports.start_import)

    class Meta:
        model = ClientImport

    name = factory.Sequence(lambda n: f"list {n}.csv")
    data = factory.Sequence(lambda n: f"Name\nListed {n}\n".encode())


class RoomFactory(ByService):
    _service = staticmethod(rooms.create_room)

    class Meta:
        model = Room

    name = factory.Sequence(lambda n: f"Room {n:02}")


class MusicianFactory(ByService):
    _service = staticmethod(musicians.create_musician)

    class Meta:
        model = Musician

    name = factory.Sequence(lambda n: f"Talent {n}")


class EquipmentFactory(ByService):
    _service = staticmethod(equipment.create_equipment)

    class Meta:
        model = Equipment

    name = factory.Sequence(lambda n: f"Microphone {n}")


class ProjectFactory(ByService):
    _service = staticmethod(projects.create_project)

    class Meta:
        model = Project

    client = factory.SubFactory(ClientFactory)
    name = factory.Sequence(lambda n: f"Project {n}")


class TrackFactory(ByService):
    _service = staticmethod(tracks.add_track)

    class Meta:
        model = Track

    project = factory.SubFactory(ProjectFactory)
    title = factory.Sequence(lambda n: f"Track {n}")


def wav(*, seconds):
    """Return silence as a WAV file: 8,000 bytes a second."""
    size = 8000 * seconds
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", size
    )
    return head + bytes(size)


def made_version(*, audio, **given):
    """Send audio in as a browser does, and make it a version."""
    purpose, name = "a factory's", given.pop("name", "mix.wav")
    upload = uploads.begin_upload(name=name, size=len(audio), purpose=purpose, now=given["now"])
    uploads.receive_part(number=upload.pk, purpose=purpose, offset=0, data=audio, now=given["now"])
    examined = uploads.examine_upload(number=upload.pk, purpose=purpose, accepted=AUDIO, now=given["now"])
    return versions.add_version(examined=examined, **given)


class TrackVersionFactory(ByService):
    """A rough mix of a track of its own; its audio is a header and silence."""

    _service = staticmethod(made_version)

    class Meta:
        model = TrackVersion

    track = factory.SubFactory(TrackFactory)
    kind = "rough_mix"
    audio = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(184)


class TrackCommentFactory(ByService):
    """What a listener says three seconds in."""

    _service = staticmethod(track_comments.add_comment)

    class Meta:
        model = TrackComment

    version = factory.SubFactory(TrackVersionFactory)
    second = Decimal(3)
    body = "More voice."
    listener = "Mina"


class TrackCreditFactory(ByService):
    _service = staticmethod(track_credits.add_credit)

    class Meta:
        model = TrackCredit

    track = factory.SubFactory(TrackFactory)
    role = "composer"
    name = "Mina Morel"


def made_link(**given):
    """Make a share link; `link.token` is its secret, which nobody can look up later."""
    link, link_token = share_links.make_link(**given)
    link.token = link_token
    return link


class ShareLinkFactory(ByService):
    """A link to a project of its own, for a week."""

    _service = staticmethod(made_link)

    class Meta:
        model = ShareLink

    subject = factory.SubFactory(ProjectFactory)
    recipient = "The band"
    expires_at = NOW + timedelta(days=7)


class SessionFactory(ByService):
    """A session of two hours in a room of its own."""

    _service = staticmethod(bookings.book_session)

    class Meta:
        model = StudioSession

    title = factory.Sequence(lambda n: f"Session {n}")
    room = factory.SubFactory(RoomFactory)
    kind = factory.LazyAttribute(lambda made: "studio" if made.room else "remote")
    starts_at = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(hours=2))


class HoldFactory(ByService):
    _service = staticmethod(holds.place_hold)

    class Meta:
        model = StudioSession

    title = factory.Sequence(lambda n: f"Hold {n}")
    room = factory.SubFactory(RoomFactory)
    starts_at = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(hours=2))
    expires_at = NOW + timedelta(hours=1)


class TaskTypeFactory(factory.Factory):
    class Meta:
        model = TaskType

    name = factory.Sequence(lambda n: f"Task {n}")
    hourly_rate = Decimal(60)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return TaskType.objects.create(**kwargs)


class TimeEntryFactory(ByService):
    """An hour on a project of its own, just before NOW."""

    _service = staticmethod(time_entries.add_entry)

    class Meta:
        model = TimeEntry

    person = factory.SubFactory(UserFactory)
    task_type = factory.SubFactory(TaskTypeFactory)
    target = factory.SubFactory(ProjectFactory)
    started_at = NOW - timedelta(hours=2)
    ended_at = factory.LazyAttribute(lambda made: made.started_at + timedelta(hours=1))
    reason = "No timer at hand."
    may_overlap = True


class ClosedPeriodFactory(ByService):
    """A month before NOW, each time an earlier one."""

    _service = staticmethod(closed_periods.close_month)

    class Meta:
        model = ClosedPeriod

    month = factory.Sequence(lambda n: date(2026 - (n + 7) // 12, 12 - (n + 7) % 12, 1))


class TimerFactory(ByService):
    """A clock that runs for a project of its own since NOW."""

    _service = staticmethod(timers.start_timer)

    class Meta:
        model = TimeEntry

    person = factory.SubFactory(UserFactory)
    task_type = factory.SubFactory(TaskTypeFactory)
    target = factory.SubFactory(ProjectFactory)


class RequestFactory(ByService):
    """A visitor's request for two hours in a room of its own, which awaits approval."""

    _service = staticmethod(requests.request_session)

    class Meta:
        model = SessionRequest

    title = factory.Sequence(lambda n: f"Request {n}")
    room = factory.SubFactory(RoomFactory)
    starts_at = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(hours=2))
    awaits = "approval"
    visitor = factory.Sequence(lambda n: requests.Visitor(f"visitor{n}@example.org", name=f"Visitor {n}"))


class ChallengeFactory(ByService):
    """A hold that is challenged by the one behind it."""

    _service = staticmethod(challenges.challenge_hold)

    class Meta:
        model = HoldChallenge

    hold = factory.SubFactory(HoldFactory)
    challenger = factory.LazyAttribute(lambda made: HoldFactory(room=made.hold.room))
    ends_at = NOW + timedelta(minutes=30)
    is_firm = False


class WaitlistFactory(ByService):
    """Somebody who would take two hours in any room."""

    _service = staticmethod(waitlist.add_entry)

    class Meta:
        model = WaitlistEntry

    client = factory.SubFactory(ClientFactory)
    title = factory.Sequence(lambda n: f"Wish {n}")
    wanted_from = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
    wanted_to = datetime(2026, 6, 2, 20, 0, tzinfo=UTC)
    length_minutes = 120
    room = factory.LazyAttribute(lambda made: RoomFactory())


class SeriesFactory(ByService):
    """Two hours on four Tuesdays, in a room of its own."""

    _service = staticmethod(series.book_series)

    class Meta:
        model = SessionSeries

    title = factory.Sequence(lambda n: f"Series {n}")
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=4")
    starts_on = date(2026, 6, 2)
    start_time = time(15)
    length_minutes = 120
    room = factory.SubFactory(RoomFactory)
