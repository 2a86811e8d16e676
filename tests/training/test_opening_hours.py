"""A change of the house's hours asks for the sessions on the machines as well."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from sessions_app.services import opening_hours
from sessions_app.services.opening_hours import Stretch
from tests.factories import NOW
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, TrainingSessionFactory
from training.models import SessionType
from training.services import bookings, slots

pytestmark = pytest.mark.django_db
WEEK, PARIS = timedelta(days=7), ZoneInfo("Europe/Paris")
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Paris


def close(**given):
    return opening_hours.add_closure(starts_on=TEN.date(), ends_on=TEN.date(), actor=None, now=NOW, **given)


def test_day_with_a_training_session_cannot_be_closed(ada):
    session = TrainingSessionFactory(member=ada, scheduled_start=TEN)
    TrainingSessionFactory(session_type_id="outage", member=None, scheduled_start=TEN)
    TrainingSessionFactory(status="cancelled", scheduled_start=TEN)

    with pytest.raises(opening_hours.SessionsWouldBeOutside, match=r"1 session would.*Ada Morel \(") as refused:
        close()

    assert refused.value.sessions == (session,)
    session.delete()
    assert close().pk


def opens(weekday, since, *stretches):
    return opening_hours.change_opening_hours(
        weekday=weekday, stretches=stretches, effective_from=since, actor=None, now=NOW
    )


def book(machine, member, start):
    slot = {"machine": machine, "member": member, "scheduled_start": start, "scheduled_end": start + HALF_HOUR}
    return bookings.book_session(actor=None, now=NOW, **slot)


def test_sessions_are_booked_in_the_hours_of_their_day_to_the_minute(machine, ada):
    SessionType.objects.update(takes_credit=False)
    opens(1, date(2026, 6, 9), Stretch(12 * 60 + 15, 22 * 60))  # Tuesdays, from the next one on

    book(machine, ada, TEN)
    with pytest.raises(slots.SlotRefused, match="The studio is closed at that time"):
        book(machine, ada, TEN + WEEK)
    book(machine, ada, TEN + WEEK + HALF_HOUR / 2)

    with pytest.raises(opening_hours.SessionsWouldBeOutside, match=r"1 session would.*Ada Morel \("):
        opens(1, date(2026, 6, 9), Stretch(12 * 60 + 16, 22 * 60))


def test_an_hour_that_comes_twice_is_booked_twice(machine, ada):
    SessionType.objects.update(takes_credit=False)
    opens(6, date(2026, 10, 25), Stretch(60, 240))
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in Paris, and an hour later again

    booked = [book(machine, ada, first + number * HALF_HOUR) for number in range(4)]

    assert [f"{each.scheduled_start.astimezone(PARIS):%H:%M %z}" for each in booked] == [
        *("02:00 +0200", "02:30 +0200", "02:00 +0100", "02:30 +0100"),
    ]


def test_page_of_closures_leads_to_the_training_session(web, ada, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    session = TrainingSessionFactory(member=ada, scheduled_start=TEN)
    signed_in(web, account("manager"))

    answer = web.post(reverse("admin:office_closure_add"), {"starts_on": TEN.date(), "ends_on": TEN.date()})

    assert answer.status_code == 409
    assert reverse("admin:training_trainingsession_change", args=[session.pk]) in answer.content.decode()
