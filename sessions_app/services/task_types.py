"""The task types that a studio opens with."""

from decimal import Decimal

from django.db import transaction

from sessions_app.models import TaskType

# Name, rate an hour in the studio's currency, colour.
FIRST_TASKS = (
    ("Setup", Decimal(50), "#0891b2"),
    ("Recording", Decimal(75), "#dc2626"),
    ("Mixing", Decimal(60), "#2563eb"),
    ("Mastering", Decimal(80), "#9333ea"),
    ("Break", Decimal(0), "#64748b"),
)
NOT_BILLED = frozenset({"Break"})


@transaction.atomic
def seed_task_types() -> None:
    """Make the first task types, unless any are written down: one that was deleted stays deleted."""
    if TaskType.objects.exists():
        return
    TaskType.objects.bulk_create(
        TaskType(name=name, hourly_rate=rate, colour=colour, billable=name not in NOT_BILLED, position=position)
        for position, (name, rate, colour) in enumerate(FIRST_TASKS, start=1)
    )
