"""People, equipment and absences for a demonstration: who works this week, with what, and who is away."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from zoneinfo import ZoneInfo

from sessions_app.models import Equipment, EquipmentService, Musician, SessionAssignment, StudioSession
from sessions_app.selectors.crew import Member, engineers_on_offer
from sessions_app.services import absences, assignments, equipment, maintenance
from studio.clock import instant_moved_forward, local_midnight
from studio.errors import DomainError

STILL_OUT = 3  # pieces that stay in maintenance
TALENT_EVERY, GEAR_EVERY = 3, 2
ROLES = ("lead vocals", "guitar", "drums", "strings")
WEEK = timedelta(days=7)

logger = logging.getLogger(__name__)


def tidy_equipment(*, today: date, now: datetime) -> int:
    """Take most of what was in maintenance back, price some of it, plan the next check; return how many came back."""
    back = EquipmentService.objects.under_way(now).select_related("equipment").order_by("pk")[STILL_OUT:]
    for entry in back:
        maintenance.take_back(equipment=entry.equipment, actor=None, now=now)
    for number, item in enumerate(Equipment.objects.order_by("pk")[:10]):
        due = today + timedelta(days=number * 20 - 10)
        rate = Decimal(15 + 5 * number) if number % 2 else None
        equipment.change_equipment(equipment=item, daily_rate=rate, next_maintenance_on=due, actor=None, now=now)
    return len(back)


def staff_week(*, monday: date, zone: ZoneInfo, now: datetime) -> int:
    """Put engineers, talents and equipment on the sessions of a week, as far as they can be had; return how many."""
    start = local_midnight(monday, zone)
    sessions = StudioSession.objects.filter(starts_at__gte=start, starts_at__lt=start + WEEK).order_by(
        "starts_at", "pk"
    )
    engineers, talents = cycle(engineers_on_offer()), cycle(Musician.objects.order_by("pk")[:12])
    items, roles = cycle(Equipment.objects.usable().order_by("pk")), cycle(ROLES)
    made = 0
    for number, session in enumerate(sessions):
        wanted: list[tuple[Iterator[Member], str]] = [(engineers, "")]
        if number % TALENT_EVERY == 0:
            wanted.append((talents, next(roles)))
        if number % GEAR_EVERY == 0:
            wanted.append((items, ""))
        for members, role in wanted:
            if (member := next(members, None)) is not None:
                made += _put(session, member, role, now)
    return made


def _put(session: StudioSession, member: Member, role: str, now: datetime) -> int:
    try:
        assignments.assign_member(session=session, member=member, role=role, actor=None, now=now)
    except DomainError as refusal:
        logger.debug("%s", refusal)
        return 0
    return 1


def send_some_away(*, monday: date, zone: ZoneInfo, now: datetime) -> int:
    """Write down next week's absences and return how many there are."""
    engineer = engineers_on_offer().filter(role_links__group__name="engineer").first()
    busy = SessionAssignment.objects.filter(ends_at__gt=now, talent__isnull=False)
    talent = Musician.objects.exclude(pk__in=busy.values("talent")).order_by("pk").first()
    made = 0
    if engineer is not None:
        first = monday + timedelta(days=9)
        absences.add_days_off(person=engineer, first_day=first, last_day=first + timedelta(days=2), actor=None, now=now)
        made += 1
    if talent is not None:
        day = datetime.combine(monday + timedelta(days=8), datetime.min.time())
        starts_at = instant_moved_forward(day.replace(hour=14), zone)
        absences.add_absence(
            person=talent,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=4),
            actor=None,
            now=now,
            notes="Tour",
        )
        made += 1
    return made
