"""What bookings cost, by hand-counted examples; no database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import BookingType, PriceRule
from sessions_app.selectors.pricing import Tariff, precedence, quote

PARIS = ZoneInfo("Europe/Paris")
EVENING = {"name": "Evening", "window_from": 18 * 60, "window_to": 24 * 60}
MONDAY = (2026, 6, 1)


def at(text, zone=PARIS):
    """The instant of a wall time, e.g. "2026-06-01 18:00"."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)


def rule(pk=1, name="Rule", effect="hourly", amount=None, percent=None, **facts):
    return PriceRule(
        pk=pk,
        name=name,
        effect=effect,
        amount=None if amount is None else Decimal(amount),
        percent=None if percent is None else Decimal(percent),
        **facts,
    )


def tariff(*rules, hourly="60", half="200", day="350", zone=PARIS, currency="EUR"):
    return Tariff(
        hourly_rate=Decimal(hourly),
        half_day_rate=half and Decimal(half),
        day_rate=day and Decimal(day),
        rules=sorted(rules, key=precedence),
        half_day=timedelta(hours=4),
        day=timedelta(hours=8),
        zone=zone,
        currency=currency,
    )


def lines(quoted):
    return [
        (line.what, str(line.quantity.normalize()), str(line.unit_price), str(line.amount)) for line in quoted.lines
    ]


def priced(list_, start, end, booking_type="hourly"):
    return quote(tariff=list_, starts_at=at(start), ends_at=at(end), booking_type=booking_type)


def test_hours_cost_the_rate():
    quoted = priced(tariff(), "2026-06-01 10:00", "2026-06-01 12:30")

    assert lines(quoted) == [("Hourly rate", "2.5", "60", "150.00")]
    assert quoted.total == Decimal("150.00")


def test_a_rate_of_zero_is_no_price():
    assert priced(tariff(hourly="0"), "2026-06-01 10:00", "2026-06-01 12:00").total is None


def test_twelve_hours_into_the_evening_are_split_where_the_rule_begins():
    evening = rule(amount="80", **EVENING)

    quoted = priced(tariff(evening), "2026-06-01 10:00", "2026-06-01 22:00")

    assert lines(quoted) == [("Hourly rate", "8", "60", "480.00"), ("Evening", "4", "80", "320.00")]


def test_a_night_belongs_to_the_day_on_which_it_begins():
    friday_night = rule(name="Friday night", amount="90", weekdays=[4], window_from=22 * 60, window_to=28 * 60)

    quoted = priced(tariff(friday_night), "2026-06-05 21:00", "2026-06-06 05:00")
    thursday = priced(tariff(friday_night), "2026-06-04 21:00", "2026-06-05 05:00")

    assert lines(quoted) == [("Hourly rate", "2", "60", "120.00"), ("Friday night", "6", "90", "540.00")]
    assert lines(thursday) == [("Hourly rate", "8", "60", "480.00")]


def test_the_hour_that_the_clocks_skip_costs_nothing_and_the_doubled_one_twice():
    short = priced(tariff(), "2026-03-29 00:00", "2026-03-29 06:00")
    long = priced(tariff(), "2026-10-25 00:00", "2026-10-25 06:00")
    night = rule(name="Night", amount="90", window_from=0, window_to=3 * 60)

    assert (short.total, long.total) == (Decimal("300.00"), Decimal("420.00"))
    assert lines(priced(tariff(night), "2026-03-29 00:00", "2026-03-29 06:00")) == [
        ("Night", "2", "90", "180.00"),
        ("Hourly rate", "3", "60", "180.00"),
    ]
    assert lines(priced(tariff(night), "2026-10-25 00:00", "2026-10-25 06:00"))[0] == ("Night", "4", "90", "360.00")


def test_of_two_prices_the_higher_priority_holds_then_the_rooms_own_then_the_older():
    general, own = rule(pk=1, name="General", amount="70"), rule(pk=2, name="Own", amount="50", room_id=1)
    kind = rule(pk=3, name="Kind", amount="40", room_kind="live")
    urgent = rule(pk=4, name="Urgent", amount="99", priority=1)
    hour = ("2026-06-01 10:00", "2026-06-01 11:00")

    assert lines(priced(tariff(general, kind, own), *hour))[0][0] == "Own"
    assert lines(priced(tariff(general, kind), *hour))[0][0] == "Kind"
    assert lines(priced(tariff(general, kind, own, urgent), *hour))[0][0] == "Urgent"
    assert lines(priced(tariff(rule(pk=9, name="Newer", amount="1"), general), *hour))[0][0] == "General"


