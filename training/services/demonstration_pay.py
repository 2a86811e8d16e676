"""What the trainers of the demonstration earned in the last weeks, and who did not come."""

from datetime import datetime, timedelta
from decimal import Decimal

from training.models import SAID, Trainer, TrainingSession
from training.models import TrainingStatus as Status
from training.services import trainer_pay

PAID_FOR = timedelta(days=35)
SESSION_RATE = Decimal(18)
SOMETIMES = 14  # one session in so many is missed


def pay_trainers(*, now: datetime) -> None:
    """Agree on rates with the trainers, let somebody not come now and then, and reckon what the last weeks earned."""
    since = now - PAID_FOR
    Trainer.objects.update(session_rate=SESSION_RATE, no_show_rate=SESSION_RATE / 2)
    over = TrainingSession.objects.filter(status=Status.COMPLETED, scheduled_start__gte=since).order_by(
        "scheduled_start", "pk"
    )
    missed = list(over.filter(member__isnull=False).values_list("pk", flat=True))[SOMETIMES - 1 :: SOMETIMES]
    over.filter(pk__in=missed).update(status=Status.NO_SHOW, actual_start=None, actual_end=None)
    due = TrainingSession.objects.filter(status__in=SAID, scheduled_start__gte=since, trainer__isnull=False)
    for session in due.select_related("trainer", "member", "session_type").order_by("scheduled_start", "pk"):
        trainer_pay.compute_pay(session=session, now=now)
