"""Hours and closures may not leave a session outside."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sessions_app.services import bookings, facts, opening_hours
from sessions_app.services.opening_hours import Stretch
from studio.accounts.models import AuditEvent
from studio.office.models import Closure, OpeningHours
from tests.factories import NOW, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Paris
TUESDAY = date(2026, 6, 2)


def change(desk, *stretches, weekday=1, effective_from=TUESDAY):
    """Change Tuesday's hours from a day on."""
    return opening_hours.change_opening_hours(
        weekday=weekday, stretches=stretches, effective_from=effective_from, actor=desk, now=NOW
    )


def test_change_opening_hours_keeps_the_former_ones_until_then(desk):
    change(desk, Stretch(600, 720), Stretch(840, 1080))

    rows = OpeningHours.objects.filter(weekday=1).order_by("effective_from", "opens")
    assert [(row.effective_from, row.opens, row.closes) for row in rows] == [
        (date(2000, 1, 1), 540, 1440),
        (TUESDAY, 600, 720),
        (TUESDAY, 840, 1080),
    ]
    assert AuditEvent.objects.filter(object_type="office.openinghours").count() == 2


def test_change_opening_hours_for_the_same_date_replaces(desk):
    change(desk, Stretch(600, 720))

    change(desk, Stretch(660, 720))

    assert [row.opens for row in OpeningHours.objects.filter(effective_from=TUESDAY)] == [660]


def test_change_opening_hours_lists_the_sessions_it_would_leave_outside(desk):
    first = SessionFactory(starts_at=TEN, title="Vocals")
    second = SessionFactory(starts_at=TEN + timedelta(days=7), title="Strings")
    SessionFactory(starts_at=TEN + timedelta(days=1))
    bookings.cancel_session(session=SessionFactory(starts_at=TEN), reason="", actor=desk, now=NOW)

    with pytest.raises(opening_hours.SessionsWouldBeOutside, match="2 sessions would lie outside") as refusal:
        change(desk)

    assert refusal.value.sessions == (first, second)
    assert str(refusal.value).endswith("first: Vocals (Tue 2 Jun 2026, 10:00), Strings (Tue 9 Jun 2026, 10:00).")
    assert not OpeningHours.objects.filter(effective_from=TUESDAY).exists()


def test_change_opening_hours_that_still_holds_the_sessions_is_allowed(desk):
    SessionFactory(starts_at=TEN)

    change(desk, Stretch(720, 840))

    assert OpeningHours.objects.filter(effective_from=TUESDAY).count() == 1


def test_change_opening_hours_leaves_sessions_before_its_date_alone(desk):
    SessionFactory(starts_at=TEN)

    change(desk, effective_from=TUESDAY + timedelta(days=7))

    assert OpeningHours.objects.filter(opens__isnull=True).count() == 1


def test_session_outside_already_stops_nothing(desk):
    session = SessionFactory(starts_at=TEN)
    type(session).objects.filter(pk=session.pk).update(
        starts_at=TEN - timedelta(hours=8), ends_at=TEN, blocked_from=TEN - timedelta(hours=8), blocked_to=TEN
    )

    change(desk, Stretch(600, 700))

    assert OpeningHours.objects.filter(effective_from=TUESDAY).count() == 1


@pytest.mark.parametrize(
    ("stretches", "sentence"),
    [
        ([Stretch(600, 600)], "at most 24 hours"),
        ([Stretch(600, 2041)], "at most 24 hours"),
        ([Stretch(1440, 1500)], "on the day itself"),
        ([Stretch(600, 720), Stretch(700, 800)], "overlap"),
    ],
    ids=["no length", "too long", "opens at 24:00", "overlapping"],
)
def test_change_opening_hours_refuses_nonsense(desk, stretches, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        change(desk, *stretches)

    assert not OpeningHours.objects.filter(effective_from=TUESDAY).exists()


def test_change_opening_hours_refuses_an_unknown_weekday(desk):
    with pytest.raises(facts.BadFacts):
        change(desk, weekday=7)


def test_add_closure_lists_the_sessions_in_its_days(desk):
    session = SessionFactory(starts_at=TEN)

    with pytest.raises(opening_hours.SessionsWouldBeOutside) as refusal:
        opening_hours.add_closure(
            starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 2), reason="Holiday", actor=desk, now=NOW
        )

    assert refusal.value.sessions == (session,)
    assert Closure.objects.count() == 0


def test_add_and_remove_closure_are_on_the_record(desk):
    closure = opening_hours.add_closure(starts_on=TUESDAY, ends_on=TUESDAY, actor=desk, now=NOW)

    opening_hours.remove_closure(closure=closure, actor=desk, now=NOW)

    assert Closure.objects.count() == 0
    verbs = AuditEvent.objects.filter(object_type="office.closure").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["create", "delete"]


def test_add_closure_refuses_days_that_run_backwards(desk):
    with pytest.raises(facts.BadFacts, match="may not come before"):
        opening_hours.add_closure(starts_on=TUESDAY, ends_on=date(2026, 6, 1), actor=desk, now=NOW)
