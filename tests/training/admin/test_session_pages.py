"""Acts on a session besides the desk's, and what every page makes of a session that nobody trains."""

import html
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import TrainingSession
from training.selectors.credits import balance_of
from training.services import machines
from training.services.credits import use_credit

pytestmark = pytest.mark.django_db
BOOK = "/admin/training/book/"


@pytest.fixture
def office(web):
    return signed_in(web, account("manager"))


@pytest.fixture
def coming(machine):
    """A session of tomorrow that is for nobody yet."""
    start = timezone.now() + timedelta(days=1)
    return TrainingSessionFactory(machine=machine, member=None, session_type_id="trial", scheduled_start=start)


def text(answer):
    return html.unescape(" ".join(answer.content.decode().split()))


def act(session, name):
    return reverse(f"admin:training_trainingsession_{name}", "studio.urls", args=[session.pk])


def test_every_page_shows_a_session_that_nobody_trains(office, coming):
    member = MemberFactory(first_name="Tess", member_type="trial")
    office.post(act(coming, "member"), {"member": member.pk})
    day = timezone.localtime(coming.scheduled_start, ZoneInfo("Europe/Paris")).date()
    pages = {
        reverse("admin:training_trainingsession_changelist", "studio.urls"): "Unassigned",
        act(coming, "change"): "Tess Dubois",
        act(coming, "history"): "Tess Dubois",
        act(coming, "move"): "Tess Dubois",
        act(coming, "assign"): "nobody yet",
        f"/admin/training/session/{coming.pk}/": "Tess Dubois",
        f"/admin/training/day/?day={day}": "no trainer yet",
        "/admin/training/completion/": "Tess Dubois",
        reverse("admin:training_member_change", "studio.urls", args=[member.pk]): "Tess Dubois",
        reverse("admin:training_member_changelist", "studio.urls"): "Tess Dubois",
        reverse("admin:index", "studio.urls"): "tomorrow without a trainer",
    }

    assert TrainingSession.objects.get().trainer is None
    found = {address: office.get(address) for address in pages}
    assert {address: (answer.status_code, pages[address] in text(answer)) for address, answer in found.items()} == (
        dict.fromkeys(pages, (200, True))
    )


def test_a_member_is_put_on_a_session_for_nobody_once(office, coming):
    first, second = MemberFactory(member_type="trial"), MemberFactory(member_type="trial")
    assert office.get(act(coming, "member")).status_code == 200

    refused = office.post(act(coming, "member"), {"member": MemberFactory(first_name="Ada").pk})
    assert (refused.status_code, "Ada Dubois is a full member." in text(refused)) == (409, True)
    assert [office.post(act(coming, "member"), {"member": each.pk}).status_code for each in (first, second)] == [
        302,
        400,
    ]

    coming.refresh_from_db()
    assert (coming.member, coming.current_participants) == (first, 1)


def test_a_machine_that_is_off_is_shown_and_not_to_be_chosen(office, only_two, coming):
    left, right = only_two
    machines.change_machine(machine=right, is_available=False, actor=None, now=timezone.now())
    asked = {"machine": left.pk, "start": coming.scheduled_start.isoformat()}

    for page in (office.get(BOOK, asked), office.get(act(coming, "move"))):
        options = re.findall(r'<option value="([^"]+)"( selected)?( disabled)?[^>]*>([^<]+)<', page.content.decode())
        shown = {key: (bool(off), label.strip()) for key, _chosen, off, label in options}
        assert shown[str(left.pk)] == (False, "Left")
        assert shown[str(right.pk)] == (True, "Right (switched off)")


def test_the_list_is_filtered_by_machine(office, only_two, coming):
    other = TrainingSessionFactory(machine=only_two[1], scheduled_start=coming.scheduled_start)

    page = office.get(
        reverse("admin:training_trainingsession_changelist", "studio.urls"),
        {"machine__id__exact": only_two[1].pk},
    )
    assert list(page.context["cl"].queryset) == [other]


@pytest.mark.parametrize(("given", "left"), [({}, 9), ({"by_house": "on"}, 10)], ids=["the member", "the studio"])
def test_moving_late_is_said_before_it_is_done_and_counts_afterwards(given, left, web, machine, ada):
    desk, now = signed_in(web, account("front_desk")), timezone.now()
    lot = SubscriptionFactory(member=ada, starts_on=studio_day(), now=now)
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=now + timedelta(hours=5))
    use_credit(session=session, actor=None, now=now)
    asked = text(desk.get(act(session, "move")))
    assert ("Moved, it stays too late" in asked, 'name="by_house"' in asked) == (True, True)
    to = {"day": f"{studio_day() + timedelta(days=4):%Y-%m-%d}", "start": "10:00", "end": "10:30"}

    moved = desk.post(act(session, "move"), {"machine": machine.pk, "notes": "", **to, **given})
    page = text(desk.get(act(session, "cancel")))
    desk.post(act(session, "cancel"), {"reason": "Ill"})

    is_late = left == 9
    assert (moved.status_code, balance_of(lot)) == (302, left)
    assert ("It was moved when it was too late" in page, 'name="by_house"' in page) == (is_late, is_late)
