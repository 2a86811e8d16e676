"""One clock for each person."""

from datetime import timedelta

import pytest

from sessions_app.models import TimeEntry
from sessions_app.services import facts, timers, timesheet
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ProjectFactory, SessionFactory, TaskTypeFactory, TimerFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def album():
    return ProjectFactory(name="Album")


@pytest.fixture
def timer(desk, album):
    return TimerFactory(person=desk, target=album)


def test_a_started_timer_runs_from_now(timer, desk, album):
    timer.refresh_from_db()

    assert (timer.person, timer.project, timer.started_at, timer.ended_at) == (desk, album, NOW, None)
    assert (timer.is_manual, timer.length(NOW + HOUR), timer.target_label) == (False, HOUR, "Album")
    assert AuditEvent.objects.latest("pk").verb == "start"


def test_a_second_start_is_refused_and_says_what_runs(timer, desk):
    with pytest.raises(timers.TimerRunning, match="A timer for Album has been running since Mon 1 Jun 2026, 06:00"):
        TimerFactory(person=desk, now=NOW + HOUR)
    assert TimeEntry.objects.get() == timer


def test_another_person_has_a_clock_of_their_own(timer):
    TimerFactory(person=UserFactory(name="Eve"))

    assert TimeEntry.objects.running().count() == 2


def test_stopping_ends_it_and_stopping_twice_is_said(timer, desk):
    stopped = timers.stop_timer(entry=timer, actor=desk, now=NOW + HOUR)

    assert (stopped.ended_at, stopped.is_running, stopped.is_manual) == (NOW + HOUR, False, False)
    with pytest.raises(timers.NotRunning, match="stopped on"):
        timers.stop_timer(entry=timer, actor=desk, now=NOW + 2 * HOUR)
    assert TimeEntry.objects.get().ended_at == NOW + HOUR


def test_a_timer_does_not_stop_before_it_began(timer):
    with pytest.raises(facts.BadFacts, match="must end after it starts"):
        timers.stop_timer(entry=timer, actor=None, now=NOW)
    assert TimeEntry.objects.get().is_running


def test_switching_stops_one_and_starts_the_next_at_the_same_instant(timer, desk):
    session, mixing = SessionFactory(title="Drums"), TaskTypeFactory(name="Editing")

    started = timers.switch_timer(person=desk, task_type=mixing, target=session, actor=desk, now=NOW + HOUR, note="x")

    timer.refresh_from_db()
    assert (timer.ended_at, started.started_at, started.target_label) == (NOW + HOUR, NOW + HOUR, "Drums")
    assert TimeEntry.objects.running().get() == started


def test_switching_from_nothing_starts(desk, album):
    started = timers.switch_timer(person=desk, task_type=TaskTypeFactory(), target=album, actor=desk, now=NOW)

    assert started.is_running


def test_a_switch_that_is_refused_stops_nothing(timer, desk, album):
    off = TaskTypeFactory(is_active=False)

    with pytest.raises(timesheet.TaskUnavailable):
        timers.switch_timer(person=desk, task_type=off, target=album, actor=desk, now=NOW + HOUR)

    assert TimeEntry.objects.get().is_running


def test_a_timer_that_runs_twelve_hours_is_flagged(timer):
    soon, late = NOW + 12 * HOUR - timedelta(seconds=1), NOW + 12 * HOUR

    assert (timer.is_forgotten(soon), timer.is_forgotten(late)) == (False, True)
    assert (list(TimeEntry.objects.forgotten(soon)), list(TimeEntry.objects.forgotten(late))) == ([], [timer])


def test_a_stopped_timer_is_no_longer_forgotten(timer):
    timers.stop_timer(entry=timer, actor=None, now=NOW + 13 * HOUR)

    assert list(TimeEntry.objects.forgotten(NOW + 14 * HOUR)) == []
