"""What a trainer does on a day, and has done month by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from studio.clock import local_day, local_midnight
from training.models import Trainer, TrainerPay, TrainingSession, TrainingStatus
from training.selectors.dates import ONE_DAY, months_later

MONTHS = 12
WIDTH, HEIGHT, GAP, NAMES = 720, 200, 12, 28  # of the drawing, in its own units


def day_schedule(trainer: Trainer, *, day: date, zone: ZoneInfo) -> list[TrainingSession]:
    """Return a trainer's sessions that begin on a day, in order; cancelled ones are left out.

    queries: 1
    """
    start, end = local_midnight(day, zone), local_midnight(day + ONE_DAY, zone)
    sessions = TrainingSession.objects.occupying().filter(trainer=trainer)
    found = sessions.filter(scheduled_start__gte=start, scheduled_start__lt=end)
    return list(found.select_related("machine", "member", "session_type").order_by("scheduled_start", "pk"))


def is_new_to_a_full_trainer(session: TrainingSession) -> bool:
    """Return whether a session is a member's only one with a trainer who takes no new members.

    queries: 1, none for a trainer who takes them
    """
    trainer = session.trainer
    if trainer is None or trainer.is_accepting_members or session.member_id is None:
        return False
    theirs = TrainingSession.objects.occupying().filter(trainer=trainer, member=session.member_id)
    return not theirs.exclude(pk=session.pk).exists()


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a trainer's work.

    hours: of the booked time of what was completed
    pay: None where nobody may see it
    """

    first: date
    completed: int
    missed: int
    cancelled: int
    hours: timedelta
    pay: Decimal | None

    @property
    def attendance(self) -> int | None:
        """Percent of the sessions held or missed to which somebody came."""
        due = self.completed + self.missed
        return round(100 * self.completed / due) if due else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the drawing.

    x, width: of the bar; completed and missed stand on each other from the bottom up
    """

    month: Month
    x: int
    width: int
    completed_top: int
    completed_height: int
    missed_top: int
    missed_height: int

    @property
    def middle(self) -> int:
        """Where the month's name stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Statistics:
    """A trainer's last twelve months, the oldest first, and what they come to."""

    months: Sequence[Month]
    whole: Month
    members: int
    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT + NAMES
    ground: int = HEIGHT


def statistics(trainer: Trainer, *, zone: ZoneInfo, now: datetime, with_pay: bool) -> Statistics:
    """Return a trainer's last twelve months on the studio's calendar.

    queries: 2, or 3 with what was earned
    """
    this = local_day(now, zone).replace(day=1)
    firsts = [months_later(this, back) for back in range(1 - MONTHS, 1)]
    sessions = TrainingSession.objects.filter(
        trainer=trainer,
        scheduled_start__gte=local_midnight(firsts[0], zone),
        scheduled_start__lt=local_midnight(months_later(this, 1), zone),
    )
    rows = {row["month"].date(): row for row in _by_month(sessions, zone)}
    earned = _earned_by_month(trainer, firsts[0]) if with_pay else {}
    pay = {first: earned.get(first, Decimal(0)) if with_pay else None for first in firsts}
    months = [_month(first, rows.get(first, {}), pay[first]) for first in firsts]
    held = sessions.filter(status=TrainingStatus.COMPLETED, member__isnull=False)
    members = held.aggregate(count=Count("member", distinct=True))["count"]
    return Statistics(months, _whole(months), members, _bars(months))


def _by_month(sessions: Any, zone: ZoneInfo) -> Any:
    completed = Q(status=TrainingStatus.COMPLETED)
    return (
        sessions.order_by()
        .annotate(month=TruncMonth("scheduled_start", tzinfo=zone))
        .values("month")
        .annotate(
            completed=Count("pk", filter=completed),
            missed=Count("pk", filter=Q(status=TrainingStatus.NO_SHOW)),
            cancelled=Count("pk", filter=Q(status=TrainingStatus.CANCELLED)),
            hours=Sum(F("scheduled_end") - F("scheduled_start"), filter=completed),
        )
    )


def _earned_by_month(trainer: Trainer, since: date) -> dict[date, Decimal]:
    lines = TrainerPay.objects.filter(trainer=trainer, earned_on__gte=since).order_by()
    months = lines.annotate(month=TruncMonth("earned_on")).values_list("month").annotate(amount=Sum("amount"))
    return dict(months)


def _month(first: date, row: dict[str, Any], pay: Decimal | None) -> Month:
    completed, missed, cancelled = (row.get(name, 0) for name in ("completed", "missed", "cancelled"))
    return Month(first, completed, missed, cancelled, row.get("hours") or timedelta(), pay)


def _whole(months: Sequence[Month]) -> Month:
    return Month(
        first=months[0].first,
        completed=sum(month.completed for month in months),
        missed=sum(month.missed for month in months),
        cancelled=sum(month.cancelled for month in months),
        hours=sum((month.hours for month in months), timedelta()),
        pay=None if months[0].pay is None else sum((month.pay or Decimal(0) for month in months), Decimal(0)),
    )


def _bars(months: Sequence[Month]) -> list[Bar]:
    most = max((month.completed + month.missed for month in months), default=0) or 1
    step = WIDTH // len(months)
    bars = []
    for number, month in enumerate(months):
        completed = round((HEIGHT - NAMES) * month.completed / most)
        missed = round((HEIGHT - NAMES) * month.missed / most)
        top = HEIGHT - completed
        bars.append(Bar(month, number * step + GAP // 2, step - GAP, top, completed, top - missed, missed))
    return bars
