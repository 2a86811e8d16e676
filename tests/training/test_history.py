"""Training sessions from before machines: forwards, twice, backwards, forwards, and nothing is lost."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.operations import AddField, AlterField, CreateModel

from studio.office.models import AdoptionRow
from studio.tenancy.context import as_owner, inside
from studio.tenancy.history import history
from studio.tenancy.services import migrating
from tests.factories import NOW
from tests.fleet import fleet
from tests.membership_factories import SubscriptionFactory
from tests.training.legacy import LINKS, PAIRS, SESSIONS, TO_SETTLE, asked, load_former_rows
from tests.training_factories import HALF_HOUR, MachineFactory, OutageFactory, TrainingSessionFactory
from training.models import Machine, MachineOutage, SessionOutcome, SessionType, Subscription, TrainingSession
from training.services import completion, session_types

APP = "training"
# Whatever the columns are called, these rows are the same in both shapes.
SESSIONS_KEPT = """
    SELECT count(*), md5(string_agg(concat_ws('|', id, trainer_id, scheduled_start, scheduled_end, status,
        current_participants, session_type, created_at, updated_at), ',' ORDER BY id)) FROM training_sessions
"""
TRAINERS = "SELECT id, trainer_id FROM training_sessions ORDER BY id"
FORMER_NOTES = "SELECT id, notes, location FROM training_sessions ORDER BY id"
FORMER_LINKS = "SELECT session_id, member_id, booking_status FROM training_session_members ORDER BY session_id"
LINKS_NOW = "SELECT id, member_id FROM training_sessions WHERE member_id IS NOT NULL ORDER BY id"
PEOPLE = """
    SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, email, phone, date_of_birth, gender, status,
        member_type, join_date, notes, uniform_size, referred_by_member_id, created_at, updated_at), ',' ORDER BY id))
    FROM members
"""
OVERLAPPING = """
    SELECT a.id, b.id FROM training_sessions a JOIN training_sessions b ON a.id < b.id
    AND (a.machine_id = b.machine_id OR a.trainer_id = b.trainer_id OR a.member_id = b.member_id)
    AND a.status <> 'cancelled' AND b.status <> 'cancelled'
    AND tstzrange(a.scheduled_start, a.scheduled_end) && tstzrange(b.scheduled_start, b.scheduled_end)
"""
TODAY_IN_FULL = """
    SELECT md5(string_agg(to_jsonb(t)::text, ',' ORDER BY id)) FROM training_sessions t
"""
COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'training_sessions'
"""


def columns(studio):
    return {name for (name,) in asked(studio, COLUMNS)}


def test_machines_are_there_before_sessions_need_one():
    """Each step names the one before it: machines, then their sessions, then the machine is required."""
    graph = history().graph
    steps = [key for key in graph.forwards_plan((APP, "0004_todays_shape")) if key[0] == APP]

    assert [name[:4] for _app, name in steps] == ["0001", "0002", "0003", "0004"]
    made = [step.name for step in graph.nodes[steps[1]].operations if isinstance(step, CreateModel)]
    required = [
        step.field.null
        for key in (steps[1], steps[3])
        for step in graph.nodes[key].operations
        if isinstance(step, AddField | AlterField) and step.name == "machine"
    ]
    assert (made, required) == (["Machine", "SessionType"], [True, False])


def back_to(studio, name):
    return migrating.migrate_schema(studio.schema_name, history().target(APP, name)).applied


@pytest.fixture
def former(transactional_db):
    """A studio in the former shape with the gym's rows, and what they are."""
    with fleet(1) as (studio,):
        back_to(studio, "0001")
        load_former_rows(studio)
        yield SimpleNamespace(
            studio=studio,
            kept=asked(studio, SESSIONS_KEPT),
            trainers=asked(studio, TRAINERS),
            notes=asked(studio, FORMER_NOTES),
            links=asked(studio, FORMER_LINKS),
            people=asked(studio, PEOPLE),
        )


@pytest.mark.early
def test_former_sessions_come_to_machine_one_and_back(former, capsys):
    studio = former.studio
    assert (former.kept[0][0], len(former.links)) == (SESSIONS, LINKS)

    migrating.migrate_schema(studio.schema_name)

    check_today(former)
    first = asked(studio, TODAY_IN_FULL)
    assert migrating.migrate_schema(studio.schema_name).applied == ()

    back_to(studio, "0001")

    assert asked(studio, SESSIONS_KEPT) == former.kept
    assert asked(studio, FORMER_NOTES) == former.notes
    assert asked(studio, FORMER_LINKS) == former.links
    assert asked(studio, PEOPLE) == former.people
    assert {"max_participants", "location"} <= columns(studio)
    assert "machine_id" not in columns(studio)
    assert capsys.readouterr().out == ""  # nobody needed a placeholder

    migrating.migrate_schema(studio.schema_name)

    check_today(former)
    assert asked(studio, TODAY_IN_FULL) == first


