"""Former clients, rooms, projects, sessions and talents arrive whole, and their faults are settled by stated rules."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import Client, ClientNote, Musician, Project, Room, SessionStatus, StudioSession
from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.report import Report
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE clients (id integer PRIMARY KEY, name text, email text, type text, birthday date, genres jsonb,
    currency text, default_deposit_percent numeric, address text, street text, spotify_url text, notes text,
    is_vip boolean, created_at timestamp);
CREATE TABLE client_notes (id integer PRIMARY KEY, client_id integer, note text, created_by integer,
    created_at timestamp);
CREATE TABLE rooms (id integer PRIMARY KEY, name text, type text, hourly_rate text, half_day_rate numeric,
    full_day_rate numeric, capacity integer, color text, has_live_room boolean);
CREATE TABLE projects (id integer PRIMARY KEY, client_id integer, name text, type text, status text,
    start_date timestamp, budget numeric);
CREATE TABLE sessions (id integer PRIMARY KEY, client_id integer, room_id integer, project_id integer, title text,
    start_time timestamp, end_time timestamp, status text, total_amount numeric, kind text, created_at timestamp,
    updated_at timestamp);
CREATE TABLE musicians (id integer PRIMARY KEY, name text, talent_type text, hourly_rate numeric, instruments text);
INSERT INTO clients (id, name) VALUES (1, 'Ada'), (2, 'Bea');
INSERT INTO rooms (id, name, hourly_rate) VALUES (1, 'Studio A', '65');
INSERT INTO projects (id, client_id, name) VALUES (1, 1, 'Album'), (2, 2, 'Single');
"""


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql: str, shift: timedelta = timedelta()) -> Report:
        path = tmp_path / "former.sql"
        path.write_text(TABLES + sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW, shift=shift)

    return from_sql


def became(table: str, row: int) -> str:
    return AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id


def why(report: Report, table: str) -> list[tuple[object, str]]:
    return report.tables[table].reasons


def session_sql(number: int, start: str, end: str, **others: str) -> str:
    facts = {
        "id": str(number),
        "title": f"'Take {number}'",
        "start_time": f"'{start}'",
        "end_time": f"'{end}'",
    } | others
    return f"INSERT INTO sessions ({', '.join(facts)}) VALUES ({', '.join(facts.values())});"


def test_a_client_arrives_with_all_it_has(take_over):
    take_over("""INSERT INTO clients VALUES (7, ' \u00c9lise <b>', 'Elise@Example.ORG', 'company', '1996-03-02',
        '["electro"]', 'chf', 30, 'old address', '15 rue des Lilas', 'https://example.org/e', '=1+1', true,
        '2025-06-26 17:41');""")

    client = Client.objects.get(pk=became("clients", 7))
    assert (client.name, client.email, client.kind) == ("\u00c9lise <b>", "elise@example.org", "company")
    assert (client.birthday, client.genres, client.currency) == (date(1996, 3, 2), ["electro"], "CHF")
    assert (client.default_deposit_percent, client.street) == (Decimal(30), "15 rue des Lilas")
    assert (client.platform_links, client.notes) == ({"spotify": "https://example.org/e"}, "=1+1")
    assert (client.is_vip, client.is_active) == (True, True)
    assert client.created_at == datetime(2025, 6, 26, 15, 41, tzinfo=UTC)
    assert AdoptionRow.objects.get(table_name="clients", row_id="7").content == {"address": "old address"}


@pytest.mark.parametrize(
    ("values", "expected", "kept"),
    [
        ("(7, 'Cy', 'no address')", {"email": ""}, {"email": "no address"}),
        ("(7, 'Cy', '')", {"email": ""}, {"email": ""}),
        (f"(7, '{'x' * 300}')", {"name": "x" * 255}, {"name": "x" * 300}),
    ],
    ids=["no e-mail address", "empty e-mail address", "too long a name"],
)
def test_a_fault_of_a_client_is_repaired_and_kept(take_over, values, expected, kept):
    take_over(f"INSERT INTO clients VALUES {values};")

    client = Client.objects.get(pk=became("clients", 7))
    assert {name: getattr(client, name) for name in expected} == expected
    found = AdoptionRow.objects.filter(table_name="clients", row_id="7").first()
    assert (found.content if found else {}) == {name: value for name, value in kept.items() if value}


