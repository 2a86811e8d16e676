"""What clients may ask for: in good time, and not too much at once."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.selectors.asking import check_request
from sessions_app.services import requests, slots
from studio.office.models import StudioProfile
from tests.factories import NOW, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


def ask(room, start, **facts):
    return check_request(room=room, starts_at=start, ends_at=start + HOUR, **{"now": NOW} | facts)


def kinds(answer):
    return [reason.kind.value for reason in answer.reasons]


@pytest.mark.parametrize(
    ("house", "own", "ahead", "expected"),
    [
        (0, None, 2, []),
        (26, None, 26, []),
        (26, None, 25, ["notice"]),
        (24, 2, 3, []),
        (0, 48, 25, ["notice"]),
        (24, 0, 2, []),
    ],
    ids=[
        "no setting",
        "just in time",
        "too late",
        "the room's is shorter",
        "the room's is longer",
        "the room has none",
    ],
)
def test_the_notice_is_the_rooms_or_else_the_houses(house, own, ahead, expected):
    StudioProfile.objects.update(request_notice_hours=house)
    room = RoomFactory(request_notice_hours=own)

    assert kinds(ask(room, NOW + ahead * HOUR)) == expected


def test_too_late_says_how_long_before_and_what_can_be_had(room):
    StudioProfile.objects.update(request_notice_hours=1)
    assert ask(room, NOW + HOUR / 2).reasons[-1].sentence == "This has to be asked for 1 hour before it begins."

    StudioProfile.objects.update(request_notice_hours=24)
    answer = ask(room, NOW + 3 * HOUR)
    assert answer.reasons[-1].sentence == "This has to be asked for 24 hours before it begins."
    assert [slot.starts_at for slot in answer.alternatives] == [
        datetime(2026, 6, 2, 7, 0, tzinfo=UTC),
        datetime(2026, 6, 2, 7, 30, tzinfo=UTC),
        datetime(2026, 6, 2, 8, 0, tzinfo=UTC),
    ]
    assert all(ask(room, slot.starts_at).free for slot in answer.alternatives)


def test_what_is_past_is_not_told_twice(room):
    StudioProfile.objects.update(request_notice_hours=24)

    assert "notice" not in kinds(ask(room, NOW - 3 * HOUR))


def test_two_open_requests_are_enough(room):
    assert [kinds(ask(room, TEN, open_requests=count)) for count in (1, 2)] == [[], ["quota"]]


def test_all_reasons_are_told(room):
    StudioProfile.objects.update(request_notice_hours=48)
    SessionFactory(room=room, starts_at=TEN)

    assert kinds(ask(room, TEN, open_requests=2)) == ["taken", "notice", "quota"]


def test_a_visitor_is_refused_too_late_and_the_staff_are_not(room, client_):
    StudioProfile.objects.update(request_notice_hours=48)
    asked = {"title": "Demo", "room": room, "starts_at": TEN, "ends_at": TEN + HOUR, "awaits": "approval", "now": NOW}

    with pytest.raises(slots.SlotRefused, match="This has to be asked for 48 hours before it begins"):
        requests.request_session(**asked, actor=None, visitor=requests.Visitor("vic@visitor.example"))

    assert requests.request_session(**asked, actor=None, client=client_).session.starts_at == TEN
