"""Planning an outage through the pages: looked at, chosen, done; what changed meanwhile is said and looked at again."""

import html
import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.mail.models import EmailMessage
from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, MemberFactory, OutageFactory, TrainingSessionFactory
from training.models import MachineOutage, OutageCase, TrainingSession
from training.selectors.credits import balance_of
from training.services import bookings, subscriptions
from training.services.booked_ahead import Settlement

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def ten():
    """10:00 in Paris, the day after tomorrow."""
    day = timezone.now().astimezone(PARIS) + timedelta(days=2)
    return day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture
def manager(web):
    return signed_in(web, account("manager"))


def page_of(machine):
    return reverse("admin:training_machine_outage", args=[machine.pk])


def typed(start, end, reason="Motor <b>broken</b>"):
    """What somebody types into the form."""
    first, last = start.astimezone(PARIS), end.astimezone(PARIS)
    days = {"day": f"{first:%Y-%m-%d}", "last_day": f"{last:%Y-%m-%d}"}
    return {**days, "start": f"{first:%H:%M}", "end": f"{last:%H:%M}", "reason": reason}


def shown(answer):
    """Return the page's words, and what its boxes and chosen buttons would send."""
    page = answer.content.decode()
    sent = re.findall(r'<input type="hidden" name="((?:session|seen)[^"]*)" value="([^"]*)"', page)
    sent += re.findall(r'<input type="radio" name="(do-[^"]+)" value="([^"]+)" checked', page)
    form = {}
    for name, value in sent:
        form.setdefault(name, []).append(html.unescape(value))
    return " ".join(html.unescape(page).split()), form


def test_outage_is_looked_at_chosen_and_done_and_stands_on_the_grid(manager, only_two, ten):
    left, right = only_two
    ada = MemberFactory(first_name="Ada", last_name="Morel", email="ada@example.org")
    bea = MemberFactory(first_name="Bea", last_name="Rossi", phone="06 12 34 56 78")
    first = TrainingSessionFactory(machine=left, member=ada, scheduled_start=ten)
    second = TrainingSessionFactory(machine=left, member=bea, scheduled_start=ten + HALF_HOUR)
    there = TrainingSessionFactory(machine=right, scheduled_start=ten + HALF_HOUR)
    form = typed(ten, ten + timedelta(days=1))

    assert manager.get(page_of(left)).status_code == 200
    looked = manager.post(page_of(left), {**form, "look": "1"})
    text, choices = shown(looked)

    assert (looked.status_code, MachineOutage.objects.count()) == (200, 0)
    assert "2 sessions are in the way" in text
    assert choices[f"do-{first.pk}"][0].startswith(f"move|{right.pk}|{ten.isoformat()}|")
    assert choices[f"do-{second.pk}"][0].split("|")[2] != there.scheduled_start.isoformat()
    assert "Another time or a cancellation is told by mail to ada@example.org." in text
    assert "No e-mail address is known: call 06 12 34 56 78." in text
    choices[f"do-{second.pk}"] = ["settle"]
    done = manager.post(page_of(left), {**form, **choices, "act": "1"})

    outage = MachineOutage.objects.get()
    address = reverse("admin:training_machineoutage_change", args=[outage.pk])
    assert (done.status_code, done["Location"], outage.reason) == (302, address, "Motor <b>broken</b>")
    text = shown(manager.get(address))[0]
    assert "1 session has moved. 1 session is cancelled. 1 person has to be called." in text
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.machine, second.status) == (right, "cancelled")
    assert (EmailMessage.objects.count(), "06 12 34 56 78" in text) == (0, True)
    called = manager.post(reverse("admin:training-called", args=[OutageCase.objects.to_phone().get().pk]), follow=True)
    assert "Bea Rossi" in shown(called)[0]
    assert "called " in shown(called)[0]
    day = manager.get(reverse("admin:training-day"), {"day": f"{ten.astimezone(PARIS):%Y-%m-%d}"})
    grid = day.content.decode()
    assert ("Motor &lt;b&gt;broken&lt;/b&gt;" in grid, "<b>broken" in grid) == (True, False)
    assert (grid.count('class="slot-session slot-outage"'), f'href="{address}"' in grid) == (1, True)
    assert grid.count('class="slot-time slot-outside"') == 0
    block = outage.blocks.order_by("scheduled_start")[0]
    opened = manager.get(reverse("admin:training-session", args=[block.pk])).content.decode()
    assert (address in opened, "/cancel/" in opened) == (True, False)
    delete = reverse("admin:training_trainingsession_delete", args=[block.pk])
    assert delete not in manager.get(delete.replace("/delete/", "/change/")).content.decode()
    refused = manager.post(delete, {"post": "yes"})
    assert (refused.status_code, outage.blocks.filter(pk=block.pk).exists()) == (409, True)


