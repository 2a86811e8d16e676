"""What a session's page shows of its costs, and the acts that change them."""

import html
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from sessions_app.models import SessionExtra, SessionFee, StudioSession
from sessions_app.selectors.terms import Step
from sessions_app.services import assignments, attendance
from tests.factories import RoomFactory, SessionFactory
from tests.price_factories import ExtraFactory, FeeFactory, PolicyFactory
from tests.staff import account, signed_in

HOUR = timedelta(hours=1)
LIST = "/admin/sessions_app/studiosession/"
STEPS = (
    Step("cancellation", 48, Decimal(50), None),
    Step("reschedule", 48, None, Decimal(25)),
    Step("no_show", None, Decimal(100), None),
)

pytestmark = pytest.mark.django_db


def page(session, name="change"):
    return f"/admin/sessions_app/studiosession/{session.pk}/{name}/"


def text(response):
    return " ".join(html.unescape(response.content.decode()).split())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def at(minutes):
    """Put a booked session so that it began some minutes ago; negative begins later."""
    return timezone.now() - timedelta(minutes=minutes)


@pytest.fixture
def session(client_):
    """Two hours of 60 from an hour ago on, booked long before under terms; the clock decides nothing else."""
    PolicyFactory(name="House terms", steps=STEPS)
    made = SessionFactory(title="Drums", room=RoomFactory(name="Studio P", hourly_rate=Decimal(60)), client=client_)
    return shifted(made, at(60))


def local(moment):
    return timezone.localtime(moment, ZoneInfo("Europe/Paris"))


def shifted(session, starts_at):
    ends_at = starts_at + 2 * HOUR
    times = {"starts_at": starts_at, "ends_at": ends_at, "blocked_from": starts_at, "blocked_to": ends_at}
    StudioSession.objects.filter(pk=session.pk).update(**times)
    session.refresh_from_db()
    return session


def test_the_page_shows_lines_extras_fees_and_what_is_due(office, session):
    ExtraFactory(session=session, description="Tape", unit_price=Decimal(30))
    FeeFactory(session=session)

    shown = text(office.get(page(session)))

    assert "Hourly rate" in shown
    assert "Tape" in shown
    assert "Terms: less than 24 hours before the start, 40.00 EUR." in shown
    assert "Due without VAT 190.00 EUR" in shown.replace("</span> <strong>", " ").replace("<strong>", "")


def test_the_fee_is_shown_before_cancelling_and_is_what_is_written(office, session):
    asked = text(office.get(page(session, "cancel")))
    response = office.post(page(session, "cancel"), {"reason": "Ill", "waive_because": ""})

    assert "This costs 60.00 EUR." in asked
    assert response.status_code == 302
    assert SessionFee.objects.get().amount == Decimal("60.00")
    assert "Due without VAT" in text(office.get(page(session)))


def test_a_free_cancellation_says_so(office, session):
    shifted(session, at(-60 * 72))

    assert "This costs nothing. Free by the terms of the booking." in text(office.get(page(session, "cancel")))


def test_who_may_waives_in_the_same_act_and_the_desk_may_not(web, office, session):
    assert "waive_because" in office.get(page(session, "cancel")).context["form"].fields
    desk = signed_in(web, account("front_desk"))
    assert "waive_because" not in desk.get(page(session, "cancel")).context["form"].fields

    desk.post(page(session, "cancel"), {"reason": "Ill", "waive_because": "A friend"})

    assert SessionFee.objects.get().waived_at is None


def test_a_fee_is_waived_on_its_page_with_a_reason(web, office, session):
    fee = FeeFactory(session=session)
    address = f"/admin/sessions_app/sessionfee/{fee.pk}/waive/"

    assert office.post(address, {"because": ""}).status_code == 400
    assert office.post(address, {"because": "A first time"})["Location"] == page(session)
    again = office.post(address, {"because": "Again"})

    fee.refresh_from_db()
    assert (fee.waived_because, again.status_code) == ("A first time", 409)
    assert signed_in(web, account("front_desk")).get(address).status_code == 403


