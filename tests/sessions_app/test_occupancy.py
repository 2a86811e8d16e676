"""How full the house is, held against a count in steps of five minutes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.occupancy import Resource, Use, occupancy, room_occupancy
from studio.clock import local_midnight
from studio.office.models import Closure, OpeningHours
from studio.office.selectors.opening import OpeningCalendar
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory

PARIS = ZoneInfo("Europe/Paris")
FIVE = timedelta(minutes=5)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Half hours at both ends, a night over midnight, two stretches on one day, a day without an end, a closed one.
RULES = [
    OpeningHours(weekday=weekday, opens=opens, closes=closes, effective_from=date(2020, 1, 1))
    for weekday, opens, closes in (
        (0, 9 * 60 + 30, 18 * 60 + 15),
        (1, 9 * 60, 12 * 60),
        (1, 14 * 60, 24 * 60),
        (2, None, None),
        (3, 9 * 60, 18 * 60),
        (4, 20 * 60, 26 * 60),
        (5, 20 * 60, 30 * 60),
        (6, 0, 24 * 60),
    )
]


def counted(resources, calendar, start, end):
    """Walk through the time in steps of five minutes, and ask of each what is true in it."""
    places, whole, at = Counter(), Counter(), start
    while at < end:
        wall = at.astimezone(calendar.zone)
        opened = any(
            period.contains(at, at + FIVE)
            for day in (wall.date() - DAY, wall.date())
            for period in calendar.periods(day)
        )
        for each in resources:
            holds = [first <= at < last for first, last in each.taken]
            off = any(first <= at < last for first, last in each.blocked) or (each.until and at >= each.until)
            fact = "taken" if any(holds) else "free"
            if opened and not off:
                places[wall.weekday(), wall.hour, fact] += FIVE / HOUR
            whole[each.key, fact if opened and not off else f"{fact} beyond"] += FIVE / HOUR
        at += FIVE
    return places, whole


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Europe/Paris", date(2026, 6, 1), date(2026, 6, 14)),
        ("Europe/Paris", date(2026, 3, 26), date(2026, 4, 1)),
        ("Europe/Paris", date(2026, 10, 22), date(2026, 10, 26)),
        ("Australia/Lord_Howe", date(2026, 4, 3), date(2026, 4, 6)),
        ("Asia/Kathmandu", date(2026, 6, 5), date(2026, 6, 9)),
    ],
    ids=["plain", "spring", "autumn", "half an hour's change", "three quarters of an hour"],
)
def test_occupancy_is_what_a_walk_through_the_time_counts(zone, first, last):
    calendar = OpeningCalendar(RULES, [Closure(starts_on=date(2026, 6, 4), ends_on=date(2026, 6, 4))], ZoneInfo(zone))
    start, end = local_midnight(first, calendar.zone), local_midnight(last + DAY, calendar.zone)

    def at(days, hour, minute=0):
        return start + timedelta(days=days, hours=hour, minutes=minute)

    nights = [(at(day, 21, 35), at(day + 1, 3, 20)) for day in range(-1, 14)]
    resources = [
        Resource("idle", "Idle", []),
        Resource("nights", "Nights", nights, hourly_rate=Decimal("60.50")),
        Resource("crowded", "Crowded", [(at(0, 8), at(1, 11)), (at(0, 10), at(0, 12)), (at(1, 11), at(1, 11, 25))]),
        Resource(
            "off", "Off", nights, blocked=[(at(1, 22), at(3, 1, 10)), (at(2, 0), at(2, 5)), (at(-3, 0), at(0, 10))]
        ),
        Resource("retired", "Retired", [(at(0, 9), at(1, 23))], until=at(1, 15, 5)),
    ]

    found = occupancy(resources, calendar, start, end)

    places, whole = counted(resources, calendar, start, end)
    assert {place: use.open / HOUR for place, use in found.places.items()} == {
        place: pytest.approx(places[*place, "taken"] + places[*place, "free"]) for place in {key[:2] for key in places}
    }
    assert {place: use.taken / HOUR for place, use in found.places.items()} == {
        place: pytest.approx(places[*place, "taken"]) for place in found.places
    }
    assert [(row.key, row.use.taken / HOUR, row.use.idle / HOUR, row.beyond / HOUR) for row in found.resources] == [
        (
            each.key,
            pytest.approx(whole[each.key, "taken"]),
            pytest.approx(whole[each.key, "free"]),
            pytest.approx(whole[each.key, "taken beyond"]),
        )
        for each in resources
    ]


def test_changed_clocks_lengthen_and_shorten_an_hour():
    calendar = OpeningCalendar(RULES, [], PARIS)

    def on(day):
        start, end = local_midnight(day, PARIS), local_midnight(day + DAY, PARIS)
        return occupancy([Resource(1, "A", [(start, end)])], calendar, start, end).places

    spring, autumn = on(date(2026, 3, 29)), on(date(2026, 10, 25))

    assert ((6, 2) in spring, (6, 1) in spring, (6, 3) in spring) == (False, True, True)
    assert autumn[6, 2] == Use(2 * HOUR, 2 * HOUR)
    assert (
        sum((use.open for use in spring.values()), 0 * HOUR),
        sum((use.open for use in autumn.values()), 0 * HOUR),
    ) == (
        23 * HOUR,
        25 * HOUR,
    )


@pytest.mark.django_db
def test_room_occupancy_counts_what_takes_its_slot(django_assert_num_queries):
    monday = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)  # 09:00 in Paris: the house opens, until midnight
    full = RoomFactory(name="A", hourly_rate=Decimal(40))
    empty, gone, unused = RoomFactory(name="B"), RoomFactory(name="C"), RoomFactory(name="D")
    booked = SessionFactory(room=full, starts_at=monday + HOUR, ends_at=monday + 4 * HOUR)
    night = SessionFactory(room=full, starts_at=monday + 14 * HOUR, ends_at=monday + 15 * HOUR)
    SessionFactory(room=full, kind="blocker", starts_at=monday + 5 * HOUR, ends_at=monday + 7 * HOUR)
    HoldFactory(room=full, starts_at=monday + 8 * HOUR, expires_at=NOW + HOUR)
    HoldFactory(room=empty, starts_at=monday + 8 * HOUR, expires_at=NOW + timedelta(minutes=5))
    cancelled = SessionFactory(room=empty, starts_at=monday)
    SessionFactory(room=gone, starts_at=monday)
    over_midnight = {"ends_at": monday + 16 * HOUR, "blocked_to": monday + 16 * HOUR}
    StudioSession.objects.filter(pk=night.pk).update(**over_midnight)
    StudioSession.objects.filter(pk=booked.pk).update(status=SessionStatus.NO_SHOW)
    StudioSession.objects.filter(pk=cancelled.pk).update(status=SessionStatus.CANCELLED)
    for room in (gone, unused):
        room.is_active = False
        room.save(update_fields=["is_active"])

    with django_assert_num_queries(3):
        found = room_occupancy(first=date(2026, 6, 1), last=date(2026, 6, 1), zone=PARIS, now=NOW + HOUR / 2)

    assert [(row.name, row.use, row.beyond, row.sessions) for row in found.resources] == [
        ("A", Use(13 * HOUR, 6 * HOUR), HOUR * 0, 3),
        ("B", Use(15 * HOUR, HOUR * 0), HOUR * 0, 0),
        ("C", Use(15 * HOUR, 2 * HOUR), HOUR * 0, 1),
    ]
    assert found.resources[0].idle_value("EUR") == Decimal("280.00")
    assert (found.whole.percent, found.of_weekday(0).percent, found.of_weekday(1).percent) == (18, 18, None)
    assert found.hours == range(9, 24)
