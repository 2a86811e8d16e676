"""How full the machines are, by weekday and hour, and each by itself."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from sessions_app.selectors.occupancy import Occupancy, Resource, Seconds, Stretch, occupancy, stretch
from studio.clock import local_midnight
from studio.office.selectors.opening import house_hours
from training.models import Machine, MachineOutage, TrainingSession
from training.models.session_type import Attendee
from training.selectors.dates import ONE_DAY


def machine_occupancy(*, first: date, last: date, zone: ZoneInfo, only: UUID | None = None) -> Occupancy:
    """Return how the machines were used on some days: each from the first until it was retired.

    only: the key of the one machine that is asked about
    Outages, and what was kept free of everybody, are taken off the open time; a no-show counts as a session, since
    nobody else could have it.
    queries: 4, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    sessions = TrainingSession.objects.occupying().touching(start, end).order_by()
    columns = ("machine_id", "session_type__attendee", Seconds("scheduled_start"), Seconds("scheduled_end"))
    taken: dict[Any, list[Stretch]] = defaultdict(list)
    blocked: dict[Any, list[Stretch]] = defaultdict(list)
    for machine, attendee, starts, ends in sessions.values_list(*columns):
        (blocked if attendee == Attendee.NOBODY else taken)[machine].append(stretch(starts, ends))
    outages = MachineOutage.objects.standing().filter(starts_at__lt=end, ends_at__gt=start).order_by()
    for machine, starts_at, ends_at in outages.values_list("machine_id", "starts_at", "ends_at"):
        blocked[machine].append((starts_at, ends_at))
    machines = Machine.objects.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=start) | Q(pk__in=taken))
    if only is not None:
        machines = machines.filter(pk=only)
    resources = [
        Resource(machine.pk, machine.name, taken[machine.pk], blocked[machine.pk], until=machine.retired_at)
        for machine in machines.order_by("machine_number")
    ]
    calendar, _slot_minutes = house_hours(since=first)
    return occupancy(resources, calendar, start, end)
