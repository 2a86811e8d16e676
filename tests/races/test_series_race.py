"""A series that two edit at once: one waits for the other, never both."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connections

from sessions_app.models import SessionSeries, StudioSession
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.services import assignments, series, series_edits, slots
from studio.db import Deadlocked, TryAgain
from studio.tenancy.context import inside
from tests.factories import RoomFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ROUNDS = 6
PATIENCE = 30  # seconds


def stretch(made, number):
    until = made.starts_on + timedelta(weeks=5 + number)
    series.extend_series(series=made, until=until, actor=None, now=NOW)


def shift(made, number):
    series_edits.move_series(series=made, start_time=time(12 + number), actor=None, now=NOW)


def call_off(made, number):
    series_edits.cancel_series(series=made, reason="", actor=None, now=NOW)


def rehearsals():
    return series.book_series(
        title="Rehearsal",
        rule=parse_rule("FREQ=WEEKLY;COUNT=4"),
        starts_on=date(2030, 2, 5),
        start_time=time(11),
        length_minutes=60,
        room=RoomFactory(now=NOW),
        engineers=[UserFactory(name="Ada")],
        actor=None,
        now=NOW,
    )


def test_extending_and_moving_a_series_never_wait_for_each_other(studio):
    made = rehearsals()
    together, ended = threading.Barrier(2), []

    def edit(how) -> None:
        with inside(studio):
            for number in range(ROUNDS):
                fresh = SessionSeries.objects.get(pk=made.pk)
                together.wait(PATIENCE)
                try:
                    how(fresh, number)
                    ended.append("done")
                except Deadlocked:
                    ended.append("in a circle")
                except TryAgain:
                    ended.append("asked to try again")
        connections.close_all()

    threads = [threading.Thread(target=edit, args=(how,)) for how in (stretch, shift)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert len(ended) == 2 * ROUNDS
    assert set(ended) <= {"done", "asked to try again"}


@pytest.mark.parametrize("edit", [shift, call_off])
@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "left alone"])
def test_who_joins_a_session_before_the_locks_are_had_is_not_moved_unasked(studio, monkeypatch, edit, is_joined):
    made, late = rehearsals(), UserFactory(name="Bo", email="bo@example.org")
    lock_rooms = slots.lock_rooms

    def join() -> None:
        with inside(studio):
            session = StudioSession.objects.filter(series=made).latest("starts_at")
            assignments.assign_member(session=session, member=late, actor=None, now=NOW)
        connections.close_all()

    def join_and_lock(*rooms, now, **also):
        monkeypatch.setattr(slots, "lock_rooms", lock_rooms)
        if is_joined:
            joining = threading.Thread(target=join)
            joining.start()
            joining.join(PATIENCE)
        lock_rooms(*rooms, now=now, **also)

    monkeypatch.setattr(slots, "lock_rooms", join_and_lock)
    before = list(made.sessions.order_by("pk").values_list("status", "starts_at"))

    if is_joined:
        with pytest.raises(TryAgain, match="changing a session of this series"):
            edit(made, 0)
    else:
        edit(made, 0)

    assert (list(made.sessions.order_by("pk").values_list("status", "starts_at")) == before) == is_joined
