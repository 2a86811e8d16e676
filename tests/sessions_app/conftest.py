"""The cast: a desk that books, and a studio that is open from 09:00 to 24:00 in Paris."""

import struct
import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from studio.office.services import profile
from tests.factories import ClientFactory, RoomFactory, UserFactory


@pytest.fixture(autouse=True)
def _seeded(studio):
    """A test that commits is followed by a flush, which takes the seeds along."""
    profile.seed_profile(
        name=studio.name, country="FR", time_zone="Europe/Paris", currency="EUR", language=studio.language
    )
    profile.seed_opening_hours()


@pytest.fixture
def desk():
    return UserFactory(email="desk@example.org", name="Dana Desk")


@pytest.fixture
def client_():
    return ClientFactory(name="Mina Morel")


@pytest.fixture
def room():
    return RoomFactory(name="Studio A")


def zone_file(rules):
    """A TZif file of version 2 without a transition of its own: the rules say everything."""
    header = b"TZif2" + bytes(15) + struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">lbb", 3600, 0, 0) + b"CET\0"
    return (header + body) * 2 + f"\n{rules}\n".encode()


@pytest.fixture
def rules_become(tmp_path):
    """Replace the rules of Europe/Paris as a newer tzdata would; told as POSIX TZ."""

    def become(rules):
        file = tmp_path / "Europe" / "Paris"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(zone_file(rules))
        zoneinfo.reset_tzpath([tmp_path])
        ZoneInfo.clear_cache()

    yield become
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.fixture
def no_more_summer_time(rules_become):
    return lambda: rules_become("CET-1")
