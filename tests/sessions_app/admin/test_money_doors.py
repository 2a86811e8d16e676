"""Who may change what a session costs, and what nobody gets around: the fee of its terms."""

import html
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from sessions_app.models import SessionFee, StudioSession
from sessions_app.selectors.terms import Step
from tests.factories import PolicyFactory, RoomFactory, SessionFactory
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
