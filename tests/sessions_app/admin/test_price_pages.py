"""The price list's pages, the live price beside the booking form, and who sees money."""

import html
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages

from sessions_app.models import BookingPolicy, PolicyTier, PriceRule, StudioSession
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory, RoomFactory, SessionFactory
from tests.price_factories import PolicyFactory, PriceRuleFactory
from tests.staff import account, signed_in

RULES = "/admin/sessions_app/pricerule/"
POLICIES = "/admin/sessions_app/bookingpolicy/"
PRICE = "/admin/sessions_app/studiosession/price/"
TRY = "/admin/try-prices/"
FAR = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)  # 15:00 in Paris, a Tuesday

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced():
    return RoomFactory(name="Studio P", hourly_rate=Decimal(60), day_rate=Decimal(350))


@pytest.fixture
def evening():
    return PriceRuleFactory(name="Evening", amount=Decimal(80), window_from=18 * 60, window_to=24 * 60)


def typed(**changed):
    """What a person types for a rule: 80 an hour on weekend nights."""
    given = {
        "name": "Weekend night",
        "is_active": "on",
        "effect": "hourly",
        "amount": "80",
        "percent": "",
        "priority": "5",
        "room": "",
        "room_kind": "",
        "weekdays": ["4", "5"],
        "window_from": "22:00",
        "window_to": "04:00",
        "valid_from": "",
        "valid_until": "",
        "booking_types": ["hourly"],
        "min_minutes": "",
        "max_minutes": "",
    }
    return given | changed


def asked(**changed):
    given = {"room": "", "day": "2090-06-06", "start": "15:00", "end": "20:00", "booking_type": "hourly"}
    return {name: value for name, value in (given | changed).items() if value is not None}


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# Rules and policies -------------------------------------------------------------------------------


def test_writes_a_rule_whose_night_ends_on_the_next_day(office, owner):
    response = office.post(f"{RULES}add/", typed())

    rule = PriceRule.objects.get()
    assert response.status_code == 302
    assert (rule.weekdays, rule.booking_types) == ([4, 5], ["hourly"])
    assert (rule.window_from, rule.window_to, rule.amount) == (22 * 60, 28 * 60, Decimal(80))
    assert AuditEvent.objects.get(verb="create", object_type="sessions_app.pricerule").account == owner


def test_changes_only_what_was_typed(office, evening):
    page = f"{RULES}{evening.pk}/change/"
    shown = office.get(page)
    assert 'value="18:00"' in text(shown)
    assert 'value="24:00"' in text(shown)

    office.post(
        page, typed(name="Late", window_from="18:00", window_to="24:00", weekdays=[], booking_types=[], priority="0")
    )

    evening.refresh_from_db()
    assert (evening.name, evening.window_from, evening.window_to, evening.weekdays) == ("Late", 1080, 1440, [])
    assert AuditEvent.objects.get(verb="change").changes.keys() == {"name"}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"window_to": ""}, "Give both hours"),
        ({"window_from": "25:00"}, "Write a time as 18:00, up to 24:00."),
        ({"window_from": "24:00", "window_to": "02:00"}, "Give both hours"),
        ({"window_from": "six"}, "Write a time as 18:00"),
        ({"amount": ""}, "A price has an amount"),
        ({"amount": "-1"}, "A price may not be negative"),
        ({"amount": "9" * 40}, "Ensure that there are no more than"),
        ({"effect": "discount", "amount": "", "percent": "120"}, "A discount is above 0"),
        ({"weekdays": ["9"]}, "Select a valid choice"),
        ({"min_minutes": "600", "max_minutes": "60"}, "The shortest length comes before the longest"),
        ({"valid_from": "2026-06-02", "valid_until": "2026-06-01"}, "The last day may not come before the first"),
    ],
)
def test_a_rule_without_sense_is_refused_and_keeps_what_was_typed(office, facts, sentence):
    response = office.post(f"{RULES}add/", typed(**facts))

    assert sentence in text(response)
    assert response.context["adminform"].form["priority"].value() == "5"
    assert PriceRule.objects.count() == 0


def test_deletes_a_rule(office, evening):
    office.post(f"{RULES}{evening.pk}/delete/", {"post": "yes"})

    assert PriceRule.objects.count() == 0


def policy_typed(*steps, **changed):
    given = {
        "name": "House terms",
        "is_active": "on",
        "room_kind": "",
        "booking_type": "",
        "grace_minutes": "30",
        "tiers-TOTAL_FORMS": str(len(steps)),
        "tiers-INITIAL_FORMS": "0",
    }
    for number, step in enumerate(steps):
        given |= dict(
            zip((f"tiers-{number}-{name}" for name in ("kind", "hours_before", "percent", "amount")), step, strict=True)
        )
    return given | changed


def test_writes_a_policy_with_its_steps(office):
    response = office.post(f"{POLICIES}add/", policy_typed(("cancellation", "48", "50", ""), ("no_show", "", "", "80")))

    assert response.status_code == 302
    assert list(PolicyTier.objects.order_by("pk").values_list("kind", "hours_before", "percent", "amount")) == [
        ("cancellation", 48, Decimal(50), None),
        ("no_show", None, None, Decimal(80)),
    ]


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([("cancellation", "", "50", "")], "Give the hours before the start"),
        ([("no_show", "3", "50", "")], "a no-show has none"),
        ([("cancellation", "48", "", "")], "Give a percentage or an amount"),
        ([("cancellation", "48", "50", "5")], "Give a percentage or an amount"),
        ([("cancellation", "48", "101", "")], "A fee lies between 0 and 100 percent"),
        ([("cancellation", "48", "50", ""), ("cancellation", "48", "60", "")], "Please correct the duplicate data"),
    ],
)
def test_a_policy_without_sense_saves_nothing(office, steps, sentence):
    response = office.post(f"{POLICIES}add/", policy_typed(*steps))

    assert sentence in text(response)
    assert (BookingPolicy.objects.count(), PolicyTier.objects.count()) == (0, 0)


