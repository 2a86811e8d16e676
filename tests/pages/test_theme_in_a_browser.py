"""What our style mends in the theme, seen in a browser that stands in another zone than the studio."""

import pytest
from playwright.sync_api import expect

from tests.pages.door import let_in, made_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(house, page, address):
    return let_in(page, made_account(), address)


@pytest.mark.parametrize(("width", "is_open"), [(1279, False), (1280, False), (1281, True)])
def test_the_menu_opens_and_closes_in_a_window_of_any_width(office, width, is_open):
    office.set_viewport_size({"width": width, "height": 800})
    office.goto("/admin/sessions_app/client/")
    menu = office.locator("#nav-sidebar")
    expect(menu).to_be_visible(visible=is_open)

    office.get_by_role("button", name="Menu", exact=True).click()
    expect(menu).to_be_visible(visible=not is_open)

    office.get_by_role("button", name="Menu" if is_open else "Close the menu", exact=True).click()
    expect(menu).to_be_visible(visible=is_open)


def test_a_date_has_no_note_about_the_server_s_zone(office):
    browser = office.context.new_cdp_session(office)
    browser.send("Emulation.setTimezoneOverride", {"timezoneId": "Europe/London"})
    office.goto("/admin/sessions_app/project/add/")

    notes = office.locator(".timezonewarning")
    expect(notes).to_have_count(3)
    for note in notes.all():
        expect(note).to_be_hidden()
