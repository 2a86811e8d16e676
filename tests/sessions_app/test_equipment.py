"""The register of equipment, and its maintenance: what is out of service is in no session."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from sessions_app.models import Equipment, EquipmentService, SessionAssignment
from sessions_app.services import assignments, bookings, equipment, facts, maintenance, slots
from studio.accounts.models import AuditEvent
from tests.factories import NOW, EquipmentFactory, SessionFactory

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def microphone():
    return EquipmentFactory(name="U 87", serial_number="SN1", category="microphone", daily_rate=Decimal(25))


def send(item, start=NOW, end=None, **facts):
    given = {"equipment": item, "starts_at": start, "ends_at": end, "actor": None, "now": NOW} | facts
    return maintenance.send_to_maintenance(**given)


def change(item, **facts):
    return equipment.change_equipment(equipment=item, actor=None, now=NOW, **facts)


def test_equipment_is_written_down_changed_and_told(desk):
    item = equipment.create_equipment(name="LA-2A", category="outboard", actor=desk, now=NOW)
    equipment.change_equipment(equipment=item, condition="fair", actor=desk, now=NOW)
    equipment.change_equipment(equipment=item, condition="fair", actor=desk, now=NOW)

    item.refresh_from_db()
    assert (item.category, item.condition, item.status, item.is_active) == ("outboard", "fair", "operational", True)
    told = AuditEvent.objects.filter(object_type="sessions_app.equipment").order_by("pk")
    assert [(each.verb, each.changes) for each in told] == [
        ("create", {"name": [None, "LA-2A"]}),
        ("change", {"condition": ["good", "fair"]}),
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "x" * 256},
        {"name": "a\x00b"},
        {"category": "spaceship"},
        {"status": "maintenance"},
        {"condition": "mint"},
        {"daily_rate": Decimal("-0.01")},
        {"daily_rate": Decimal("1e12")},
        {"purchase_price": Decimal(-1)},
    ],
    ids=lambda given: next(iter(given)),
)
def test_nonsense_is_refused(given):
    with pytest.raises(facts.BadFacts):
        equipment.create_equipment(**{"name": "U 87", **given}, actor=None, now=NOW)
    assert not Equipment.objects.exists()


def test_equipment_that_was_in_a_session_is_kept(microphone):
    SessionFactory(equipment=[microphone])

    with pytest.raises(
        equipment.EquipmentUsed, match=r"^It was in 1 session\. Switch it off instead of deleting it\.$"
    ):
        equipment.delete_equipment(equipment=microphone, actor=None, now=NOW)


def test_equipment_that_was_in_none_goes_with_its_log(microphone):
    send(microphone)
    equipment.delete_equipment(equipment=microphone, actor=None, now=NOW)

    assert (Equipment.objects.count(), EquipmentService.objects.count()) == (0, 0)


@pytest.mark.parametrize("given", [{"status": "out_of_service"}, {"status": "rented"}, {"is_active": False}])
def test_what_a_session_to_come_needs_cannot_be_broken_or_gone(microphone, given):
    session = SessionFactory(title="Vocals", equipment=[microphone])

    with pytest.raises(assignments.StillAssigned, match=r"^U 87 \(SN1\) is on 1 session in that time.*Vocals"):
        change(microphone, **given)
    bookings.cancel_session(session=session, reason="no", actor=None, now=NOW)
    change(microphone, **given)


def test_what_only_the_past_needed_can_be(microphone):
    SessionFactory(equipment=[microphone])

    changed = equipment.change_equipment(equipment=microphone, is_active=False, actor=None, now=TEN + DAY)
    assert changed.is_active is False


def test_a_new_name_stands_on_the_sessions(microphone):
    session = SessionFactory(equipment=[microphone])
    change(microphone, name="U 87 Ai")

    assert session.assignments.get().label == "U 87 Ai (SN1)"


# Maintenance --------------------------------------------------------------------------------------


def test_open_maintenance_keeps_equipment_out_until_it_is_taken_back(microphone, desk):
    send(microphone, kind="repair", done_by="Amp Clinic")

    with pytest.raises(slots.CrewMissing) as refused:
        SessionFactory(equipment=[microphone], starts_at=TEN + 300 * DAY)
    assert refused.value.reasons[0].staff_sentence == "U 87 (SN1) is in maintenance since Mon 1 Jun 2026, 08:00."
    later = NOW + DAY
    entry = maintenance.take_back(
        equipment=microphone, cost=Decimal("80.00"), next_maintenance_on=date(2027, 6, 1), actor=desk, now=later
    )
    microphone.refresh_from_db()
    assert (entry.ends_at, entry.cost, entry.kind, entry.done_by) == (later, Decimal(80), "repair", "Amp Clinic")
    assert (microphone.last_maintenance_on, microphone.next_maintenance_on) == (date(2026, 6, 2), date(2027, 6, 1))
    assert SessionFactory(equipment=[microphone], now=later).assignments.count() == 1
    assert [each.verb for each in AuditEvent.objects.filter(object_type="sessions_app.equipment").order_by("pk")] == [
        "create",
        "send",
        "return",
    ]


def test_planned_maintenance_keeps_equipment_out_for_its_time_only(microphone):
    send(microphone, TEN, TEN + 2 * HOUR)

    with pytest.raises(slots.CrewMissing, match=r"U 87 \(SN1\)"):
        SessionFactory(equipment=[microphone], starts_at=TEN + HOUR)
    assert [SessionFactory(equipment=[microphone], starts_at=TEN + h * HOUR).pk > 0 for h in (-2, 2)] == [True, True]


def test_maintenance_over_sessions_is_refused_naming_them_or_takes_it_off(microphone):
    session = SessionFactory(title="Vocals", equipment=[microphone])

    with pytest.raises(assignments.StillAssigned, match="Vocals") as refused:
        send(microphone)
    assert not EquipmentService.objects.exists()
    send(microphone, released=refused.value.assignments)
    assert (session.assignments.count(), EquipmentService.objects.count()) == (0, 1)


def test_planned_maintenance_that_ends_before_a_session_is_in_nobodys_way(microphone):
    SessionFactory(equipment=[microphone])

    assert send(microphone, NOW, TEN).ends_at == TEN


def test_maintenance_that_is_over_is_written_down_without_asking_sessions(microphone):
    entry = send(microphone, NOW - 2 * DAY, NOW - DAY, cost=Decimal(12), notes="New capsule")

    assert (entry.cost, entry.notes) == (Decimal(12), "New capsule")


def test_one_piece_is_in_maintenance_once(microphone):
    send(microphone)

    with pytest.raises(maintenance.InMaintenanceAlready, match="is in maintenance at that time already"):
        send(microphone, TEN, TEN + HOUR)
    with pytest.raises(IntegrityError, match="equipment_services_one_at_a_time"):
        EquipmentService.objects.create(equipment=microphone, starts_at=TEN)


def test_what_is_not_in_maintenance_cannot_be_taken_back(microphone):
    send(microphone, TEN, TEN + HOUR)

    with pytest.raises(maintenance.NotInMaintenance):
        maintenance.take_back(equipment=microphone, actor=None, now=NOW)


def test_a_longer_plan_asks_again(microphone):
    entry = send(microphone, NOW, TEN)
    SessionFactory(title="Vocals", equipment=[microphone])

    with pytest.raises(assignments.StillAssigned, match="Vocals"):
        maintenance.change_maintenance(entry=entry, ends_at=None, actor=None, now=NOW)
    changed = maintenance.change_maintenance(entry=entry, cost=Decimal(5), ends_at=TEN - HOUR, actor=None, now=NOW)
    assert (changed.cost, changed.ends_at) == (Decimal(5), TEN - HOUR)


def test_an_entry_is_struck_once(microphone):
    entry = send(microphone)
    maintenance.remove_maintenance(entry=entry, actor=None, now=NOW)
    maintenance.remove_maintenance(entry=entry, actor=None, now=NOW)

    assert not EquipmentService.objects.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"end": NOW}, facts.BadFacts),
        ({"end": NOW - HOUR}, facts.BadFacts),
        ({"kind": "party"}, facts.BadFacts),
        ({"cost": Decimal(-1)}, facts.BadFacts),
        ({"done_by": "x" * 256}, facts.BadFacts),
        ({"end": NOW.replace(year=2999)}, maintenance.TooFarAhead),
    ],
    ids=["no length", "backwards", "unknown kind", "negative cost", "long name", "a thousand years"],
)
def test_impossible_maintenance_is_refused(microphone, given, error):
    with pytest.raises(error):
        send(microphone, **given)
    assert not EquipmentService.objects.exists()


def test_plain_sql_deletes_the_log_with_the_equipment(microphone):
    send(microphone)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM equipment")

    assert not EquipmentService.objects.exists()
    assert not SessionAssignment.objects.exists()