def test_session_booked_meanwhile_is_named_what_was_chosen_stays_and_nothing_is_done(manager, only_two, ten):
    left, _right = only_two
    first = TrainingSessionFactory(machine=left, scheduled_start=ten)
    form = typed(ten, ten + timedelta(days=1))
    choices = shown(manager.post(page_of(left), form))[1] | {f"do-{first.pk}": "leave", f"why-{first.pk}": "Runs"}
    late = TrainingSessionFactory(
        machine=left, member=MemberFactory(first_name="Late"), scheduled_start=ten + HALF_HOUR
    )

    answer = manager.post(page_of(left), {**form, **choices, "act": "1"})
    text, again = shown(answer)

    assert (answer.status_code, MachineOutage.objects.count()) == (409, 0)
    assert "Late Dubois, Left (" in text
    assert "is in the way as well. Nothing was done: this is how it stands now." in text
    assert (again[f"do-{first.pk}"], 'value="Runs"' in text) == (["leave"], True)
    done = manager.post(page_of(left), {**form, **again, f"why-{first.pk}": "Runs", "act": "1"})
    assert (done.status_code, OutageCase.objects.get(session=late).decision) == (302, "moved")
    assert manager.post(page_of(left), {**form, **again, "act": "1"}).status_code == 409
    assert MachineOutage.objects.count() == 1


def test_nobody_is_told_that_a_credit_is_back_which_is_lost(manager, machine, ten):
    now, ada = timezone.now(), MemberFactory(first_name="Ada", email="ada@example.org")
    lot = SubscriptionFactory(member=ada, starts_on=now.astimezone(PARIS).date(), now=now)
    times = {"scheduled_start": ten, "scheduled_end": ten + HALF_HOUR}
    kept = bookings.book_session(machine=machine, member=ada, actor=None, now=now, **times)
    subscriptions.cancel_subscription(subscription=lot, reason="Moved", booked=Settlement.KEPT, actor=None, now=now)
    lot.refresh_from_db()
    form = typed(ten, ten + timedelta(days=1))

    text, choices = shown(manager.post(page_of(machine), form))
    manager.post(page_of(machine), {**form, **choices, f"do-{kept.pk}": "settle", "act": "1"})

    assert f"Cancel it. {lot} has ended, so the credit expires with it." in text
    told = EmailMessage.objects.get(recipient=ada.email).text
    assert (": cancelled.\n" in told, "back on your plan" in told, balance_of(lot)) == (True, False, 0)


