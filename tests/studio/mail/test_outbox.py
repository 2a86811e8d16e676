"""The outbox against a real mail server on this machine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, connections, transaction
from procrastinate.contrib.django import app

from studio.mail.models import EmailMessage, EmailState
from studio.mail.services import outbox
from studio.mail.services.writing import Letter
from studio.tenancy.context import as_owner, inside
from tests.jobs import run_jobs, waiting_jobs
from tests.sink import Sink, free_port, serving, speak_to

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_queue(studio) -> None:
    """Start without the jobs that a test which commits has left in the public schema."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    with serving(settings) as keeper:
        yield keeper


def queued(**facts) -> EmailMessage:
    given = {
        "kind": "reminder",
        "about": "sessions_app.studiosession:7",
        "recipient": "client@studio.example",
        "letter": Letter("Tomorrow at nine", "See you.\n", ""),
        "now": NOW,
    }
    return outbox.queue_email(**given | facts)


def test_queue_email_writes_row_and_job_together(studio):
    message = queued()

    assert (message.state, message.tries, message.sent_at) == (EmailState.QUEUED, 0, None)
    arguments = {"schema": studio.schema_name, "email_id": message.pk}
    assert [(name, given) for _id, name, given in waiting_jobs()] == [("mail.send_email", arguments)]


def test_the_job_is_one_that_the_worker_knows():
    assert {"mail.send_email", "mail.resume_waiting"} <= set(app.tasks)


def test_a_cause_that_is_undone_leaves_neither_row_nor_job(studio):
    with transaction.atomic():
        queued()
        transaction.set_rollback(True)

    assert (EmailMessage.objects.count(), waiting_jobs()) == (0, [])


def test_queued_twice_is_one_mail(studio):
    first = queued()
    second = queued(recipient="Client@Studio.Example", letter=Letter("Another subject", "", ""))

    assert first == second
    assert len(waiting_jobs()) == 1
    assert queued(kind="receipt") != first


def test_the_worker_sends_it_as_it_was_written(sink, studio):
    message = queued(
        letter=Letter("Tomorrow at nine", "See you.\n", "<p>See you.</p>"),
        attachments=[outbox.Attachment("plan.txt", "text/plain", b"nine o'clock")],
    )
    assert message.sent_at is None

    assert run_jobs() == 1

    message.refresh_from_db()
    assert (message.state, message.tries, message.last_error) == (EmailState.SENT, 1, "")
    assert message.sent_at is not None
    (envelope,), (letter,) = sink.accepted, sink.letters()
    assert envelope.rcpt_tos == ["client@studio.example"]
    assert (letter["Subject"], letter["Message-ID"]) == ("Tomorrow at nine", message.message_id)
    assert letter["From"].addresses[0].display_name == studio.name
    assert letter["From"].addresses[0].addr_spec == settings.MAIL_FROM
    assert letter.get_body(("plain",)).get_content().strip() == "See you."
    assert letter.get_body(("html",)).get_content().strip() == "<p>See you.</p>"
    assert [part.get_content().strip() for part in letter.iter_attachments()] == ["nine o'clock"]


def test_a_sent_mail_is_not_sent_again(sink):
    message = queued()
    outbox.send_email(message.pk, NOW)

    assert outbox.send_email(message.pk, NOW) is None
    assert len(sink.accepted) == 1


@pytest.mark.parametrize(
    ("stage", "answer", "state"),
    [
        ("rcpt_answer", "450 4.2.1 mailbox busy", EmailState.QUEUED),
        ("rcpt_answer", "550 5.1.1 no such user", EmailState.FAILED),
        ("data_answer", "451 4.3.0 try later", EmailState.QUEUED),
        ("data_answer", "554 5.7.1 refused", EmailState.FAILED),
    ],
)
def test_what_the_server_refuses_is_kept_and_visible(sink, stage, answer, state):
    setattr(sink, stage, answer)
    message = queued()

    outbox.send_email(message.pk, NOW)

    message.refresh_from_db()
    assert (message.state, message.last_error, message.sent_at) == (state, answer, None)
    assert sink.accepted == []


def test_a_refusal_for_now_is_tried_again_and_then_sent(sink):
    sink.rcpt_answer = "450 4.2.1 mailbox busy"
    message = queued()
    outbox.send_email(message.pk, NOW)
    message.refresh_from_db()
    assert message.next_try_at == NOW + timedelta(minutes=1)

    sink.rcpt_answer = "250 OK"
    outbox.send_email(message.pk, message.next_try_at)

    message.refresh_from_db()
    assert (message.state, message.tries, len(sink.accepted)) == (EmailState.SENT, 2, 1)


def test_no_server_at_all_keeps_the_mail_waiting(settings):
    speak_to(settings, free_port())
    message = queued()

    outbox.send_email(message.pk, NOW)

    message.refresh_from_db()
    assert (message.state, message.tries) == (EmailState.QUEUED, 1)
    assert message.last_error.startswith("ConnectionRefusedError")


def test_pauses_grow_and_end():
    minutes = [outbox.pause_after(tries) / timedelta(minutes=1) for tries in range(1, 7)]

    assert minutes == [1, 4, 16, 64, 240, 240]