def test_moving_late_shows_and_charges_its_fee(office, session):
    session = shifted(session, at(-60 * 5))
    assert "This costs 25.00 EUR." in text(office.get(page(session, "move")))
    tomorrow = local(timezone.now() + timedelta(days=3)).date().isoformat()

    response = office.post(
        page(session, "move"),
        {"room": session.room_id, "day": tomorrow, "start": "12:00", "end": "14:00", "last_day": "", "reason": ""},
    )

    assert response.status_code == 302
    assert SessionFee.objects.get().kind == "reschedule"


def test_a_no_show_shows_and_charges_its_fee(office, session):
    assert "This costs 120.00 EUR." in text(office.get(page(session, "no-show")))

    office.post(page(session, "no-show"), {"waive_because": ""})

    assert SessionFee.objects.get().amount == Decimal("120.00")


def test_an_extra_is_added_and_taken_back(office, session):
    response = office.post(page(session, "extra"), {"description": "Tape", "quantity": "2", "unit_price": "9.50"})
    extra = SessionExtra.objects.get()

    assert told(response) == ["Tape is charged: 19.00 EUR."]
    assert "Take back" in text(office.get(page(session)))
    office.post(f"/admin/sessions_app/sessionextra/{extra.pk}/take-back/")
    assert SessionExtra.objects.count() == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"description": ""},
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "NaN"},
        {"quantity": "10000"},
        {"quantity": "0.001"},
        {"unit_price": "-1"},
        {"unit_price": "9" * 30},
    ],
)
def test_a_bad_extra_is_refused_and_keeps_what_was_typed(office, session, facts):
    response = office.post(page(session, "extra"), {"description": "Tape", "quantity": "1", "unit_price": "9"} | facts)

    assert response.status_code == 400
    if facts.get("quantity") in {"0", "-1", "10000"}:
        assert "A quantity lies between 0.01 and 9,999." in text(response)
    assert SessionExtra.objects.count() == 0
    kept = response.context["form"]
    assert {kept["description"].value(), kept["quantity"].value(), kept["unit_price"].value()} >= set(facts.values())


def test_an_extra_that_is_too_much_for_its_column_is_refused(office, session):
    typed = {"description": "Tape", "quantity": "99999999", "unit_price": "9999999999"}

    assert office.post(page(session, "extra"), typed).status_code == 400


def test_completing_late_leads_on_to_the_overage(office, session):
    session = shifted(session, at(60 * 4))
    begins, ends = local(session.starts_at), local(session.ends_at + timedelta(minutes=50))
    typed = {
        "day": begins.date().isoformat(),
        "start": f"{begins:%H:%M}",
        "last_day": ends.date().isoformat(),
        "end": f"{ends:%H:%M}",
    }

    done = office.post(page(session, "complete"), typed)
    asked = text(office.get(page(session, "overage")))
    charged = office.post(page(session, "overage"))

    assert done["Location"] == page(session, "overage")
    assert "minutes rounded up to the slot: 60.00 EUR." in asked
    assert told(charged)[-1] == "The overage is charged: 60.00 EUR."
    assert office.post(page(session, "overage")).status_code == 400


def test_checks_in_once_and_takes_it_back_with_a_reason(web, office, session):
    assert told(office.post(page(session, "check-in"))) == ["Drums is checked in."]
    assert "late" in text(office.get(page(session)))
    desk = signed_in(web, account("front_desk"))
    assert desk.get(page(session, "undo")).status_code == 403
    office = signed_in(web, account("manager"))

    assert office.post(page(session, "undo"), {"reason": ""}).status_code == 400
    office.post(page(session, "undo"), {"reason": "Wrong band"})

    session.refresh_from_db()
    assert (session.checked_in_at, session.status) == (None, "scheduled")


