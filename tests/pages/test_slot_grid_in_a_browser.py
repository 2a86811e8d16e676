"""The training pages by hand: the slot grid by keyboard, its panel, and all of them in a small window in the dark."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.pages.colours import contrast
from tests.pages.door import let_in, made_account
from tests.training_factories import CommentFactory, MachineFactory, MemberFactory, TrainingSessionFactory
from training.models import Machine
from training.services import session_types

DAY = "/admin/training/day/?day=2090-06-06"
TEN = datetime(2090, 6, 6, 8, 0, tzinfo=UTC)  # in Paris
LONG = "W" * 60

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gym(house):
    """Two machines, and Ada on the left one from 10:00 to 11:00."""
    session_types.seed_session_types()
    Machine.objects.all().delete()
    left, _right = (MachineFactory(machine_number=number, name=name) for number, name in ((11, "Left"), (12, "Right")))
    ada = MemberFactory(first_name="Ada", last_name="Morel")
    TrainingSessionFactory(machine=left, member=ada, scheduled_start=TEN, scheduled_end=TEN + timedelta(hours=1))
    return ada


@pytest.fixture
def manager(page, gym, address):
    return let_in(page, made_account("manager"), address)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_grid_is_worked_by_keyboard_and_a_refusal_keeps_what_was_typed(manager):
    manager.goto(DAY)
    slot = manager.get_by_label
    ada = manager.locator(".slot-session", has_text="Ada Morel")
    panel = manager.get_by_role("dialog")

    # Ada's session stands in two rows: it is met from above, from below and from beside.
    slot("Book Left, 09:30-10:00").focus()
    press(manager, "ArrowDown")
    expect(ada).to_be_focused()
    press(manager, "ArrowDown")
    expect(slot("Book Left, 11:00-11:30")).to_be_focused()
    press(manager, "ArrowUp", "ArrowRight", "ArrowDown")
    expect(slot("Book Right, 10:30-11:00")).to_be_focused()
    press(manager, "ArrowLeft")
    expect(ada).to_be_focused()
    assert manager.locator(".slot-grid tbody a[tabindex='0']").count() == 1

    press(manager, "Enter")
    expect(panel).to_contain_text("nobody yet; at completion at the latest")
    press(manager, "Escape")
    expect(panel).to_be_hidden()
    expect(ada).to_be_focused()

    # Booking her a second time at that time is refused. On a slow computer too, no letter is lost to a panel that
    # stands open before it listens.
    manager.evaluate("htmx.config.defaultSettleDelay = 400")
    press(manager, "ArrowRight", "Enter")
    expect(panel.get_by_role("searchbox")).to_be_focused()
    manager.keyboard.type("mor")
    expect(panel.get_by_role("radio", name="Ada Morel")).not_to_be_checked()
    press(manager, "Tab", "Tab", "ArrowDown")
    expect(panel.get_by_role("radio", name="Ada Morel")).to_be_checked()
    press(manager, "Enter")
    refusal = panel.locator("[data-refused]")
    expect(refusal).to_contain_text("Ada Morel is taken at that time")
    expect(refusal).to_be_focused()
    expect(panel.get_by_role("searchbox")).to_have_value("mor")
    expect(panel.get_by_role("radio", name="Ada Morel")).to_be_checked()
    press(manager, "Escape")
    expect(slot("Book Right, 10:00-10:30")).to_be_focused()

    # A manager switches a machine off, and stays where the switch is.
    manager.get_by_role("switch", name="Left: in use").press("Space")
    expect(manager.get_by_text("Left takes no new bookings. What is booked on it stays.")).to_be_visible()
    expect(manager.get_by_role("switch", name="Left: off")).to_be_focused()
    expect(slot("Book Left, 09:30-10:00")).to_have_count(0)
    expect(ada).to_be_visible()


def test_a_small_window_in_the_dark_holds_the_grid_the_desk_and_a_member(manager, gym, complaints):
    long = MemberFactory(first_name=LONG, last_name=LONG, email=f"{LONG.lower()}@example.org".lower())
    CommentFactory(member=long, body=LONG * 3, due_on="2090-06-07")
    for start in (TEN + timedelta(hours=2), timezone.now() - timedelta(days=1)):
        TrainingSessionFactory(machine=Machine.objects.get(name="Right"), member=long, scheduled_start=start)
    manager.emulate_media(color_scheme="dark")
    manager.set_viewport_size({"width": 375, "height": 700})

    for address in ("/admin/training/completion/", f"/admin/training/member/{long.pk}/profile/", DAY):
        manager.goto(address)
        expect(manager.get_by_text(LONG).first).to_be_attached()
        assert manager.evaluate("document.documentElement.scrollWidth") == 375, address

    session = manager.locator(".slot-session", has_text=LONG)
    assert contrast(session) >= 4.5
    expect(session).not_to_be_in_viewport()
    manager.get_by_role("link", name="12 Right").click()
    expect(session).to_be_in_viewport()

    # A form that is longer than the window stays in it, with the button that closes it.
    manager.get_by_label("Book Right, 11:00-11:30").click()
    panel = manager.get_by_role("dialog")
    panel.get_by_role("radio", name="Trial").check()
    panel.get_by_text("Somebody new").click()
    expect(panel.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    expect(panel.get_by_role("heading", name="Book a session")).to_be_in_viewport(ratio=1)
    assert complaints == []


def test_a_day_with_a_row_that_was_marked_is_not_completed_as_planned(manager):
    begun = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    for number, name in enumerate(("Bea", "Cleo")):
        start = begun + number * timedelta(minutes=30)
        machine = Machine.objects.get(name="Left")
        TrainingSessionFactory(machine=machine, member=MemberFactory(first_name=name), scheduled_start=start)
    manager.goto("/admin/training/completion/")
    bea = manager.locator(".desk-form", has_text="Bea")
    all_came = manager.get_by_role("button", name="All came, as planned").first

    bea.get_by_role("radio", name="no-show").check()
    all_came.click()
    expect(manager.get_by_role("alert").filter(has_text="Complete each of them first: Bea")).to_be_visible()
    expect(bea.get_by_role("radio", name="no-show")).to_be_checked()

    bea.get_by_role("radio", name="came").check()
    all_came.click()
    expect(manager.get_by_text("will be completed with the times that were planned")).to_be_visible()
