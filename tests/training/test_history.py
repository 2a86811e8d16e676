"""Training sessions from before machines: forwards, twice, backwards, forwards, and nothing is lost."""

from types import SimpleNamespace

import pytest

from studio.office.models import AdoptionRow
from studio.tenancy.context import inside
from studio.tenancy.history import history
from studio.tenancy.services import migrating
from tests.fleet import fleet
from tests.training.legacy import LINKS, PAIRS, SESSIONS, TO_SETTLE, asked, load_former_rows
from training.models import Machine, SessionType, TrainingSession

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


def back_to(studio, name):
    return migrating.migrate_schema(studio.schema_name, history().target(APP, name)).applied


@pytest.fixture(scope="module")
def former(django_db_setup, django_db_blocker):
    """A studio in the former shape with the gym's rows, and what they are."""
    with django_db_blocker.unblock(), fleet(1) as (studio,):
        back_to(studio, "0001")
        load_former_rows(studio)
        facts = {
            "kept": asked(studio, SESSIONS_KEPT),
            "trainers": asked(studio, TRAINERS),
            "notes": asked(studio, FORMER_NOTES),
            "links": asked(studio, FORMER_LINKS),
            "people": asked(studio, PEOPLE),
        }
        yield SimpleNamespace(studio=studio, **facts)


@pytest.mark.django_db(transaction=True)
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
        retired = SessionType.objects.filter(is_active=False).values_list("code", flat=True)
        assert set(retired) == {"standard", "trail"}
        assert sessions.exclude(trainer_label="").count() == SESSIONS
