"""The day itself."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.services import attendance, bookings, holds, states, sweeping
from studio.accounts.models import AuditEvent
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = TEN + 5 * HOUR


def test_start_then_complete_stores_the_real_times(desk):
    session = SessionFactory(starts_at=TEN)

    started = attendance.start_session(session=session, actor=desk, now=TEN + timedelta(minutes=4))
    done = attendance.complete_session(
        session=started, actual_start=TEN, actual_end=TEN + 3 * HOUR, actor=desk, now=LATER
    )

    kept = StudioSession.objects.get(pk=session.pk)
    assert (kept.status, kept.actual_start, kept.actual_end, kept.ends_at) == (
        "completed",
        TEN,
        TEN + 3 * HOUR,
        TEN + 2 * HOUR,
    )
    assert done == kept
    verbs = AuditEvent.objects.filter(object_id=str(session.pk), object_type="sessions_app.studiosession")
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == ["book", "start", "complete"]


def test_a_session_starts_an_hour_early_and_no_earlier(desk):
    session = SessionFactory(starts_at=TEN)

    with pytest.raises(attendance.TooEarly, match="60 minutes before its planned start at the earliest"):
        attendance.start_session(session=session, actor=desk, now=TEN - HOUR - timedelta(seconds=1))
    session.refresh_from_db()
    assert (session.status, session.actual_start) == ("scheduled", None)

    assert attendance.start_session(session=session, actor=desk, now=TEN - HOUR).actual_start == TEN - HOUR


def test_one_session_is_in_progress_in_a_room(room, desk):
    first = SessionFactory(title="Drums", room=room, starts_at=TEN)
    second = SessionFactory(title="Choir", room=room, starts_at=TEN + 2 * HOUR)
    elsewhere = SessionFactory(room=RoomFactory(name="Studio B"), starts_at=TEN)
    remote = [SessionFactory(room=None, starts_at=TEN) for _ in range(2)]
    attendance.start_session(session=first, actor=desk, now=TEN)

    with pytest.raises(attendance.RoomInUse, match=r"Drums is in progress in Studio A\. Complete or cancel it first\."):
        attendance.start_session(session=second, actor=desk, now=TEN + 2 * HOUR)
    for other in (elsewhere, *remote):
        attendance.start_session(session=other, actor=desk, now=TEN)

    bookings.cancel_session(session=first, reason="Fire", actor=desk, now=TEN + HOUR)
    assert attendance.start_session(session=second, actor=desk, now=TEN + 2 * HOUR).status == "in_progress"


def test_real_times_may_overlap_the_next_session(room, desk):
    first = SessionFactory(room=room, starts_at=TEN)
    SessionFactory(room=room, starts_at=TEN + 2 * HOUR)

    done = attendance.complete_session(
        session=first, actual_start=TEN, actual_end=TEN + 3 * HOUR, actor=desk, now=LATER
    )

    assert done.actual_end == TEN + 3 * HOUR


@pytest.mark.parametrize(
    ("start", "end"), [(TEN, TEN), (TEN + HOUR, TEN), (TEN, LATER + HOUR)], ids=["no length", "reversed", "future"]
)
def test_complete_session_refuses_impossible_times(desk, start, end):
    session = SessionFactory(starts_at=TEN)

    with pytest.raises(attendance.ImpossibleTimes):
        attendance.complete_session(session=session, actual_start=start, actual_end=end, actor=desk, now=LATER)


def test_mark_no_show_keeps_the_slot(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)

    missed = attendance.mark_no_show(session=session, actor=desk, now=TEN + timedelta(minutes=30))

    assert missed.status == "no_show"
    assert list(StudioSession.objects.occupying()) == [missed]


def test_mark_no_show_waits_for_the_grace(desk):
    session = SessionFactory(starts_at=TEN)

    with pytest.raises(attendance.TooEarly, match="a no-show 30 minutes after its start at the earliest"):
        attendance.mark_no_show(session=session, actor=desk, now=TEN + timedelta(minutes=29, seconds=59))


def arrow(to, session, desk):
    """Call the one function that leads to a status."""
    match to:
        case SessionStatus.SCHEDULED:
            holds.confirm_hold(session=session, actor=desk, now=NOW)
        case SessionStatus.IN_PROGRESS:
            attendance.start_session(session=session, actor=desk, now=LATER)
        case SessionStatus.COMPLETED:
            attendance.complete_session(session=session, actual_start=TEN, actual_end=LATER, actor=desk, now=LATER)
        case SessionStatus.NO_SHOW:
            attendance.mark_no_show(session=session, actor=desk, now=LATER)
        case SessionStatus.CANCELLED:
            bookings.cancel_session(session=session, reason="", actor=desk, now=NOW)


ALLOWED = {
    ("hold", "scheduled"),
    ("requested", "scheduled"),
    ("scheduled", "in_progress"),
    ("scheduled", "completed"),
    ("in_progress", "completed"),
    ("scheduled", "no_show"),
    ("hold", "cancelled"),
    ("requested", "cancelled"),
    ("scheduled", "cancelled"),
    ("in_progress", "cancelled"),
    ("cancelled", "cancelled"),
}


@pytest.mark.parametrize("to", [SessionStatus.SCHEDULED, "in_progress", "completed", "no_show", "cancelled"])
@pytest.mark.parametrize("status", SessionStatus.values)
def test_only_the_arrows_of_the_table_exist(desk, status, to):
    session = SessionFactory(starts_at=TEN)
    later = {"hold_rank": 1, "hold_expires_at": TEN} if status in {"hold", "requested"} else {}
    StudioSession.objects.filter(pk=session.pk).update(status=status, **later)

    if (status, to) in ALLOWED:
        arrow(SessionStatus(to), session, desk)
        session.refresh_from_db()
        assert session.status == to
    else:
        with pytest.raises(states.WrongState):
            arrow(SessionStatus(to), session, desk)
        session.refresh_from_db()
        assert session.status == status


def test_sweep_lets_only_overdue_ones_go(room):
    early = HoldFactory(room=room, starts_at=TEN, expires_at=NOW + HOUR)
    HoldFactory(starts_at=TEN, expires_at=NOW + 3 * HOUR)
    SessionFactory(starts_at=TEN)

    sweeping.sweep(now=NOW + 2 * HOUR)

    early.refresh_from_db()
    assert early.status == "expired"
    assert sorted(StudioSession.objects.values_list("status", flat=True)) == ["expired", "hold", "scheduled"]
    acts = AuditEvent.objects.filter(verb="expire").count()
    sweeping.sweep(now=NOW + 2 * HOUR)
    assert AuditEvent.objects.filter(verb="expire").count() == acts == 1
