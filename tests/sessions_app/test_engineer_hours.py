"""Hours of engineers, and what clients missed, held against sums that go through every row."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import SessionAssignment, SessionFee, StudioSession, TimeEntry
from sessions_app.selectors.engineer_hours import engineer_hours
from sessions_app.selectors.missed_sessions import MissedBy, missed_sessions
from tests.factories import ClientFactory, TimeEntryFactory, TimerFactory, UserFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
HOUR, NO_TIME = timedelta(hours=1), timedelta()
BEGIN = datetime(2026, 3, 27, 22, 30, tzinfo=UTC)  # a Friday of winter; the clocks change two days later
STATUSES = ("completed", "scheduled", "no_show", "cancelled", "hold", "completed", "requested", "in_progress")
AGREED = {"completed", "scheduled", "no_show", "in_progress"}


def sessions(count, **given):
    """Make sessions elsewhere, one every seven hours, in every status and of lengths from one to four hours."""
    made = [
        StudioSession(
            title=f"Session {number}",
            kind="location",
            client=given["clients"][number % len(given["clients"])],
            status=STATUSES[number % len(STATUSES)],
            hold_rank=1 if STATUSES[number % len(STATUSES)] == "hold" else None,
            hold_expires_at=BEGIN,
            starts_at=(start := BEGIN + number * 7 * HOUR),
            ends_at=(end := start + (1 + number % 4) * HOUR),
            blocked_from=start,
            blocked_to=end,
            actual_start=start - HOUR if number % 3 == 0 else None,
            actual_end=end if number % 3 == 0 else None,
            total=Decimal(10 * number) if number % 5 else None,
        )
        for number in range(count)
    ]
    return StudioSession.objects.bulk_create(made)


def test_engineer_hours_are_what_every_row_adds_up_to(django_assert_num_queries):
    ada, ben = UserFactory(name="Ada", email="ada@example.org"), UserFactory(name="ben", email="ben@example.org")
    made = sessions(64, clients=[ClientFactory(), None])
    rows = [
        SessionAssignment(
            session=each,
            kind="engineer",
            engineer=person,
            label=person.label if person else "Gone <gone@example.org>",
            status="declined" if number % 7 == 0 else "assigned",
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            occupying=each.status != "cancelled",
        )
        for number, each in enumerate(made)
        for person in [(ada, ben, None)[number % 3]]
    ]
    SessionAssignment.objects.bulk_create(rows)
    for days in (0, 2, 5, 40):
        TimeEntryFactory(person=ada, started_at=BEGIN + timedelta(days=days), now=BEGIN + timedelta(days=50))
    TimerFactory(person=ben, now=BEGIN + HOUR)
    first, last = date(2026, 3, 28), date(2026, 4, 12)

    with django_assert_num_queries(2):
        found = engineer_hours(first=first, last=last, zone=PARIS)

    expected = {}
    for row in SessionAssignment.objects.select_related("session"):
        day = row.starts_at.astimezone(PARIS).date()
        if not first <= day <= last or row.status == "declined" or row.session.status not in AGREED:
            continue
        sums = expected.setdefault((day.replace(day=1), row.label), [0, NO_TIME, NO_TIME, NO_TIME])
        sums[0] += 1
        sums[1] += row.ends_at - row.starts_at
        if row.session.status == "completed":
            real = row.session.actual_start, row.session.actual_end
            sums[2] += real[1] - real[0] if real[1] else row.ends_at - row.starts_at
    for entry in TimeEntry.objects.filter(ended_at__isnull=False):
        day = entry.started_at.astimezone(PARIS).date()
        if first <= day <= last:
            sums = expected.setdefault((day.replace(day=1), entry.person_label), [0, NO_TIME, NO_TIME, NO_TIME])
            sums[3] += entry.ended_at - entry.started_at
    assert [((row.month, row.person), [row.sessions, row.booked, row.done, row.tracked]) for row in found] == sorted(
        expected.items(), key=lambda each: (each[0][0], each[0][1].casefold())
    )
    assert {row.person for row in found} == {ada.label, ben.label, "Gone <gone@example.org>"}
    mine = engineer_hours(first=first, last=last, zone=PARIS, person=ada)
    assert mine == [row for row in found if row.person == ada.label]


def fee(session, amount, kind, *, waived=False):
    said = {"waived_at": BEGIN, "waived_because": "First time."} if waived else {}
    return SessionFee(session=session, kind=kind, amount=Decimal(amount), explanation="50 %", decided_at=BEGIN, **said)


@pytest.mark.parametrize("by", list(MissedBy))
def test_missed_sessions_are_what_every_row_adds_up_to(by, django_assert_num_queries):
    clients = [ClientFactory(name=name) for name in ("Mina", "Noor", "Omar")]
    made = sessions(60, clients=[*clients, None])
    came = [each.pk for each in made if each.status == "completed"]
    StudioSession.objects.filter(pk__in=came[:3]).update(client=ClientFactory(name="Reliable"))
    gone = [each for each in made if each.status == "cancelled"]
    missing = [each for each in made if each.status == "no_show"]
    fees = [
        *(fee(each, 40, "cancellation", waived=number % 2 == 0) for number, each in enumerate(gone[::2])),
        *(fee(each, 15, "reschedule") for each in gone),
        *(fee(each, 70, "no_show") for each in missing[::3]),
    ]
    SessionFee.objects.bulk_create(fees)
    abroad = {each.pk for each in (*gone[:4], *missing[1::2], made[0])}
    StudioSession.objects.filter(pk__in=abroad).update(currency="CHF")
    first, last = date(2026, 3, 28), date(2026, 4, 12)

    with django_assert_num_queries(2):
        found = missed_sessions(first=first, last=last, by=by, zone=PARIS, currency="EUR")

    expected = {}
    for session in StudioSession.objects.exclude(client=None).select_related("client").prefetch_related("fees"):
        begins = session.starts_at.astimezone(PARIS)
        charged = [each for each in session.fees.all() if each.kind != "reschedule"]
        late = session.status == "cancelled" and bool(charged)
        if not first <= begins.date() <= last or not (late or session.status in {"completed", "no_show"}):
            continue
        key = session.client.pk if by is MissedBy.CLIENT else begins.isoweekday()
        sums = expected.setdefault(key, [0, 0, 0, NO_TIME, 0, *[Decimal(0)] * 4])
        sums[0] += 1
        sums[1] += session.status == "no_show"
        sums[2] += late
        if session.status != "completed":
            sums[3] += session.ends_at - session.starts_at
            sums[4] += session.pk in abroad
        if session.pk in abroad:
            continue
        if session.status != "completed":
            sums[5] += session.total or 0
        asked = sum(each.amount for each in charged if not each.waived_at)
        sums[6] += asked
        sums[7] += sum(each.amount for each in charged if each.waived_at)
        sums[8] += max((session.total or 0) - asked, 0) if session.status != "completed" else 0
    told = {
        row.who: [
            *(row.due, row.no_shows, row.late, row.lost),
            *(row.elsewhere, row.worth, row.charged, row.waived, row.cost),
        ]
        for row in found
    }
    assert told == {key: sums for key, sums in expected.items() if by is MissedBy.WEEKDAY or sums[1] or sums[2]}
    counts = [row.no_shows + row.late for row in found]
    assert any(row.cost > row.worth - row.charged for row in found)
    assert sum(counts) > 5
    assert 0 < sum(row.elsewhere for row in found) < sum(counts)
    if by is MissedBy.CLIENT:
        assert (counts, {row.name for row in found} <= {"Mina", "Noor", "Omar"}) == (sorted(counts, reverse=True), True)
    else:
        assert [row.who for row in found] == sorted(told)