def test_after_the_last_try_it_is_failed_and_can_be_retried(sink):
    sink.data_answer = "451 4.3.0 try later"
    message = queued()
    for _try in range(outbox.MAX_TRIES):
        outbox.send_email(message.pk, NOW)
    message.refresh_from_db()
    assert (message.state, message.tries) == (EmailState.FAILED, outbox.MAX_TRIES)

    sink.data_answer = "250 OK"
    outbox.retry_email(message=message, now=NOW)
    outbox.send_email(message.pk, NOW)

    message.refresh_from_db()
    assert (message.state, message.tries, len(sink.accepted)) == (EmailState.SENT, 1, 1)


def test_a_sent_mail_cannot_be_retried(sink):
    message = queued()
    outbox.send_email(message.pk, NOW)

    with pytest.raises(outbox.NothingToRetry, match="accepted already"):
        outbox.retry_email(message=message, now=NOW)


def test_a_mail_taken_by_a_worker_that_died_is_sent_later(sink):
    message = queued()
    EmailMessage.objects.filter(pk=message.pk).update(taken_until=NOW + outbox.TAKEN_FOR)

    assert outbox.send_email(message.pk, NOW) is None
    assert outbox.send_email(message.pk, NOW + outbox.TAKEN_FOR) is not None
    assert len(sink.accepted) == 1


def test_a_mail_that_workers_die_of_is_failed_after_its_last_try(sink):
    message, now = queued(), NOW
    for _death in range(outbox.MAX_TRIES):
        assert outbox._take(message.pk, now) is not None
        now += outbox.TAKEN_FOR

    assert outbox.send_email(message.pk, now) is None

    message.refresh_from_db()
    assert (message.state, message.tries, message.taken_until) == (EmailState.FAILED, outbox.MAX_TRIES, None)
    assert message.last_error.startswith("No worker told how sending it ended.")
    assert (outbox.resume_waiting(now=now + outbox.OVERDUE), len(sink.accepted)) == (0, 0)
    outbox.retry_email(message=message, now=now)
    outbox.send_email(message.pk, now)
    message.refresh_from_db()
    assert (message.state, message.tries, message.last_error) == (EmailState.SENT, 1, "")


def test_a_cancelled_mail_does_not_leave_and_one_that_is_being_sent_is_left_alone(sink):
    waiting, taken = queued(), queued(about="sessions_app.studiosession:8")
    EmailMessage.objects.filter(pk=taken.pk).update(taken_until=NOW + outbox.TAKEN_FOR)
    cancelled = [
        outbox.cancel_email(kind="reminder", about=message.about, reason="It was called off.", now=NOW)
        for message in (waiting, taken)
    ]

    assert (cancelled, outbox.send_email(waiting.pk, NOW), sink.accepted) == ([1, 0], None, [])
    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_error) == (EmailState.FAILED, "It was called off.")


@pytest.mark.parametrize(
    ("fate", "stays"),
    [
        ({}, True),
        ({"taken_until": NOW}, False),
        ({"state": "sent", "sent_at": NOW}, False),
        ({"state": "failed"}, True),
    ],
    ids=["waiting", "taken", "sent", "refused"],
)
def test_mails_about_one_thing_are_withdrawn_together_or_not_at_all(sink, fate, stays):
    first, second = queued(wait=timedelta(hours=1)), queued(recipient="other@studio.example", wait=timedelta(hours=1))
    EmailMessage.objects.filter(pk=first.pk).update(**fate)

    asked = {"kind": second.kind, "about": second.about, "reason": "It was taken back.", "now": NOW}
    assert outbox.withdraw_email(**asked) is stays

    second.refresh_from_db()
    assert (second.state, second.last_error) == (("failed", "It was taken back.") if stays else ("queued", ""))
    assert outbox.resume_waiting(now=NOW + outbox.OVERDUE) == 0
    assert outbox.withdraw_email(**asked) is False  # nothing waits any more, or it leaves


def test_a_lost_job_is_queued_again(studio):
    message = queued()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert outbox.resume_waiting(now=NOW) == 0
    assert outbox.resume_waiting(now=NOW + outbox.OVERDUE) == 1
    assert [arguments["email_id"] for _id, _name, arguments in waiting_jobs()] == [message.pk]


def test_a_subject_cannot_smuggle_in_headers(sink):
    message = queued(letter=Letter("Hello\r\nBcc: everybody@studio.example", "", ""))

    outbox.send_email(message.pk, NOW)

    (letter,) = sink.letters()
    assert (letter["Subject"], letter["Bcc"]) == ("Hello Bcc: everybody@studio.example", None)
    assert sink.accepted[0].rcpt_tos == ["client@studio.example"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "lost"}, "email_messages_"),
        ({"state": "sent"}, "email_messages_sent_when_accepted"),
        ({"sent_at": NOW}, "email_messages_sent_when_accepted"),
    ],
    ids=["unknown state", "sent without acceptance", "accepted while waiting"],
)
def test_the_database_knows_no_other_states(studio, change, constraint):
    message = queued()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        EmailMessage.objects.filter(pk=message.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail_once(sink, studio):
    messages = [queued(about=f"sessions_app.studiosession:{number}") for number in range(5)]
    barrier, sent = Barrier(2), []

    def work() -> None:
        try:
            with inside(studio):
                for message in messages:
                    barrier.wait()
                    if outbox.send_email(message.pk, NOW) is not None:
                        sent.append(message.pk)
        finally:
            connections.close_all()

    workers = [Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == [message.pk for message in messages]
    assert len(sink.accepted) == len(messages)
