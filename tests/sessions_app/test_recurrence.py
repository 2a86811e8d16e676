"""Rules: what is understood, what is refused and how cheaply, and how they sound."""

from datetime import date, timedelta

import pytest
from dateutil.rrule import rrule
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.selectors import recurrence
from sessions_app.selectors.recurrence import BadRule, Rule, in_words, parse_rule

TUESDAY = date(2026, 6, 2)


def dates(text, start=TUESDAY):
    return [day.isoformat() for day in parse_rule(text).dates(start)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", ["2026-06-02", "2026-06-09", "2026-06-16"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=3", ["2026-06-02", "2026-06-04", "2026-06-16"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260604", ["2026-06-02", "2026-06-03", "2026-06-04"]),
        ("FREQ=MONTHLY;COUNT=2", ["2026-06-02", "2026-07-02"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2026-06-26", "2026-07-31"]),
        ("freq=monthly;byday=2tu;count=1", ["2026-06-09"]),
    ],
    ids=str,
)
def test_rules_name_their_dates(text, expected):
    assert dates(text) == expected


def test_a_month_without_such_a_day_is_passed_over():
    assert dates("FREQ=MONTHLY;COUNT=3", date(2026, 1, 31)) == ["2026-01-31", "2026-03-31", "2026-05-31"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "ends"),
        ("FREQ=DAILY;COUNT=10000", "366 dates"),
        ("FREQ=DAILY;COUNT=367", "366 dates"),
        ("FREQ=DAILY;UNTIL=20270801", "366 dates"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270801", "ends"),
        ("FREQ=WEEKLY;UNTIL=20260601", "after it begins"),
        ("FREQ=WEEKLY;UNTIL=99991231", "10 years"),
        ("FREQ=MONTHLY;INTERVAL=99;COUNT=300", "10 years"),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260603", "no date"),
        ("FREQ=SECONDLY;COUNT=3", "not understood"),
        ("FREQ=YEARLY;COUNT=3", "not understood"),
        ("FREQ=DAILY;BYHOUR=9;COUNT=3", "not understood"),
        ("FREQ=WEEKLY;BYDAY=2TU;COUNT=3", "not understood"),
        ("FREQ=MONTHLY;BYDAY=TU;COUNT=3", "not understood"),
        ("FREQ=DAILY;COUNT=0", "not understood"),
        ("FREQ=DAILY;COUNT=-1", "not understood"),
        ("FREQ=DAILY;COUNT=\u0663", "not understood"),
        ("FREQ=DAILY;INTERVAL=100;COUNT=2", "not understood"),
        ("FREQ=DAILY;UNTIL=20260230", "not understood"),
        ("FREQ=DAILY;UNTIL=20260630T000000Z", "not understood"),
        ("FREQ=DAILY;FREQ=DAILY;COUNT=2", "not understood"),
        ("", "not understood"),
        ("\x00", "not understood"),
        ("FREQ=DAILY;COUNT=2;" + "X" * 300, "not understood"),
    ],
    ids=lambda text: text[:40],
)
def test_other_rules_are_refused_with_a_sentence_and_not_counted_out(text, why, monkeypatch):
    expanded = []

    class Counted(rrule):
        def __iter__(self):
            for each in super().__iter__():
                expanded.append(each)
                yield each

    monkeypatch.setattr(recurrence, "rrule", Counted)

    with pytest.raises(BadRule, match=why):
        dates(text)

    assert len(expanded) <= recurrence.MOST_OCCURRENCES + 1


@pytest.mark.parametrize(
    ("text", "shifted", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=10", 0, "Every week on Tuesday, 10 times"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=10", 1, "Every week on Wednesday, 10 times"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20261224",
            0,
            "Every 2 weeks on Monday, until 24 Dec 2026",
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", 0, "Every month on the last Friday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3", 2, "Every month, 2 days later, 3 times"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=2", -1, "Every 3 days, 1 day sooner, 2 times"),
    ],
    ids=str,
)
def test_rules_in_words(text, shifted, words):
    assert in_words(parse_rule(text), shifted=shifted) == words


RULES = st.builds(
    Rule,
    frequency=st.just("WEEKLY"),
    interval=st.integers(1, 4),
    days=st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True).map(
        lambda days: tuple(sorted(days, key=["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index))
    ),
    count=st.integers(1, 60),
) | st.builds(
    Rule,
    frequency=st.sampled_from(["DAILY", "MONTHLY"]),
    interval=st.integers(1, 3),
    count=st.integers(1, 36),
)


@given(rule=RULES, start=st.dates(date(2025, 1, 1), date(2035, 12, 31)), at=st.integers(0, 59))
def test_a_rule_read_again_or_cut_in_two_names_the_same_dates(rule, start, at):
    whole = rule.dates(start)
    assert parse_rule(rule.text).dates(start) == whole
    assert rule.ending(whole[-1]).dates(start) == whole

    cut = whole[min(at, len(whole) - 1)]
    after = rule.ending(whole[-1]).dates(cut)
    before = rule.ending(cut - timedelta(days=1)).dates(start) if cut > whole[0] else []
    assert before + after == whole
