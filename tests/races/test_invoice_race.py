"""Hours that go on an invoice while their month is being closed: the second waits with nothing in its hands."""

import threading
import time
from datetime import UTC, date, datetime

import pytest
from django.db import connection, connections, transaction

from sessions_app.models import TimeEntry
from sessions_app.services import closed_periods, time_entries, timesheet
from studio.errors import DomainError
from studio.tenancy.context import inside
from tests.factories import TimeEntryFactory

pytestmark = pytest.mark.django_db(transaction=True)

MAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
PATIENCE = 20  # seconds
A_MOMENT = 0.02
HOLD_MONTHS = timesheet.SHARE_MONTHS.replace("_shared", "")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def wait_until_somebody_waits():
    """Return once another connection waits for this one."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(A_MOMENT)


@pytest.fixture
def entries(studio):
    """Two hours of May."""
    return [TimeEntryFactory(started_at=NOON), TimeEntryFactory(started_at=NOON)]


def close_while_invoicing(studio, entries):
    """Invoice two hours from another connection while the closing of their month has come to the second of them.

    returns: keys of what the closing can still get, and what the invoice was answered
    """
    answers: list[object] = []

    def invoice() -> None:
        try:
            with inside(studio):
                answers.extend(time_entries.lock_for_invoice(entries=entries, actor=None, now=LATER))
        except DomainError as refusal:
            answers.append(refusal)
        finally:
            connections.close_all()

    invoicing = threading.Thread(target=invoice)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(HOLD_MONTHS)
        TimeEntry.objects.select_for_update().get(pk=entries[1].pk)
        invoicing.start()
        wait_until_somebody_waits()
        rows = TimeEntry.objects.select_for_update(skip_locked=True).order_by("pk")
        free = list(rows.values_list("pk", flat=True))
        if len(free) == len(entries):
            closed_periods.close_month(month=MAY, actor=None, now=LATER)
    invoicing.join(PATIENCE)
    return free, answers


def test_who_invoices_waits_for_the_closing_and_holds_no_hours_meanwhile(studio, entries):
    free, answers = close_while_invoicing(studio, entries)

    assert (free, answers) == ([entry.pk for entry in entries], entries)
    assert set(TimeEntry.objects.values_list("lock_reason", flat=True)) == {"invoice"}


def test_without_asking_for_the_months_first_each_would_wait_for_the_other(studio, entries, monkeypatch):
    monkeypatch.setattr(timesheet, "keep_months", lambda: None)

    free, _answers = close_while_invoicing(studio, entries)

    assert free == [entries[1].pk]
