"""What the table itself allows: asked by plain SQL and read from the living catalogue."""

import ast
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from studio.db import constraint_name, sqlstate
from tests.factories import NOW
from tests.source_tree import ROOT, modules
from tests.training_factories import TrainingSessionFactory
from training.models import Trainer, TrainingSession

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=1)
HALF = timedelta(minutes=30)
UNKNOWN = "00000000-0000-4000-8000-000000000001"


def sql(statement, *values):
    """Run a statement at once, as any program would, and return its rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def insert(**given):
    """Insert a row of plain values and return its key."""
    row = {"scheduled_start": AT, "scheduled_end": AT + HALF, **given}
    values = ", ".join(["%s"] * len(row))
    return sql(f"INSERT INTO training_sessions ({', '.join(row)}) VALUES ({values}) RETURNING id", *row.values())[0][0]


def refused(**given):
    """Return the error's code and the constraint that refuses a row."""
    with pytest.raises(IntegrityError) as error:
        insert(**given)
    return sqlstate(error.value), constraint_name(error.value)


def test_machine_and_times_are_all_that_a_row_needs(machine):
    kept = TrainingSession.objects.get(pk=insert(machine_id=machine.pk))

    assert (kept.status, kept.current_participants, kept.session_type_id, kept.trainer) == (
        "scheduled",
        0,
        "member",
        None,
    )
    assert (kept.overlap_kept, kept.notes, kept.created_at is not None, kept.updated_at is not None) == (
        False,
        "",
        True,
        True,
    )
    assert list(TrainingSession.objects.unassigned()) == [kept]


