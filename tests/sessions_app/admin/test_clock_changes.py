"""The page on which a changed clock is settled."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.models import StudioSession
from tests.factories import SessionFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

URL = "/admin/clock-changes/"
JULY = datetime(2090, 7, 4, 10, tzinfo=UTC)  # 12:00 in Paris
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def two(room, no_more_summer_time):
    booked = [SessionFactory(title=f"Day {day}", room=room, starts_at=JULY + day * DAY) for day in range(2)]
    no_more_summer_time()
    return booked


def starts():
    return [session.starts_at for session in StudioSession.objects.order_by("pk")]


def test_it_is_found_from_the_first_page_and_lists_both_times(office, two):
    assert f'href="{URL}"><b>2</b> off the hour agreed' in office.get("/admin/").content.decode()

    page = office.get(URL).content.decode()

    for shown in ("Day 0", "Day 1", "Tue 4 Jul 2090, 11:00", "Tue 4 Jul 2090, 12:00"):
        assert shown in page
    assert starts() == [JULY, JULY + DAY]


def test_those_ticked_are_moved_or_left(office, two):
    first, second = two

    moved = office.post(URL, {"session": first.pk, "do": "move"}, follow=True).content.decode()
    assert ("1 session is settled." in moved, "Day 0" in moved, "Day 1" in moved) == (True, False, True)
    assert starts() == [JULY + HOUR, JULY + DAY]

    kept = office.post(URL, {"session": second.pk, "do": "keep"}, follow=True).content.decode()
    assert ("Every session is at the hour that was agreed." in kept, starts()) == (True, [JULY + HOUR, JULY + DAY])

    again = office.post(URL, {"session": [first.pk, second.pk, "x", ""], "do": "move"}, follow=True).content.decode()
    assert (again.count("settled it meanwhile"), starts()) == (2, [JULY + HOUR, JULY + DAY])
    assert "are settled" not in again
    assert "Nothing was ticked" in office.post(URL, {"do": "move"}, follow=True).content.decode()


def test_nobody_but_who_may_move_everybody_s_sessions(web, two):
    browser = signed_in(web, account("read_only"))

    assert browser.get(URL).status_code == 403
    assert browser.post(URL, {"session": two[0].pk, "do": "move"}).status_code == 403
    assert starts() == [JULY, JULY + DAY]
