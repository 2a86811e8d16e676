"""What engineers read on their pages about their sessions."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.models import SessionAssignment
from sessions_app.services import assignments, bookings
from studio.accounts.models import Notification
from tests.factories import NOW, RoomFactory, SessionFactory
from tests.staff import account

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 4, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def edith():
    return account("engineer")


def news_of(person):
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def test_an_engineer_hears_of_being_put_on_moved_and_cancelled(edith, room, desk):
    session = SessionFactory(title="Vocals", room=room, starts_at=TEN, engineers=[edith])
    bookings.move_session(
        session=session,
        starts_at=TEN + HOUR,
        ends_at=TEN + 2 * HOUR,
        room=RoomFactory(name="Studio B"),
        actor=desk,
        now=NOW,
    )
    for _time in range(2):
        bookings.cancel_session(session=session, reason="Flood", actor=desk, now=NOW)

    assert news_of(edith) == [
        "You work on Vocals: Thu 4 Jun 2026, 10:00-12:00.",
        "Vocals has moved from Thu 4 Jun 2026, 10:00-12:00 to Thu 4 Jun 2026, 11:00-12:00, room: Studio B.",
        "Vocals is cancelled: Thu 4 Jun 2026, 11:00-12:00.",
    ]
    link = f"/admin/sessions_app/studiosession/{session.pk}/change/"
    assert set(Notification.objects.values_list("link", "kind")) == {(link, "booking")}


def test_one_who_is_put_on_later_and_taken_off_hears_of_both(edith, desk):
    session = SessionFactory(title="Vocals", starts_at=TEN)
    assigned = assignments.assign_member(session=session, member=edith, actor=desk, now=NOW)
    assignments.unassign_member(assignment=assigned, actor=desk, now=NOW)

    assert [text.split(":")[0] for text in news_of(edith)] == [
        "You work on Vocals",
        "You do not work on Vocals any more",
    ]


def test_nobody_hears_of_what_they_did_themselves_or_declined_or_is_over(edith, desk):
    own = SessionFactory(starts_at=TEN, engineers=[edith], actor=edith)
    declined = SessionFactory(starts_at=TEN + 9 * HOUR, engineers=[edith], actor=edith)
    SessionAssignment.objects.filter(session=declined).update(status="declined")

    bookings.cancel_session(session=own, reason="", actor=edith, now=NOW)
    bookings.cancel_session(session=declined, reason="", actor=desk, now=NOW)
    late = SessionFactory(starts_at=TEN + 24 * HOUR, engineers=[edith], actor=edith)
    bookings.cancel_session(session=late, reason="", actor=desk, now=TEN + 48 * HOUR)

    assert news_of(edith) == []
