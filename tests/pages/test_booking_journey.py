"""The owner's journey: sign in, book, move, meet a clash, take an alternative, let go of the project."""

from datetime import UTC, datetime
from itertools import product

import pytest
from playwright.sync_api import expect

from sessions_app.models import StudioSession
from tests.factories import ClientFactory, ProjectFactory, RoomFactory, SessionFactory
from tests.pages.door import let_in, made_account, settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner(house):
    return made_account()


@pytest.fixture
def project(house):
    return ProjectFactory(client=ClientFactory(name="Mina Morel"), name="First album")


@pytest.fixture
def rooms(house):
    return RoomFactory(name="Studio A"), RoomFactory(name="Studio B")


@pytest.fixture
def signed_in(owner, page):
    return sign_in(page, owner)


def choose_client(page, name):
    page.locator("#id_client + .select2").click()
    page.locator(".select2-container--open .select2-search__field:visible").last.fill(name)
    page.locator(".select2-results__option", has_text=name).click()


def put_in(page, *, day="2090-06-06", start, end, room=None):
    if room:
        page.get_by_label("Room", exact=True).select_option(room)
    page.locator("input[name=day]").fill(day)
    page.locator("input[name=start]").fill(start)
    page.locator("input[name=end]").fill(end)


def answer(page):
    return page.locator("#answer")


def test_the_owner_books_moves_and_settles(rooms, project, signed_in, complaints):
    page = signed_in

    # Books a session with a project, and is told at once that the room is free.
    page.get_by_role("link", name="Book a session").click()
    put_in(page, room="Studio A", start="15:00", end="18:00")
    expect(answer(page)).to_contain_text("Studio A is free: Tue 6 Jun 2090, 15:00-18:00.")
    page.get_by_label("Title").fill("Vocals")
    choose_client(page, "Mina Morel")
    page.get_by_label("Project").select_option("First album")
    page.get_by_role("button", name="Book a session").click()
    expect(page.get_by_text("The session is booked: Tue 6 Jun 2090, 15:00-18:00.")).to_be_visible()
    session = StudioSession.objects.get()
    assert (session.title, session.client, session.project) == ("Vocals", project.client, project)

    # Moves it an hour later.
    page.get_by_role("link", name="Move").click()
    put_in(page, start="16:00", end="19:00")
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_text("The session now takes place on Tue 6 Jun 2090, 16:00-19:00.")).to_be_visible()
    session.refresh_from_db()
    assert session.starts_at == datetime(2090, 6, 6, 14, 0, tzinfo=UTC)

    # Removes its project; the session stays.
    page.get_by_label("Project").select_option("No project")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Vocals, Tue 6 Jun 2090, 16:00-19:00 is saved.")).to_be_visible()
    session.refresh_from_db()
    assert (session.project, session.client) == (None, project.client)

    assert complaints == []


def test_a_clash_is_refused_and_an_alternative_taken(rooms, signed_in, complaints):
    page = signed_in
    studio_a, _studio_b = rooms
    SessionFactory(title="Drums", room=studio_a, starts_at=datetime(2090, 6, 6, 13, 0, tzinfo=UTC))

    # The calendar leads to the form with room and day in it.
    page.goto("/admin/calendar/list/?day=2090-06-06")
    page.get_by_role("link", name="Book Studio A on Tuesday 6 June").click()
    page.get_by_label("Title").fill("Choir")
    put_in(page, start="16:00", end="18:00")
    expect(answer(page)).to_contain_text("Studio A is taken at that time. Drums")

    # Booking it all the same is refused with the same sentence.
    page.get_by_role("button", name="Book a session").click()
    expect(page.get_by_role("alert")).to_contain_text("Studio A is taken at that time. Drums")
    assert StudioSession.objects.count() == 1

    # The other room is free at that hour.
    page.locator(".alternative", has_text="Studio B: Tue 6 Jun 2090, 16:00-18:00").first.click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is booked yet.")
    expect(page.get_by_label("Title")).to_have_value("Choir")
    page.get_by_role("button", name="Book a session").click()
    expect(page.get_by_text("The session is booked")).to_be_visible()
    booked = StudioSession.objects.get(title="Choir")
    assert (booked.room.name, booked.starts_at) == ("Studio B", datetime(2090, 6, 6, 14, 0, tzinfo=UTC))

    assert [line for line in complaints if "409" not in line] == []


@pytest.mark.parametrize("width", [375, 1280])
def test_pages_fit_the_window_and_break_no_policy(rooms, project, owner, page, address, complaints, width):
    let_in(page, owner, address).set_viewport_size({"width": width, "height": 800})
    session = SessionFactory(room=rooms[0], client=project.client, project=project)
    paths = [
        "",
        "calendar/?day=2026-06-02",
        "calendar/?day=2026-06-02&view=day",
        "sessions_app/studiosession/",
        "sessions_app/studiosession/add/",
        f"sessions_app/studiosession/{session.pk}/change/",
        f"sessions_app/studiosession/{session.pk}/move/",
        f"sessions_app/studiosession/{session.pk}/history/",
        f"sessions_app/project/{project.pk}/change/",
        f"sessions_app/client/{project.client_id}/change/",
        "sessions_app/room/",
    ]

    too_wide = []
    for theme, path in product(["light", "dark"], paths):
        page.emulate_media(color_scheme=theme)
        page.goto(f"/admin/{path}")
        if settled(page).evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append((theme, path))

    assert (too_wide, complaints) == ([], [])
