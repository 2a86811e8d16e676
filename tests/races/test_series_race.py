"""A series that two edit at once: one waits for the other, never both."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connections

from sessions_app.models import SessionSeries
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.services import series, series_edits
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


def test_extending_and_moving_a_series_never_wait_for_each_other(studio):
    made = series.book_series(
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
