"""What clients are told of bookings, through a real mail server, each thing once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone
from icalendar import Calendar

from sessions_app.models import NoticeKind, SessionNotice, SessionRequest, StudioSession
from sessions_app.selectors.terms import Step
from sessions_app.selectors.told import told_of
from sessions_app.services import bookings, contacts, holds, notice_texts, notices, policies
from sessions_app.services.notices import Tell
from studio.admin_sites import studio_site
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.jobs import run_jobs
from tests.sink import serving

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Paris
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _empty_queue(studio):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    StudioProfile.objects.update(email="desk@harbour.example", cancellation_policy="Free until the day before.")


@pytest.fixture
def sink(settings):
    with serving(settings) as keeper:
        yield keeper


@pytest.fixture
def mina():
    return ClientFactory(name="Mina Morel", first_name="Mina", email="mina@client.example")


def kinds_of(session):
    """(kind, outcome) of what was told of a session, oldest first."""
    return list(SessionNotice.objects.filter(session=session).order_by("pk").values_list("kind", "outcome"))


def delivered(sink):
    run_jobs()
    return sink.letters()


def file_of(letter):
    """The calendar that came with a letter, and its only event."""
    (part,) = letter.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    assert part["Content-Type"].params["method"] == calendar["METHOD"]
    return calendar, event


def text_of(letter):
    return letter.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_a_booking_is_confirmed_to_the_client(sink, mina, room):
    session = SessionFactory(title="Vocals", client=mina, room=room, starts_at=TEN)

    (letter,) = delivered(sink)

    assert letter["Subject"] == "Your session: Tue 2 Jun 2026, 12:00-14:00"
    assert (letter["To"], letter["Reply-To"]) == ("mina@client.example", "desk@harbour.example")
    assert text_of(letter).startswith(
        "Hello Mina,\n\nyour session is booked.\n\n"
        "What: Vocals\nWhen: Tue 2 Jun 2026, 12:00-14:00 (Europe/Paris)\nWhere: Studio A\n"
        "\nFree until the day before.\n"
    )
    assert "Studio A" in letter.get_body(("html",)).get_content()
    calendar, event = file_of(letter)
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", str(session.calendar_uid), 0)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (TEN, TEN + 2 * HOUR)
    assert event["ATTENDEE"] == "mailto:mina@client.example"
    assert event["ORGANIZER"] == "mailto:desk@harbour.example"
    assert kinds_of(session) == [("confirmation", "written")]


def test_the_same_is_told_once_however_often_it_is_announced(sink, mina):
    session = SessionFactory(client=mina)

    again = [notices.announce(session=session, kind=NoticeKind.CONFIRMATION, now=NOW) for _time in range(2)]

    assert again[0] == again[1] == SessionNotice.objects.get()
    assert len(delivered(sink)) == 1


def test_a_booking_that_is_undone_tells_nobody(mina):
    with transaction.atomic():
        SessionFactory(client=mina)
        transaction.set_rollback(True)

    assert (SessionNotice.objects.count(), EmailMessage.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "facts",
    [
        {"client": None},
        {"kind": "blocker"},
        {"starts_at": NOW - 3 * HOUR, "now": NOW - 4 * HOUR, "told_at": NOW},
    ],
    ids=["in-house", "blocker", "over"],
)
def test_what_concerns_no_client_is_not_told(mina, facts):
    told_at = facts.pop("told_at", NOW)
    session = SessionFactory(**{"client": mina, "room": None, "tell": Tell.TOGETHER} | facts)

    assert notices.announce(session=session, kind=NoticeKind.CONFIRMATION, now=told_at) is None
    assert (SessionNotice.objects.count(), EmailMessage.objects.count()) == (0, 0)


def test_why_no_mail_leaves_is_kept(mina, client_, desk):
    nobody = SessionFactory(client=client_)
    unwanted = SessionFactory(client=mina, tell=Tell.NOBODY)
    notice_texts.settle_words(
        kind=NoticeKind.CONFIRMATION, is_enabled=False, subject="", opening="", actor=desk, now=NOW
    )
    off = SessionFactory(client=mina)

    assert [kinds_of(session) for session in (nobody, unwanted, off)] == [
        [("confirmation", "no_address")],
        [("confirmation", "not_wanted")],
        [("confirmation", "switched_off")],
    ]
    assert [(told.silence, told.mails) for told in told_of(off)] == [("mails of this kind are switched off", ())]
    assert EmailMessage.objects.count() == 0


def test_a_move_tells_the_old_and_the_new_time_and_room(sink, mina, room, desk):
    session = SessionFactory(title="Vocals", client=mina, room=room, starts_at=TEN)
    delivered(sink)
    other = RoomFactory(name="Studio B")

    bookings.move_session(
        session=session, starts_at=TEN + 24 * HOUR, ends_at=TEN + 26 * HOUR, room=other, actor=desk, now=NOW
    )

    *_before, letter = delivered(sink)
    assert letter["Subject"] == "Your session has moved: Wed 3 Jun 2026, 12:00-14:00"
    assert (
        "When: Wed 3 Jun 2026, 12:00-14:00 (Europe/Paris)\nBefore: Tue 2 Jun 2026, 12:00-14:00 (Europe/Paris)\n"
        "Where: Studio B\nBefore in: Studio A\n"
    ) in text_of(letter)
    _calendar, event = file_of(letter)
    assert (event["UID"], event["SEQUENCE"], event.decoded("DTSTART")) == (
        str(session.calendar_uid),
        1,
        TEN + 24 * HOUR,
    )


def moved_to(session, start, desk, now=NOW, tell=Tell.CLIENT):
    length = session.ends_at - session.starts_at
    bookings.move_session(session=session, starts_at=start, ends_at=start + length, actor=desk, now=now, tell=tell)


def test_there_and_back_again_tells_of_each_move_that_was_heard_of(sink, mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    for start in (TEN + 24 * HOUR, TEN, TEN + 24 * HOUR):
        moved_to(session, start, desk)
        delivered(sink)

    assert [letter["Subject"].split(":")[0] for letter in delivered(sink)] == [
        "Your session",
        *["Your session has moved"] * 3,
    ]


def test_a_change_waits_before_it_leaves(mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    moved_to(session, TEN + HOUR, desk)

    confirmation, change = EmailMessage.objects.order_by("pk")
    assert (confirmation.next_try_at, change.next_try_at) == (NOW, NOW + notices.CHANGE_WAITS)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at FROM procrastinate_jobs WHERE args @> %s", [f'{{"email_id": {change.pk}}}'])
        assert cursor.fetchone() == (NOW + notices.CHANGE_WAITS,)


def test_a_move_that_is_taken_back_in_time_tells_nobody(sink, mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    moved_to(session, TEN + 24 * HOUR, desk)
    moved_to(session, TEN, desk)

    assert [letter["Subject"].split(":")[0] for letter in delivered(sink)] == ["Your session"]
    assert kinds_of(session) == [("confirmation", "written"), ("change", "withdrawn")]
    assert [(told.silence, mail.error) for told in told_of(session)[:1] for mail in told.mails] == [
        ("withdrawn before it left", "The session was changed again before this mail left.")
    ]


@pytest.mark.parametrize("last", [Tell.CLIENT, Tell.NOBODY])
def test_moves_that_follow_each_other_are_told_as_one(sink, mina, room, desk, last):
    session = SessionFactory(client=mina, room=room, starts_at=TEN)
    delivered(sink)
    moved_to(session, TEN + 24 * HOUR, desk)
    moved_to(session, TEN + 48 * HOUR, desk, tell=last)

    _confirmation, letter = delivered(sink)
    assert "When: Thu 4 Jun 2026, 12:00-14:00 (Europe/Paris)\nBefore: Tue 2 Jun 2026, 12:00-14:00" in text_of(letter)
    assert kinds_of(session)[1:] == [("change", "withdrawn"), ("change", "written")]


def test_a_change_that_may_have_left_is_told_and_so_is_the_next(sink, mina, desk):
    session = SessionFactory(client=mina, starts_at=TEN)
    moved_to(session, TEN + 24 * HOUR, desk)
    EmailMessage.objects.filter(kind="session_change").update(taken_until=NOW)  # its worker died
    moved_to(session, TEN, desk)

    letters = delivered(sink)
    assert [letter["Subject"].split(": ")[1] for letter in letters] == [
        "Tue 2 Jun 2026, 12:00-14:00",
        "Wed 3 Jun 2026, 12:00-14:00",
        "Tue 2 Jun 2026, 12:00-14:00",
    ]


def test_a_cancellation_keeps_the_change_before_it_from_leaving(sink, mina, desk):
    session = SessionFactory(title="Vocals", client=mina, starts_at=TEN)
    moved_to(session, TEN + 24 * HOUR, desk)
    bookings.cancel_session(session=session, reason="Flood", actor=desk, now=NOW)

    assert [letter["Subject"].split(":")[0] for letter in delivered(sink)] == ["Your session", "Cancelled"]


def test_a_cancellation_takes_it_out_of_the_calendar_once(sink, mina, desk):
    session = SessionFactory(title="Vocals", client=mina, starts_at=TEN)
    delivered(sink)
    for _time in range(2):
        bookings.cancel_session(session=session, reason="Flood", actor=desk, now=NOW)

    _confirmation, letter = delivered(sink)
    assert letter["Subject"] == "Cancelled: Vocals, Tue 2 Jun 2026, 12:00-14:00"
    assert "Reason: Flood" in text_of(letter)
    calendar, event = file_of(letter)
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


def test_a_cancellation_says_what_it_costs_unless_that_is_waived(sink, mina, desk):
    steps = (Step("cancellation", 48, Decimal(50), None),)
    policies.create_policy(name="House terms", steps=steps, actor=None, now=NOW)
    for waived in ("", "Goodwill"):
        session = SessionFactory(client=mina, starts_at=TEN, total=Decimal(200))
        bookings.cancel_session(session=session, reason="Ill", actor=desk, now=NOW + 2 * HOUR, waive_because=waived)

    owed, waived = [text_of(letter) for letter in delivered(sink) if letter["Subject"].startswith("Cancelled")]
    assert "Fee: 100.00 EUR. " in owed
    assert "Fee" not in waived


def test_a_confirmation_says_the_terms_it_was_booked_under_and_not_two_truths(sink, mina, desk):
    steps = (
        Step("no_show", None, Decimal(100), None),
        Step("cancellation", 24, Decimal(100), None),
        Step("cancellation", 48, Decimal("12.5"), None),
        Step("reschedule", 24, None, Decimal(15)),
    )
    policy = policies.create_policy(name="House terms", steps=steps, actor=None, now=NOW)
    session = SessionFactory(client=mina, starts_at=TEN, total=Decimal(200))
    policy.tiers.all().delete()
    SessionFactory(client=mina, starts_at=TEN + 9 * HOUR, total=Decimal(200))

    agreed, free = (text_of(letter) for letter in delivered(sink))

    assert session.terms is not None
    assert (
        "\nCancellation less than 48 hours before the start: 12.5 % of the price\n"
        "Cancellation less than 24 hours before the start: 100 % of the price\n"
        "Rescheduling less than 24 hours before the start: 15.00 EUR\n"
        "No-show: 100 % of the price\n"
    ) in agreed
    assert ("Free until" in agreed, "Free until the day before." in free) == (False, True)


def test_what_was_never_in_their_calendar_is_not_taken_out(sink, mina, desk):
    session = SessionFactory(client=mina, tell=Tell.NOBODY)
    bookings.cancel_session(session=session, reason="Flood", actor=desk, now=NOW)

    (letter,) = delivered(sink)
    assert list(letter.iter_attachments()) == []


def test_a_hold_says_until_when_and_becomes_a_booking(sink, mina, desk):
    hold = HoldFactory(client=mina, starts_at=TEN, expires_at=NOW + HOUR)
    (placed,) = delivered(sink)
    holds.confirm_hold(session=hold, actor=desk, now=NOW)
    *_placed, confirmed = delivered(sink)

    assert placed["Subject"] == "On hold for you: Tue 2 Jun 2026, 12:00-14:00"
    assert "Kept until: Mon 1 Jun 2026, 09:00 (Europe/Paris)" in text_of(placed)
    assert list(placed.iter_attachments()) == []
    assert confirmed["Subject"] == "Your session: Tue 2 Jun 2026, 12:00-14:00"


@pytest.mark.parametrize(("approve", "kind"), [(True, "request_approved"), (False, "request_declined")])
def test_a_request_of_a_visitor_is_answered_to_the_visitor(sink, desk, approve, kind):
    asked = HoldFactory(starts_at=TEN, client=None)
    StudioSession.objects.filter(pk=asked.pk).update(status="requested")
    SessionRequest.objects.create(session=asked, visitor_name="Vic", visitor_email="vic@visitor.example")

    if approve:
        holds.confirm_hold(session=asked, actor=desk, now=NOW)
    else:
        bookings.cancel_session(session=asked, reason="We are full", actor=desk, now=NOW)

    (letter,) = delivered(sink)
    assert (letter["To"], kinds_of(asked)) == ("vic@visitor.example", [(kind, "written")])
    assert text_of(letter).startswith("Hello Vic,")


def test_whoever_is_asked_first_for_a_client_gets_it_too(sink, mina, desk):
    for first, email, is_primary in (("Ada", "ada@agency.example", True), ("Bo", "bo@agency.example", False)):
        contacts.add_contact(client=mina, first_name=first, email=email, is_primary=is_primary, actor=desk, now=NOW)

    SessionFactory(client=mina)

    assert sorted(letter["To"] for letter in delivered(sink)) == ["ada@agency.example", "mina@client.example"]


def test_several_sessions_are_told_of_in_one_mail(sink, mina, room):
    week = [
        SessionFactory(client=mina, room=room, starts_at=TEN + 24 * HOUR * day, tell=Tell.TOGETHER) for day in range(3)
    ]

    told = notices.announce_together(sessions=week, kind=NoticeKind.CONFIRMATION, now=NOW)
    notices.announce_together(sessions=week, kind=NoticeKind.CONFIRMATION, now=NOW)

    (letter,) = delivered(sink)
    assert letter["Subject"].startswith("Your 3 sessions:")
    assert "- Wed 3 Jun 2026, 12:00-14:00, Studio A\n" in text_of(letter)
    (part,) = letter.iter_attachments()
    starts = [event.decoded("DTSTART") for event in Calendar.from_ical(part.get_content()).walk("VEVENT")]
    assert starts == [session.starts_at for session in week]
    assert len({notice.letter for notice in told}) == 1
    assert [told_of(session)[0].mails[0].state for session in week] == ["sent"] * 3


# The same instant everywhere ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start", "said"),
    [
        ("Europe/Paris", "2026-10-25T00:30Z", "Sun 25 Oct 2026, 02:30-03:30 (UTC+02:00 - UTC+01:00)"),
        ("Europe/Paris", "2026-10-25T01:30Z", "Sun 25 Oct 2026, 02:30-04:30 (UTC+01:00 - UTC+01:00)"),
        ("America/New_York", "2026-11-01T05:30Z", "Sun 1 Nov 2026, 01:30-02:30 (UTC-04:00 - UTC-05:00)"),
        ("Australia/Lord_Howe", "2027-04-03T14:45Z", "Sun 4 Apr 2027, 01:45-03:15 (UTC+11:00 - UTC+10:30)"),
        ("Africa/Casablanca", "2027-02-07T00:00Z", "Sun 7 Feb 2027, 01:00-02:00 (UTC+01:00 - UTC+00:00)"),
        ("America/Asuncion", "2026-10-04T03:30Z", "Sun 4 Oct 2026, 00:30-02:30"),
        ("Pacific/Apia", "2026-09-26T13:30Z", "Sun 27 Sep 2026, 02:30-04:30"),
    ],
)
def test_mail_file_and_page_show_the_same_instant(sink, mina, zone, start, said):
    StudioProfile.objects.update(time_zone=zone)
    begins = datetime.fromisoformat(start)
    session = SessionFactory(client=mina, room=None, starts_at=begins)

    (letter,) = delivered(sink)

    assert f"When: {said} ({zone})" in text_of(letter)
    calendar, event = file_of(letter)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (begins, session.ends_at)
    assert [part["TZID"] for part in calendar.walk("VTIMEZONE")] == [zone]
    with timezone.override(ZoneInfo(zone)):  # as the request's middleware does
        assert studio_site._registry[StudioSession].period(session) == said


HOSTILE = [
    "{{ settings.SECRET_KEY }}",
    "{% load static %}",
    "{client.__class__}",
    "{0}",
    "%(title)s",
    "$title",
    "<script>alert(1)</script>",
    "{title!r}",
    "{when:>99}",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_own_words_reach_nothing_but_the_list(sink, mina, desk, payload):
    notice_texts.settle_words(
        kind=NoticeKind.CONFIRMATION,
        is_enabled=True,
        subject=f"{payload} {{title}}",
        opening=f"Dear {{client}}: {payload}",
        actor=desk,
        now=NOW,
    )
    SessionFactory(title="{room} {{ x }}\r\nBcc: evil@x.example", client=mina)

    (letter,) = delivered(sink)

    assert letter["Subject"] == f"{payload} {{room}} {{{{ x }}}} Bcc: evil@x.example"
    assert letter["Bcc"] is None
    assert text_of(letter).startswith(f"Dear Mina: {payload}\n")
    assert "<script>" not in letter.get_body(("html",)).get_content()


def test_a_placeholder_that_stands_for_nothing_is_refused(desk):
    with pytest.raises(notice_texts.UnknownPlaceholder, match=r"\{cleint\} stands for nothing"):
        notice_texts.settle_words(
            kind=NoticeKind.CHANGE, is_enabled=True, subject="", opening="Dear {cleint}", actor=desk, now=NOW
        )
