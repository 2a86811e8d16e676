"""How many of the sessions of a week are taken: from Monday to Sunday, on the studio's calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from studio.clock import local_day, local_midnight
from studio.office.models import StudioProfile
from training.models import TrainingSession

WEEK = timedelta(days=7)
NEARLY_FULL, FULL = 80, 95  # percent of the sessions of a week


@dataclass(frozen=True, slots=True)
class WeekUse:
    """How many sessions a week has, and how many it may have.

    percent: whole ones, rounded down
    """

    monday: date
    count: int
    cap: int

    @property
    def percent(self) -> int:
        """The share that is taken."""
        return self.count * 100 // self.cap

    @property
    def tone(self) -> str:
        """The colour of the band, out of `studio.showing.TONES`."""
        return "danger" if self.percent >= FULL else "warning" if self.percent >= NEARLY_FULL else "success"

    @property
    def is_full(self) -> bool:
        """Whether not even one more fits."""
        return self.count >= self.cap


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the week in which an instant lies."""
    day = local_day(at, zone)
    return day - timedelta(days=day.weekday())


def week_use(monday: date, profile: StudioProfile) -> WeekUse:
    """Return how full the week of a Monday is.

    queries: 1
    """
    start, end = (local_midnight(day, profile.zone) for day in (monday, monday + WEEK))
    counted = TrainingSession.objects.occupying().filter(session_type__counts_in_cap=True)
    count = counted.filter(scheduled_start__gte=start, scheduled_start__lt=end).count()
    return WeekUse(monday, count, profile.weekly_session_cap)
