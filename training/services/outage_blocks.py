"""The sessions that block a machine for an outage: as many as it takes, since none is longer than 8 hours."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from studio.db import refusing
from training.models import LONGEST, OUTAGE, SHORTEST, Machine, MachineOutage, TrainingSession
from training.services.slots import SlotTaken


def write_blocks(outage: MachineOutage) -> None:
    """Block the machine for all of an outage that stands, around the sessions that stay there.

    The blocks of before are written anew. The caller holds the machine's lock.
    raises: SlotTaken, when somebody who took no lock was faster
    """
    TrainingSession.objects.filter(outage=outage).delete()
    if outage.called_off_at is not None:
        return
    there = TrainingSession.objects.occupying().touching(outage.starts_at, outage.ends_at)
    staying = there.filter(machine=outage.machine).order_by("scheduled_start", "pk")
    taken = staying.values_list("scheduled_start", "scheduled_end")
    pieces = [piece for start, end in _left_free(outage, taken) for piece in _cut(start, end)]
    with refusing(training_sessions_machine_free=SlotTaken(_("Somebody has just taken this time."))):
        TrainingSession.objects.bulk_create(
            TrainingSession(
                machine=outage.machine,
                session_type_id=OUTAGE,
                outage=outage,
                scheduled_start=start,
                scheduled_end=end,
                notes=outage.reason,
            )
            for start, end in pieces
        )


def close_gaps(machine: Machine, start: datetime, end: datetime) -> None:
    """Block what a session left behind in [start, end) where the machine is out of order then.

    The caller holds the machine's lock.
    queries: 1 where there is no outage
    """
    for outage in MachineOutage.objects.touching(machine, start, end).select_related("machine").order_by("pk"):
        write_blocks(outage)


def _left_free(
    outage: MachineOutage, taken: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield what nothing stands in; what is too short for any session needs no block."""
    at = outage.starts_at
    for start, end in (*taken, (outage.ends_at, outage.ends_at)):
        if start - at >= SHORTEST:
            yield at, start
        at = max(at, end)


def _cut(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in equal pieces, none longer than a session may be, none very short."""
    count = -(-(end - start) // LONGEST)
    for number in range(count):
        yield start + (end - start) * number // count, start + (end - start) * (number + 1) // count
