"""The calendar by hand and by keyboard: drawn, dragged, refused, in small windows, in the dark and in other zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sessions_app.models import StudioSession
from sessions_app.services import assignments, bookings
from studio.accounts.services import users
from studio.office.models import Closure
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.pages.colours import contrast
from tests.pages.door import let_in, made_account

PARIS = ZoneInfo("Europe/Paris")
DAY = "/admin/calendar/?view=day&day=2090-06-06"
WEEK = "/admin/calendar/?view=week&day=2090-06-06"
HOURS = "/admin/calendar/?view=hours&day=2090-06-06"
THREE = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)  # 15:00 in Paris
HOUR = timedelta(hours=1)
SLOT = 26  # pixels of half an hour
PATIENCE = 20_000  # milliseconds, on a machine that does other things meanwhile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rooms(house):
    return RoomFactory(name="Studio A", colour="#8e44ad"), RoomFactory(name="Studio B", setup_minutes=30)


@pytest.fixture
def drums(rooms):
    return SessionFactory(title="Drums", room=rooms[0], starts_at=THREE, client=ClientFactory(name="Mina Morel"))


def enter(page, address, role="owner"):
    let_in(page, made_account(role, name=role), address).set_default_timeout(PATIENCE)
    return page


@pytest.fixture
def office(page, drums, address):
    return enter(page, address)


def card(page, session):
    return page.locator(f'[data-session="{session.pk}"]')


def open_at(page, address):
    page.goto(address)
    expect(page.locator("#calendar")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    return page


def drag(page, locator, right=0, down=0, *, edge=False):
    """Take something by its middle, or by its lower edge, and let it go elsewhere."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 3 if edge else box["height"] / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2, steps=4)
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


def column(page, number):
    """The middle of a room's column, from the left of the page."""
    box = page.locator(".ec-col-head").nth(number).bounding_box()
    return box["x"] + box["width"] / 2


def times(session):
    kept = StudioSession.objects.get(pk=session.pk)
    return kept.starts_at, kept.ends_at, kept.room


def test_a_day_is_drawn_with_its_marks_and_bands(office, rooms, drums, complaints):
    hold = HoldFactory(title="Maybe", room=rooms[1], starts_at=THREE + HOUR, expires_at=THREE - HOUR)
    open_at(office, DAY)

    expect(card(office, drums)).to_contain_text("15:00-17:00")
    expect(card(office, drums)).to_contain_text("Mina Morel")
    expect(card(office, hold).locator(".mark-hold")).to_have_text("on hold")
    expect(office.locator(".ec-bg-event.band-setup")).to_have_count(1)
    expect(office.locator("#calendar-title")).to_contain_text("6 June 2090")
    expect(office.get_by_text("All times in Europe/Paris.")).to_be_visible()

    Closure.objects.create(starts_on="2090-06-08", ends_on="2090-06-08", reason="Holiday")
    open_at(office, WEEK)
    expect(office.locator(".ec-bg-event.band-closed").first).to_have_text("Holiday")
    assert complaints == []


def test_a_drag_moves_to_another_room_and_time_and_can_be_undone(office, rooms, drums, complaints):
    open_at(office, DAY)
    right = column(office, 1) - column(office, 0)

    drag(office, card(office, drums), right=right, down=3 * SLOT)

    told = office.locator("#calendar-told")
    expect(told).to_contain_text("Drums: Tue 6 Jun 2090, 16:30-18:30, Studio B.")
    assert times(drums) == (THREE + 1.5 * HOUR, THREE + 3.5 * HOUR, rooms[1])
    expect(card(office, drums)).to_contain_text("16:30-18:30")

    told.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text("Taken back.")
    assert times(drums) == (THREE, THREE + 2 * HOUR, rooms[0])
    assert complaints == []


