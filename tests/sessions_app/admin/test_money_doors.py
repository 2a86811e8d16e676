"""Who may change what a session costs, and what nobody gets around: the fee of its terms."""

import html
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.models import SessionFee, StudioSession
from sessions_app.selectors.terms import Step
from tests.factories import ClientFactory, RoomFactory, SeriesFactory, SessionFactory
from tests.price_factories import PolicyFactory
from tests.staff import account, signed_in

HOUR = timedelta(hours=1)
STEPS = (Step("cancellation", 48, Decimal(50), None), Step("reschedule", 48, None, Decimal(25)))

pytestmark = pytest.mark.django_db


def page(session, name="change"):
    return f"/admin/sessions_app/studiosession/{session.pk}/{name}/"


def text(response):
    return " ".join(html.unescape(response.content.decode()).split())


def begins(session, starts_at):
    ends_at = starts_at + 2 * HOUR
    times = {"starts_at": starts_at, "ends_at": ends_at, "blocked_from": starts_at, "blocked_to": ends_at}
    StudioSession.objects.filter(pk=session.pk).update(**times)
    session.refresh_from_db()


@pytest.fixture
def session(client_):
    """Two hours of 60 in five hours, under terms that ask for half of them by now."""
    PolicyFactory(name="House terms", steps=STEPS)
    made = SessionFactory(title="Drums", room=RoomFactory(name="Studio P", hourly_rate=Decimal(60)), client=client_)
    begins(made, timezone.now() + 5 * HOUR)
    return made


def facts(session, **changed):
    given = {"title": session.title, "client": session.client_id, "project": "", "total": str(session.total)}
    rest = {"booking_type": session.booking_type, "location": "", "description": "", "notes": "", "deposit_amount": ""}
    return given | rest | changed


@pytest.mark.parametrize("role", ["engineer", "front_desk"])
@pytest.mark.parametrize("change", [{"total": "0"}, {"total": ""}, {"client": ""}], ids=["free", "no price", "nobody"])
def test_who_may_not_waive_cannot_make_a_fee_smaller_first(web, session, role, change):
    desk = signed_in(web, account(role))

    desk.post(page(session), facts(session, **change))
    desk.post(page(session, "cancel"), {"reason": "Ill"})

    assert [fee.amount for fee in SessionFee.objects.all()] == [Decimal("60.00")]


def test_the_refusal_says_what_it_is_about(web, session):
    refused = signed_in(web, account("front_desk")).post(page(session), facts(session, total="90"))

    assert refused.status_code == 403
    assert "This would lower the fee that the terms of the booking ask for." in text(refused)


def test_who_may_waive_can_lower_the_price_at_any_time(office, session):
    office.post(page(session), facts(session, total="90"))

    session.refresh_from_db()
    assert session.total == Decimal("90.00")


@pytest.mark.parametrize(("days", "total"), [(0, "150"), (9, "90")], ids=["more within", "less before"])
def test_the_desk_agrees_on_a_price_where_no_fee_shrinks(web, session, days, total):
    begins(session, session.starts_at + timedelta(days=days))

    signed_in(web, account("front_desk")).post(page(session), facts(session, total=total))

    session.refresh_from_db()
    assert session.total == Decimal(total)


