"""The page of the slot grid: what each role sees and does, by keyboard and without scripts."""

import html
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.staff import account, signed_in
from tests.training_factories import CommentFactory, MemberFactory, TrainingSessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris, long past
PAGE = "/admin/training/day/"
HALF_HOUR = timedelta(minutes=30)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def tomorrow():
    """10:00 in Paris on the day after today."""
    day = timezone.now().astimezone(PARIS) + timedelta(days=1)
    return day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


def shown(browser, day="2026-06-02"):
    answer = browser.get(PAGE, {"day": day})
    return answer.status_code, " ".join(html.unescape(answer.content.decode()).split())


def texts(page, name):
    """Return the texts of the elements of a class."""
    found = re.findall(rf'<(\w+) class="{name}[^"]*"[^>]*>(.*?)</\1>', page)
    return [" ".join(re.sub("<[^>]+>", " ", text).split()) for _tag, text in found]


def test_page_shows_names_times_types_and_states_and_escapes_what_was_typed(web, machine, trainer):
    rogue = MemberFactory(first_name="<b>Ada</b>", last_name="Morel & Co")
    TrainingSessionFactory(machine=machine, member=rogue, trainer=trainer, scheduled_start=TEN, status="completed")
    TrainingSessionFactory(machine=machine, scheduled_start=TEN + HALF_HOUR, status="in_progress")
    TrainingSessionFactory(machine=machine, scheduled_start=TEN + 2 * HALF_HOUR, status="cancelled")
    TrainingSessionFactory(
        machine=machine,
        member=None,
        session_type_id="multi_site",
        guest_first_name="Gus",
        guest_last_name="Guest",
        guest_gym_name="Lyon",
        scheduled_start=TEN + 3 * HALF_HOUR,
        current_participants=1,
    )
    browser = signed_in(web, account("owner"))

    answer = browser.get(PAGE, {"day": "2026-06-02"})
    page = answer.content.decode()

    assert (answer.status_code, "<b>Ada" in page, "&lt;b&gt;Ada&lt;/b&gt; Morel &amp; Co" in page) == (200, False, True)
    assert texts(page, "slot-when") == [
        "10:00-10:30 Member, Theo Rossi",
        "10:30-11:00 Member, no trainer yet",
        "11:30-12:00 Multi-site, no trainer yet",
    ]
    assert re.findall(r'class="slot-session slot-(\w+)"', page) == ["completed", "in_progress", "scheduled"]
    assert "<s>Member" in page
    assert "Open 09:00-24:00." in page
    assert "All times in Europe/Paris." in page


def test_past_slots_are_read_only_and_those_to_come_are_links_that_say_what_they_do(web, machine, tomorrow):
    browser = signed_in(web, account("front_desk"))

    assert "training/book/" not in shown(browser)[1]
    page = shown(browser, f"{tomorrow:%Y-%m-%d}")[1]
    label = f'aria-label="Book {machine.name}, 10:00-10:30"'
    assert page.count(label) == 1
    assert f"/admin/training/book/?machine={machine.pk}&start={tomorrow:%Y-%m-%dT}08%3A" in page or label in page


@pytest.mark.parametrize(
    ("role", "status", "books", "switches"),
    [
        ("owner", 200, True, True),
        ("manager", 200, True, True),
        ("front_desk", 200, True, False),
        ("trainer", 200, True, False),
        ("read_only", 200, False, False),
        ("accountant", 200, False, False),
    ],
)
def test_what_a_role_sees_and_does(web, machine, tomorrow, role, status, books, switches):
    browser = signed_in(web, account(role))

    answered, page = shown(browser, f"{tomorrow:%Y-%m-%d}")

    assert (answered, "training/book/?" in page, 'role="switch"' in page) == (status, books, switches)
    switched = browser.post(f"/admin/training/machines/{machine.pk}/switch/", {"available": "no"})
    machine.refresh_from_db()
    assert (switched.status_code, machine.is_available) == ((302, False) if switches else (403, True))