def test_a_client_without_a_name_is_set_aside_and_what_is_hers_waits(take_over):
    report = take_over(
        "INSERT INTO clients (id, name) VALUES (7, ' ');"
        "INSERT INTO client_notes VALUES (1, 7, 'Call back', NULL, NULL), (2, 99, 'Lost', NULL, NULL);"
        "INSERT INTO projects (id, client_id, name) VALUES (7, 7, 'Demo'), (8, 99, 'Lost');"
        + session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", client_id="7")
    )

    waits = "It belongs to row 7 of clients, which was set aside."
    assert why(report, "clients") == [(7, "It has no name.")]
    assert why(report, "client_notes") == [(1, waits), (2, "client_id names no row of clients: 99.")]
    assert why(report, "projects") == [(7, waits), (8, "client_id names no row of clients: 99.")]
    assert why(report, "sessions") == [(1, waits)]


def test_a_note_keeps_its_author_as_a_number_and_its_time(take_over):
    take_over("INSERT INTO client_notes VALUES (1, 1, 'Call back', 7, '2025-09-28 03:12');")

    note = ClientNote.objects.get()
    assert (note.body, note.author, note.author_label) == ("Call back", None, "former user 7")
    assert note.created_at == datetime(2025, 9, 28, 1, 12, tzinfo=UTC)


def test_a_room_arrives_with_its_rates_and_without_setup(take_over):
    take_over("INSERT INTO rooms VALUES (7, 'Live', 'live', '1 234,50', 0, 420, 8, 'red', true);")

    room = Room.objects.get(pk=became("rooms", 7))
    assert (room.kind, room.hourly_rate, room.half_day_rate, room.day_rate) == ("live", Decimal("1234.50"), 0, 420)
    assert (room.capacity, room.features, room.colour) == (8, ["live room"], "#3498db")
    assert (room.setup_minutes, room.teardown_minutes) == (0, 0)
    assert AdoptionRow.objects.get(table_name="rooms", row_id="7").content == {"color": "red"}


def test_a_room_with_a_negative_rate_or_an_unknown_type_is_set_aside(take_over):
    report = take_over("INSERT INTO rooms VALUES (7, 'A', 'live', '-1'), (8, 'B', 'cellar', '1');")

    assert why(report, "rooms") == [(7, "hourly_rate is negative: -1."), (8, 'type is unknown: "cellar".')]


def test_a_talent_is_a_musician_unless_it_says_otherwise(take_over):
    report = take_over(
        "INSERT INTO musicians VALUES (1, 'Ann', NULL, 45, '[\"bass\"]'), (2, 'Bo', 'actor', NULL, 'voice, song'),"
        " (3, 'Cy', 'dancer', NULL, NULL);"
    )

    ann, bo = Musician.objects.order_by("name")
    assert (ann.talent_type, ann.hourly_rate, ann.instruments) == ("musician", 45, ["bass"])
    assert (bo.talent_type, bo.instruments) == ("actor", ["voice", "song"])
    assert why(report, "musicians") == [(3, 'talent_type is unknown: "dancer".')]


def test_a_session_arrives_at_its_wall_time(take_over):
    report = take_over(
        session_sql(1, "2026-01-05 15:00", "2026-01-05 18:00", client_id="1", room_id="1", total_amount="260.50",
                    status="'completed'", created_at="'2025-12-01 10:00'", updated_at="'2025-12-02 10:00'")
    )  # fmt: skip

    session = StudioSession.objects.get()
    assert report.notes == []
    assert (session.starts_at, session.ends_at) == (
        datetime(2026, 1, 5, 14, 0, tzinfo=UTC),
        datetime(2026, 1, 5, 17, 0, tzinfo=UTC),
    )
    assert (session.blocked_from, session.blocked_to) == (session.starts_at, session.ends_at)
    assert (session.status, session.total, session.currency) == ("completed", Decimal("260.50"), "EUR")
    assert (session.project, session.payment_status, session.deposit_paid) == (None, "unpaid", False)
    assert session.created_at == datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
    assert session.updated_at == datetime(2025, 12, 2, 9, 0, tzinfo=UTC)


def test_only_the_later_of_two_sessions_in_one_room_is_marked_and_the_list_names_the_other(take_over):
    room = {"room_id": "1"}
    report = take_over(
        session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", **room)
        + session_sql(2, "2026-01-05 11:00", "2026-01-05 13:00", **room)
        + session_sql(3, "2026-01-05 12:00", "2026-01-05 13:00", **room)  # touches 1, overlaps only the marked 2
        + session_sql(4, "2026-01-05 10:00", "2026-01-05 13:00", status="'cancelled'", **room)
        + session_sql(5, "2026-01-05 10:00", "2026-01-05 13:00")  # in no room
    )

    assert list(StudioSession.objects.to_settle().values_list("title", flat=True)) == ["Take 2"]
    assert [(note.row, note.what) for note in report.notes] == [
        (2, 'Kept although it overlaps "Take 1" 2026-01-05 10:00.')
    ]
    assert report.tables["sessions"].created == 5


