"""The demonstration's training studio: once, on all machines, with what lies ahead scheduled."""

from datetime import timedelta

from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from tests.factories import NOW
from training.models import Machine, MachineOutage, Member, TrainingSession
from training.selectors.dormancy import dormancy
from training.services import demonstration

DUMP = """
CREATE TABLE trainers (id integer PRIMARY KEY, first_name text, last_name text);
CREATE TABLE members (id integer PRIMARY KEY, first_name text, last_name text, email text, join_date date);
CREATE TABLE member_subscriptions (id integer PRIMARY KEY, member_id integer, status text, start_date date,
    end_date date, total_sessions_snapshot integer, price numeric);
CREATE TABLE training_sessions (id integer PRIMARY KEY, trainer_id integer, scheduled_start timestamp,
    scheduled_end timestamp, status text, session_type text);
INSERT INTO trainers VALUES (1, 'Theo', 'Rossi');
INSERT INTO members VALUES (1, 'Ada', 'Morel', 'ada@example.org', '2025-01-02');
INSERT INTO member_subscriptions VALUES (1, 1, 'active', '2025-09-01', '2026-01-01', 4, 40);
INSERT INTO training_sessions VALUES (1, 1, '2025-09-08 10:00', '2025-09-08 11:00', 'scheduled', NULL),
    (2, NULL, '2025-09-08 10:30', '2025-09-08 11:30', 'scheduled', NULL),
    (3, 1, '2025-09-22 10:00', '2025-09-22 10:30', 'completed', NULL),
    (4, 1, '2025-09-14 10:00', '2025-09-14 10:30', 'completed', 'member');
"""


def test_a_training_studio_is_filled_once(studio, tmp_path, monkeypatch):
    dump = tmp_path / "gym.sql"
    dump.write_text(DUMP)
    monkeypatch.setattr(demonstration, "DUMP", dump)

    told = demonstration.fill_studio(studio=studio, now=NOW)

    past = TrainingSession.objects.filter(scheduled_end__lt=NOW).order_by("scheduled_start")
    # The last day's waits to be completed at the desk.
    assert [(each.status, each.overlap_kept) for each in past] == [("completed", False)] * 2 + [("scheduled", False)]
    assert len({each.machine_id for each in past[:2]}) == 2
    assert past[2].member.first_name == "Ada"  # who was taken over without a name is nobody at the desk
    booked = TrainingSession.objects.filter(subscription__isnull=False, scheduled_start__gt=NOW)
    assert {(each.status, each.member.first_name) for each in booked} == {("scheduled", "Ada")}
    assert told == f"7 rows of a former database taken over, {booked.count()} sessions booked this week."
    ahead = TrainingSession.objects.filter(scheduled_start__gt=NOW + timedelta(days=7), outage__isnull=True)
    assert [each.status for each in ahead] == ["scheduled"]
    away = dormancy(profile=current_profile(), now=NOW).members
    assert [(each.name, each.last_came_at) for each in away] == [("Agathe Perrin", None)]
    member = Member.objects.get(last_name="Morel")
    assert member.comments.get().due_on == local_day(NOW, demonstration.ZoneInfo("Europe/Paris")) + timedelta(days=2)
    assert Machine.objects.count() == 3
    repair = MachineOutage.objects.get()
    assert (repair.machine.machine_number, repair.starts_at - NOW) == (3, timedelta(days=9, hours=5))

    assert demonstration.fill_studio(studio=studio, now=NOW) == ""
