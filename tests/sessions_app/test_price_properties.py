"""Prices against an oracle that counts minute by minute, in zones whose clocks do odd things."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_app.selectors.pricing import precedence, quote
from tests.sessions_app.test_pricing import rule, tariff

MINUTE = timedelta(minutes=1)
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Asuncion"]
# Around changes of the clocks of the zones above, and an ordinary week.
STARTS = [
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
    datetime(2026, 3, 8, 3, tzinfo=UTC),
    datetime(2026, 10, 3, 12, tzinfo=UTC),
    datetime(2026, 2, 14, 20, tzinfo=UTC),
    datetime(2024, 10, 5, 20, tzinfo=UTC),
    datetime(2026, 6, 5, 8, tzinfo=UTC),
]
RATES = st.integers(1, 200).map(lambda n: Decimal(n) * Decimal("0.60"))  # a minute of it is a whole cent


@st.composite
def rules(draw, effects=("hourly", "surcharge", "discount")):
    made = []
    for number in range(draw(st.integers(0, 4))):
        effect = draw(st.sampled_from(effects))
        facts = {"weekdays": draw(st.lists(st.integers(0, 6), unique=True, max_size=4))}
        if draw(st.booleans()):
            first = draw(st.integers(0, 47)) * 30
            facts |= {"window_from": first, "window_to": first + draw(st.integers(1, 48)) * 30}
        if draw(st.booleans()):
            facts["min_minutes"] = draw(st.integers(1, 600))
        facts["priority"] = draw(st.integers(-1, 1))
        price = {"amount": draw(RATES)} if effect == "hourly" else {"percent": draw(st.integers(1, 60))}
        made.append(rule(pk=number + 1, name=f"R{number + 1}", effect=effect, **price, **facts))
    return made


@st.composite
def bookings(draw, most=40 * 60):
    starts_at = draw(st.sampled_from(STARTS)) + draw(st.integers(0, 36 * 4)) * timedelta(minutes=15)
    return starts_at, starts_at + draw(st.integers(1, most // 5)) * timedelta(minutes=5)


def holds_at(each, wall, length):
    """Whether a rule holds for a wall minute, said in another way than the product does."""
    if length < (each.min_minutes or 0):
        return False
    days = set(each.weekdays) or set(range(7))
    if each.window_from is None:
        return wall.weekday() in days
    now = wall.hour * 60 + wall.minute
    today = each.window_from <= now < min(each.window_to, 1440) and wall.weekday() in days
    return today or (now < each.window_to - 1440 and (wall.weekday() - 1) % 7 in days)


def cents(exact):
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def oracle(list_, starts_at, ends_at):
    """The total, counted minute by minute."""
    length = (ends_at - starts_at) // MINUTE
    order = sorted(list_.rules, key=precedence)
    prices, bases = Counter(), Counter()
    for passed in range(length):
        wall = (starts_at + passed * MINUTE).astimezone(list_.zone)
        held = [each for each in order if holds_at(each, wall, length)]
        winner = next((each for each in held if each.effect == "hourly"), None)
        rate = Fraction(winner.amount if winner else list_.hourly_rate) / 60
        prices[winner.name if winner else "", rate] += rate
        for each in held:
            if each.percent is not None:
                bases[each.pk] += rate
    total = sum((cents(exact) for exact in prices.values()), Decimal(0))
    for each in order:
        if each.percent is not None and bases[each.pk]:
            part = cents(Fraction(cents(bases[each.pk])) * Fraction(each.percent) / 100)
            total += part if each.effect == "surcharge" else -min(part, total)
    return total


@settings(max_examples=150, deadline=None)
@given(rules(), bookings(), RATES, st.sampled_from(ZONES))
def test_the_total_is_what_a_count_by_minutes_says(found, booking, rate, zone):
    list_ = tariff(*found, hourly=rate, zone=ZoneInfo(zone))

    quoted = quote(tariff=list_, starts_at=booking[0], ends_at=booking[1], booking_type="hourly")

    assert quoted.total == oracle(list_, *booking)


@settings(max_examples=150, deadline=None)
@given(
    rules(("hourly", "flat")),
    bookings(),
    RATES,
    st.sampled_from(ZONES),
    st.sampled_from(["hourly", "half_day", "daily", "lockout"]),
)
def test_the_total_is_the_sum_of_lines_that_multiply_out(found, booking, rate, zone, booking_type):
    found = [each for each in found if each.amount is not None]
    list_ = tariff(*found, hourly=rate, zone=ZoneInfo(zone))

    quoted = quote(tariff=list_, starts_at=booking[0], ends_at=booking[1], booking_type=booking_type)

    assert quoted.total == sum(line.amount for line in quoted.lines)
    assert all(
        line.amount == (line.quantity * line.unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for line in quoted.lines
    )


@settings(max_examples=150, deadline=None)
@given(rules(("hourly",)), bookings(), RATES, st.data())
def test_two_halves_cost_what_the_whole_does(found, booking, rate, data):
    for each in found:
        each.min_minutes = None  # a rule about lengths is meant to tell them apart
    list_, (start, end) = tariff(*found, hourly=rate), booking
    cut = start + data.draw(st.integers(0, (end - start) // MINUTE)) * MINUTE

    parts = [
        quote(tariff=list_, starts_at=a, ends_at=b, booking_type="hourly").total or 0
        for a, b in ((start, cut), (cut, end))
        if a < b
    ]

    assert quote(tariff=list_, starts_at=start, ends_at=end, booking_type="hourly").total == sum(parts)


@pytest.mark.parametrize("booking_type", ["half_day", "daily", "lockout"])
def test_a_longer_booking_never_costs_less(booking_type):
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    totals = [
        quote(
            tariff=tariff(), starts_at=start, ends_at=start + n * timedelta(minutes=30), booking_type=booking_type
        ).total
        for n in range(1, 4 * 48)
    ]

    assert totals == sorted(totals)
