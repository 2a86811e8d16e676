"""The cast: a desk that books, two machines, a member and a trainer, in a house open from 09:00 to 24:00 in Paris."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from studio.office.services import profile
from tests.factories import NOW, UserFactory
from tests.training_factories import MachineFactory, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine
from training.services import session_types

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _seeded(request):
    """A test that commits is followed by a flush, which takes the seeds along."""
    asks = {"db", "transactional_db", "studio"} & set(request.fixturenames)
    if not asks and request.node.get_closest_marker("django_db") is None:
        return
    studio = request.getfixturevalue("studio")
    profile.seed_profile(
        name=studio.name, country="FR", time_zone="Europe/Paris", currency="EUR", language=studio.language
    )
    profile.seed_opening_hours()
    session_types.seed_session_types()


@pytest.fixture
def desk():
    return UserFactory(email="desk@example.org", name="Dana Desk")


@pytest.fixture
def machine():
    return MachineFactory(machine_number=11, name="Left")


@pytest.fixture
def other():
    return MachineFactory(machine_number=12, name="Right")


@pytest.fixture
def ada():
    return MemberFactory(first_name="Ada", last_name="Morel")


@pytest.fixture
def trainer():
    return TrainerFactory(first_name="Theo", last_name="Rossi")


@pytest.fixture
def over(machine, ada):
    """A session of yesterday from 10:00 to 10:30 in Paris that nobody has completed."""
    day = timezone.now().astimezone(PARIS) - timedelta(days=1)
    start = day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)
    return TrainingSessionFactory(machine=machine, member=ada, scheduled_start=start)


@pytest.fixture
def only_two(machine, other):
    """No machines but the two of the cast."""
    Machine.objects.exclude(pk__in=[machine.pk, other.pk]).delete()
    return machine, other


@pytest.fixture
def session_of():
    """Return a function that writes down a session of a member: tomorrow and scheduled unless told otherwise."""

    def make(member, start=NOW + timedelta(days=1), status="scheduled"):
        return TrainingSessionFactory(member=member, scheduled_start=start, status=status)

    return make
