"""The back office of holds, requests and the waitlist."""

import html
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from sessions_app.models import HoldChallenge, SessionRequest, StudioSession, WaitlistEntry, WaitlistOffer
from sessions_app.services import bookings, holds, requests
from tests.factories import ClientFactory, HoldFactory, RequestFactory, SessionFactory, WaitlistFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
SESSIONS = "/admin/sessions_app/studiosession/"
WAITLIST = "/admin/sessions_app/waitlistentry/"
REQUESTS = "/admin/sessions_app/sessionrequest/"
FAR = datetime(2090, 6, 6, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def page(session, name):
    return f"{SESSIONS}{session.pk}/{name}/"


def held(room, title):
    """Return a hold that lasts until the session."""
    return HoldFactory(title=title, room=room, starts_at=FAR, expires_at=FAR)


def until(at):
    return {"until_day": f"{at:%Y-%m-%d}", "until_time": f"{at:%H:%M}"}


def typed(in_room, **changed):
    return {
        "title": "Maybe drums",
        "room": in_room.pk,
        "day": "2090-06-06",
        "start": "12:00",
        "end": "14:00",
        "kind": "studio",
        "booking_type": "hourly",
        "client": "",
        "project": "",
        "notes": "",
        **until(datetime(2090, 6, 1, 12, 0, tzinfo=UTC)),
    } | changed


def test_a_slot_is_held_and_the_next_one_waits_in_line(office, room):
    first = office.post(f"{SESSIONS}hold/", typed(room))
    second = office.post(f"{SESSIONS}hold/", typed(room, title="Maybe strings"))

    assert told(first) == ["The slot is held until Thu 1 Jun 2090, 12:00."]
    assert told(second)[-1].startswith("The hold waits as no. 2 in line")
    assert list(StudioSession.objects.order_by("pk").values_list("hold_rank", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"room": ""}, "A hold keeps a room"),
        ({"until_day": "2020-01-01"}, "A hold expires in the future"),
        ({"until_day": "2090-03-26", "until_time": "02:30"}, "the clocks go forward over it"),
        ({"until_day": "x"}, "Enter a valid date"),
    ],
    ids=["no room", "past", "skipped hour", "no date"],
)
def test_bad_holds_are_refused(office, room, changed, sentence):
    assert sentence in text(office.post(f"{SESSIONS}hold/", typed(room, **changed)))
    assert StudioSession.objects.count() == 0


def test_a_hold_is_extended_and_released(office, room):
    first, second = held(room, "First"), held(room, "Second")

    assert told(office.post(page(first, "extend"), until(FAR - HOUR)))[-1].startswith("The slot is kept until")
    assert told(office.post(page(first, "release"), {"reason": "Other studio"}))[-1] == (
        "The hold is released. Second now holds Tue 6 Jun 2090, 12:00-14:00, until Tue 6 Jun 2090, 12:00."
    )

    second.refresh_from_db()
    assert (second.status, second.hold_rank) == ("hold", 1)


def test_the_second_in_line_challenges_the_first(office, room):
    first, second = held(room, "First"), held(room, "Second")
    shown = text(office.get(page(second, "challenge")))
    deadline = timezone.now() + timedelta(days=1)

    office.post(page(second, "challenge"), {**until(deadline), "is_firm": "on"})

    made = HoldChallenge.objects.get()
    assert "First hold: First, in-house" in shown
    assert (made.hold, made.challenger, made.is_firm, made.outcome) == (first, second, True, "open")
    assert "challenged until" in text(office.get(page(first, "change")))
    office.post(page(first, "withdraw-challenge"))
    made.refresh_from_db()
    assert made.outcome == "withdrawn"


def test_the_inbox_shows_who_asks_and_until_when(office, room):
    soon = {"now": timezone.now(), "starts_at": FAR}
    asked = RequestFactory(title="Podcast", room=room, visitor=requests.Visitor("m", name="Mina"), **soon)
    answered = RequestFactory(title="Old", **soon)
    requests.decline_request(session=answered.session, reason="Full", actor=None, now=timezone.now())

    shown = office.get(REQUESTS, {"answered": "no"})

    assert [row.pk for row in shown.context["cl"].result_list] == [asked.pk]
    assert all(word in text(shown) for word in ("Podcast", "Mina", "Studio A", "approval"))


def test_requests_are_approved_together_and_declined_with_a_reason(office):
    # Made just now: what the factories make long ago has expired by the clock of the pages.
    soon = {"now": timezone.now(), "starts_at": FAR}
    first, second = RequestFactory(**soon), RequestFactory(**soon)

    office.post(
        REQUESTS,
        {"action": "approve_selected", "_selected_action": [first.pk], "confirmed": "yes", "select_across": "0"},
    )
    told_of = told(office.post(page(second.session, "decline"), {"reason": "No engineer"}))

    statuses = [StudioSession.objects.get(pk=each.session_id).status for each in (first, second)]
    assert (statuses, told_of[-1]) == (["scheduled", "cancelled"], "The request is declined and its slot is free.")