GUEST = {"guest_first_name": "Noa", "guest_last_name": "Haddad", "guest_gym_name": "Riverside"}
HALF_NAMED = {"guest_first_name": "", "session_type": "multi_site"}
REFUSALS = {
    "unknown machine": ({"machine_id": UNKNOWN}, "23503", None),
    "unknown trainer": ({"trainer_id": UNKNOWN}, "23503", None),
    "unknown member": ({"member_id": UNKNOWN, "current_participants": 1}, "23503", None),
    "unknown type": ({"session_type": "trail"}, "23503", None),
    "no machine": ({"machine_id": None}, "23502", None),
    "no start": ({"scheduled_start": None}, "23502", None),
    "no end": ({"scheduled_end": None}, "23502", None),
    "two participants": ({"current_participants": 2}, "23514", "one_participant"),
    "minus one": ({"current_participants": -1}, "23514", "one_participant"),
    "one and nobody": ({"current_participants": 1}, "23514", "one_participant"),
    "a guest not counted": ({**GUEST, "session_type": "multi_site"}, "23514", "one_participant"),
    "a guest as member": ({**GUEST, "current_participants": 1}, "23514", "guest_complete"),
    "half a guest": ({**GUEST, **HALF_NAMED, "current_participants": 1}, "23514", "guest_complete"),
    "no guest": ({"session_type": "multi_site"}, "23514", "guest_complete"),
    "ends as it starts": ({"scheduled_end": AT}, "23514", "ends_after_start"),
    "14 minutes": ({"scheduled_end": AT + timedelta(minutes=14)}, "23514", "length"),
    "8 hours and a minute": ({"scheduled_end": AT + timedelta(hours=8, minutes=1)}, "23514", "length"),
    "unknown status": ({"status": "lost"}, "23514", "status_known"),
    "real end alone": ({"actual_end": AT}, "23514", "actual_end_after_start"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_row_is_refused(case, machine):
    given, code, fact = REFUSALS[case]

    state, constraint = refused(**{"machine_id": machine.pk, **given})

    assert state == code
    if fact:
        assert constraint in {f"training_sessions_{fact}", "training_sessions_participants_not_negative"}
    assert TrainingSession.objects.count() == 0


def test_guest_and_member_alike_are_one_participant(machine, ada):
    insert(machine_id=machine.pk, session_type="multi_site", current_participants=1, **GUEST)
    later = {"scheduled_start": AT + HALF, "scheduled_end": AT + 2 * HALF}
    insert(machine_id=machine.pk, member_id=ada.pk, current_participants=1, **later)

    assert TrainingSession.objects.filter(current_participants=1).count() == 2


SHARED = {"machine": "machine_free", "trainer": "trainer_free", "member": "member_free"}


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("status", ["scheduled", "in_progress", "completed", "no_show"])
def test_overlap_is_refused_whatever_became_of_the_first(shared, status, machine, other, ada, trainer):
    parts = {"machine": machine, "trainer": trainer, "member": ada}
    TrainingSessionFactory(scheduled_start=AT, status=status, **parts)
    second = {"machine_id": other.pk}
    second[f"{shared}_id"] = parts[shared].pk
    second["current_participants"] = int(shared == "member")

    assert refused(**second, scheduled_start=AT + HALF / 2, scheduled_end=AT + HALF) == (
        "23P01",
        f"training_sessions_{SHARED[shared]}",
    )
    insert(**second, scheduled_start=AT + HALF, scheduled_end=AT + 2 * HALF)  # edges touch
    TrainingSession.objects.filter(scheduled_start=AT).update(status="cancelled")
    insert(**second)


def test_machine_with_a_session_is_not_deleted(machine, other):
    session = TrainingSessionFactory(machine=machine, status="cancelled")

    with pytest.raises(IntegrityError) as error:
        sql("DELETE FROM machines WHERE id = %s", machine.pk)

    assert sqlstate(error.value) == "23503"
    assert sql("DELETE FROM machines WHERE id = %s", other.pk) == 1
    assert TrainingSession.objects.get().machine == session.machine == machine


@pytest.mark.parametrize("by_hand", [True, False])
def test_session_stays_when_its_trainer_goes(by_hand, trainer):
    session = TrainingSessionFactory(trainer=trainer)
    before = dict(TrainingSession.objects.values().get(pk=session.pk))

    if by_hand:
        sql("DELETE FROM trainers WHERE id = %s", trainer.pk)
    else:
        Trainer.objects.get(pk=trainer.pk).delete()

    after = dict(TrainingSession.objects.values().get(pk=session.pk))
    assert {name for name in after if after[name] != before[name]} == {"trainer_id"}
    assert (after["trainer_id"], after["trainer_label"]) == (None, "Theo Rossi")


def test_member_with_sessions_is_not_deleted(ada):
    TrainingSessionFactory(member=ada)

    with pytest.raises(IntegrityError):
        sql("DELETE FROM members WHERE id = %s", ada.pk)


COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
           col_description(a.attrelid, a.attnum)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = 'training_sessions'::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
KEYS = """
    SELECT a.attname, c.confrelid::regclass::text, f.attname, c.confdeltype
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
    WHERE c.conrelid = 'training_sessions'::regclass AND c.contype = 'f'
"""


@pytest.fixture
def columns(studio):
    return {name: rest for name, *rest in sql(COLUMNS)}


def test_columns_are_those_that_other_programs_read(columns):
    shape = {name: tuple(columns[name][:2]) for name in columns}

    assert {"max_participants", "location"} & set(columns) == set()
    assert {name: shape[name] for name in ("id", "machine_id", "trainer_id", "member_id")} == {
        "id": ("uuid", True),
        "machine_id": ("uuid", True),
        "trainer_id": ("uuid", False),
        "member_id": ("uuid", False),
    }
    assert {shape[name] for name in ("scheduled_start", "scheduled_end", "created_at", "updated_at")} == {
        ("timestamp with time zone", True)
    }
    assert shape["current_participants"] == ("integer", True)
    defaults = {name: columns[name][2] for name in ("status", "current_participants", "id", "created_at")}
    assert [defaults[name].split("::")[0] for name in ("status", "current_participants")] == ["'scheduled'", "0"]
    assert defaults["id"] == "gen_random_uuid()"
    assert defaults["created_at"] in {"now()", "statement_timestamp()"}


def test_machine_and_trainer_are_commented(columns):
    told = {name: rest[3] for name, rest in columns.items() if rest[3]}

    assert told.keys() == {"machine_id", "trainer_id"}
    assert told["machine_id"].startswith("Required:")
    assert told["trainer_id"].startswith("Optional:")


def test_keys_and_what_a_delete_does(studio):
    keys = {name: rest for name, *rest in sql(KEYS)}

    assert keys["machine_id"] == ["machines", "id", "a"]  # a: no action, which refuses
    assert keys["member_id"] == ["members", "id", "a"]
    assert keys["trainer_id"] == ["trainers", "id", "n"]  # n: set null
    assert keys["session_type"] == ["session_types", "code", "a"]


def test_machine_link_is_indexed_and_former_checks_are_gone(studio):
    (index,) = sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_training_sessions_machine_id' LIMIT 1")
    assert index[0].endswith("USING btree (machine_id)")
    found = sql("SELECT conname FROM pg_constraint WHERE conrelid = 'training_sessions'::regclass AND contype = 'c'")
    names = {name for (name,) in found}
    assert "training_sessions_participants_not_negative" in names
    assert {name for name in names if "max" in name} == set()


def test_nothing_in_the_code_speaks_of_capacity_or_place():
    """Names of the removed columns, wherever training is spoken of."""
    removed = {"max_participants", "location"}
    found = {
        f"{name}: {word}"
        for name, tree in modules().items()
        if name.startswith("training/") and not name.startswith("training/adoption")
        for node in ast.walk(tree)
        if (word := getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)) in removed
    }
    templates = {
        path.name for path in (ROOT / "templates" / "training").rglob("*.html") if "max_part" in path.read_text()
    }

    assert (found, templates) == (set(), set())
