"""Making, seeing and revoking calendar feeds, in the back office and on one's own page."""

import pytest
from django.utils import timezone

from sessions_app.models import CalendarFeed
from sessions_app.services import feeds
from studio.logs import LineFormatter
from tests.factories import NOW, UserFactory
from tests.sessions_app.admin.test_booking_pages import text, told
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/calendarfeed/"
MAKE = f"{LIST}add/"
OWN = "/feeds/"

pytestmark = pytest.mark.django_db


def typed(**changed):
    return {"name": "Door", "scope": "house", "detail": "busy", "room": "", "person": ""} | changed


def made(**facts):
    given = {"name": "Phone", "scope": "house", "detail": "titles", "actor": None, "now": NOW}
    return feeds.make_feed(**given | facts).feed


def test_the_address_is_shown_once_and_works(office, room):
    shown = office.post(MAKE, typed(scope="room", room=room.pk))
    feed = CalendarFeed.objects.get()
    address = shown.context["made"].address

    assert (shown.status_code, "no-store" in shown["Cache-Control"]) == (200, True)
    assert f'value="{address}"' in text(shown)
    assert (feed.room, feed.person, feed.detail, feed.created_by_label) == (
        room,
        None,
        "busy",
        "Owner <owner@studio.example>",
    )
    assert office.get(address.removeprefix("http://harbour.localhost")).status_code == 200
    for page in (LIST, f"{LIST}{feed.pk}/change/", f"/admin/sessions_app/room/{room.pk}/change/"):
        assert "Door" in text(office.get(page))
        assert address not in text(office.get(page))


@pytest.mark.parametrize("scope", ["room", "person"])
def test_whose_sessions_has_to_be_said(office, scope):
    response = office.post(MAKE, typed(scope=scope))

    assert (response.status_code, CalendarFeed.objects.count()) == (400, 0)
    assert response.context["form"].errors[scope] == ["Choose whose sessions the feed shows."]


def test_what_the_scope_does_not_ask_for_is_left_aside(office, room):
    office.post(MAKE, typed(room=room.pk))

    assert CalendarFeed.objects.get().room is None


def test_a_link_of_the_room_fills_the_form(office, room):
    page = text(office.get(f"/admin/sessions_app/room/{room.pk}/change/"))
    assert f'href="{MAKE}?scope=room&room={room.pk}"' in page

    assert office.get(f"{MAKE}?scope=room&room={room.pk}").context["form"].initial == {
        "scope": "room",
        "room": str(room.pk),
    }


def test_revoking_is_asked_for_and_final(office):
    feed = made()
    revoke = f"{LIST}{feed.pk}/revoke/"

    assert office.get(revoke).status_code == 200
    assert told(office.post(revoke)) == ["The address of Phone does not work any more."]

    feed.refresh_from_db()
    assert not feed.is_open
    assert "Revoke" not in {
        str(offer.label) for offer in office.get(f"{LIST}{feed.pk}/change/").context["offered_actions"]
    }


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_as_often_for_many(office, room, item_count, django_assert_num_queries):
    for number in range(item_count):
        made(name=f"Phone {number}", scope="room", room=room)
    office.get(LIST)

    with django_assert_num_queries(5):
        assert text(office.get(LIST)).count("Phone") == item_count


@pytest.mark.parametrize(
    ("role", "seen", "add"), [("manager", 200, 200), ("front_desk", 200, 403), ("engineer", 403, 403)]
)
def test_who_may(web, studio, role, seen, add):
    browser = signed_in(web, account(role))

    assert (browser.get(LIST).status_code, browser.get(MAKE).status_code) == (seen, add)
    assert browser.post(MAKE, typed()).status_code == (200 if add == 200 else 403)


# One's own ------------------------------------------------------------------------------------------------


def test_an_engineer_makes_and_revokes_their_own(web, studio):
    me, other = account("engineer"), account("manager")
    browser = signed_in(web, me)
    assert OWN in text(browser.get("/"))

    page = browser.post(OWN, {"name": "My phone", "detail": "full"})
    feed = CalendarFeed.objects.get()

    assert (feed.person, feed.scope, feed.created_by) == (me, "person", me)
    assert page.context["made"].address in text(page)
    assert page.context["made"].address not in text(browser.get(OWN))
    theirs = made(name="Theirs", scope="person", person=other)
    assert "Theirs" not in text(browser.get(OWN))
    assert browser.post(f"/feeds/{theirs.pk}/revoke/").status_code == 404
    assert browser.post(f"/feeds/{feed.pk}/revoke/").status_code == 302
    assert "My phone" not in text(browser.get(OWN))


def test_a_refused_form_keeps_what_was_typed(web, studio):
    browser = signed_in(web, account("engineer"))

    response = browser.post(OWN, {"name": "n" * 121, "detail": "everything"})

    assert (response.status_code, CalendarFeed.objects.count()) == (400, 0)
    assert "n" * 121 in text(response)


def test_nobody_has_more_than_twenty(web, studio):
    me = account("engineer")
    for number in range(20):
        made(name=str(number), scope="person", person=me)

    response = signed_in(web, me).post(OWN, {"name": "One more", "detail": "busy"})

    assert response.status_code == 409
    assert "There are 20 feeds already. Revoke one first." in text(response)


def test_somebody_without_a_role_and_a_stranger_have_none(web, studio):
    assert web.get(OWN).status_code == 302
    assert signed_in(web, UserFactory()).get(OWN).status_code == 403


def test_the_log_does_not_tell_the_address_of_a_feed(web, room, caplog):
    made = feeds.make_feed(name="x", scope="room", detail="titles", room=room, actor=None, now=timezone.now())
    path = "/" + made.address.split("/", 3)[3]

    with caplog.at_level("INFO", logger="django.request"):
        answers = [web.get(path).status_code for _ in range(13)]

    said = [LineFormatter().format(record) for record in caplog.records]
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    assert answers[-1] == 429
    assert [(token in line, "/feeds/[hidden]" in line) for line in said] == [(False, True)] * len(said)
    assert said
