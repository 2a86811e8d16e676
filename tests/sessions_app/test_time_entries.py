"""Writing hours down, correcting, deleting and locking them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import Project, TimeEntry
from sessions_app.services import (
    attendance,
    closed_periods,
    facts,
    labels,
    projects,
    sessions,
    time_entries,
    timesheet,
    tracks,
)
from studio.accounts.models import AuditEvent
from tests.factories import (
    NOW,
    ProjectFactory,
    SessionFactory,
    TaskTypeFactory,
    TimeEntryFactory,
    TimerFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DST_NIGHT = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00 in Paris; at 02:00 the clocks go forward


@pytest.fixture
def mixing():
    return TaskTypeFactory(name="Editing", hourly_rate=Decimal("60.00"))


@pytest.fixture
def pause():
    return TaskTypeFactory(name="Lunch", hourly_rate=Decimal(0), billable=False)


@pytest.fixture
def entry(desk, mixing):
    return TimeEntryFactory(person=desk, task_type=mixing, target=ProjectFactory(name="Album"), note="Verse")


def correct(entry, reason="Forgot to stop.", **given):
    return time_entries.correct_entry(entry=entry, reason=reason, actor=None, now=NOW, **given)


def last_act():
    return AuditEvent.objects.latest("pk")


def test_an_entry_copies_person_target_and_rate(entry, desk):
    entry.refresh_from_db()

    assert (entry.person, entry.person_label, entry.target_label) == (desk, desk.label, "Album")
    assert (entry.hourly_rate, entry.currency, entry.billable) == (Decimal(60), "EUR", True)
    assert (entry.is_manual, entry.length(NOW), entry.note) == (True, HOUR, "Verse")
    assert (last_act().verb, last_act().reason) == ("create", "No timer at hand.")


def test_an_entry_of_a_break_is_not_billable(pause):
    assert TimeEntryFactory(task_type=pause).billable is False


def test_a_new_rate_changes_no_entry_that_is_there(entry, mixing):
    mixing.hourly_rate = Decimal(90)
    mixing.save(update_fields=["hourly_rate"])

    entry.refresh_from_db()
    assert (entry.hourly_rate, TimeEntryFactory(task_type=mixing).hourly_rate) == (Decimal(60), Decimal(90))


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"reason": " "}, time_entries.ReasonMissing, "Say why"),
        ({"ended_at": NOW + HOUR}, time_entries.ImpossibleTimes, "future"),
        ({"started_at": NOW - 30 * HOUR, "ended_at": NOW}, time_entries.ImpossibleTimes, "24 hours"),
        ({"ended_at": NOW - 2 * HOUR}, facts.BadFacts, "must end after it starts"),
        ({"ended_at": NOW - 3 * HOUR}, facts.BadFacts, "must end after it starts"),
    ],
    ids=["no reason", "in the future", "too long", "no length", "ends before it starts"],
)
def test_add_entry_refuses(changed, error, sentence):
    with pytest.raises(error, match=sentence):
        TimeEntryFactory(**changed)
    assert TimeEntry.objects.count() == 0


def test_a_task_that_is_switched_off_is_refused_for_new_entries(entry, mixing):
    off = TaskTypeFactory(name="Transfer", is_active=False)

    with pytest.raises(timesheet.TaskUnavailable, match="Transfer is switched off"):
        TimeEntryFactory(task_type=off)
    with pytest.raises(timesheet.TaskUnavailable, match="Transfer is switched off"):
        correct(entry, task_type=off)


def test_a_project_of_another_studio_is_refused(other_studio):
    foreign = Project(pk=ProjectFactory().pk, name="Elsewhere", created_at=NOW - timedelta(days=400))

    with pytest.raises(timesheet.UnknownTarget, match="does not exist"):
        TimeEntryFactory(target=foreign)


@pytest.mark.parametrize("make", [SessionFactory, ProjectFactory, TrackFactory], ids=["session", "project", "track"])
def test_what_is_gone_is_refused(make):
    target = make()
    type(target).objects.filter(pk=target.pk).delete()

    with pytest.raises(timesheet.UnknownTarget, match="does not exist"):
        TimeEntryFactory(target=target)


def test_time_on_a_track_is_kept_when_its_project_goes(desk):
    track = TrackFactory(title="Intro")
    entry = TimeEntryFactory(target=track)

    projects.delete_project(project=track.project, tracks=[track.pk], actor=None, now=NOW)

    entry.refresh_from_db()
    assert (entry.track, entry.project, entry.target_label) == (None, None, "Intro")


def test_the_night_the_clocks_change_is_as_long_as_it_was():
    night = TimeEntryFactory(started_at=DST_NIGHT, ended_at=DST_NIGHT + 3 * HOUR)

    assert night.length(NOW) == 3 * HOUR  # from 01:00 to 05:00 on the wall


# Correcting -------------------------------------------------------------------------------------------


def test_a_correction_keeps_the_old_values_and_the_reason(entry, desk):
    later = entry.ended_at + timedelta(minutes=30)

    corrected = time_entries.correct_entry(
        entry=entry, reason="Stopped too early.", actor=desk, now=NOW, ended_at=later, note="Verse, chorus"
    )

    assert (corrected.ended_at, corrected.note) == (later, "Verse, chorus")
    act = last_act()
    assert (act.verb, act.reason, act.actor_label) == ("change", "Stopped too early.", desk.label)
    assert act.changes["note"] == ["Verse", "Verse, chorus"]
    assert act.changes["ended_at"][0] == "2026-06-01T05:00:00Z"


def test_a_note_needs_no_reason_and_makes_no_entry_manual(desk):
    timer = TimerFactory(person=desk)

    corrected = correct(timer, reason="", note="Take two")

    assert (corrected.note, corrected.is_manual) == ("Take two", False)


def test_times_without_a_reason_are_not_corrected(entry):
    with pytest.raises(time_entries.ReasonMissing):
        correct(entry, reason="", started_at=entry.started_at - HOUR)


def test_what_is_sent_unchanged_changes_nothing(entry):
    before = AuditEvent.objects.count()

    correct(entry, reason="", started_at=entry.started_at, note="Verse", task_type=entry.task_type)

    assert AuditEvent.objects.count() == before


def test_another_task_brings_its_rate_unless_one_is_sent(entry, pause):
    assert (correct(entry, task_type=pause).hourly_rate, correct(entry).billable) == (Decimal(0), False)
    assert correct(entry, task_type=entry.task_type, hourly_rate=Decimal("12.50")).hourly_rate == Decimal("12.50")


def test_another_target_brings_its_name(entry):
    session = SessionFactory(title="Drums")

    corrected = correct(entry, target=session)

    assert (corrected.session, corrected.project, corrected.target_label) == (session, None, "Drums")


def test_correcting_the_end_of_a_forgotten_timer_stops_it():
    timer = TimerFactory(now=NOW - 40 * HOUR)

    with pytest.raises(time_entries.ImpossibleTimes, match="24 hours"):
        correct(timer, ended_at=NOW)
    corrected = correct(timer, ended_at=NOW - 36 * HOUR)

    assert (corrected.is_running, corrected.is_manual, corrected.length(NOW)) == (False, True, 4 * HOUR)


def test_an_entry_deleted_in_another_tab_is_said_to_be_gone(entry):
    time_entries.delete_entry(entry=entry, reason="Twice.", actor=None, now=NOW)

    with pytest.raises(timesheet.EntryGone, match="deleted meanwhile"):
        correct(entry, note="x")
    with pytest.raises(timesheet.EntryGone, match="deleted meanwhile"):
        time_entries.delete_entry(entry=entry, reason="Twice.", actor=None, now=NOW)


def test_deleting_needs_a_reason_and_leaves_the_facts_in_the_trail(entry):
    with pytest.raises(time_entries.ReasonMissing):
        time_entries.delete_entry(entry=entry, reason="", actor=None, now=NOW)

    time_entries.delete_entry(entry=entry, reason="Written down twice.", actor=None, now=NOW)

    act = last_act()
    assert (TimeEntry.objects.count(), act.verb, act.reason) == (0, "delete", "Written down twice.")
    assert (act.changes["note"], act.changes["hourly_rate"]) == (["Verse", None], ["60.00", None])


# Names ------------------------------------------------------------------------------------------------


def test_renaming_what_time_was_for_renames_it_there(entry):
    session = SessionFactory(title="Drums")
    of_session = TimeEntryFactory(target=session)

    sessions.change_session(session=session, title="Drums, day two", actor=None, now=NOW)
    projects.change_project(project=entry.project, name="Second album", actor=None, now=NOW)
    intro = TrackFactory(title="Intro")
    of_track = TimeEntryFactory(target=intro)
    tracks.change_track(track=intro, title="Prelude", actor=None, now=NOW)

    named = dict(TimeEntry.objects.values_list("pk", "target_label"))
    assert named == {of_session.pk: "Drums, day two", entry.pk: "Second album", of_track.pk: "Prelude"}


def test_renaming_reaches_locked_entries(entry):
    time_entries.lock_for_invoice(entries=[entry], actor=None, now=NOW)

    projects.change_project(project=entry.project, name="Second album", actor=None, now=NOW)
    labels.relabel_account(user=entry.person, label="Dana D. <dana@example.org>")

    entry.refresh_from_db()
    assert (entry.target_label, entry.person_label) == ("Second album", "Dana D. <dana@example.org>")


# Invoices ---------------------------------------------------------------------------------------------


def test_an_invoiced_entry_stays_as_it_is_until_it_is_credited(entry):
    time_entries.lock_for_invoice(entries=[entry], actor=None, now=NOW)

    with pytest.raises(timesheet.EntryLocked, match="stays as it is"):
        correct(entry, note="x")
    with pytest.raises(timesheet.EntryLocked, match="stays as it is"):
        time_entries.delete_entry(entry=entry, reason="x", actor=None, now=NOW)
    assert list(TimeEntry.objects.uninvoiced()) == []

    time_entries.release_from_invoice(entries=[entry], actor=None, now=NOW)

    assert correct(entry, note="x").note == "x"
    assert list(TimeEntry.objects.uninvoiced()) == [entry]


def test_only_what_can_be_billed_once_is_invoiced(entry, pause):
    time_entries.lock_for_invoice(entries=[entry], actor=None, now=NOW)

    for wrong in (entry, TimeEntryFactory(task_type=pause), TimerFactory()):
        with pytest.raises(timesheet.EntryLocked, match="invoiced already"):
            time_entries.lock_for_invoice(entries=[wrong], actor=None, now=NOW)


def test_a_credited_entry_of_a_closed_month_stays_locked(entry):
    old = TimeEntryFactory(started_at=NOW - timedelta(days=20))
    closed_periods.close_month(month=old.started_at.date(), actor=None, now=NOW)
    time_entries.lock_for_invoice(entries=[entry, old], actor=None, now=NOW)

    time_entries.release_from_invoice(entries=[entry, old], actor=None, now=NOW)

    locks = dict(TimeEntry.objects.values_list("pk", "lock_reason"))
    assert locks == {entry.pk: "", old.pk: "period"}


# From a session ---------------------------------------------------------------------------------------


@pytest.fixture
def staffed(desk):
    """A session of two engineers, from 12:00 to 14:00 in Paris, on the day before."""
    start = NOW - timedelta(hours=20)
    other = UserFactory(name="Eve")
    session = SessionFactory(
        title="Drums", starts_at=start, ends_at=start + 2 * HOUR, now=start - HOUR, engineers=[desk, other]
    )
    return session, start, other


def test_completing_a_session_writes_down_the_real_hours_of_its_engineers(staffed, desk, mixing):
    session, start, other = staffed
    times = {"actual_start": start, "actual_end": start + 3 * HOUR}

    attendance.complete_session(session=session, task_type=mixing, actor=desk, now=NOW, **times)

    hours = {(entry.person, entry.length(NOW), entry.target_label) for entry in TimeEntry.objects.all()}
    assert hours == {(desk, 3 * HOUR, "Drums"), (other, 3 * HOUR, "Drums")}


def test_completing_a_session_writes_down_nothing_unless_asked(staffed, desk):
    session, start, _other = staffed

    attendance.complete_session(session=session, actual_start=start, actual_end=start + HOUR, actor=desk, now=NOW)

    assert TimeEntry.objects.count() == 0


def test_a_session_whose_hours_cannot_be_written_down_is_not_completed(staffed, desk, mixing):
    session, start, _other = staffed
    closed_periods.close_month(month=start.date(), actor=None, now=NOW)

    with pytest.raises(timesheet.MonthClosed):
        attendance.complete_session(
            session=session, task_type=mixing, actual_start=start, actual_end=start + HOUR, actor=desk, now=NOW
        )

    session.refresh_from_db()
    assert (session.status, TimeEntry.objects.count()) == ("scheduled", 0)
