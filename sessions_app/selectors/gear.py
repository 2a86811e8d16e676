"""What the page of a piece of equipment shows below its facts."""

from dataclasses import dataclass
from datetime import datetime

from sessions_app.models import Equipment, EquipmentService, SessionAssignment

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class GearOverview:
    """A piece of equipment with its log, newest first, and the sessions to come, next first; some of each."""

    current: EquipmentService | None
    entries: tuple[EquipmentService, ...]
    coming: tuple[SessionAssignment, ...]


def gear_overview(equipment: Equipment, *, now: datetime) -> GearOverview:
    """Return what the page of a piece of equipment shows.

    queries: 2
    """
    log = EquipmentService.objects.filter(equipment=equipment).order_by("-starts_at", "-pk")[:MOST_SHOWN]
    coming = SessionAssignment.objects.taking().filter(equipment=equipment, ends_at__gt=now)
    coming = coming.select_related("session__room").order_by("starts_at", "pk")
    entries = tuple(log)
    current = next((each for each in entries if is_under_way(each, now)), None)
    return GearOverview(current, entries, tuple(coming[:MOST_SHOWN]))


def is_under_way(entry: EquipmentService, now: datetime) -> bool:
    """Return whether the equipment is out at a moment."""
    return entry.starts_at <= now and (entry.ends_at is None or entry.ends_at > now)
