"""A former row is read into types that may be stored, and nothing of it is lost."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from studio.tenancy.adoption.rows import FormerRow, SetAside

PARIS = ZoneInfo("Europe/Paris")


def row(**content: object) -> FormerRow:
    return FormerRow(table="t", row_id="1", content=content, zone=PARIS)


def test_what_is_not_read_is_left_over():
    former = row(id=1, name="Ada", loyalty_tier="gold", note=None)

    former.text("name")

    assert former.leftover() == {"id": 1, "loyalty_tier": "gold"}


def test_text_is_stripped_and_cut_and_then_kept_whole():
    former = row(name="  Ada Lovelace ")

    assert former.text("name", longest=3) == "Ada"
    assert former.notes == ["name was cut to 3 characters."]
    assert former.leftover() == {"name": "  Ada Lovelace "}


@pytest.mark.parametrize(
    ("written", "read", "is_kept"),
    [("Ada@Example.ORG", "ada@example.org", False), ("", "", False), (None, "", False), ("not one", "", True)],
)
def test_an_address_is_one_or_empty(written, read, is_kept):
    former = row(email=written)

    assert former.email("email") == read
    assert bool(former.notes) is is_kept
    assert ("email" in former.leftover()) is is_kept


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (Decimal("65.00"), "65.00"),
        (420, "420.00"),
        ("12,50", "12.50"),
        ("1 234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("  7 ", "7.00"),
    ],
)
def test_an_amount_is_exact_however_it_is_written(written, read):
    assert str(row(total=written).amount("total")) == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (Decimal(-1), "negative"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("ten", "not a number"),
        (Decimal("0.125"), "in cents"),
        (Decimal("1e20"), "in cents"),
    ],
)
def test_an_amount_that_is_none_sets_the_row_aside(written, why):
    with pytest.raises(SetAside, match=why):
        row(total=written).amount("total")


def test_no_amount_is_none():
    assert [row(total=written).amount("total") for written in (None, "", " ")] == [None, None, None]


@pytest.mark.parametrize(("written", "read"), [(True, True), ("t", True), ("no", False), (None, True), ("maybe", True)])
def test_a_yes_or_no_is_read_or_the_default(written, read):
    assert row(is_active=written).flag("is_active", default=True) is read


def test_a_word_is_translated_and_an_unknown_one_sets_the_row_aside():
    known = {"conflict": "scheduled"}

    assert row(status="Conflict").choice("status", known, default="x") == "scheduled"
    assert row(status=None).choice("status", known, default="x") == "x"
    with pytest.raises(SetAside, match='status is unknown: "odd"'):
        row(status="odd").choice("status", known, default="x")


@pytest.mark.parametrize(
    ("written", "read"),
    [(["a"], ["a"]), ('["a", 1]', ["a", 1]), ("a, b", ["a", "b"]), (None, []), ("", []), ([Decimal("1.5")], ["1.5"])],
)
def test_a_list_is_read_from_json_and_from_text(written, read):
    assert row(genres=written).items("genres") == read


def test_what_is_no_list_is_kept():
    former = row(genres={"a": 1})

    assert former.items("genres") == []
    assert former.leftover() == {"genres": {"a": 1}}


@pytest.mark.parametrize(("written", "read"), [(3, 3), (0, 1), (40000, 1), (Decimal("1.5"), 1), (None, 1)])
def test_a_whole_number_out_of_range_becomes_the_default(written, read):
    assert row(capacity=written).whole("capacity", least=1, most=32767, default=1) == read


def test_a_date_is_that_of_the_wall_calendar():
    assert row(at="2026-01-05T23:30:00").day("at") == date(2026, 1, 5)
    assert row(at="1996-03-02").day("at") == date(1996, 3, 2)


@pytest.mark.parametrize("written", ["infinity", "0044-03-15 BC", "2026-02-30", "yesterday", "0001-01-01T00:00:00"])
def test_a_moment_nobody_can_use_sets_the_row_aside(written):
    with pytest.raises(SetAside, match="no usable date"):
        row(at=written).instant("at")


def test_a_wall_time_is_one_of_the_studio():
    assert row(at="2026-01-05T15:00:00").instant("at") == datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
    assert row(at="2026-07-05T15:00:00").instant("at") == datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


def test_an_instant_with_its_own_zone_stays():
    assert row(at="2025-10-26T01:30:00+00:00").instant("at") == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)


def test_a_skipped_hour_moves_forward_by_the_gap_and_says_so():
    former = row(at="2026-03-29T02:30:00")

    assert former.instant("at") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 on the wall
    assert former.notes == ["at 2026-03-29 02:30 does not exist in Europe/Paris; moved forward by the gap."]
    assert former.leftover() == {"at": "2026-03-29T02:30:00"}


def test_a_doubled_hour_is_the_first_and_says_so():
    former = row(at="2025-10-26T02:30:00")

    assert former.instant("at") == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert former.notes == ["at 2025-10-26 02:30 happened twice in Europe/Paris; taken as the first."]


def test_a_shift_keeps_the_hour_on_the_wall():
    winter, shift = row(at="2026-01-05T15:00:00"), timedelta(days=182)

    assert winter.instant("at", shift=shift) == datetime(2026, 7, 6, 13, 0, tzinfo=UTC)