def test_lasts_longer_or_says_who_needs_the_room(office, session, desk):
    attendance.start_session(session=session, actor=desk, now=timezone.now())
    following = SessionFactory(title="Choir", room=session.room)
    shifted(following, session.ends_at + HOUR)
    until = local(session.ends_at + 2 * HOUR)
    typed = {"until_day": until.date().isoformat(), "until_time": f"{until:%H:%M}"}

    refused = office.post(page(session, "longer"), typed)

    assert refused.status_code == 409
    assert "Choir needs Studio P from" in text(refused)
    half = local(session.ends_at + HOUR / 2)
    typed = {"until_day": half.date().isoformat(), "until_time": f"{half:%H:%M}"}
    assert office.post(page(session, "longer"), typed).status_code == 302
    assert SessionExtra.objects.get().kind == "extension"


def test_pricing_anew_shows_old_and_new_first(office, session):
    session.room.hourly_rate = Decimal(75)
    session.room.save(update_fields=["hourly_rate"])

    asked = text(office.get(page(session, "reprice")))
    response = office.post(page(session, "reprice"))

    assert "120.00 EUR" in asked
    assert "150.00 EUR" in asked
    assert told(response) == ["The session now costs 150.00 EUR."]


def test_an_invoiced_session_offers_and_takes_no_change(office, session):
    extra = ExtraFactory(session=session)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=timezone.now())

    shown = text(office.get(page(session)))
    answers = [
        office.post(page(session, "extra"), {"description": "Tape", "quantity": "1", "unit_price": "1"}),
        office.post(page(session, "reprice")),
        office.post(f"/admin/sessions_app/sessionextra/{extra.pk}/take-back/"),
    ]

    assert [name in shown for name in ("Add an extra", "Price anew", "Take back")] == [False] * 3
    assert [answer.status_code for answer in answers] == [409] * 3
    assert SessionExtra.objects.count() == 1


def test_a_typed_total_is_by_hand(office, session):
    shown = office.get(page(session))
    form = shown.context["adminform"].form
    given = {name: form[name].value() or "" for name in form.fields}

    office.post(page(session), given | {"total": "99.00", "seen_at": session.updated_at.isoformat()})

    session.refresh_from_db()
    assert (session.total, session.total_source) == (Decimal("99.00"), "manual")
    assert "Agreed by hand: 99.00 EUR, whatever the list says." in text(office.get(page(session)))


def test_cancelling_several_names_the_fees_first(office, session):
    selected = {"action": "cancel_selected", "_selected_action": [session.pk], "index": "0"}

    asked = text(office.post("/admin/sessions_app/studiosession/", selected))
    office.post("/admin/sessions_app/studiosession/", selected | {"confirmed": "yes", "reason": "Strike"})

    assert "Drums: 60.00 EUR. House terms: less than 48 hours before the start, 50 % of 120.00 EUR." in asked
    assert SessionFee.objects.get().amount == Decimal("60.00")


def test_a_drag_that_costs_a_fee_leads_to_the_page_that_shows_it(office, session):
    session = shifted(session, at(-60 * 5))
    later = (session.starts_at + timedelta(days=3)).isoformat()
    given = {"session": session.pk, "seen_at": session.updated_at.isoformat(), "starts_at": later, "tell": ""}

    response = office.post("/admin/calendar/move/", given)

    assert response.status_code == 409
    assert "Moving this session costs a fee. House terms: less than 48 hours" in response.json()["sentences"][0]
    session.refresh_from_db()
    assert session.starts_at.isoformat() != later


def test_who_does_not_see_money_sees_none_of_it_on_the_page(web, session):
    ExtraFactory(session=session, description="Tape", unit_price=Decimal("123.45"))
    trainer = account("trainer")
    assignments.assign_member(session=session, member=trainer, actor=None, now=session.booked_at)
    StudioSession.objects.filter(pk=session.pk).update(total=Decimal("987.65"))

    shown = {}
    for role, person in (("trainer", trainer), ("owner", account("owner"))):
        browser = signed_in(web, person)
        answers = [browser.get(address) for address in (page(session), page(session, "history"), LIST)]
        assert [answer.status_code for answer in answers] == [200] * 3
        shown[role] = " ".join(text(answer) for answer in answers)

    for money in ("987.65", "123.45", "120.00", "unpaid", "What it costs"):
        assert (money in shown["owner"], money in shown["trainer"]) == (True, False), money