@pytest.mark.parametrize(
    ("given", "told", "looked"),
    [
        ({"reason": ""}, "This field is required.", 400),
        ({"day": "2026-02-30"}, "Enter a valid date.", 400),
        ({"day": "9999-12-31", "last_day": "9999-12-31"}, "2999", 400),
        ({"start": "x"}, "Enter a valid time.", 400),
        ({"last_day": "2020-01-01"}, "An outage must end after it starts.", 400),
        ({"reason": "a\0b"}, "", 400),  # refused before any page
        ({"do": "leave", "why": "a\0b"}, "", 400),
        ({"reason": "x" * 301}, "at most 300 characters", 400),
        ({"session": "x"}, "is in the way as well", 200),
        ({"do": "move|x|y|z"}, "Choose what becomes of", 200),
        ({"do": "move|00000000-0000-4000-8000-000000000001|2026-01-01T00:00Z|2026-01-01T01:00Z"}, "Choose", 200),
        ({"do": "move|{machine}|9999-12-31T23:00:00Z|9999-12-31T23:30:00Z"}, "Choose what becomes of", 200),
        ({"do": "leave"}, "Say why", 200),
        ({"seen": "soon"}, "was changed meanwhile", 200),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_done(given, told, looked, manager, machine, ten):
    session = TrainingSessionFactory(machine=machine, scheduled_start=ten)
    form = typed(ten, ten + timedelta(days=1))
    form |= shown(manager.post(page_of(machine), form))[1]
    given = {name: text.replace("{machine}", str(machine.pk)) for name, text in given.items()}
    form |= {f"{name}-{session.pk}" if name in {"do", "why", "seen"} else name: text for name, text in given.items()}

    answer = manager.post(page_of(machine), {**form, "act": "1"})

    assert (answer.status_code in {400, 409}, told in shown(answer)[0]) == (True, True)
    assert (MachineOutage.objects.count(), TrainingSession.objects.get().status) == (0, "scheduled")
    assert manager.post(page_of(machine), form).status_code == looked


def test_outage_is_prolonged_and_ended_on_its_own_page(manager, only_two, ten):
    left, _right = only_two
    outage = OutageFactory(machine=left, starts_at=ten, ends_at=ten + timedelta(days=1), now=timezone.now())
    later = TrainingSessionFactory(machine=left, scheduled_start=ten + timedelta(days=1))
    prolong, end = (reverse(f"admin:training_machineoutage_{act}", args=[outage.pk]) for act in ("prolong", "end"))
    until = (ten + timedelta(days=2)).astimezone(PARIS)
    form = {"last_day": f"{until:%Y-%m-%d}", "end": f"{until:%H:%M}"}

    text, choices = shown(manager.post(prolong, form))
    assert "1 session is in the way" in text
    assert manager.post(prolong, {**form, **choices, "act": "1"}).status_code == 302
    outage.refresh_from_db()
    later.refresh_from_db()
    assert (outage.ends_at, later.machine == left) == (ten + timedelta(days=2), False)

    refused = manager.post(end, form)
    assert (refused.status_code, "Prolong it instead." in shown(refused)[0]) == (400, True)
    opened = manager.get(end).context["form"].initial
    first = ten.astimezone(PARIS)
    assert (opened["last_day"], opened["end"]) == (first.date(), first.time())
    today = timezone.now().astimezone(PARIS)
    for before in (today, first):
        refused = manager.post(end, {"last_day": f"{before:%Y-%m-%d}", "end": f"{before:%H:%M}"})
        assert (refused.status_code, "or call the outage off." in shown(refused)[0]) == (400, True)
    noon = manager.post(end, {"last_day": f"{first:%Y-%m-%d}", "end": "12:00"}, follow=True)
    assert "Left can be booked again from " in shown(noon)[0]
    off = reverse("admin:training_machineoutage_call-off", args=[outage.pk])
    assert manager.get(off).status_code == 200
    outage.refresh_from_db()
    assert (outage.ends_at, outage.called_off_at) == (ten + timedelta(hours=2), None)
    ended = manager.post(off, follow=True)
    assert "The outage of Left is called off." in shown(ended)[0]
    assert not TrainingSession.objects.filter(outage=outage).exists()
    page = shown(manager.get(reverse("admin:training_machineoutage_change", args=[outage.pk])))[0]
    assert ("called off" in page, *(each in page for each in (prolong, end, off))) == (True, False, False, False)


@pytest.mark.parametrize(
    ("role", "plans", "calls", "sees"),
    [
        ("owner", True, True, True),
        ("front_desk", False, True, True),
        ("trainer", False, False, True),
        ("engineer", False, False, False),
    ],
)
def test_what_a_role_sees_and_does(web, machine, ten, role, plans, calls, sees):
    bea = MemberFactory(first_name="Bea", phone="06 12 34 56 78")
    TrainingSessionFactory(machine=machine, member=bea, scheduled_start=ten + HALF_HOUR)
    outage = OutageFactory(machine=machine, starts_at=ten, ends_at=ten + timedelta(days=1), now=timezone.now())
    OutageCase.objects.update(telling="phone")
    lost = OutageCase.objects.create(
        outage=outage,
        session=TrainingSession.objects.get(member=bea),
        session_label="Bea",
        was_starts_at=ten,
        was_ends_at=ten + HALF_HOUR,
        decision="settled",
        telling="mail",
        letter="lost",
    )
    EmailMessage.objects.create(
        about="training.letter:lost",
        kind="training_outage",
        recipient="bea@example.org",
        subject="x",
        text="x",
        message_id="x",
        next_try_at=ten,
        state="failed",
        last_error="550 bea@example.org: unknown",
    )
    browser = signed_in(web, account(role))
    address = reverse("admin:training_machineoutage_change", args=[outage.pk])
    day = {"day": f"{ten.astimezone(PARIS):%Y-%m-%d}"}

    page, grid = browser.get(address).content.decode(), browser.get(reverse("admin:training-day"), day).content.decode()

    assert ("Bea" in page, "06 12 34 56 78" in page, "bea@example.org" in page) == (True, sees, sees)
    assert (page.count("/called/"), page.count("to be called")) == (2 * calls, 2)
    assert (page_of(machine) in grid, f'href="{address}"' in grid) == (plans, True)
    assert ("<b>1</b> to call about an outage" in browser.get("/admin/").content.decode()) == calls
    assert browser.get(page_of(machine)).status_code == (200 if plans else 403)
    assert browser.post(page_of(machine), typed(ten, ten + HALF_HOUR)).status_code == (409 if plans else 403)
    due = reverse("admin:training_machineoutage_changelist") + "?calls=due"
    assert (due in browser.get("/admin/").content.decode(), address in browser.get(due).content.decode()) == (
        calls,
        True,
    )
    case = reverse("admin:training-called", args=[lost.pk])
    assert browser.post(case).status_code == (302 if calls else 403)


def test_list_asks_the_same_for_one_outage_and_for_three(manager, machine, django_assert_max_num_queries, ten):
    address = reverse("admin:training_machineoutage_changelist")
    for number in range(3):
        start = ten + timedelta(days=number)
        TrainingSessionFactory(machine=machine, scheduled_start=start)
        OutageFactory(machine=machine, starts_at=start, ends_at=start + HALF_HOUR, now=timezone.now())
    manager.get(address)

    with django_assert_max_num_queries(12):
        page = manager.get(address).content.decode()

    assert (page.count("The belt is changed."), f'href="{page_of(machine)}"' in page) == (3, True)
    cases = reverse("admin:training_outagecase_changelist")
    OutageCase.objects.filter(outage__starts_at=ten).update(telling="phone")
    due = manager.get(cases, {"telling__exact": "phone", "phoned_at__isempty": "1"}).content.decode()
    assert due.count("to be called") == 1
    assert manager.get(address, {"calls": "due"}).content.decode().count("The belt is changed.") == 1
