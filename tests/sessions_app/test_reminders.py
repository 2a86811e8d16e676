"""Reminders: due by the clock, each once, whoever asks and whatever happens meanwhile."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from procrastinate.contrib.django import app

from sessions_app.models import NoticeKind, SessionNotice
from sessions_app.services import bookings, notice_texts, reminders
from sessions_app.services.notices import Tell
from sessions_app.tasks import remind_clients
from studio.mail.models import EmailMessage, EmailState
from studio.office.models import AdoptionLink, AdoptionSource
from studio.tenancy.context import inside
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.jobs import waiting_jobs

TEN = datetime(2026, 6, 4, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
ALMOST = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina():
    return ClientFactory(name="Mina Morel", email="mina@client.example")


def reminded(session):
    return list(
        SessionNotice.objects.filter(session=session, kind=NoticeKind.REMINDER)
        .order_by("pk")
        .values_list("starts_at", "told_at")
    )


def test_it_is_due_24_hours_before_and_once(mina):
    session = SessionFactory(client=mina, starts_at=TEN)

    told = [reminders.remind_of_sessions(now=TEN - DAY + step) for step in (-ALMOST, ALMOST * 0, HOUR, 2 * HOUR)]

    assert told == [0, 1, 0, 0]
    assert reminded(session) == [(TEN, TEN - DAY)]
    assert EmailMessage.objects.filter(kind="session_reminder").count() == 1


@pytest.mark.parametrize(
    ("start", "shown"),
    [("2026-10-25T09:00Z", "Sun 25 Oct 2026, 10:00"), ("2027-03-28T08:00Z", "Sun 28 Mar 2027, 10:00")],
    ids=["an hour more", "an hour less"],
)
def test_a_change_of_the_clocks_neither_loses_nor_doubles_it(mina, start, shown):
    begins = datetime.fromisoformat(start)
    SessionFactory(client=mina, starts_at=begins)

    told = [reminders.remind_of_sessions(now=begins - DAY + step * HOUR) for step in (-1, 0, 1, 23)]

    assert told == [0, 1, 0, 0]
    assert shown in EmailMessage.objects.get(kind="session_reminder").subject


@pytest.mark.parametrize("late_by", [ALMOST, 5 * HOUR, DAY - ALMOST])
def test_not_for_what_was_booked_less_than_24_hours_before(mina, late_by):
    SessionFactory(client=mina, starts_at=TEN, now=TEN - DAY + late_by)

    assert reminders.remind_of_sessions(now=TEN - ALMOST) == 0


def test_for_what_was_booked_late_without_a_word(mina):
    SessionFactory(client=mina, starts_at=TEN, now=TEN - DAY + HOUR, tell=Tell.NOBODY)

    assert [reminders.remind_of_sessions(now=TEN - step * HOUR) for step in (2, 1)] == [1, 0]


def test_for_what_was_booked_late_while_confirmations_are_switched_off(mina, desk):
    notice_texts.settle_words(
        kind=NoticeKind.CONFIRMATION, is_enabled=False, subject="", opening="", actor=desk, now=NOW
    )
    SessionFactory(client=mina, starts_at=TEN, now=TEN - DAY + HOUR)

    assert reminders.remind_of_sessions(now=TEN - 2 * HOUR) == 1


def test_one_that_was_withdrawn_is_replaced_after_a_move_without_a_word(mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    reminders.remind_of_sessions(now=TEN - DAY)
    later = {"starts_at": TEN + HOUR, "ends_at": TEN + 2 * HOUR}
    bookings.move_session(session=session, **later, actor=desk, now=TEN - 20 * HOUR, tell=Tell.NOBODY)

    assert reminders.remind_of_sessions(now=TEN - 19 * HOUR) == 1
    assert [start for start, _told in reminded(session)] == [TEN, TEN + HOUR]


def test_for_what_was_booked_just_before(mina):
    SessionFactory(client=mina, starts_at=TEN, now=TEN - DAY - ALMOST)

    assert reminders.remind_of_sessions(now=TEN - DAY) == 1


def test_after_a_move_only_when_the_new_time_needs_its_own(mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    reminders.remind_of_sessions(now=TEN - DAY)
    move = {"session": session, "actor": desk}

    bookings.move_session(**move, starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR, now=TEN - 20 * HOUR)
    soon = reminders.remind_of_sessions(now=TEN - 19 * HOUR)
    bookings.move_session(**move, starts_at=TEN + 3 * DAY, ends_at=TEN + 3 * DAY + HOUR, now=TEN - 18 * HOUR)
    later = [reminders.remind_of_sessions(now=TEN + 2 * DAY + step * HOUR) for step in (-1, 0, 1)]

    assert (soon, later) == (0, [0, 1, 0])
    assert [start for start, _told in reminded(session)] == [TEN, TEN + 3 * DAY]


def test_another_room_at_the_same_time_needs_no_reminder_again(mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    reminders.remind_of_sessions(now=TEN - DAY)

    bookings.move_session(
        session=session, starts_at=TEN, ends_at=session.ends_at, room=RoomFactory(), actor=desk, now=TEN - 20 * HOUR
    )

    assert reminders.remind_of_sessions(now=TEN - 19 * HOUR) == 0


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_one_that_has_not_left_yet_stays_here_when_it_is_no_longer_true(mina, desk, act):
    session = SessionFactory(client=mina, starts_at=TEN)
    reminders.remind_of_sessions(now=TEN - DAY)
    if act == "cancel":
        bookings.cancel_session(session=session, reason="Flood", actor=desk, now=TEN - DAY, tell=Tell.NOBODY)
    else:
        bookings.move_session(session=session, starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR, actor=desk, now=TEN - DAY)

    mail = EmailMessage.objects.get(kind="session_reminder")
    assert (mail.state, mail.last_error) == (EmailState.FAILED, "The session was changed before this mail left.")


@pytest.mark.parametrize("facts", [{"client": None}, {"kind": "blocker"}], ids=["in-house", "blocker"])
def test_nobody_is_reminded_of_what_concerns_no_client(mina, facts):
    SessionFactory(**{"client": mina, "starts_at": TEN} | facts)

    assert reminders.remind_of_sessions(now=TEN - DAY) == 0


def test_what_was_taken_over_is_not_told_of_until_we_have_told_of_it(mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN, tell=Tell.TOGETHER)
    source = AdoptionSource.objects.create(name="former", adopted_at=NOW)
    AdoptionLink.objects.create(
        source=source, table_name="sessions", row_id="7", object_type="sessions_app.studiosession", object_id=session.pk
    )

    assert reminders.remind_of_sessions(now=TEN - DAY) == 0
    bookings.move_session(session=session, starts_at=TEN + DAY, ends_at=TEN + DAY + HOUR, actor=desk, now=TEN - 2 * DAY)
    assert reminders.remind_of_sessions(now=TEN) == 1


def test_a_hold_that_expires_soon_is_warned_of_once_unless_it_was_just_placed(mina):
    long_hold = HoldFactory(client=mina, starts_at=TEN + 9 * DAY, expires_at=TEN)
    HoldFactory(client=mina, starts_at=TEN + 9 * DAY, expires_at=TEN, now=TEN - 20 * HOUR)

    told = [reminders.warn_of_expiring_holds(now=TEN - DAY + step) for step in (-ALMOST, HOUR, 6 * HOUR)]

    assert told == [0, 1, 0]
    assert SessionNotice.objects.get(kind=NoticeKind.HOLD_EXPIRING).session == long_hold


def test_many_cost_few_queries_when_nothing_is_due(mina, django_assert_num_queries):
    for _number in range(3):
        SessionFactory(client=mina, starts_at=TEN)

    with django_assert_num_queries(1):
        reminders.remind_of_sessions(now=NOW)


def test_the_periodic_job_is_one_that_the_worker_knows():
    assert "sessions_app.remind_clients" in app.tasks
    remind_clients()


# Two at once ----------------------------------------------------------------------------------------------


def together(studio, *acts):
    """Run each act in a thread and a connection of its own, all at once; return what they gave."""
    barrier, results = Barrier(len(acts)), []

    def run(act):
        try:
            with inside(studio):
                barrier.wait()
                results.append(act())
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_four_workers_remind_of_each_session_once(studio, mina):
    sessions = [SessionFactory(client=mina, starts_at=TEN, tell=Tell.TOGETHER) for _number in range(6)]

    told = together(studio, *[lambda: reminders.remind_of_sessions(now=TEN - DAY)] * 4)

    assert sum(told) == len(sessions)
    assert EmailMessage.objects.filter(kind="session_reminder").count() == len(sessions)
    assert len([job for job in waiting_jobs() if job[1] == "mail.send_email"]) == len(sessions)


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_row_and_the_lock_the_same_race_doubles_them(studio, mina):
    """The twin that shows the race is real: workers that only ask and then write send several."""
    SessionFactory(client=mina, starts_at=TEN, tell=Tell.TOGETHER)
    barrier = Barrier(4)

    def careless():
        due = list(reminders.sessions_to_remind_of(TEN - DAY))
        barrier.wait()
        return len(due)

    assert together(studio, *[careless] * 4) == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_and_a_reminder_at_once_end_as_one_after_the_other(studio, mina, desk):
    for number in range(5):
        session = SessionFactory(title=f"Round {number}", client=mina, starts_at=TEN, tell=Tell.TOGETHER)
        together(
            studio,
            lambda: reminders.remind_of_sessions(now=TEN - DAY),
            lambda session=session: bookings.cancel_session(session=session, reason="", actor=desk, now=TEN - DAY),
        )

        mails = EmailMessage.objects.filter(subject__contains="Round", kind="session_cancellation")
        assert mails.count() == number + 1
        assert not EmailMessage.objects.filter(kind="session_reminder", state=EmailState.QUEUED).exists()