def test_a_refused_drag_snaps_back_says_why_and_offers_what_is_free(office, rooms, drums):
    SessionFactory(title="Vocals", room=rooms[0], starts_at=THREE + 3 * HOUR)
    open_at(office, DAY)

    drag(office, card(office, drums), down=5 * SLOT)

    told = office.get_by_role("alert")
    expect(told).to_contain_text("Studio A is taken at that time. Vocals (Tue 6 Jun 2090, 18:00-20:00)")
    expect(card(office, drums)).to_contain_text("15:00-17:00")
    assert times(drums) == (THREE, THREE + 2 * HOUR, rooms[0])

    told.get_by_role("button", name="Studio B").click()
    expect(office.locator("#calendar-told")).to_contain_text("Studio B.")
    assert times(drums) == (THREE + 2.5 * HOUR, THREE + 4.5 * HOUR, rooms[1])


def test_a_stale_page_moves_nothing_and_shows_what_is_there(office, rooms, drums):
    open_at(office, DAY)
    later = {"starts_at": THREE + 4 * HOUR, "ends_at": THREE + 6 * HOUR}
    bookings.move_session(session=drums, **later, actor=None, now=timezone.now())

    drag(office, card(office, drums), down=2 * SLOT)

    expect(office.get_by_role("alert")).to_contain_text("Somebody changed this session meanwhile")
    expect(card(office, drums)).to_contain_text("19:00-21:00")
    assert times(drums) == (*later.values(), rooms[0])


def test_an_edge_that_is_dragged_changes_the_end(office, rooms, drums):
    open_at(office, DAY)

    drag(office, card(office, drums), down=2 * SLOT, edge=True)

    expect(office.locator("#calendar-told")).to_contain_text("15:00-18:00")
    assert times(drums) == (THREE, THREE + 3 * HOUR, rooms[0])


def test_an_empty_stretch_that_is_chosen_opens_the_booking_form(office, rooms):
    open_at(office, DAY)
    box = office.locator(".ec-body .ec-day").nth(1).bounding_box()
    top = box["y"] + 2 * 2 * SLOT + 2  # the day begins at 09:00

    office.mouse.move(box["x"] + 40, top)
    office.mouse.down()
    office.mouse.move(box["x"] + 40, top + 4 * SLOT - 8, steps=6)
    office.mouse.up()

    office.wait_for_url("**/add/?**")
    filled = {name: office.locator(f"[name={name}]").input_value() for name in ("room", "day", "start", "end")}
    assert filled == {"room": str(rooms[1].pk), "day": "2090-06-06", "start": "11:00", "end": "13:00"}


def test_a_card_of_the_week_is_dragged_to_another_day_and_keeps_its_time(office, rooms, drums):
    open_at(office, WEEK)
    width = office.locator(".ec-body .ec-day").first.bounding_box()["width"]

    drag(office, card(office, drums), right=width * 2)

    expect(office.locator("#calendar-told")).to_contain_text("Thu 8 Jun 2090, 15:00-17:00")
    assert times(drums) == (THREE + 48 * HOUR, THREE + 50 * HOUR, rooms[0])


def test_the_hours_of_a_week_are_dragged_along_the_row(office, rooms, drums):
    open_at(office, HOURS)

    drag(office, card(office, drums), right=44)

    expect(office.locator("#calendar-told")).to_contain_text("Tue 6 Jun 2090, 16:00-18:00")
    assert times(drums) == (THREE + HOUR, THREE + 3 * HOUR, rooms[0])


