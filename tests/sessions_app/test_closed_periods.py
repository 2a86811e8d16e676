"""Closing months and opening them again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sessions_app.models import ClosedPeriod, TimeEntry
from sessions_app.services import closed_periods, facts, time_entries, timers, timesheet
from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.factories import NOW, TimeEntryFactory, TimerFactory, UserFactory

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 17)
FIRST = datetime(2026, 4, 30, 22, 0, tzinfo=UTC)  # midnight in Paris
END = datetime(2026, 5, 31, 22, 0, tzinfo=UTC)


@pytest.fixture
def manager():
    return UserFactory(name="Milo Manager")


@pytest.fixture
def entry():
    return TimeEntryFactory(started_at=FIRST)


def close(month=MAY, **given):
    return closed_periods.close_month(month=month, **{"actor": None, "now": NOW} | given)


def test_a_month_is_closed_from_midnight_to_midnight_of_the_studio(manager):
    period = close(actor=manager)

    assert (period.month, period.starts_at, period.ends_at) == (date(2026, 5, 1), FIRST, END)
    assert (period.closed_by, period.closed_by_label, str(period)) == (manager, manager.label, "May 2026")


def test_closing_locks_what_begins_in_the_month_and_nothing_else(entry):
    minute = timedelta(minutes=1)
    before, last, after = (TimeEntryFactory(started_at=at) for at in (FIRST - minute, END - minute, END))

    close()

    locks = dict(TimeEntry.objects.values_list("pk", "lock_reason"))
    assert locks == {entry.pk: "period", last.pk: "period", before.pk: "", after.pk: ""}
    assert AuditEvent.objects.latest("pk").changes["entries"] == [None, 2]


@pytest.mark.parametrize(
    ("month", "edges"),
    [
        (date(2026, 2, 3), (datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC))),
        (date(2026, 3, 31), (datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC))),
        (date(2025, 12, 1), (datetime(2025, 11, 30, 23, tzinfo=UTC), datetime(2025, 12, 31, 23, tzinfo=UTC))),
    ],
    ids=["february", "the clocks change", "december"],
)
def test_the_edges_of_a_month(month, edges):
    assert closed_periods.month_edges(month) == edges


def test_a_month_is_closed_once_and_when_it_is_over():
    close()

    with pytest.raises(facts.BadFacts, match="closed already"):
        close()
    with pytest.raises(facts.BadFacts, match="once it is over"):
        close(date(2026, 6, 1))


def test_a_month_is_not_closed_over_a_running_timer():
    timer = TimerFactory(now=END - timedelta(hours=1))

    with pytest.raises(closed_periods.StillRunning, match=timer.target_label):
        close()
    timers.stop_timer(entry=timer, actor=None, now=NOW)

    assert close().is_closed


def test_a_closed_month_takes_no_entry_and_gives_none(entry):
    close()

    with pytest.raises(timesheet.MonthClosed, match="An owner or a manager can open it again"):
        TimeEntryFactory(started_at=END - timedelta(hours=3))
    with pytest.raises(timesheet.EntryLocked):
        time_entries.correct_entry(entry=entry, reason="x", actor=None, now=NOW, note="x")
    with pytest.raises(timesheet.MonthClosed):
        time_entries.correct_entry(
            entry=TimeEntryFactory(), reason="x", actor=None, now=NOW, started_at=END - timedelta(minutes=1)
        )


def test_opening_again_needs_a_reason_and_frees_what_is_not_invoiced(entry, manager):
    invoiced = TimeEntryFactory(started_at=FIRST)
    period = close()
    time_entries.lock_for_invoice(entries=[invoiced], actor=None, now=NOW)

    with pytest.raises(facts.BadFacts, match="reason"):
        closed_periods.reopen_month(period=period, reason=" ", actor=manager, now=NOW)
    opened = closed_periods.reopen_month(period=period, reason="A late sheet.", actor=manager, now=NOW)

    assert (opened.is_closed, opened.reopened_by_label, opened.reopen_reason) == (False, manager.label, "A late sheet.")
    assert dict(TimeEntry.objects.values_list("pk", "lock_reason")) == {entry.pk: "", invoiced.pk: "invoice"}
    assert time_entries.correct_entry(entry=entry, actor=None, now=NOW, note="x").note == "x"
    with pytest.raises(closed_periods.NotClosed, match="May 2026 has been opened again"):
        closed_periods.reopen_month(period=period, reason="Twice", actor=manager, now=NOW)


def test_a_month_opened_again_can_be_closed_again_and_both_are_kept():
    closed_periods.reopen_month(period=close(), reason="A late sheet.", actor=None, now=NOW)

    close()

    assert [period.is_closed for period in ClosedPeriod.objects.order_by("pk")] == [False, True]


def test_a_studio_that_moves_to_another_zone_closes_the_month_anew():
    april = close(date(2026, 4, 1))
    StudioProfile.objects.update(time_zone="Asia/Kathmandu")

    with pytest.raises(facts.BadFacts, match="a part of it, is closed already"):
        close()
    closed_periods.reopen_month(period=april, reason="The zone has changed.", actor=None, now=NOW)

    assert (close(date(2026, 4, 1)).ends_at, close().starts_at) == (FIRST - timedelta(minutes=225),) * 2
