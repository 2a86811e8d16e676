"""The boards in a small window, and the live answer when it cannot be had."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sessions_app.services import extras
from studio.accounts.models import User
from tests.factories import NOW, ClientFactory, ProjectFactory, RoomFactory, SessionFactory, TimerFactory
from tests.pages.door import let_in, made_account

PARIS = ZoneInfo("Europe/Paris")
SMALL = {"width": 375, "height": 700}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rooms(house):
    return RoomFactory(name="Studio A"), RoomFactory(name="Studio B")


@pytest.fixture
def office(page, rooms, address):
    """The owner's browser."""
    return let_in(page, made_account(), address)


def fill_in(page, *, day="2090-06-06", start, end):
    page.get_by_label("Room", exact=True).select_option(label="Studio A")
    for name, value in {"day": day, "start": start, "end": end}.items():
        page.locator(f"input[name={name}]").fill(value)


def test_an_answer_that_cannot_be_had_takes_the_old_one_away(office):
    asked = []
    office.on("request", lambda request: asked.append(request.url) if "/free/" in request.url else None)
    office.goto("/admin/sessions_app/studiosession/add/")
    office.locator("textarea[name=notes]").fill("n" * 5000)
    fill_in(office, start="15:00", end="18:00")
    answer = office.locator("#answer")
    expect(answer).to_contain_text("Studio A is free")

    office.route("**/free/**", lambda route: route.fulfill(status=414, body=""))
    office.locator("input[name=end]").fill("19:00")
    expect(answer).to_have_text("This could not be checked just now.")

    office.unroute("**/free/**")
    office.locator("input[name=end]").fill("20:00")
    expect(answer).to_contain_text("Studio A is free")
    office.context.clear_cookies()
    office.locator("input[name=end]").fill("21:00")
    expect(answer).to_have_text("This could not be checked just now.")
    assert [address for address in asked if "notes" in address or "csrf" in address] == []


def test_long_titles_stay_in_a_small_window(office, rooms, complaints):
    SessionFactory(title="D" * 250, room=rooms[0], starts_at=datetime(2090, 6, 6, 8, 0, tzinfo=UTC))
    office.set_viewport_size(SMALL)
    office.goto("/admin/sessions_app/studiosession/add/")
    fill_in(office, start="15:00", end="18:00")
    expect(office.locator(".answer-day")).to_be_visible()

    assert office.evaluate("document.documentElement.scrollWidth") == SMALL["width"]
    assert office.locator("#answer").evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert complaints == []


def test_a_small_window_begins_at_now(office, rooms, complaints):
    now = timezone.now()
    begun = {"starts_at": now - timedelta(hours=20), "ends_at": now + timedelta(hours=1)}
    SessionFactory(room=None, now=now - timedelta(hours=30), **begun)  # so that today begins at midnight
    office.set_viewport_size(SMALL)
    office.goto("/admin/")

    left = office.locator(".day-now").first.evaluate("mark => mark.getBoundingClientRect().left")
    labels = office.locator(".day-corner").evaluate("corner => corner.getBoundingClientRect().right")
    assert labels <= left < SMALL["width"]

    office.goto("/admin/calendar/list/")
    top = office.locator(".week-today").evaluate("day => day.getBoundingClientRect().top")
    assert 0 <= top < SMALL["height"] / 2 or timezone.localdate(timezone=PARIS).weekday() == 0
    assert complaints == []


def test_what_a_session_costs_fits_a_small_window(office, rooms, complaints):
    session = SessionFactory(
        title="Drums",
        room=rooms[0],
        client=ClientFactory(name="Mina Morel"),
        starts_at=datetime(2090, 6, 6, 8, 0, tzinfo=UTC),
        total=Decimal(200),
    )
    actor = User.objects.get(email="owner@studio.example")
    for what in ("Two reels of half-inch tape, new, for the drums and the strings", "T" * 120):
        extras.add_extra(
            session=session, description=what, quantity=Decimal(9999), unit_price=Decimal("9.50"), actor=actor, now=NOW
        )
    office.set_viewport_size(SMALL)

    office.goto(f"/admin/sessions_app/studiosession/{session.pk}/change/")

    expect(office.get_by_role("heading", name="What it costs")).to_be_visible()
    assert office.evaluate("document.documentElement.scrollWidth") == SMALL["width"]
    assert complaints == []


def test_the_week_follows_the_clock_in_the_header(office, complaints):
    now = timezone.now()
    person, target = User.objects.get(email="owner@studio.example"), ProjectFactory(name="Night Train")
    TimerFactory(person=person, target=target, now=now - timedelta(minutes=20))
    office.goto("/admin/time/")
    expect(office.get_by_label("Running timer")).to_be_visible()

    office.get_by_role("button", name="Stop the timer for Night Train").click()

    expect(office.get_by_label("Running timer")).to_have_count(0)
    expect(office.locator(".sheet")).to_contain_text("0:20")
    assert complaints == []