def test_everything_is_done_by_keyboard(office, rooms, drums, complaints):
    open_at(office, DAY)
    said = office.locator("#calendar-say")
    card(office, drums).focus()

    for key in ["m", "ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowDown", "PageDown"]:
        office.keyboard.press(key)
    expect(said).to_have_text("Wed 7 Jun, 16:00-18:30, Studio B")
    office.keyboard.press("Enter")

    expect(office.locator("#calendar-told")).to_contain_text("Wed 7 Jun 2090, 16:00-18:30, Studio B.")
    assert times(drums) == (THREE + 25 * HOUR, THREE + 27.5 * HOUR, rooms[1])
    expect(card(office, drums)).to_be_focused()

    for key in ["m", "ArrowUp", "Escape"]:
        office.keyboard.press(key)
    expect(said).to_have_text("Drums is back where it was.")
    expect(card(office, drums)).to_contain_text("16:00-18:30")
    office.wait_for_load_state("networkidle")  # the feed's answer draws once more
    expect(card(office, drums)).to_be_focused()
    office.keyboard.press("Enter")
    office.wait_for_url(f"**/studiosession/{drums.pk}/change/")
    assert complaints == []


def test_the_focus_stays_on_a_session_that_others_move(office, rooms, drums):
    open_at(office, DAY)
    card(office, drums).focus()
    office.evaluate(f"""document.querySelector('[data-session="{drums.pk}"]').isOld = true""")

    start = THREE + 2 * HOUR
    bookings.move_session(session=drums, starts_at=start, ends_at=start + HOUR, room=rooms[1], actor=None, now=NOW)
    office.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(card(office, drums)).to_contain_text("17:00-18:00", timeout=PATIENCE)
    assert office.evaluate(f"""document.querySelector('[data-session="{drums.pk}"]').isOld""") is None  # drawn anew
    expect(card(office, drums)).to_be_focused()
    office.get_by_role("button", name="Week").focus()
    office.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(office.get_by_role("button", name="Week")).to_be_focused()


def test_an_empty_time_is_chosen_by_keyboard(office, rooms):
    open_at(office, DAY)
    office.locator("#calendar").focus()

    for key in ["n", "ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowDown", "Enter"]:
        office.keyboard.press(key)

    office.wait_for_url("**/add/?**")
    filled = {name: office.locator(f"[name={name}]").input_value() for name in ("room", "day", "start", "end")}
    assert filled == {"room": str(rooms[1].pk), "day": "2090-06-06", "start": "10:00", "end": "11:30"}


def test_view_day_and_filters_stay_in_the_address(office, rooms, drums):
    open_at(office, DAY)

    office.get_by_role("button", name="Week").click()
    office.get_by_text("Filters").click()
    office.get_by_label("Status").select_option("hold")
    expect(card(office, drums)).to_have_count(0)
    office.get_by_role("button", name="Later").click()

    expect(office.locator("#calendar-title")).to_contain_text("18 June 2090")
    assert office.url.endswith("?view=week&day=2090-06-13&status=hold")
    office.reload()
    expect(office.get_by_label("Status")).to_have_value("hold")


def test_a_search_leads_to_the_session(office, drums):
    open_at(office, "/admin/calendar/")

    office.get_by_label("Find a session").type("morel")
    office.get_by_role("link", name="Drums").click()

    expect(card(office, drums)).to_be_focused()


