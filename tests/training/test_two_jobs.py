"""Somebody who is engineer and trainer is at one place at a time, whichever of the two somebody asks for."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from sessions_app.models import Absence, SessionAssignment
from sessions_app.selectors.calendar import BandKind, Lane
from sessions_app.selectors.crew_calendar import crew_calendar
from sessions_app.services import absences, assignments, holds
from sessions_app.services import bookings as studio_bookings
from sessions_app.services.slots import CrewMissing
from studio.accounts.services import roles
from tests.factories import NOW, RoomFactory, SessionFactory, UserFactory
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, TrainerFactory
from training.models import SessionType
from training.services import bookings
from training.services.slots import SlotRefused

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Paris
BOOKED = "Both is booked at that time: Training on Left (Tue 2 Jun 2026, 12:00-12:30)."


@pytest.fixture
def both():
    person = UserFactory(name="Both")
    roles.grant_role(user=person, role="engineer", actor=None, now=NOW)
    return person


@pytest.fixture
def training(both, machine, ada):
    """Ada's half hour with them, from ten in UTC."""
    SessionType.objects.update(takes_credit=False)
    slot = {"machine": machine, "scheduled_start": TEN, "scheduled_end": TEN + HALF_HOUR}
    return bookings.book_session(member=ada, trainer=TrainerFactory(user=both), actor=None, now=NOW, **slot)


def record(both, start=TEN, length=HALF_HOUR, **given):
    times = {"starts_at": start, "ends_at": start + length}
    return studio_bookings.book_session(
        title="Mix", kind="remote", engineers=[both], actor=None, now=NOW, **times, **given
    )


def told(refused):
    return [reason.staff_sentence for reason in refused.value.reasons]


def test_whoever_trains_is_no_engineer_at_that_hour(training, both):
    with pytest.raises(CrewMissing) as refused:
        record(both)
    assert told(refused) == [BOOKED]
    # To the minute before and after it they are.
    before, after = record(both, TEN - HALF_HOUR), record(both, TEN + HALF_HOUR)

    with pytest.raises(CrewMissing) as refused:
        studio_bookings.move_session(session=before, starts_at=TEN, ends_at=TEN + HALF_HOUR, actor=None, now=NOW)
    assert told(refused) == [BOOKED]
    # The training session itself is not in its own way.
    with pytest.raises(SlotRefused, match=r"Both is in another session at that time\. Mix"):
        bookings.change_session(session=training, scheduled_end=TEN + 2 * HALF_HOUR, actor=None, now=NOW)
    studio_bookings.cancel_session(session=after, reason="Off", actor=None, now=NOW)
    bookings.change_session(session=training, scheduled_end=TEN + 2 * HALF_HOUR, actor=None, now=NOW)
    bookings.cancel_session(session=training, reason="Ill", actor=None, now=NOW)
    record(both)


def test_a_hold_that_waits_may_name_them_and_a_first_one_may_not(training, both):
    room = RoomFactory()
    times = {"room": room, "starts_at": TEN, "ends_at": TEN + 4 * HALF_HOUR, "expires_at": TEN}
    with pytest.raises(CrewMissing):
        holds.place_hold(title="First", engineers=[both], actor=None, now=NOW, **times)
    holds.place_hold(title="First", actor=None, now=NOW, **times)
    waiting = holds.place_hold(title="Second", actor=None, now=NOW, **times)

    assignments.assign_member(session=waiting, member=both, actor=None, now=NOW)

    assert (waiting.hold_rank, SessionAssignment.objects.get().engineer) == (2, both)


def test_the_page_says_what_they_do_then_and_not_with_whom(web, training, both, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    session = SessionFactory(room=RoomFactory(), starts_at=TEN)
    browser = signed_in(web, account("front_desk"))

    answer = browser.post(reverse("admin:sessions_app_studiosession_assign", args=[session.pk]), {"engineer": both.pk})

    page = answer.content.decode()
    assert (answer.status_code, BOOKED in page, "Morel" in page) == (409, True, False)


def test_whoever_will_be_away_gives_their_sessions_away_first(training, both):
    noon = {"starts_at": TEN - HALF_HOUR, "ends_at": TEN + timedelta(days=1)}
    sentence = r"Both is booked in that time; .*: Training on Left \(Tue 2 Jun 2026, 12:00-12:30\)\."

    with pytest.raises(absences.StillBooked, match=sentence):
        absences.add_absence(person=both, actor=None, now=NOW, **noon)
    assert not Absence.objects.exists()
    bookings.assign_trainer(session=training, trainer=None, actor=None, now=NOW)
    absences.add_absence(person=both, actor=None, now=NOW, **noon)


def test_the_engineers_calendar_shades_the_hour(training, both):
    drawn = crew_calendar(
        lane=Lane.ENGINEERS, first=date(2026, 6, 2), last=date(2026, 6, 3), zone=ZoneInfo("Europe/Paris"), now=NOW
    )

    shaded = [
        (band.keys, band.title, f"{band.wall.starts:%H:%M}") for band in drawn.bands if band.kind == BandKind.AWAY
    ]
    assert shaded == [((both.pk,), "Training on Left", "12:00")]
