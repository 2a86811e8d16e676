"""What of trainers stands where they are chosen and planned: whether they take new members, papers that end."""

import html
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.accounts.services import roles
from tests.factories import UserFactory
from tests.membership_factories import CertificateFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import HALF_HOUR, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import TrainingSession

pytestmark = pytest.mark.django_db
BOOK, DAY = "/admin/training/book/", timedelta(days=1)
FULL = "Theo Rossi (takes no new members)"
TONES = (("ended", "danger"), ("ends", "warning"))
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


def test_papers_that_end_stand_in_the_list_on_the_first_page_and_over_the_day(web):
    today, trainer = studio_day(), TrainerFactory(first_name="Theo")
    CertificateFactory(trainer=trainer, name="Rescue", expires_on=today - DAY)
    CertificateFactory(trainer=trainer, name="First aid", expires_on=today + 29 * DAY)
    CertificateFactory(trainer=trainer, name="For long", expires_on=today + 400 * DAY)
    browser = signed_in(web, account("front_desk"))
    ended, soon = (f"{day:%-d %b %Y}" for day in (today - DAY, today + 29 * DAY))

    assert f"ended on {ended}" in text(browser.get(page("trainer_changelist")))
    first_page = text(browser.get(reverse("admin:index", "studio.urls")))
    assert (f"ended on {ended}" in first_page, f"ends on {soon}" in first_page) == (True, True)
    for shift, rescue, first_aid in ((0, "ended", "ends"), (60, "ended", "ended"), (-100, None, None)):
        sheet = text(browser.get(page("trainer_day", trainer.pk), {"day": today + shift * DAY}))
        told = [f'Rescue <span class="tone tone-{tone}">{word} on {ended}' for word, tone in TONES]
        assert [each in sheet for each in told] == [word == rescue for word, _tone in TONES], shift
        told = [f'First aid <span class="tone tone-{tone}">{word} on {soon}' for word, tone in TONES]
        assert [each in sheet for each in told] == [word == first_aid for word, _tone in TONES], shift
        assert "For long" not in sheet


def test_a_trainer_sees_their_own_papers_and_nobody_elses(web):
    person = UserFactory()
    roles.grant_role(user=person, role="trainer", actor=None, now=timezone.now())
    own, other = TrainerFactory(user=person), TrainerFactory()
    for trainer, name in ((own, "Mine"), (other, "Theirs")):
        CertificateFactory(trainer=trainer, name=name, expires_on=studio_day() - DAY)
    browser = signed_in(web, person)

    first_page = text(browser.get(reverse("admin:index", "studio.urls")))
    assert ("Mine" in first_page, "Theirs" in first_page) == (True, False)
    assert "ended on" not in text(browser.get(page("trainer_changelist")))
    assert "Mine" in text(browser.get(page("trainer_day", own.pk)))
    assert "ended on" not in text(browser.get(page("trainer_day", other.pk)))