def test_who_may_only_look_can_drag_and_choose_nothing(page, address, rooms, drums):
    open_at(enter(page, address, "read_only"), DAY)
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    drag(page, card(page, drums), down=3 * SLOT)
    drag(page, page.locator(".ec-body .ec-day").nth(1), down=3 * SLOT)

    assert (posts, times(drums)[0], page.url.endswith(DAY)) == ([], THREE, True)
    expect(page.get_by_role("link", name="Book a session")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_small_window_holds_the_calendar(office, drums, complaints, scheme):
    office.emulate_media(color_scheme=scheme)
    office.set_viewport_size({"width": 375, "height": 700})

    for view in ("day", "week", "hours", "list"):
        open_at(office, f"/admin/calendar/?view={view}&day=2090-06-06")
        expect(card(office, drums)).to_be_attached()
        assert office.evaluate("document.documentElement.scrollWidth") == 375, view
        assert contrast(card(office, drums)) >= 4.5, view
        assert complaints == [], view


def test_a_small_window_begins_with_the_list(office, drums):
    office.set_viewport_size({"width": 375, "height": 700})
    open_at(office, "/admin/calendar/?day=2090-06-06")

    expect(office.get_by_role("button", name="List")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/New_York", "UTC"])
def test_the_browsers_own_zone_does_not_matter(page, address, rooms, drums, zone):
    # In New York the clocks go forward at 02:00 on that day: 02:30 is no time of that browser.
    night = SessionFactory(title="Night", room=None, starts_at=datetime(2090, 3, 12, 0, 30, tzinfo=UTC))
    with page.context.browser.new_context(base_url=address, locale="en-GB", timezone_id=zone) as context:
        abroad = enter(context.new_page(), address)
        open_at(abroad, "/admin/calendar/?view=day&day=2090-03-12")
        expect(card(abroad, night)).to_contain_text("01:30-03:30")

        drag(abroad, card(abroad, night), down=2 * SLOT)

        expect(abroad.locator("#calendar-told")).to_contain_text("02:30-04:30, elsewhere")
        assert times(night)[0] == datetime(2090, 3, 12, 1, 30, tzinfo=UTC)
        abroad.goto("/admin/calendar/?view=day")
        expect(abroad.locator("#calendar-day")).to_have_value(timezone.localdate(timezone=PARIS).isoformat())


def drawing(page):
    """Milliseconds from the answer of the feed to the calendar that shows it."""
    page.wait_for_function(
        "performance.getEntriesByName('calendar-drawn').length && document.querySelector('.ec-event')"
    )
    return page.evaluate(
        """() => {
            const feed = performance.getEntriesByType("resource").filter(each => each.name.includes("/feed/")).at(-1);
            const drawn = performance.getEntriesByName("calendar-drawn").at(-1);
            return drawn.startTime - feed.responseEnd;
        }"""
    )


@pytest.mark.parametrize("view", ["week", "hours", "list"])
def test_three_hundred_sessions_are_drawn_within_a_second(office, rooms, view):
    rows = []
    for number in range(300):
        starts_at = datetime(2090, 6, 5, 7, 0, tzinfo=UTC) + timedelta(days=number % 7, minutes=30 * (number // 14))
        times = {"starts_at": starts_at, "ends_at": starts_at + HOUR / 2}
        blocked = {"blocked_from": starts_at - HOUR / 4, "blocked_to": starts_at + HOUR / 2}
        room = rooms[number // 7 % 2]
        rows.append(StudioSession(title=f"Session {number}", room=room, overlap_kept=True, **times, **blocked))
    StudioSession.objects.bulk_create(rows)

    taken = []
    while len(taken) < 5 and min(taken, default=1000) >= 1000:
        open_at(office, f"/admin/calendar/?view={view}&day=2090-06-06")
        taken.append(drawing(office))

    assert office.locator("[data-session]").count() >= 301
    assert min(taken) < 1000, taken


def test_a_drag_to_another_engineer_hands_the_session_over(office, rooms, drums):
    names = ("Nora Berg", "Nuno Diaz")
    nora, nuno = (
        users.create_account(
            email=f"{name.split()[0]}@studio.example",
            name=name,
            email_verified=True,
            role="engineer",
            actor=None,
            now=NOW,
        )
        for name in names
    )
    assignments.assign_member(session=drums, member=nora, actor=None, now=NOW)
    open_at(office, f"{DAY}&lane=engineers")
    expect(card(office, drums)).to_contain_text("Studio A")

    drag(office, card(office, drums), right=column(office, 1) - column(office, 0), down=2 * SLOT)

    expect(office.locator("#calendar-told")).to_contain_text("16:00-18:00, Nuno Diaz.")
    assert times(drums) == (THREE + HOUR, THREE + 3 * HOUR, rooms[0])
    assert [each.engineer for each in drums.assignments.all()] == [nuno]