def check_today(former):
    """Every former row is there, on machine 1, with its trainer, its member and its place."""
    studio = former.studio
    assert asked(studio, SESSIONS_KEPT) == former.kept
    assert asked(studio, TRAINERS) == former.trainers
    assert asked(studio, LINKS_NOW) == [link[:2] for link in former.links]
    assert {"max_participants", "location"} & columns(studio) == set()
    with inside(studio):
        sessions = TrainingSession.objects.all()
        assert set(sessions.values_list("machine__machine_number", flat=True)) == {1}
        assert Machine.objects.count() == 1
        wanted = {
            key: "\n".join(filter(None, [notes, place and f"Location: {place}"])) for key, notes, place in former.notes
        }
        assert dict(sessions.values_list("pk", "notes")) == wanted
        pairs = asked(studio, OVERLAPPING)
        assert len(pairs) == PAIRS
        flagged = set(sessions.to_settle().values_list("pk", flat=True))
        assert flagged == {key for pair in pairs for key in pair}
        assert len(flagged) == TO_SETTLE
        assert AdoptionRow.objects.count() == 0
        retired = SessionType.objects.filter(is_active=False).values_list("code", "attendee", "takes_credit")
        assert set(retired) == {("standard", "full", True), ("trail", "trial", False)}
        assert sessions.exclude(trainer_label="").count() == SESSIONS


UNUSUAL = """
    INSERT INTO trainers (id, first_name, last_name) VALUES ('10000000-0000-4000-8000-000000000001', 'Theo', 'Rossi');
    INSERT INTO members (id, first_name, last_name, email)
    SELECT ('20000000-0000-4000-8000-00000000000' || n)::uuid, 'Member', n::text, n || '@example.org'
    FROM generate_series(1, 4) n;
    INSERT INTO members (id, first_name, last_name)
    SELECT ('20000000-0000-4000-8000-0000000000' || n)::uuid, 'Same', 'Name' FROM generate_series(10, 11) n;
    INSERT INTO training_sessions (id, trainer_id, scheduled_start, scheduled_end, status, current_participants, notes,
                                   location, session_type, max_participants)
    SELECT ('30000000-0000-4000-8000-00000000000' || n)::uuid, '10000000-0000-4000-8000-000000000001',
           at, at + interval '30 minutes',
           (ARRAY['scheduled', NULL, 'scheduled', 'cancelled', 'completed'])[n], (ARRAY[1, 3, 0, 1, NULL])[n],
           (ARRAY['a', 'Location: b', NULL, '', 'c'])[n], (ARRAY[' Room 1 ', 'x', NULL, 'Attic', ''])[n],
           (ARRAY['multi_site', ' trial ', NULL, 'trail', ''])[n], 1
    FROM generate_series(1, 5) n, LATERAL (SELECT timestamptz '2026-06-01 10:00Z' + n * interval '1 hour' AS at) t;
    INSERT INTO training_session_members (session_id, member_id, booking_status, created_at)
    SELECT ('30000000-0000-4000-8000-00000000000' || s)::uuid, ('20000000-0000-4000-8000-00000000000' || m)::uuid, b,
           now() + m * interval '1 minute'
    FROM (VALUES (1, 1, 'waitlisted'), (1, 2, 'confirmed'), (2, 1, 'confirmed'), (2, 3, 'confirmed'),
                 (3, 4, 'cancelled'), (4, 4, 'cancelled')) AS link (s, m, b)
"""
SETTLED = """
    SELECT right(id::text, 1), right(member_id::text, 1), status, current_participants, notes, session_type
    FROM training_sessions ORDER BY id
"""
CLIENTS = "SELECT m.id, c.id FROM members m FULL JOIN clients c ON c.id = m.client_id ORDER BY 1, 2"
FORMER_LINKS_OF_FOUR = """
    SELECT right(session_id::text, 1), right(member_id::text, 1), booking_status
    FROM training_session_members ORDER BY 1, 2
"""


