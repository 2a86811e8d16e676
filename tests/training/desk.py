"""What the tests of the completion desk share."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from tests.training_factories import TrainingSessionFactory

DESK = "/admin/training/completion/"
PARIS = ZoneInfo("Europe/Paris")


def address(session, act=""):
    """Return where a line of the desk is sent."""
    return f"{DESK}{session.pk}/{act}"


def act(session, name):
    """Return the page of an act on a session."""
    return f"/admin/training/trainingsession/{session.pk}/{name}/"


def tomorrow(machine, **given):
    """Return a session of tomorrow morning."""
    start = timezone.now().astimezone(PARIS).replace(hour=10, minute=0) + timedelta(days=1)
    return TrainingSessionFactory(machine=machine, scheduled_start=start.astimezone(UTC), **given)