def test_percentages_hold_together_and_each_of_the_net_price():
    weekend = rule(pk=1, name="Weekend", effect="surcharge", percent="20", weekdays=[5, 6])
    evening = rule(pk=2, effect="surcharge", percent="10", **EVENING)
    long = rule(pk=3, name="Long", effect="discount", percent="5", min_minutes=360)

    quoted = priced(tariff(weekend, evening, long), "2026-06-06 14:00", "2026-06-06 20:00")

    assert lines(quoted) == [
        ("Hourly rate", "6", "60", "360.00"),
        ("Weekend, 20 % of 360.00", "0.2", "360.00", "72.00"),
        ("Evening, 10 % of 120.00", "0.1", "120.00", "12.00"),
        ("Long, 5 % of 360.00", "0.05", "-360.00", "-18.00"),
    ]
    assert quoted.total == Decimal("426.00")


def test_discounts_together_stop_at_nothing():
    most, rest = (rule(pk=n, name=f"D{n}", effect="discount", percent="80") for n in (1, 2))

    quoted = priced(tariff(most, rest), "2026-06-01 10:00", "2026-06-01 11:00")

    assert [line[3] for line in lines(quoted)] == ["60.00", "-48.00", "-12.00"]
    assert quoted.total == 0


def test_a_flat_price_stands_for_the_hours_of_its_window_each_time_it_comes():
    night = rule(name="Night package", effect="flat", amount="300", window_from=22 * 60, window_to=30 * 60)

    once = priced(tariff(night), "2026-06-01 20:00", "2026-06-02 07:00")
    twice = priced(tariff(night), "2026-06-01 22:00", "2026-06-03 06:00")

    assert lines(once) == [("Hourly rate", "3", "60", "180.00"), ("Night package", "1", "300", "300.00")]
    assert lines(twice) == [("Night package", "2", "300", "600.00"), ("Hourly rate", "16", "60", "960.00")]


@pytest.mark.parametrize(
    ("booking_type", "end", "expected"),
    [
        ("half_day", "2026-06-01 14:00", [("Half day", "1", "200", "200.00")]),
        ("half_day", "2026-06-01 12:00", [("Half day", "1", "200", "200.00")]),
        ("half_day", "2026-06-01 16:00", [("Half day", "1", "200", "200.00"), ("Overtime", "2", "60", "120.00")]),
        ("half_day", "2026-06-01 18:00", [("Day", "1", "350", "350.00")]),
        ("daily", "2026-06-01 18:00", [("Day", "1", "350", "350.00")]),
        ("daily", "2026-06-01 22:00", [("Day", "1", "350", "350.00"), ("Overtime", "4", "60", "240.00")]),
        ("daily", "2026-06-02 09:00", [("Day", "2", "350", "700.00")]),
        ("daily", "2026-06-03 18:00", [("Day", "3", "350", "1050.00")]),
        ("daily", "2026-06-04 10:00", [("Day", "3", "350", "1050.00")]),
        ("lockout", "2026-06-01 22:00", [("Lockout", "1", "350", "350.00")]),
        ("lockout", "2026-06-02 10:00", [("Lockout", "1", "350", "350.00")]),
        ("lockout", "2026-06-02 10:30", [("Lockout", "2", "350", "700.00")]),
        ("dry_hire", "2026-06-01 12:00", [("Hourly rate", "2", "60", "120.00")]),
    ],
)
def test_half_days_days_and_lockouts_from_ten_on(booking_type, end, expected):
    assert lines(priced(tariff(), "2026-06-01 10:00", end, booking_type)) == expected


def test_three_days_over_the_clock_change_are_three_days():
    quoted = priced(tariff(), "2026-03-27 10:00", "2026-03-30 10:00", "daily")

    assert lines(quoted) == [("Day", "3", "350", "1050.00")]


@pytest.mark.parametrize("booking_type", ["half_day", "daily", "lockout"])
def test_what_has_no_rate_of_its_own_is_sold_by_the_hour(booking_type):
    quoted = priced(tariff(half=None, day=None), "2026-06-01 10:00", "2026-06-01 15:00", booking_type)

    assert lines(quoted) == [("Hourly rate", "5", "60", "300.00")]


