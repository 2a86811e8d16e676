"""What of trainers stands where they are chosen and planned: whether they take new members."""

import html
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from tests.staff import account, signed_in, studio_day
from tests.training_factories import HALF_HOUR, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import TrainingSession

pytestmark = pytest.mark.django_db
BOOK, DAY = "/admin/training/book/", timedelta(days=1)
FULL = "Theo Rossi (takes no new members)"
WARNED = "Theo Rossi takes no new members, and Mona Lenoir has not trained with them before."


@pytest.fixture
def noon():
    """Tomorrow's, in the studio."""
    return datetime.combine(studio_day() + DAY, time(12), tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.fixture
def mona():
    return MemberFactory(first_name="Mona", last_name="Lenoir", member_type="collaboration")


@pytest.fixture
def theo():
    return TrainerFactory(first_name="Theo", is_accepting_members=False)


def text(answer):
    return html.unescape(" ".join(answer.content.decode().split()))


def page(name, *keys):
    return reverse(f"admin:training_{name}", "studio.urls", args=keys)


def test_a_trainer_who_is_full_says_so_where_one_is_chosen_and_whoever_books_somebody_new_is_told(
    web, machine, mona, theo, noon
):
    TrainerFactory(first_name="Free")
    browser = signed_in(web, account("front_desk"))
    slot = {"session_type": "collaboration", "machine": machine.pk, "length": 30, "member": mona.pk}
    asked = text(browser.get(BOOK, {"machine": machine.pk, "start": noon.isoformat()}))
    assert (f">{FULL}</option>" in asked, ">Free Rossi</option>" in asked) == (True, True)

    first = browser.post(BOOK, {**slot, "start": noon.isoformat(), "trainer": theo.pk}, follow=True)
    second = browser.post(BOOK, {**slot, "start": (noon + HALF_HOUR).isoformat(), "trainer": theo.pk}, follow=True)

    assert [session.trainer for session in TrainingSession.objects.all()] == [theo, theo]
    assert [WARNED in text(answer) for answer in (first, second)] == [True, False]


@pytest.mark.parametrize("door", ["desk", "session"])
def test_assigning_says_so_too_and_who_stands_in_is_assigned(web, machine, mona, theo, noon, door):
    session = TrainingSessionFactory(machine=machine, member=mona, scheduled_start=noon)
    browser = signed_in(web, account("manager"))
    address, shown = {
        "desk": (f"/admin/training/completion/{session.pk}/assign/", "/admin/training/completion/"),
        "session": (page("trainingsession_assign", session.pk), page("trainingsession_assign", session.pk)),
    }[door]

    assert f">{FULL}</option>" in text(browser.get(shown))
    answer = browser.post(address, {"trainer": theo.pk}, follow=True)

    session.refresh_from_db()
    assert (session.trainer, WARNED in text(answer)) == (theo, True)