@pytest.mark.parametrize(
    ("role", "on_card", "on_grid"),
    # on both: name, comment or its badge, check-up; on the card alone: telephone, e-mail, plan
    [
        ("owner", "yyyyyy", "yyy"),
        ("front_desk", "yyyyyy", "yyy"),
        ("trainer", "yyyyyy", "yyy"),
        ("read_only", "yyyyyy", "yyy"),
        ("accountant", "y--yyy", "y--"),
        ("engineer", "y-----", "y--"),
    ],
)
def test_what_a_role_is_shown_of_a_sessions_member(web, machine, tomorrow, role, on_card, on_grid):
    StudioProfile.objects.update(body_checkup_sessions=1)
    mina = MemberFactory(first_name="Mina", last_name="Morel", email="mina@example.org", phone="06 12 34")
    TrainingSessionFactory(member=mina, status="completed", scheduled_start=TEN)
    session = TrainingSessionFactory(machine=machine, member=mina, scheduled_start=tomorrow)
    CommentFactory(member=mina, body="Her knee hurts", due_on=tomorrow.date() + timedelta(days=1))
    browser = signed_in(web, account(role))

    card = browser.get(f"/admin/training/session/{session.pk}/").content.decode()
    grid = shown(browser, f"{tomorrow:%Y-%m-%d}")[1]

    everywhere = ("Mina Morel", "Her knee hurts", "since the last one")
    told = (*everywhere, "06 12 34", "mina@example.org", "no plan that runs")
    assert "".join("y" if words in card else "-" for words in told) == on_card
    told = ("Mina Morel", "1 comment on the member is due.", "1 sessions since the last one")
    assert "".join("y" if words in grid else "-" for words in told) == on_grid


def test_machine_that_is_off_says_so_keeps_its_sessions_and_offers_nothing(web, only_two, ada, tomorrow):
    left, right = only_two
    TrainingSessionFactory(machine=left, member=ada, scheduled_start=tomorrow)
    browser = signed_in(web, account("manager"))
    address = f"/admin/training/machines/{left.pk}/switch/?day={tomorrow:%Y-%m-%d}"

    answer = browser.post(address, {"available": "no"})

    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?day={tomorrow:%Y-%m-%d}#switch-11")
    assert AuditEvent.objects.filter(object_id=str(left.pk), verb="change").get().changes == {
        "is_available": [True, False]
    }
    page = shown(browser, f"{tomorrow:%Y-%m-%d}")[1]
    assert "Left takes no new bookings. What is booked on it stays." in page
    assert "1 session is still booked on it: move it, or switch the machine on before." in page
    assert page.count('title="The machine is switched off."') == 1
    assert "Switched off: no new bookings. What is booked stays." in page
    assert ("Ada Morel" in page, f"machine={left.pk}" in page, f"machine={right.pk}" in page) == (True, False, True)
    assert browser.post(address, {"available": "yes", "back": "home"})["Location"] == "/admin/#switch-11"
    page = shown(browser, f"{tomorrow:%Y-%m-%d}")[1]
    assert (f"machine={left.pk}" in page, 'title="The machine is switched off."' in page) == (True, False)


@pytest.mark.parametrize("day", ["", "2026-02-30", "soon", "0001-01-01", "9999-12-31", "2026-06-02' OR 1=1"])
def test_day_that_is_none_is_today(web, machine, day):
    browser = signed_in(web, account("owner"))

    assert browser.get(PAGE, {"day": day}).status_code == 200


def test_page_asks_the_same_for_any_number_of_sessions(web, only_two, django_assert_num_queries):
    browser = signed_in(web, account("owner"))
    TrainingSessionFactory(machine=only_two[0], scheduled_start=TEN - HALF_HOUR)
    shown(browser)
    with django_assert_num_queries(12):  # those of the sign-in and the menu among them
        shown(browser)
    for number in range(20):
        TrainingSessionFactory(
            machine=only_two[number % 2], member=MemberFactory(), scheduled_start=TEN + number * HALF_HOUR
        )
    with django_assert_num_queries(12):
        shown(browser)


def test_machine_of_nobody_is_not_found(web):
    browser = signed_in(web, account("manager"))

    assert browser.post("/admin/training/machines/00000000-0000-4000-8000-000000000000/switch/").status_code == 404
    assert browser.get("/admin/training/machines/00000000-0000-4000-8000-000000000000/switch/").status_code == 405