def test_days_follow_the_rules_of_the_moment_at_which_they_begin():
    weekend = rule(pk=1, name="Weekend day", effect="flat", amount="500", weekdays=[5, 6], booking_types=["daily"])
    evening = rule(pk=2, effect="surcharge", percent="50", **EVENING)

    quoted = priced(tariff(weekend, evening), "2026-06-05 10:00", "2026-06-07 18:00", "daily")

    assert lines(quoted) == [("Day", "1", "350", "350.00"), ("Weekend day", "2", "500", "1000.00")]


def test_overtime_follows_the_rules_of_its_hours():
    quoted = priced(tariff(rule(amount="80", **EVENING)), "2026-06-01 12:00", "2026-06-01 22:00", "daily")

    assert lines(quoted) == [("Day", "1", "350", "350.00"), ("Evening", "2", "80", "160.00")]


def test_rules_hold_from_their_first_to_their_last_day():
    summer = rule(name="Summer", amount="40", valid_from=date(2026, 6, 2), valid_until=date(2026, 6, 3))

    quoted = priced(tariff(summer), "2026-06-01 22:00", "2026-06-04 02:00")

    assert lines(quoted) == [("Hourly rate", "4", "60", "240.00"), ("Summer", "48", "40", "1920.00")]


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"min_minutes": 120}, True),
        ({"min_minutes": 121}, False),
        ({"max_minutes": 120}, True),
        ({"max_minutes": 119}, False),
        ({"booking_types": ["hourly", "daily"]}, True),
        ({"booking_types": ["dry_hire"]}, False),
        ({"weekdays": [0]}, True),
        ({"weekdays": [1]}, False),
    ],
)
def test_a_rule_holds_for_the_bookings_it_names(facts, holds):
    quoted = priced(tariff(rule(amount="10", **facts)), "2026-06-01 10:00", "2026-06-01 12:00")

    assert (lines(quoted)[0][0] == "Rule") is holds


def test_each_line_is_rounded_once_and_a_yen_has_no_parts():
    third = tariff(hourly="100", currency="EUR")
    yen = tariff(rule(effect="surcharge", percent="12.5", name="Late"), hourly="1001", currency="JPY")

    assert priced(third, "2026-06-01 10:00", "2026-06-01 10:20").total == Decimal("33.33")
    assert [line[3] for line in lines(priced(yen, "2026-06-01 10:00", "2026-06-01 10:30"))] == ["501", "63"]


def test_a_year_and_many_rules_are_quoted_at_once():
    rules = [
        rule(pk=n, name=f"R{n}", amount=str(n), weekdays=[n % 7], window_from=n * 60, window_to=n * 60 + 90)
        for n in range(1, 20)
    ]

    quoted = priced(tariff(*rules), "2026-01-01 00:00", "2026-12-31 00:00")

    assert quoted.total == sum(line.amount for line in quoted.lines)
    assert sum(line.quantity for line in quoted.lines) == 364 * 24


SATURDAY = {"name": "Saturday", "effect": "flat", "amount": "500", "weekdays": [5]}


@pytest.mark.parametrize("booking_type", ["lockout", "daily"])
def test_a_day_that_no_price_by_the_day_is_for_is_sold_by_the_hour(booking_type):
    list_ = tariff(rule(**SATURDAY), day=None, half=None, hourly="10")

    quoted = priced(list_, "2026-06-06 10:00", "2026-06-08 10:00", booking_type)

    assert lines(quoted) == [("Saturday", "1", "500", "500.00"), ("Hourly rate", "24", "10", "240.00")]


@pytest.mark.parametrize("booking_type", BookingType.values)
@pytest.mark.parametrize("end", ["2026-06-06 11:00", "2026-06-06 19:00", "2026-06-07 10:00", "2026-06-10 17:00"])
def test_a_quote_ends_whatever_has_a_price(booking_type, end):
    every = [
        rule(pk=1, **SATURDAY),
        rule(pk=2, name="Night", effect="flat", amount="90", window_from=22 * 60, window_to=30 * 60),
        rule(pk=3, name="Monday", amount="80", weekdays=[0]),
        rule(pk=4, name="Loyal", effect="discount", percent=10),
    ]
    for chosen in product([False, True], repeat=len(every) + 3):
        hourly, half, day, *held = chosen
        rules = [each for each, holds in zip(every, held, strict=True) if holds]
        list_ = tariff(*rules, hourly="10" if hourly else "0", half=half and "40", day=day and "70")

        quoted = priced(list_, "2026-06-06 10:00", end, booking_type)

        assert (quoted.total or 0) >= 0
        assert bool(quoted.lines) or not hourly
