"""A trainer is renamed or deleted while somebody completes a session of theirs: neither gives way to the other."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from studio.errors import DomainError
from studio.office.services import profile
from studio.tenancy.context import inside
from tests.factories import NOW
from tests.training_factories import HALF_HOUR, TrainerFactory, TrainingSessionFactory
from training.models import SessionType, TrainerPay, TrainingSession
from training.services import completion, session_types, slots, trainers

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20  # seconds
A_MOMENT = 0.02


def wait_until_somebody_waits():
    """Return once another connection waits for a lock of this one."""
    until = time.monotonic() + PATIENCE
    waiting = "SELECT exists(SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(A_MOMENT)
    raise AssertionError("Nobody waits.")


@pytest.mark.parametrize(
    ("act", "trainer_stays", "label"),
    [
        (partial(trainers.change_trainer, last_name="Verdi"), True, "Theo Verdi"),
        (trainers.delete_trainer, False, "Theo Rossi"),
    ],
    ids=["renamed", "deleted"],
)
def test_both_have_their_way(studio, act, trainer_stays, label):
    profile.seed_profile(name="Gym", country="FR", time_zone="Europe/Paris", currency="EUR", language="en")
    session_types.seed_session_types()
    SessionType.objects.update(takes_credit=False)
    trainer = TrainerFactory(first_name="Theo", session_rate=20)
    start = NOW - timedelta(days=1)
    session = TrainingSessionFactory(trainer=trainer, scheduled_start=start)
    met = []

    def meanwhile() -> None:
        try:
            with inside(studio):
                act(trainer=trainer, actor=None, now=NOW)
        except DomainError as exc:
            met.append(exc)
        finally:
            connections.close_all()

    thread = threading.Thread(target=meanwhile)
    with transaction.atomic():
        slots.locked(session)  # as completing it begins
        thread.start()
        wait_until_somebody_waits()
        completion.complete_session(
            session=session, trainer=trainer, actual_start=start, actual_end=start + HALF_HOUR, actor=None, now=NOW
        )
    thread.join(PATIENCE)

    assert met == []
    done = TrainingSession.objects.get()
    assert (done.status, done.trainer_label, done.trainer_id is not None) == ("completed", label, trainer_stays)
    assert list(TrainerPay.objects.values_list("amount", "trainer_label")) == [(20, "Theo Rossi")]