def test_a_second_policy_for_the_same_bookings_is_refused(office):
    PolicyFactory()

    response = office.post(f"{POLICIES}add/", policy_typed())

    assert "There is a policy for this kind of room and booking type already." in text(response)
    assert BookingPolicy.objects.count() == 1


# The live price -----------------------------------------------------------------------------------


def test_the_live_price_is_what_the_booking_then_costs(office, priced, evening, client_):
    shown = office.get(PRICE, asked(room=priced.pk, client=client_.pk))
    office.post(
        "/admin/sessions_app/studiosession/add/",
        asked(room=priced.pk, client=client_.pk, title="Vocals", kind="studio", project="", last_day="", notes=""),
    )

    session = StudioSession.objects.get()
    assert session.total == shown.context["quote"].total == Decimal("340.00")
    assert "340.00 EUR" in text(shown)
    assert "Deposit: 102.00 EUR" in text(shown)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"room": None}, "The price list says nothing about this booking."),
        ({"room": "99999999999999999999"}, "The price list says nothing about this booking."),
        ({"client": ""}, "Without a client the session is in-house: nothing is charged."),
        ({"booking_type": "yearly"}, "300.00 EUR"),
        ({"moving": "x"}, "300.00 EUR"),
    ],
)
def test_odd_questions_get_an_answer(office, priced, client_, changed, sentence):
    response = office.get(PRICE, asked(**{"room": priced.pk, "client": client_.pk} | changed))

    assert response.status_code == 200
    assert sentence in text(response)


@pytest.mark.parametrize("changed", [{"day": "never"}, {"end": ""}, {"start": "99:99"}, {"day": "0001-01-01"}])
def test_half_a_question_gets_no_price(office, priced, changed):
    response = office.get(PRICE, asked(room=priced.pk, **changed))

    assert (response.status_code, text(response).strip()) == (200, "")


def test_another_currency_says_to_agree_by_hand(office, priced):
    response = office.get(PRICE, asked(room=priced.pk, client=ClientFactory(currency="USD").pk))

    assert "The price list is in EUR and this client pays in USD: agree on a total by hand." in text(response)


def test_a_move_shows_old_and_new_and_keeps_the_old(office, priced, evening, client_):
    session = SessionFactory(room=priced, client=client_, starts_at=FAR)

    page = office.get(f"/admin/sessions_app/studiosession/{session.pk}/move/")
    shown = office.get(PRICE, asked(room=priced.pk, start="18:00", end="20:00", moving=session.pk))

    assert page.context["form"].fields.keys() >= {"price"}
    assert "Agreed: 120.00 EUR. It stays unless the new price is chosen." in text(shown)
    assert shown.context["quote"].total == Decimal("160.00")


@pytest.mark.parametrize(("choice", "total"), [("agreed", "120.00"), ("listed", "160.00"), ("", "120.00")])
def test_a_move_takes_the_price_that_was_chosen(office, priced, evening, client_, choice, total):
    session = SessionFactory(room=priced, client=client_, starts_at=FAR)
    given = {"room": priced.pk, "day": "2090-06-06", "start": "18:00", "end": "20:00", "last_day": "", "reason": ""}

    response = office.post(f"/admin/sessions_app/studiosession/{session.pk}/move/", given | {"price": choice})

    session.refresh_from_db()
    assert (response.status_code, session.total) == (302, Decimal(total))


# Trying -------------------------------------------------------------------------------------------


def test_prices_are_tried_and_nothing_is_booked(office, priced, evening):
    page = office.get(TRY)
    tried = office.get(TRY, asked(room=priced.pk))
    live = office.get(TRY, asked(room=priced.pk), headers={"HX-Request": "true"})

    assert "Choose room, day, start and end to see the price." in text(page)
    for response in (tried, live):
        assert [line.what for line in response.context["quote"].lines] == ["Hourly rate", "Evening"]
        assert "340.00 EUR" in text(response)
    assert "<html" not in text(live)
    assert StudioSession.objects.count() == 0


# Who sees money -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("owner", True),
        ("manager", True),
        ("engineer", True),
        ("front_desk", True),
        ("accountant", True),
        ("read_only", True),
        ("trainer", False),
    ],
)
def test_prices_are_shown_to_the_roles_of_the_table(web, priced, role, sees):
    browser = signed_in(web, account(role))

    answers = [browser.get(PRICE, asked(room=priced.pk)), browser.get(TRY), browser.get(RULES)]

    assert [answer.status_code == 200 for answer in answers] == [sees] * 3


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [(RULES, 6), (POLICIES, 6)])
def test_a_list_asks_as_much_for_three_rows_as_for_one(office, count, address, queries, django_assert_num_queries):
    for number in range(count):
        PriceRuleFactory(room=RoomFactory())
        PolicyFactory(room_kind=("live", "mixing", "mastering")[number])
    office.get(address)

    with django_assert_num_queries(queries):
        office.get(address)
