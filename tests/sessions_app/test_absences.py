"""Who is away cannot be booked, and who is booked cannot go away without a word."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError

from sessions_app.models import Absence, SessionAssignment, StudioSession
from sessions_app.services import absences, assignments, attendance, bookings, facts, slots
from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from studio.office.models import StudioProfile
from tests.factories import NOW, MusicianFactory, RoomFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY = date(2026, 6, 2)


@pytest.fixture
def nora():
    return UserFactory(name="Nora Berg", email="nora@example.org")


def away(person, start=TEN, end=TEN + HOUR, **facts):
    return absences.add_absence(person=person, starts_at=start, ends_at=end, **{"actor": None, "now": NOW} | facts)


def off(person, first=TUESDAY, last=TUESDAY, **facts):
    return absences.add_days_off(person=person, first_day=first, last_day=last, **{"actor": None, "now": NOW} | facts)


@pytest.mark.parametrize("kind", ["engineer", "talent"])
def test_who_is_away_cannot_be_booked_and_can_before_and_after(kind, nora):
    person = nora if kind == "engineer" else MusicianFactory(name="Ada Alt")
    crew = {"engineers": [nora]} if kind == "engineer" else {"talents": [person]}
    away(person, TEN, TEN + 2 * HOUR)

    with pytest.raises(slots.CrewMissing) as refused:
        SessionFactory(starts_at=TEN + HOUR, **crew)
    (reason,) = refused.value.reasons
    name = "Nora Berg" if kind == "engineer" else "Ada Alt"
    assert reason.sentence == f"{name} cannot be had at that time."
    assert reason.staff_sentence == f"{name} is away: Tue 2 Jun 2026, 12:00-14:00."
    assert [SessionFactory(starts_at=TEN + hours * HOUR, **crew).assignments.count() for hours in (-2, 2)] == [1, 1]


def test_who_is_away_cannot_be_put_on_a_session_nor_moved_into_the_absence(nora, room):
    away(nora)
    session, later = SessionFactory(), SessionFactory(room=room, starts_at=TEN + 5 * HOUR, engineers=[nora])

    with pytest.raises(slots.CrewMissing):
        assignments.assign_member(session=session, member=nora, actor=None, now=NOW)
    with pytest.raises(slots.CrewMissing):
        bookings.move_session(session=later, starts_at=TEN, ends_at=TEN + HOUR, actor=None, now=NOW)


def test_days_off_are_days_of_the_wall_calendar(nora):
    absence = off(nora, TUESDAY, TUESDAY + DAY)

    midnight = datetime(2026, 6, 1, 22, tzinfo=UTC)
    assert (absence.starts_at, absence.ends_at, absence.is_whole_days) == (midnight, midnight + 2 * DAY, True)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", date(2027, 3, 28), 23),
        ("Europe/Paris", date(2027, 10, 31), 25),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("America/Asuncion", date(2023, 10, 1), 23),
    ],
)
def test_a_day_off_is_as_long_as_the_day(nora, zone, day, hours):
    StudioProfile.objects.update(time_zone=zone)

    absence = off(nora, day, day)

    assert (absence.ends_at - absence.starts_at) / HOUR == hours


def test_one_person_is_away_once_and_two_at_once(nora):
    away(nora)

    with pytest.raises(absences.AwayAlready, match=r"^Nora Berg is away at that time already\.$"):
        away(nora, TEN + HOUR / 2, TEN + 2 * HOUR)
    away(nora, TEN + HOUR, TEN + 2 * HOUR)
    away(UserFactory())
    assert Absence.objects.count() == 3


def test_plain_sql_cannot_send_one_person_away_twice(nora):
    away(nora)

    with pytest.raises(IntegrityError, match="absences_of_user_once"):
        Absence.objects.create(user=nora, label="Nora", starts_at=TEN, ends_at=TEN + HOUR)


def test_an_absence_over_sessions_is_refused_naming_them(nora):
    first = SessionFactory(title="Vocals", engineers=[nora])
    second = SessionFactory(title="Mix", starts_at=TEN + 4 * HOUR, engineers=[nora])
    SessionFactory(title="Another day", starts_at=TEN + DAY, engineers=[nora])

    with pytest.raises(assignments.StillAssigned) as refused:
        off(nora)

    assert str(refused.value) == (
        "Nora Berg is on 2 sessions in that time, and has to be taken off them first:"
        " Vocals (Tue 2 Jun 2026, 10:00), Mix (Tue 2 Jun 2026, 14:00)."
    )
    assert [row.session for row in refused.value.assignments] == [first, second]
    assert not Absence.objects.exists()


def test_what_was_looked_at_is_let_go_and_told(nora, desk):
    session = SessionFactory(engineers=[nora])
    other = UserFactory()
    assignments.assign_member(session=session, member=other, actor=None, now=NOW)
    row = session.assignments.get(engineer=nora)

    off(nora, released=[row], actor=desk)

    assert list(SessionAssignment.objects.values_list("engineer", flat=True)) == [other.pk]
    told = AuditEvent.objects.get(verb="unassign")
    assert (told.object_id, told.reason, told.actor_label) == (str(session.pk), "Away", "Dana Desk <desk@example.org>")


def test_what_came_since_is_not_let_go(nora):
    seen = SessionFactory(engineers=[nora]).assignments.get()
    SessionFactory(title="Came since", starts_at=TEN + 4 * HOUR, engineers=[nora])

    with pytest.raises(assignments.StillAssigned, match="Came since"):
        off(nora, released=[seen])
    assert (SessionAssignment.objects.count(), Absence.objects.count()) == (2, 0)


def test_leave_written_down_late_keeps_who_worked(nora, desk):
    over = SessionFactory(title="Morning", engineers=[nora])
    SessionFactory(title="Evening", starts_at=TEN + 8 * HOUR, engineers=[nora])
    noon = TEN + 3 * HOUR
    attendance.start_session(session=over, actor=desk, now=TEN)
    attendance.complete_session(
        session=over, actual_start=TEN, actual_end=TEN + 2 * HOUR, actor=desk, now=TEN + 2 * HOUR
    )
    StudioSession.objects.filter(pk=over.pk).update(invoiced_at=noon)

    with pytest.raises(assignments.StillAssigned) as refused:
        off(nora, now=noon)
    assert [row.session.title for row in refused.value.assignments] == ["Evening"]
    off(nora, now=noon, released=refused.value.assignments)

    assert list(SessionAssignment.objects.values_list("session__title", "engineer")) == [("Morning", nora.pk)]


def test_leave_that_is_over_asks_for_nothing(nora):
    SessionFactory(engineers=[nora])

    off(nora, now=TEN + 3 * DAY)

    assert (SessionAssignment.objects.count(), Absence.objects.count()) == (1, 1)


def test_who_completed_a_session_early_worked_on_it(nora, desk):
    session = SessionFactory(engineers=[nora])
    now = TEN + HOUR
    attendance.start_session(session=session, actor=desk, now=TEN)
    attendance.complete_session(session=session, actual_start=TEN, actual_end=now, actor=desk, now=now)

    away(nora, now, now + 5 * HOUR, now=now)

    assert session.assignments.get().engineer == nora


def test_cancelled_sessions_keep_nobody(nora):
    session = SessionFactory(engineers=[nora])
    bookings.cancel_session(session=session, reason="no", actor=None, now=NOW)

    assert off(nora).user == nora


def test_an_absence_is_taken_back_once(nora):
    absence = away(nora)
    absences.remove_absence(absence=absence, actor=None, now=NOW)
    absences.remove_absence(absence=absence, actor=None, now=NOW)

    assert not Absence.objects.exists()
    assert AuditEvent.objects.filter(verb="delete", object_type="sessions_app.absence").count() == 1
    assert SessionFactory(engineers=[nora]).assignments.count() == 1


def test_the_name_beside_an_absence_is_the_present_one_and_outlives_the_account(nora):
    absence = away(nora)
    users.rename_account(user=nora, name="Nora Lind", actor=None, now=NOW)
    SessionFactory(starts_at=TEN + DAY, room=RoomFactory(), engineers=[nora])
    users.rename_account(user=nora, name="Nora Holm", actor=None, now=NOW)
    users.delete_account(user=nora, actor=None, now=NOW)

    absence.refresh_from_db()
    assert (absence.user, absence.label) == (None, "Nora Holm <nora@example.org>")
    assert list(SessionAssignment.objects.values_list("engineer", "label")) == [(None, "Nora Holm <nora@example.org>")]
    assert StudioSession.objects.count() == 1


@pytest.mark.parametrize(
    ("facts_", "error"),
    [
        ({"end": TEN}, facts.BadFacts),
        ({"end": TEN - HOUR}, facts.BadFacts),
        ({"kind": "hungover"}, facts.BadFacts),
        ({"notes": "n" * 501}, facts.BadFacts),
        ({"notes": "a\x00b"}, facts.BadFacts),
        ({"end": TEN.replace(year=2999)}, absences.TooFarAway),
    ],
    ids=["no length", "backwards", "unknown kind", "long notes", "NUL", "a thousand years"],
)
def test_nonsense_is_refused(nora, facts_, error):
    with pytest.raises(error):
        away(nora, **facts_)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(TUESDAY, date.max), (date.max, date.max), (TUESDAY, TUESDAY - DAY)])
def test_days_that_are_none_are_refused(nora, first, last):
    with pytest.raises((absences.TooFarAway, facts.BadFacts)):
        off(nora, first, last)
