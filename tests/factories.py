"""One factory per model: minimal, valid, nothing random; what a service makes is made by the service."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory

from sessions_app.models import (
    Client,
    ClientNote,
    ClosedPeriod,
    Equipment,
    HoldChallenge,
    Musician,
    Project,
    Room,
    SessionRequest,
    StudioSession,
    TaskType,
    TimeEntry,
    Track,
    WaitlistEntry,
)
from sessions_app.services import (
    bookings,
    challenges,
    clients,
    closed_periods,
    equipment,
    holds,
    musicians,
    projects,
    requests,
    rooms,
    time_entries,
    timers,
    waitlist,
)
from studio.accounts.models import User

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


class SessionFactory(ByService):
    """A session of two hours in a room of its own."""

    _service = staticmethod(bookings.book_session)

    class Meta:
        model = StudioSession

    title = factory.Sequence(lambda n: f"Session {n}")
    room = factory.SubFactory(RoomFactory)
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


class TrackFactory(factory.Factory):
    class Meta:
        model = Track

    project = factory.SubFactory(ProjectFactory)
    number = 1
    title = factory.Sequence(lambda n: f"Track {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return Track.objects.create(**kwargs)


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