def test_a_request_is_approved_once_paid(office):
    asked = RequestFactory(now=timezone.now(), starts_at=FAR)

    office.post(page(asked.session, "ask-payment"), until(FAR - HOUR))

    asked.refresh_from_db()
    assert asked.awaits == "payment"


def test_an_entry_is_made_by_hand_and_a_bad_one_refused(office, room):
    client = ClientFactory()
    entry = {
        "title": "Any evening",
        "client": client.pk,
        "group_size": "1",
        "notes": "",
        "wanted_from_0": "2090-06-06",
        "wanted_from_1": "09:00",
        "wanted_to_0": "2090-06-06",
        "wanted_to_1": "23:00",
        "length_minutes": "120",
        "kind": "studio",
        "room": room.pk,
        "room_kind": "",
    }

    refused = office.post(f"{WAITLIST}add/", {**entry, "length_minutes": "9999"})
    assert (refused.status_code, "shorter than the session" in text(refused)) == (400, True)
    assert office.post(f"{WAITLIST}add/", entry).status_code == 302
    assert WaitlistEntry.objects.get().title == "Any evening"


@pytest.mark.parametrize(("answer", "ends_as"), [("accept", "accepted"), ("decline", "declined")])
def test_an_offer_is_answered_on_the_page_of_the_entry(office, room, answer, ends_as):
    taken = SessionFactory(room=room, starts_at=FAR)
    entry = WaitlistFactory(room=room, wanted_from=FAR, wanted_to=FAR + 2 * HOUR)
    bookings.cancel_session(session=taken, reason="", actor=None, now=timezone.now())
    assert "Held for" in text(office.get(f"{WAITLIST}{entry.pk}/{answer}/"))

    office.post(f"{WAITLIST}{entry.pk}/{answer}/")

    assert WaitlistOffer.objects.get().state == ends_as


def test_who_cancels_hears_who_was_on_the_waitlist_and_the_list_says_offered(office, room):
    taken = SessionFactory(room=room, starts_at=FAR)
    WaitlistFactory(client=ClientFactory(name="Mina Morel"), room=room, wanted_from=FAR, wanted_to=FAR + 2 * HOUR)
    assert "slot offered" not in text(office.get(WAITLIST))

    answer = office.post(page(taken, "cancel"), {"reason": "Flood"})

    held_until = StudioSession.objects.get(status="hold").hold_expires_at.astimezone(ZoneInfo("Europe/Paris"))
    assert told(answer)[-1] == (
        "The session is cancelled. Mina Morel was on the waitlist and is offered Tue 6 Jun 2090, 12:00-14:00, "
        f"until {held_until:%a} {held_until.day} {held_until:%b %Y, %H:%M}."
    )
    assert "slot offered" in text(office.get(WAITLIST))
    quiet = SessionFactory(starts_at=FAR)
    assert told(office.post(page(quiet, "cancel"), {"reason": "Flood"}))[-1] == (
        "The session is cancelled and its slot is free."
    )


def test_a_request_by_phone_is_written_down(office, room):
    client = ClientFactory(name="Mina Morel")
    asked = typed(room, client=client.pk, awaits="approval", message="After lunch, please.", tell="on")
    del asked["notes"], asked["booking_type"]
    assert "Write down a request" in text(office.get(REQUESTS))
    assert office.get(f"{SESSIONS}request/?room={room.pk}&day=2090-06-06").status_code == 200

    nobody = office.post(f"{SESSIONS}request/", asked | {"client": ""})
    kept = office.post(f"{SESSIONS}request/", asked)
    again = office.post(f"{SESSIONS}request/", asked)

    request = SessionRequest.objects.select_related("session").get()
    assert (nobody.status_code, kept.status_code, again.status_code) == (400, 302, 409)
    assert kept["Location"] == f"{SESSIONS}{request.session_id}/change/"
    assert (request.awaits, request.message, request.session.status) == (
        "approval",
        "After lunch, please.",
        "requested",
    )
    assert request.session.hold_expires_at == datetime(2090, 6, 1, 10, 0, tzinfo=UTC)
    assert "Mina Morel" in text(office.get(REQUESTS))
    assert "After lunch, please." in text(again)


def test_an_entry_is_withdrawn(office):
    entry = WaitlistFactory(wanted_from=FAR, wanted_to=FAR + 9 * HOUR)

    office.post(f"{WAITLIST}{entry.pk}/withdraw/")

    entry.refresh_from_db()
    assert entry.state == "withdrawn"


def test_who_may_only_look_answers_nothing(web, studio, room):
    reader = signed_in(web, account("read_only"))
    first = held(room, "First")
    asked = RequestFactory(starts_at=FAR)

    assert [reader.get(page(first, name)).status_code for name in ("extend", "release", "challenge")] == [403] * 3
    assert reader.get(page(asked.session, "decline")).status_code == 403
    assert [reader.get(f"{SESSIONS}{name}/").status_code for name in ("hold", "request")] == [403] * 2
    assert "Write down a request" not in text(reader.get(REQUESTS))
    reader.post(REQUESTS, {"action": "approve_selected", "_selected_action": [asked.pk], "confirmed": "yes"})
    assert StudioSession.objects.get(pk=asked.session_id).status == "requested"
    assert first.hold_rank == holds.FIRST_RANK