def test_a_session_over_one_that_the_studio_has_already_is_kept_and_marked(take_over):
    take_over(session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", room_id="1"))
    StudioSession.objects.update(title="Here first")

    take_over(
        session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", room_id="1")
        + session_sql(2, "2026-01-05 11:00", "2026-01-05 12:00", room_id="1")
    )

    assert StudioSession.objects.to_settle().get().title == "Take 2"


FAULTS = {
    "ends before it starts": (
        session_sql(1, "2026-01-05 15:00", "2026-01-05 14:00"),
        "It does not end after it starts: 2026-01-05T15:00:00 to 2026-01-05T14:00:00.",
    ),
    "has no end": (session_sql(1, "2026-01-05 15:00", "x").replace("'x'", "NULL"), "It has no start or no end."),
    "unknown status": (
        session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", status="'postponed'"),
        'status is unknown: "postponed".',
    ),
    "negative total": (
        session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", total_amount="-5"),
        "total_amount is negative: -5.",
    ),
    "never": (session_sql(1, "2026-01-05 10:00", "infinity"), 'end_time is no usable date: "infinity".'),
    "unknown kind": (
        session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", kind="'party'"),
        'kind is unknown: "party".',
    ),
}


@pytest.mark.parametrize(("sql", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_a_session_nobody_can_use_is_set_aside_with_its_content(take_over, sql, reason):
    report = take_over(sql)

    assert why(report, "sessions") == [(1, reason)]
    assert StudioSession.objects.count() == 0
    assert AdoptionRow.objects.get(table_name="sessions").content["title"] == "Take 1"


def test_the_faults_that_do_no_harm_are_repaired_and_noted(take_over):
    report = take_over(
        session_sql(1, "2026-03-29 02:30", "2026-03-29 05:00")
        + session_sql(2, "2026-01-06 10:00", "2026-01-06 12:00", client_id="99", room_id="98", project_id="97")
        + session_sql(3, "2026-01-07 10:00", "2026-01-07 12:00", client_id="1", project_id="2")
        + session_sql(4, "2026-01-08 10:00", "2026-01-08 12:00", status="'conflict'", title="''")
    )

    assert [(note.row, note.what) for note in report.notes] == [
        (1, "start_time 2026-03-29 02:30 does not exist in Europe/Paris; moved forward by the gap."),
        (2, "Row 99 of clients does not exist; left empty."),
        (2, "Row 97 of projects does not exist; left empty."),
        (2, "Row 98 of rooms does not exist; left empty."),
        (3, "The project belongs to another client; left empty."),
        (4, "It had no title."),
        (4, "Status conflict became scheduled; whether it overlaps is seen anew."),
    ]
    assert AdoptionRow.objects.get(table_name="sessions", row_id="2").content == {
        "client_id": 99,
        "room_id": 98,
        "project_id": 97,
    }
    untitled = StudioSession.objects.get(pk=became("sessions", 4))
    assert (untitled.title, untitled.status) == ("Untitled", SessionStatus.SCHEDULED)


def test_a_session_keeps_its_own_project_with_the_name(take_over):
    take_over(session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", client_id="1", project_id="1"))

    session = StudioSession.objects.get()
    assert (session.project.name, session.project_label) == ("Album", "Album")


def test_what_belongs_to_something_deleted_here_is_set_aside(take_over):
    take_over("")
    Project.objects.get(pk=became("projects", 1)).delete()

    report = take_over(session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", client_id="1", project_id="1"))

    assert why(report, "sessions") == [(1, "What it belongs to was taken over once and has been deleted here since.")]


def test_bookings_are_shifted_on_the_wall_calendar_and_nothing_else_is(take_over):
    take_over(
        "INSERT INTO client_notes VALUES (1, 1, 'x', NULL, '2026-01-05 10:00');"
        + session_sql(1, "2026-01-05 10:00", "2026-01-05 12:00", created_at="'2026-01-01 10:00'"),
        shift=timedelta(weeks=26),
    )

    session = StudioSession.objects.get()
    assert session.starts_at == datetime(2026, 7, 6, 8, 0, tzinfo=UTC)  # 10:00 in summer
    assert session.created_at == datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
    assert ClientNote.objects.get().created_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