@pytest.mark.django_db(transaction=True)
def test_unusual_former_rows_are_settled_by_a_rule_or_set_aside_and_come_back(capsys):
    with fleet(1) as (studio,):
        back_to(studio, "0001")
        with as_owner(studio.schema_name), connection.cursor() as cursor:
            cursor.execute(UNUSUAL)
        links = asked(studio, FORMER_LINKS_OF_FOUR)

        migrating.migrate_schema(studio.schema_name)

        assert asked(studio, SETTLED) == [
            ("1", "2", "scheduled", 1, "a\nLocation:  Room 1 ", "member"),  # a former multi-site session has no guest
            ("2", "1", "scheduled", 1, "Location: b\nLocation: x", "trial"),
            ("3", None, "scheduled", 0, "", "non_bookable"),
            ("4", "4", "cancelled", 1, "Location: Attic", "trail"),
            ("5", None, "completed", 0, "c", "non_bookable"),
        ]
        with inside(studio):
            aside = AdoptionRow.objects.order_by("pk")
            assert sorted(row.content["booking_status"] for row in aside) == ["cancelled", "confirmed", "waitlisted"]
            assert {row.reason.split(".")[0] for row in aside} == {"A session has one member"}
            change_today(studio)
        today, clients = asked(studio, TODAY_IN_FULL), asked(studio, CLIENTS)
        assert len(clients) == 6

        back_to(studio, "0001")

        assert asked(studio, FORMER_LINKS_OF_FOUR) == links
        assert asked(studio, "SELECT count(*) FROM training_sessions WHERE trainer_id IS NULL") == [(0,)]
        assert f"{studio.schema_name}: 1 training session(s) without a trainer" in capsys.readouterr().out

        migrating.migrate_schema(studio.schema_name)

        assert asked(studio, TODAY_IN_FULL) == today
        assert asked(studio, CLIENTS) == clients  # also of those who have no address to be known by
        with inside(studio):
            makeup, member = (SessionType.objects.get(code=code) for code in ("makeup", "member"))
            assert (makeup.skips_cap, member.billed_apart) == (False, True)
            assert list(Machine.objects.order_by("machine_number").values_list("machine_number", flat=True)) == [1, 7]
            assert SessionType.objects.get(code="member").name == "Usual"
            assert AdoptionRow.objects.count() == 3


def change_today(studio):
    """Do what the former shape has no place for: a second machine, a deleted trainer, a guest, a reason."""
    seven = MachineFactory(machine_number=7)
    first, second, third, fourth, _fifth = TrainingSession.objects.order_by("pk")
    SessionType.objects.filter(code="member").update(name="Usual", billed_apart=True)
    SessionType.objects.filter(code="makeup").update(skips_cap=False)
    rows = TrainingSession.objects
    rows.filter(pk=first.pk).update(machine=seven, trainer=None, trainer_label="Gone Long")
    rows.filter(pk=third.pk).update(
        session_type="multi_site", guest_first_name="N", guest_last_name="H", guest_gym_name="R", current_participants=1
    )
    rows.filter(pk=fourth.pk).update(cancellation_reason="Ill", cancelled_at=NOW, cancelled_by_label="Dana")
    rows.filter(pk=second.pk).update(actual_start=NOW, actual_end=NOW + timedelta(hours=1))


def said(_studio):
    """A session that was completed: nobody pays for it."""
    start = NOW - timedelta(days=1)
    session = TrainingSessionFactory(session_type_id="trial", scheduled_start=start)
    times = {"actual_start": start, "actual_end": start + HALF_HOUR}
    completion.complete_session(session=session, trainer=None, actor=None, now=NOW, **times)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("write", "last", "told"),
    [
        (lambda _studio: OutageFactory(), "0015", "outages: 1"),
        (said, "0013", "outcomes: 1"),
        (lambda _studio: SubscriptionFactory(), "0011", "plans: 1, subscriptions: 1"),
    ],
    ids=["outages", "outcomes", "ledger"],
)
def test_nothing_goes_back_over_records_that_would_be_lost(write, last, told):
    with fleet(1) as (studio,):
        with inside(studio):
            session_types.seed_session_types()
            write(studio)

        back_to(studio, last)  # there they still have their place
        with pytest.raises(IrreversibleError, match=told):
            back_to(studio, "0010")

        migrating.migrate_schema(studio.schema_name)
        with inside(studio):
            counts = [kept.objects.count() for kept in (MachineOutage, SessionOutcome, Subscription)]
            assert sum(counts) == 1
