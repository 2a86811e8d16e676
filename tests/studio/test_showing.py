"""How times, amounts and words look."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.formats import localize

from studio.showing import badge, clock_span, day, days, money, stamp, stored_moment, when, zone_label, zone_name


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_paris():
    with timezone.override(ZoneInfo("Europe/Paris")):
        yield


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (at(20, 9), None, "Fri 20 Nov 2026, 10:00"),
        (at(20, 9), at(20, 11, 30), "Fri 20 Nov 2026, 10:00-12:30"),
        (at(20, 19), at(20, 23), "Fri 20 Nov 2026, 20:00-24:00"),
        (at(20, 19), at(21, 1), "Fri 20 Nov 2026, 20:00 - Sat 21 Nov, 02:00"),
        (at(20, 9), at(22, 23), "Fri 20 Nov 2026, 10:00 - Mon 23 Nov, 00:00"),
        (at(20, 9), datetime(2027, 1, 1, 1, tzinfo=UTC), "Fri 20 Nov 2026, 10:00 - Fri 1 Jan 2027, 02:00"),
    ],
)
def test_when(start, end, text):
    assert when(start, end) == text


def test_clock_span_ends_a_day_at_24():
    assert clock_span(at(20, 19), at(20, 23)) == "20:00-24:00"


@pytest.mark.parametrize("key", ["Europe/Paris", "Etc/GMT+5", "UTC"])
def test_zone_name_is_a_zone_s_key_also_where_its_clocks_never_change(key):
    with timezone.override(ZoneInfo(key)):
        assert zone_name() == key


def test_zone_label_names_the_zone_of_the_moment():
    label = zone_label("Start")

    assert str(label) == "Start (Europe/Paris)"
    with timezone.override(ZoneInfo("America/Santiago")):
        assert str(label) == "Start (America/Santiago)"


def test_badge_escapes_its_text():
    assert badge("<b>", "info") == '<span class="tone tone-info">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("amount", "text"), [(Decimal("1234.5"), "1,234.50 EUR"), (Decimal(0), "0.00 EUR"), (None, "-")]
)
def test_money(amount, text):
    assert money(amount, "EUR") == text


def test_django_writes_dates_as_we_do():
    assert localize(date(2026, 11, 23)) == day(date(2026, 11, 23)) == "23 Nov 2026"
    assert localize(timezone.localtime(at(23, 9))) == when(at(23, 9)) == "Mon 23 Nov 2026, 10:00"
    with translation.override("fr"):
        assert localize(date(2026, 11, 23)) == day(date(2026, 11, 23))
        assert localize(timezone.localtime(at(23, 9))) == when(at(23, 9))


def test_days():
    assert days(date(2026, 11, 23), date(2026, 12, 2)) == "23 Nov 2026 - 2 Dec 2026"
    assert days(date(2026, 11, 23), date(2026, 11, 23)) == "23 Nov 2026"


def test_an_instant_is_shown_in_another_zone_and_with_its_name():
    assert when(at(23, 9), at(23, 10), ZoneInfo("UTC")) == "Mon 23 Nov 2026, 09:00-10:00"
    assert stamp(at(23, 9)) == "Mon 23 Nov 2026, 10:00 CET"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-23", "23 Nov 2026"),
        ("2026-11-23T10:00:00", "Mon 23 Nov 2026, 10:00"),
        ("2026-11-23T09:00:00Z", "Mon 23 Nov 2026, 10:00"),
        ("2026-13-45", None),
        ("jazz", None),
    ],
)
def test_stored_moment(text, shown):
    assert stored_moment(text) == shown
