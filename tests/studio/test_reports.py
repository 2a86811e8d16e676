"""Periods and pictures of reports, without a database."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from studio.reports.charts import Stack, bars, columns
from studio.reports.periods import FIRST_YEAR, LAST_YEAR, Period, Span, asked_period

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("asked", "first", "last", "name", "before"),
    [
        ({}, "2026-11-01", "2026-11-30", "November 2026", ("2026-10-01", "2026-10-20")),
        ({"on": "2024-02-29"}, "2024-02-01", "2024-02-29", "February 2024", ("2024-01-01", "2024-01-31")),
        (
            {"period": "quarter", "on": "2026-03-31"},
            "2026-01-01",
            "2026-03-31",
            "Quarter 1 of 2026",
            ("2025-10-01", "2025-12-31"),
        ),
        ({"period": "year"}, "2026-01-01", "2026-12-31", "2026", ("2025-01-01", "2025-11-20")),
        (
            {"period": "custom", "first": "2026-03-10", "last": "2026-03-19"},
            "2026-03-10",
            "2026-03-19",
            "10 Mar 2026 - 19 Mar 2026",
            ("2026-02-28", "2026-03-09"),
        ),
        (
            {"period": "custom", "first": "2026-03-10", "last": "2026-03-01"},
            "2026-03-01",
            "2026-03-10",
            "1 Mar 2026 - 10 Mar 2026",
            ("2026-02-19", "2026-02-28"),
        ),
        (
            {"period": "nonsense", "on": "2026-13-01"},
            "2026-11-01",
            "2026-11-30",
            "November 2026",
            ("2026-10-01", "2026-10-20"),
        ),
    ],
)
def test_the_period_of_an_address_and_what_it_is_compared_with(asked, first, last, name, before):
    with override("en"):
        period = asked_period(asked, today=TODAY, usual=Span.MONTH)
        assert (str(period.first), str(period.last), period.name) == (first, last, name)
    assert (str(period.before(TODAY).first), str(period.before(TODAY).last)) == before
    assert asked_period(period.query, today=TODAY, usual=Span.YEAR) == period


@pytest.mark.parametrize("span", list(Span))
@pytest.mark.parametrize("year", [FIRST_YEAR, LAST_YEAR])
def test_at_both_ends_of_time_there_is_a_period_before_and_one_after(span, year):
    asked = {"period": span, "on": f"{year}-01-01", "first": f"{year}-01-01", "last": f"{year}-12-31"}
    period = asked_period(asked, today=TODAY, usual=Span.MONTH)
    assert period.moved(-1).end == period.first
    assert period.moved(1).first == period.end


@pytest.mark.parametrize(
    ("first", "last", "cut"),
    [
        ("2026-03-10", "2031-03-09", "2031-03-09"),
        ("2026-03-10", "2031-03-10", "2031-03-09"),
        ("2024-02-29", "2100-12-31", "2029-02-28"),
        ("1990-01-01", "2100-12-31", "1994-12-31"),
    ],
)
def test_other_days_are_five_years_at_most(first, last, cut):
    asked = Period(Span.CUSTOM, date.fromisoformat(first), date.fromisoformat(last))
    assert str(asked.at_most(5).last) == cut
    assert (asked.at_most(5) is asked) == (last == cut)


def test_the_same_days_of_the_year_before_end_on_the_same_day():
    assert str(Period(Span.YEAR, date(2028, 1, 1), date(2028, 12, 31)).before(date(2028, 3, 1)).last) == "2027-03-01"
    assert str(Period(Span.YEAR, date(2028, 1, 1), date(2028, 12, 31)).before(date(2028, 2, 29)).last) == "2027-02-28"
    assert str(Period(Span.YEAR, date(2027, 1, 1), date(2027, 12, 31)).before(date(2027, 3, 1)).last) == "2026-03-01"


def test_months_are_named_with_their_year_where_there_are_several():
    with override("en"):
        for last, names in ((date(2026, 12, 31), ["Nov", "Dec"]), (date(2027, 1, 31), ["Nov 26", "Dec 26", "Jan 27"])):
            period = Period(Span.CUSTOM, date(2026, 11, 5), last)
            assert [period.month_shown(month) for month in period.months] == names


def test_a_month_within_a_period_is_its_days_of_that_month():
    period = Period(Span.CUSTOM, date(2026, 1, 10), date(2026, 3, 15))
    assert [period.within(month) for month in period.months] == [
        Period(Span.CUSTOM, date(2026, 1, 10), date(2026, 1, 31)),
        Period(Span.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        Period(Span.CUSTOM, date(2026, 3, 1), date(2026, 3, 15)),
    ]


def stack(*values, **given):
    return Stack("x", [Decimal(value) for value in values], **given)


def drawn(*stacks):
    return columns(title="t", summary="s", series=["one", "two"], stacks=stacks, told=str)


def test_columns_stand_on_zero_and_go_below_it():
    picture = drawn(stack(30, 10), stack(0, -20), stack(0, 0))
    zero = next(line.y for line in picture.lines if line.is_zero)
    up, down, none = (each.shapes for each in picture.drawn)
    assert up[0].y + up[0].height == zero
    assert up[1].y + up[1].height == up[0].y
    assert down[0].y == zero
    assert none == []
    assert [shape.title for shape in up] == ["x, one: 30", "x, two: 10"]
    assert [line.text for line in picture.lines] == ["-20", "0", "20", "40"]
    assert drawn(stack(0, 0)) is None


@pytest.mark.parametrize("amount", ["0.01", "3", "999.99", "12345678901.23"])
def test_the_lines_across_hold_every_column(amount):
    picture = drawn(stack(amount, 0))
    assert 2 <= len(picture.lines) <= 6
    assert picture.drawn[0].shapes[0].y >= picture.lines[-1].y


def test_bars_are_as_long_as_their_amounts_and_the_rest_stands_in_the_table():
    picture = bars(title="t", summary="s", series=["one"], stacks=[stack(n) for n in range(20, 0, -1)], told=str)
    assert (len(picture.drawn), picture.left_out) == (15, 5)
    widths = [each.shapes[0].width for each in picture.drawn]
    assert widths[0] == 2 * widths[10]
