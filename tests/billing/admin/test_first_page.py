"""The first page: each number is how many rows the list behind it has, and nobody sees more than their role opens."""

import html
import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from sessions_app.admin.room_report import week_figure
from sessions_app.models import SessionAssignment, StudioSession
from sessions_app.selectors.occupancy import Occupancy, ResourceUse, Use
from tests.billing_factories import issued, paid, sent
from tests.factories import ClientFactory, ProjectFactory, RoomFactory, UserFactory
from tests.staff import account, signed_in
from tests.studio.test_admin_sites import in_studio_of_kind
from tests.training_factories import MachineFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIGURE = re.compile(r'<a class="figure[^"]*" href="([^"]*)">\s*<b>([^<]*)</b>\s*([^<]*)')
SESSIONS, DOCUMENTS = "/admin/sessions_app/studiosession/?waits=", "/admin/billing/invoice/?open="


def figures(browser):
    """Return link -> number of the first page, as text."""
    return {html.unescape(link): text for link, text, _label in FIGURE.findall(browser.get("/admin/").text)}


def session(starts_at, status="scheduled", **given):
    ends_at = starts_at + given.pop("length", 2 * HOUR)
    times = {"starts_at": starts_at, "ends_at": ends_at, "blocked_from": starts_at, "blocked_to": ends_at}
    return StudioSession.objects.create(title="Vocals", status=status, **times, **given)


@pytest.fixture
def house(studio):
    now = timezone.now()
    project, engineer = ProjectFactory(), UserFactory()
    manned = session(now + DAY, project=project, client=project.client)
    for each, status in ((manned, "assigned"), (session(now + 2 * DAY), "declined")):
        SessionAssignment.objects.create(
            session=each,
            kind="engineer",
            engineer=engineer,
            label=engineer.label,
            status=status,
            occupying=True,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
    session(now + 3 * DAY, booking_type="dry_hire")
    session(now + 3 * DAY, kind="blocker")
    session(now - HOUR / 2, room=RoomFactory())
    session(now - 5 * HOUR, "in_progress")
    session(now - 9 * DAY)
    session(now - 8 * DAY, "completed", overlap_kept=True)
    session(now + HOUR, "cancelled")
    for status in ("hold", "requested"):
        for until in (now - HOUR, now + HOUR, now + DAY):
            session(now + 4 * DAY, status, hold_expires_at=until, hold_rank=1 if status == "hold" else None)
    MachineFactory()
    mina = ClientFactory(email="mina@example.org")
    paid(issued(client=mina, now=now - 50 * DAY))
    issued(client=mina, now=now - 40 * DAY)
    issued(client=mina, now=now)
    issued(client=mina, now=now, currency="CHF")
    issued(client=mina, now=now, is_test=True)
    sent(client=mina, now=now)
    sent(client=mina, now=now - 40 * DAY)  # its time is up, and nobody has swept yet


def test_each_number_is_how_many_rows_the_list_behind_it_has(house, web):
    owner = signed_in(web, account("owner"))

    found = figures(owner)

    for link, text in found.items():
        context = owner.get(link).context
        if "cl" in context:
            assert (link, text) == (link, str(context["cl"].result_count))
        elif "report" in context:
            assert (link, text) == (link, context["report"].figures[0].text)
    week = owner.get("/admin/calendar/list/").context["week"]
    day = owner.get("/admin/calendar/list/?view=day").context["plan"]
    today = {block.session.pk for row in day.rows for block in row.blocks}
    assert found["/admin/calendar/list/"] == str(week.count)
    assert found["/admin/calendar/list/?view=day"] == str(len(today))
    waiting = {link.removeprefix(SESSIONS): text for link, text in found.items() if link.startswith(SESSIONS)}
    assert waiting == {
        "requests": "2",
        "holds": "2",
        "to_complete": "2",
        "no_engineer": "2",
        "no_project": "4",
        "to_settle": "1",
    }
    assert (found[f"{DOCUMENTS}unpaid"], found[f"{DOCUMENTS}overdue"]) == ("3", "1")
    assert sum("/reports/" in link for link in found) == 3


@pytest.mark.parametrize(
    ("role", "kind", "seen"),
    [
        ("front_desk", "mixed", {"invoice", "quote", "rooms", "machines"}),
        ("accountant", "mixed", {"invoice", "quote", "revenue", "rooms", "machines"}),
        ("engineer", "mixed", {"rooms", "machines"}),
        ("trainer", "mixed", {"machines"}),
        ("read_only", "mixed", {"invoice", "rooms", "machines"}),
        ("owner", "recording", {"invoice", "quote", "revenue", "rooms"}),
        ("owner", "training", {"invoice", "quote", "revenue", "machines"}),
    ],
)
def test_nobody_sees_more_than_their_role_opens(role, kind, seen, house, web):
    browser = in_studio_of_kind(signed_in(web, account(role)), kind)

    links = figures(browser)

    named = {
        name for name in ("invoice", "quote", "revenue", "rooms", "machines") for link in links if f"/{name}/" in link
    }
    assert named == seen


@pytest.mark.parametrize("weekday", range(7))
def test_how_full_a_week_is_says_what_its_report_says_on_that_day(weekday, studio):
    monday = date(2026, 11, 16)
    today, asked = monday + timedelta(days=weekday), []

    def use_of(first, last):
        asked.append((first, last))
        hours = (last - first).days + 1
        return Occupancy({(0, 9): Use(hours * HOUR, HOUR)}, [ResourceUse(1, "A", Use(hours * HOUR, HOUR), HOUR, 1)])

    (figure,) = week_figure(today, use_of, name="rooms", label="")

    assert asked == [(monday, today)]
    assert figure.text == f"{100 // (weekday + 1)} %"
    assert "first=2026-11-16&last=2026-11-22" in figure.link
