"""Former equipment, people on sessions and absences arrive whole, and their faults are settled by stated rules."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sessions_app.models import Absence, Equipment, EquipmentService, SessionAssignment
from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.report import Report
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE rooms (id integer PRIMARY KEY, name text, hourly_rate text);
CREATE TABLE sessions (id integer PRIMARY KEY, title text, room_id integer, start_time timestamp, end_time timestamp,
    status text);
CREATE TABLE musicians (id integer PRIMARY KEY, name text);
CREATE TABLE equipment (id integer PRIMARY KEY, name text, category text, status text, condition text,
    room_id integer, purchase_price numeric, purchase_date timestamp, is_available boolean, notes text,
    maintenance_notes text, updated_at timestamp);
CREATE TABLE session_staff (id integer PRIMARY KEY, session_id integer, user_id integer, role text, status text);
CREATE TABLE session_talents (id integer PRIMARY KEY, session_id integer, musician_id integer, role text, status text);
CREATE TABLE session_equipment (id integer PRIMARY KEY, session_id integer, equipment_id integer, daily_rate numeric);
CREATE TABLE availability (id integer PRIMARY KEY, subject_type text, subject_id integer, start_time timestamp,
    end_time timestamp, kind text, notes text);
INSERT INTO rooms VALUES (1, 'Studio A', '65'), (2, 'Studio B', '50');
INSERT INTO musicians VALUES (1, 'Ada Alt');
INSERT INTO sessions VALUES (1, 'Take', 1, '2026-01-05 10:00', '2026-01-05 12:00', 'completed'),
    (2, 'Mix', 2, '2026-01-05 11:00', '2026-01-05 13:00', 'completed'),
    (3, 'Off', 2, '2026-01-05 09:00', '2026-01-05 10:00', 'cancelled');
INSERT INTO equipment (id, name) VALUES (1, 'U 87');
"""


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql: str = "") -> Report:
        path = tmp_path / "former.sql"
        path.write_text(TABLES + sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW)

    return from_sql


def became(table: str, row: int) -> str:
    return AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id


def kept(table: str) -> list[tuple[str, dict[str, object]]]:
    return list(AdoptionRow.objects.filter(table_name=table).order_by("pk").values_list("row_id", "content"))


def test_equipment_arrives_with_all_it_has(take_over):
    take_over(
        "INSERT INTO equipment VALUES (7, 'LA-2A', 'outboard', 'rented', 'fair', 2, 1200.5, '2019-03-02', true, 'Warm',"
        " 'Tubes', '2025-01-01');"
    )

    item = Equipment.objects.select_related("room").get(pk=became("equipment", 7))
    assert (item.name, item.category, item.status, item.condition) == ("LA-2A", "outboard", "rented", "fair")
    assert (item.room.name, item.purchase_price, item.purchased_on) == (
        "Studio B",
        Decimal("1200.50"),
        date(2019, 3, 2),
    )
    assert (item.notes, kept("equipment")) == ("Warm\n\nTubes", [])


def test_what_was_in_maintenance_can_be_taken_back(take_over):
    take_over(
        "INSERT INTO equipment VALUES (7, 'LA-2A', 'outboard', 'maintenance', 'good', 1, 1, NULL, true, '', 'Tubes',"
        " '2026-01-05 10:00'), (8, 'C 12', 'microphone', 'maintenance', 'good', 1, 1, NULL, true, '', NULL,"
        " '2027-01-05 10:00');"
    )

    entries = EquipmentService.objects.order_by("pk").values_list("equipment__name", "starts_at", "ends_at", "notes")
    assert list(entries) == [("LA-2A", datetime(2026, 1, 5, 9, tzinfo=UTC), None, "Tubes"), ("C 12", NOW, None, "")]


@pytest.mark.parametrize(
    ("column", "value", "expected", "content"),
    [
        ("category", "'spaceship'", {"category": "other"}, {"category": "spaceship"}),
        ("is_available", "false", {"status": "out_of_service"}, {"is_available": False}),
        ("room_id", "99", {"room_id": None}, {"room_id": 99}),
    ],
)
def test_a_fault_of_equipment_is_repaired_and_kept(take_over, column, value, expected, content):
    take_over(f"INSERT INTO equipment (id, name, {column}) VALUES (7, 'LA-2A', {value});")

    item = Equipment.objects.get(pk=became("equipment", 7))
    assert {name: getattr(item, name) for name in expected} == expected
    assert kept("equipment") == [("7", content)]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("name", "' '", "It has no name."),
        ("status", "'eaten'", 'status is unknown: "eaten".'),
        ("condition", "'mint'", 'condition is unknown: "mint".'),
        ("purchase_price", "-1", "purchase_price is negative: -1."),
    ],
)
def test_equipment_nobody_can_use_is_set_aside(take_over, column, value, reason):
    facts = {"id": "7", "name": "'LA-2A'"} | {column: value}
    report = take_over(f"INSERT INTO equipment ({', '.join(facts)}) VALUES ({', '.join(facts.values())});")

    assert report.tables["equipment"].reasons == [(7, reason)]


def test_who_and_what_was_on_a_session_arrives_with_it(take_over):
    take_over(
        "INSERT INTO session_staff VALUES (1, 1, 7, 'assistant', 'confirmed');"
        "INSERT INTO session_talents VALUES (1, 1, 1, 'lead vocals', 'booked');"
        "INSERT INTO session_equipment VALUES (1, 1, 1, 25), (2, 3, 1, NULL);"
    )

    rows = SessionAssignment.objects.order_by("kind", "pk").values_list(
        "kind", "label", "role", "status", "rate", "occupying", "overlap_kept"
    )
    assert list(rows) == [
        ("engineer", "former user 7", "assistant", "confirmed", None, True, False),
        ("equipment", "U 87", "", "assigned", Decimal(25), True, False),
        ("equipment", "U 87", "", "assigned", None, False, False),
        ("talent", "Ada Alt", "lead vocals", "assigned", None, True, False),
    ]


def test_one_in_two_sessions_at_a_time_is_kept_and_marked(take_over):
    report = take_over("INSERT INTO session_talents VALUES (1, 1, 1, '', 'booked'), (2, 2, 1, '', 'booked');")

    assert list(SessionAssignment.objects.order_by("pk").values_list("overlap_kept", flat=True)) == [False, True]
    assert [note.what for note in report.notes] == ["Kept although Ada Alt is in another session at that time."]


def test_absences_arrive_and_a_second_one_at_a_time_is_set_aside(take_over):
    report = take_over(
        "INSERT INTO availability VALUES (1, 'talent', 1, '2026-07-01', '2026-07-08', 'vacation', 'Sea'),"
        " (2, 'talent', 1, '2026-07-02', '2026-07-03', 'unavailable', NULL),"
        " (3, 'staff', 7, '2026-07-02', '2026-07-03', 'unavailable', NULL),"
        " (4, 'staff', NULL, '2026-07-02', '2026-07-03', 'unavailable', NULL),"
        " (5, 'staff', 7, '2026-07-03', '2026-07-03', 'unavailable', NULL);"
    )

    rows = Absence.objects.order_by("pk").values_list("label", "talent__name", "kind", "notes")
    assert list(rows) == [("Ada Alt", "Ada Alt", "leave", "Sea"), ("former user 7", None, "unavailable", "")]
    assert report.tables["availability"].reasons == [
        (2, "This person is away at that time already."),
        (4, "It names nobody."),
        (5, "An absence must end after it starts."),
    ]
