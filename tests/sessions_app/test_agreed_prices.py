"""Prices, deposits and terms as they are copied at the booking, and what moves them later: only who chooses to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from sessions_app.models import StudioSession
from sessions_app.selectors import prices as price_selectors
from sessions_app.selectors.charges import charges_of
from sessions_app.services import bookings, deposits, holds, price_rules, prices, reschedules, sessions
from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from studio.office.services import profile
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris, a Tuesday
HOUR = timedelta(hours=1)


@pytest.fixture
def priced():
    return RoomFactory(name="Studio P", hourly_rate=Decimal(60), half_day_rate=Decimal(200), day_rate=Decimal(350))


@pytest.fixture
def evening():
    return price_rules.create_rule(
        name="Evening", amount=Decimal(80), window_from=18 * 60, window_to=24 * 60, actor=None, now=NOW
    )


@pytest.fixture
def booked(priced, evening, client_):
    """16:00 to 20:00 in Paris."""
    return SessionFactory(room=priced, client=client_, starts_at=TEN + 6 * HOUR, ends_at=TEN + 10 * HOUR)


def kept(session):
    return [(line.what, line.amount) for line in session.price_lines.order_by("position")]


def money_of(session):
    session.refresh_from_db()
    return session.total, session.total_source, session.deposit_amount


def test_a_booking_copies_lines_total_and_deposit(booked):
    assert kept(booked) == [("Hourly rate", Decimal("120.00")), ("Evening", Decimal("160.00"))]
    assert money_of(booked) == (Decimal("280.00"), "rules", Decimal("84.00"))
    assert booked.booked_at == NOW


def test_later_changes_of_the_list_move_nothing(booked, evening, priced, desk):
    before, lines = StudioSession.objects.values().get(pk=booked.pk), kept(booked)

    price_rules.change_rule(rule=evening, amount=Decimal(500), actor=desk, now=NOW)
    price_rules.delete_rule(rule=evening, actor=desk, now=NOW)
    priced.hourly_rate = Decimal(999)
    priced.save(update_fields=["hourly_rate"])

    assert StudioSession.objects.values().get(pk=booked.pk) == before
    assert kept(booked) == lines


@pytest.mark.parametrize(("percent", "deposit"), [(None, "84.00"), (Decimal(50), "140.00"), (Decimal(0), None)])
def test_the_clients_deposit_goes_before_the_studios(priced, evening, percent, deposit):
    client = ClientFactory(default_deposit_percent=percent)

    session = SessionFactory(room=priced, client=client, starts_at=TEN + 6 * HOUR, ends_at=TEN + 10 * HOUR)

    assert session.deposit_amount == (deposit and Decimal(deposit))


@pytest.mark.parametrize(("fixed", "deposit"), [("50", "50.00"), ("500", "280.00")])
def test_a_fixed_deposit_is_a_sum_and_at_most_the_price(priced, evening, client_, fixed, deposit):
    profile.update_profile(facts={"deposit_percent": Decimal(0), "deposit_fixed": Decimal(fixed)}, actor=None, now=NOW)
    place = {"room": priced, "starts_at": TEN + 6 * HOUR, "ends_at": TEN + 10 * HOUR}

    session = SessionFactory(client=client_, **place)
    elsewhere = price_selectors.deposit_of(Decimal(100), client=client_, currency="USD")
    own = price_selectors.deposit_of(
        Decimal(100), client=ClientFactory(default_deposit_percent=Decimal(10)), currency="EUR"
    )

    assert money_of(session)[2] == Decimal(deposit)
    assert (elsewhere, own) == (None, Decimal("10.00"))


def test_a_fixed_deposit_is_rounded_as_its_currency_is(client_):
    house = StudioProfile(currency="JPY", deposit_percent=Decimal(0), deposit_fixed=Decimal("100.60"))

    deposit = price_selectors.deposit_of(Decimal(5000), client=client_, currency="JPY", profile=house)

    assert str(deposit) == "101"


def deposit_of(session):
    session.refresh_from_db()
    return session.deposit_amount and str(session.deposit_amount), session.deposit_source


def test_a_deposit_follows_the_price_until_somebody_says_how_much(booked, desk):
    change = partial(sessions.change_session, session=booked, actor=desk, now=NOW)
    assert deposit_of(booked) == ("84.00", "rules")

    change(total=Decimal(200))
    followed = deposit_of(booked)
    change(deposit_amount=Decimal(10))
    typed = deposit_of(booked)
    change(total=Decimal(400))
    prices.requote_session(session=booked, actor=desk, now=NOW)

    assert (followed, typed) == (("60.00", "rules"), ("10.00", "manual"))
    assert (deposit_of(booked), booked.total) == (("10.00", "manual"), Decimal("280.00"))
    event = AuditEvent.objects.filter(verb="change").order_by("pk").first()
    assert event.changes["deposit_amount"] == ["84.00", "60.00"]


def test_a_session_without_a_deposit_by_word_asks_for_none_later(priced, client_, desk):
    session = SessionFactory(room=priced, client=client_, deposit_amount=None)

    sessions.change_session(session=session, total=Decimal(500), actor=desk, now=NOW)

    assert deposit_of(session) == (None, "manual")


def test_the_price_of_a_hold_says_its_deposit_before_it_is_agreed(priced, client_, desk):
    hold = HoldFactory(room=priced, client=client_, starts_at=TEN)

    assert (hold.total, hold.deposit_amount, deposits.proposed_deposit(hold)) == (None, None, Decimal("36.00"))
    typed = sessions.change_session(session=hold, deposit_amount=Decimal(5), actor=desk, now=NOW)
    confirmed = holds.confirm_hold(session=typed, actor=desk, now=NOW)
    assert (confirmed.total, deposit_of(confirmed)) == (Decimal("120.00"), ("5.00", "manual"))


def test_a_total_by_hand_overrules_the_list_and_says_so(priced, client_):
    session = SessionFactory(room=priced, client=client_, total=Decimal(100))
    charges = charges_of(session)

    assert (session.total, session.total_source, session.deposit_amount) == (Decimal(100), "manual", Decimal("30.00"))
    assert (charges.listed, charges.is_overruled, charges.total_due) == (Decimal("120.00"), True, Decimal(100))


def test_a_total_typed_later_is_by_hand(booked, desk):
    sessions.change_session(session=booked, total=Decimal(250), actor=desk, now=NOW)

    assert money_of(booked)[:2] == (Decimal(250), "manual")
    assert kept(booked) != []


def test_in_house_work_and_blockers_cost_nothing(priced, client_):
    in_house = SessionFactory(room=priced)
    blocker = SessionFactory(room=priced, client=client_, kind="blocker", starts_at=TEN + 9 * HOUR)

    assert [(each.total, each.deposit_amount, kept(each)) for each in (in_house, blocker)] == [(None, None, [])] * 2


def test_a_client_of_another_currency_is_priced_by_hand(priced):
    session = SessionFactory(room=priced, client=ClientFactory(currency="USD"))

    assert (session.total, session.currency) == (None, "USD")
    assert prices.listed_price(session).reason == (
        "The price list is in EUR and this client pays in USD: agree on a total by hand."
    )


def test_a_hold_gets_its_price_when_it_is_confirmed(priced, client_, desk):
    hold = HoldFactory(room=priced, client=client_, starts_at=TEN)

    confirmed = holds.confirm_hold(session=hold, actor=desk, now=NOW)

    assert money_of(confirmed) == (Decimal("120.00"), "rules", Decimal("36.00"))
    assert kept(confirmed) == [("Hourly rate", Decimal("120.00"))]


def test_a_move_keeps_the_price(booked, desk):
    moved = bookings.move_session(
        session=booked, starts_at=TEN + 30 * HOUR, ends_at=TEN + 34 * HOUR, actor=desk, now=NOW
    )

    assert money_of(moved)[0] == Decimal("280.00")


@pytest.mark.parametrize(("choice", "total"), [("agreed", "280.00"), ("listed", "240.00")])
def test_a_reschedule_takes_the_lists_price_only_when_chosen(booked, desk, choice, total):
    moved = reschedules.reschedule_session(
        session=booked,
        starts_at=TEN + 24 * HOUR,
        ends_at=TEN + 28 * HOUR,
        room=booked.room,
        price=choice,
        actor=desk,
        now=NOW,
    )

    assert money_of(moved)[0] == Decimal(total)
    assert charges_of(moved).listed == Decimal(total)


def test_pricing_anew_tells_old_and_new_and_spares_a_paid_deposit(booked, evening, desk):
    price_rules.change_rule(rule=evening, amount=Decimal(100), actor=desk, now=NOW)
    StudioSession.objects.filter(pk=booked.pk).update(deposit_paid=True)

    prices.requote_session(session=booked, actor=desk, now=NOW)

    assert money_of(booked) == (Decimal("320.00"), "rules", Decimal("84.00"))
    event = AuditEvent.objects.get(verb="reprice")
    assert (event.account, event.changes) == (desk, {"total": ["280.00", "320.00"]})


def test_an_invoiced_session_is_not_priced_anew(booked, desk):
    StudioSession.objects.filter(pk=booked.pk).update(invoiced_at=NOW)

    with pytest.raises(prices.AlreadyInvoiced, match="what it costs stays as it is"):
        prices.requote_session(session=booked, actor=desk, now=NOW)


def test_what_the_list_does_not_know_is_not_priced_anew(client_, desk):
    session = SessionFactory(client=client_)

    with pytest.raises(prices.NoPrice, match="The price list says nothing about this session"):
        prices.requote_session(session=session, actor=desk, now=NOW)


def test_switched_off_rules_and_those_of_other_rooms_do_not_count(priced, client_):
    other = RoomFactory(name="Studio Q")
    for facts in ({"is_active": False}, {"room": other}, {"room_kind": "live"}):
        price_rules.create_rule(name="Not this", amount=Decimal(1), actor=None, now=NOW, **facts)
    price_rules.create_rule(name="This", amount=Decimal(50), room_kind="recording", actor=None, now=NOW)

    assert kept(SessionFactory(room=priced, client=client_)) == [("This", Decimal("100.00"))]