@pytest.mark.parametrize(("role", "is_open"), [("engineer", False), ("front_desk", True)])
def test_prices_are_typed_and_chosen_by_who_may_change_them(web, session, role, is_open):
    begins(session, session.starts_at + timedelta(days=9))
    StudioSession.objects.filter(pk=session.pk).update(total=Decimal(999))
    browser = signed_in(web, account(role))
    first = (session.starts_at + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    there = {"day": first.date(), "start": "14:00", "end": "16:00", "last_day": "", "room": session.room_id}

    fields = [f'name="{name}"' in text(browser.get(page(session))) for name in ("total", "deposit_amount")]
    offered = 'name="price"' in text(browser.get(page(session, "move")))
    moved = browser.post(page(session, "move"), there | {"price": "listed", "reason": "", "tell": ""})

    session.refresh_from_db()
    assert (fields, offered, moved.status_code) == ([is_open] * 2, is_open, 302)
    assert session.total == (Decimal("120.00") if is_open else Decimal("999.00"))


# Many at once -----------------------------------------------------------------------------------------


def soon(made):
    """Say of a series' sessions that a change of any of them costs 50, and return how many there are."""
    steps = [{"kind": kind, "hours": 10**6, "percent": None, "amount": "50"} for kind in ("cancellation", "reschedule")]
    terms = {"name": "House terms", "grace_minutes": 0, "steps": steps}
    return made.sessions.update(booked_at=timezone.now() - timedelta(days=9), terms=terms)


@pytest.fixture
def series(client_):
    made = SeriesFactory(title="Rehearsal", starts_on=date(2090, 6, 6), client=client_)
    assert soon(made) == 4
    return made


def of(series, name):
    return f"/admin/sessions_app/sessionseries/{series.pk}/{name}/"


def moved_to(series, **changed):
    where = {"since": "", "start_time": series.start_time, "length_minutes": series.length_minutes, "days_later": "0"}
    return where | {"room": series.room_id or "", "reason": "", "tell": ""} | changed


@pytest.mark.parametrize(
    ("name", "given"),
    [("cancel", {"since": "", "reason": "Strike"}), ("move", {"days_later": "1"})],
)
@pytest.mark.parametrize("because", ["", "The house is flooded"])
def test_a_series_tells_its_fees_first_and_takes_a_waiver(office, series, name, given, because):
    asked = text(office.get(of(series, name)))
    given = given if name == "cancel" else moved_to(series, **given)

    office.post(of(series, name), given | {"waive_because": because})

    assert "Rehearsal: 50.00 EUR. House terms: less than 1000000 hours before the start, 50.00 EUR." in asked
    assert "In all: 200.00 EUR." in asked
    assert [fee.waived_because for fee in SessionFee.objects.all()] == [because] * 4
    assert {fee.kind for fee in SessionFee.objects.all()} == {"reschedule" if name == "move" else "cancellation"}


def test_a_series_in_another_room_costs_nothing(office, series):
    answer = office.post(of(series, "move"), moved_to(series, room=RoomFactory(name="Studio Q").pk))

    assert (answer.status_code, SessionFee.objects.count()) == (302, 0)


def test_who_may_not_waive_is_told_and_not_asked(web, series):
    shown = text(signed_in(web, account("front_desk")).get(of(series, "cancel")))

    assert ("In all: 200.00 EUR." in shown, "waive_because" in shown) == (True, False)


@pytest.mark.parametrize("count", [2, 9])
def test_the_fees_of_many_are_read_at_once(office, client_, monkeypatch, count):
    monkeypatch.setattr("sessions_app.admin.fee_parts.SHOWN", 5)
    PolicyFactory(name="House terms", steps=(Step("cancellation", 700, None, Decimal(10)),))
    room, other = RoomFactory(name="Studio P"), ClientFactory(name="Ann", currency="EUR")
    for day in range(count):
        SessionFactory(
            title=f"No. {day}",
            room=room,
            client=other if day % 2 else client_,
            starts_at=timezone.now().replace(hour=10, minute=0) + timedelta(days=2 + day),
        )
    StudioSession.objects.update(terms=None, booked_at=timezone.now() - timedelta(days=9))
    selected = {
        "action": "cancel_selected",
        "_selected_action": list(StudioSession.objects.values_list("pk", flat=True)),
    }

    with CaptureQueriesContext(connection) as queries:
        shown = text(office.post("/admin/sessions_app/studiosession/", selected | {"index": "0"}))

    assert len(queries) <= 13
    assert f"In all: {count * 10}.00 EUR." in shown
    assert ("and 4 more" in shown) == (count == 9)
