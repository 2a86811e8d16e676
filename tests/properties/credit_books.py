"""What a member's credits should be, kept in memory: the model knows no table."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from studio.clock import local_day, local_midnight
from training.models import Subscription, TrainingSession
from training.selectors.dates import months_later
from training.services.booked_ahead import Settlement

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONE = ZoneInfo("Europe/Paris")
FIRST = date(2028, 1, 30)
PLANS = ((3, 1, 90), (10, 3, 250), (25, 6, 500))  # sessions, months, price


@dataclass
class Lot:
    """What the model knows of a subscription."""

    total: int
    starts: date
    ends: date
    price: Decimal
    sessions: int
    status: str
    used: dict = field(default_factory=dict)  # session -> "scheduled", "completed", "missed" or "late"
    expired: int = 0
    paused_on: date | None = None
    replaced: "Lot | None" = None
    credited: Decimal = Decimal(0)

    @property
    def left(self):
        return self.total - self.expired - len(self.used)

    @property
    def is_open(self):
        return self.status in {"scheduled", "active", "paused"}

    def covers(self, day):
        return self.starts <= day <= self.ends

    def move(self, by):
        self.starts, self.ends = self.starts + by, self.ends + by


class Books:
    """A list of lots with their sessions, and what follows from what is done to them."""

    def __init__(self):
        super().__init__()
        self.today, self.lots = FIRST, {}
        self.starts, self.unpaid = {}, set()

    @property
    def now(self):
        return local_midnight(self.today, ZONE) + timedelta(hours=8)

    @property
    def current(self):
        return next(((key, lot) for key, lot in self.lots.items() if lot.status in {"active", "paused"}), (None, None))

    def opened(self):
        return [lot for lot in self.lots.values() if lot.is_open]

    def lapse(self, lot, status):
        lot.expired += lot.left
        lot.status = status

    def make_room(self):
        """End the active lot of which nothing is left, or whose last day is past."""
        _key, lot = self.current
        if lot and lot.status == "active" and (lot.ends < self.today or lot.left == 0):
            self.lapse(lot, "expired")

    def remember(self, made, plan, starts):
        sessions, months, price = PLANS[plan]
        status = "scheduled" if starts > self.today or self.current[1] else "active"
        ends = months_later(starts, months) - DAY
        self.lots[made.pk] = Lot(sessions, starts, ends, Decimal(price), sessions, status)

    def free_from(self):
        is_paused = any(lot.status == "paused" for lot in self.opened())
        return max([*([] if is_paused else [self.today]), *(lot.ends + DAY for lot in self.opened())])

    def sessions(self, *states):
        return [(key, lot) for lot in self.lots.values() for key, state in lot.used.items() if state in states]

    def one(self, pick, *states):
        found = self.sessions(*states)
        key, lot = found[pick % len(found)]
        return TrainingSession.objects.get(pk=key), lot

    def to_come(self, lots):
        found = [(key, lot) for lot in lots for key, state in lot.used.items() if state == "scheduled"]
        return sorted(
            (each for each in found if self.starts[each[0]] > self.now), key=lambda each: self.starts[each[0]]
        )

    def day_of(self, key):
        return local_day(self.starts[key], ZONE)

    def payer(self, day):
        """The first to end of those that hold a day and have something left."""
        open_lots = sorted(self.opened(), key=lambda lot: lot.ends)
        return next((lot for lot in open_lots if lot.covers(day) and lot.left and lot.status != "paused"), None)

    def recharge(self):
        """Let the lot that holds its day pay for what a term has left behind."""
        for key, lot in self.to_come(self.opened()):
            if not lot.covers(self.day_of(key)) and (other := self.payer(self.day_of(key))):
                other.used[key] = lot.used.pop(key)

    def booked_on(self, lot):
        """What is to come on a lot and on those that it replaced, each with the lot that pays."""
        lots = [lot]
        while lots[-1].replaced:
            lots.append(lots[-1].replaced)
        return self.to_come(lots)

    def give_back(self, key, lot):
        del lot.used[key]
        if lot.is_open:
            return
        _key, heir = self.current
        if heir and lot.ends >= self.today:
            lot.total -= 1
            heir.total += 1
        else:
            lot.expired += 1

    def settle_booked(self, lot, by):
        """Do with what is booked on a lot what was said; return what nobody pays for then."""
        found = self.booked_on(lot) if by in {Settlement.CANCELLED, Settlement.UNPAID} else []
        for key, payer in found:
            self.give_back(key, payer)
        return [key for key, _payer in found] if by == Settlement.UNPAID else []

    def row(self, key):
        return Subscription.objects.select_related("member").get(pk=key)
