"""The demonstration's people and equipment are put where they can be had, by the services everybody uses."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import Absence, Equipment, EquipmentService, SessionAssignment
from sessions_app.services import demonstration_crew, maintenance
from tests.factories import NOW, EquipmentFactory, MusicianFactory, SessionFactory
from tests.staff import account

pytestmark = pytest.mark.django_db

MONDAY, PARIS = date(2026, 6, 1), ZoneInfo("Europe/Paris")


@pytest.fixture
def week(studio):
    """Six sessions in rooms of their own: two at a time on three days."""
    account("engineer")
    for number in range(6):
        SessionFactory(starts_at=datetime(2026, 6, 2 + number // 2, 10 + number % 2, tzinfo=UTC))
    MusicianFactory()
    for _number in range(6):
        item = EquipmentFactory()
        maintenance.send_to_maintenance(equipment=item, starts_at=NOW - timedelta(days=1), actor=None, now=NOW)


def test_most_equipment_comes_back_from_maintenance(week):
    assert demonstration_crew.tidy_equipment(today=MONDAY, now=NOW) == 3
    assert EquipmentService.objects.under_way(NOW).count() == demonstration_crew.STILL_OUT
    assert Equipment.objects.due(MONDAY).count() == 1


def test_a_week_is_staffed_as_far_as_everybody_can_be_had(week):
    demonstration_crew.tidy_equipment(today=MONDAY, now=NOW)

    made = demonstration_crew.staff_week(monday=MONDAY, zone=PARIS, now=NOW)

    kinds = SessionAssignment.objects.order_by("pk").values_list("kind", flat=True)
    assert made == len(kinds)
    assert [kinds.filter(kind=kind).count() for kind in ("engineer", "talent")] == [3, 2]


def test_somebody_is_away_next_week(week):
    MusicianFactory(name="On tour")

    assert demonstration_crew.send_some_away(monday=MONDAY, zone=PARIS, now=NOW) == 2
    assert list(Absence.objects.order_by("pk").values_list("is_whole_days", flat=True)) == [True, False]
