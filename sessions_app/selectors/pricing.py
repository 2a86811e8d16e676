"""What a booking costs by the price list: a pure function of rates, rules and instants.

Every amount is net, in the currency of the tariff; VAT is billing's. Hours are elapsed hours, so a night on which the
clocks change costs one more or one fewer. A rule holds while the studio's wall clock shows a time in its window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from sessions_app.models import BookingType, PriceEffect, PriceRule, PriceUnit
from sessions_app.selectors.wall_cuts import wall_cuts
from studio.clock import instant_moved_forward
from studio.money import quantise

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
QUANTITY = Decimal("0.000001")  # of an hour: as the table keeps it, so that quantity x price is the amount again


@dataclass(frozen=True, slots=True)
class Tariff:
    """What prices depend on besides the booking.

    hourly_rate, half_day_rate, day_rate: of the room; zero or None where it is not sold so
    rules: of the room, the one that comes first before others first
    half_day, day: how long each lasts
    """

    hourly_rate: Decimal
    half_day_rate: Decimal | None
    day_rate: Decimal | None
    rules: Sequence[PriceRule]
    half_day: timedelta
    day: timedelta
    zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a price: amount = quantity x unit price, rounded once."""

    what: str
    unit: PriceUnit
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """A price with its lines; without lines there is none, and `reason` may say why."""

    lines: tuple[QuoteLine, ...]
    currency: str
    reason: str = ""

    @property
    def total(self) -> Decimal | None:
        """The sum of the lines; None where nothing says what it costs."""
        return sum((line.amount for line in self.lines), Decimal(0)) if self.lines else None


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a booking at one price, and the percentages that hold for it."""

    what: str
    unit: PriceUnit
    unit_price: Decimal
    quantity: Fraction
    shares: tuple[PriceRule, ...]

    @property
    def base(self) -> Fraction:
        """What it costs before any percentage, not rounded."""
        return Fraction(self.unit_price) * self.quantity


def precedence(rule: PriceRule) -> tuple[int, int, int]:
    """Return the key by which rules are sorted: priority, then the one for a room before one for a kind, then age."""
    specific = 0 if rule.room_id else 1 if rule.room_kind else 2
    return (-rule.priority, specific, rule.pk or 0)


def quote(*, tariff: Tariff, starts_at: datetime, ends_at: datetime, booking_type: str) -> Quote:
    """Return what [starts_at, ends_at) costs, line by line.

    By the hour and dry hire: each hour at the price of the rule that comes first in it, else at the room's rate.
    Half day: the half-day rate, what exceeds it by the hour, at most what a day costs.
    Day: within 24 hours the day rate, what exceeds a day's length by the hour, at most a second day; longer bookings
    cost a day for each 24 hours begun. Lockout: a day for each 24 hours begun. What no price by the day is for is sold
    by the hour. A flat price stands for its hours, once
    each time its window comes, and for the half day or day that begins in it. Percentages are of the net price of the
    hours they hold for, all of them from the same base; they never take the total below zero.
    """
    rules = [rule for rule in tariff.rules if _fits(rule, ends_at - starts_at, booking_type)]
    pricing = _Pricing(tariff, rules)
    sold_by_unit = {
        BookingType.HALF_DAY.value: pricing.half_day,
        BookingType.DAILY.value: pricing.days,
        BookingType.LOCKOUT.value: pricing.lockout,
    }
    portions = sold_by_unit.get(booking_type, pricing.hours)(starts_at, ends_at)
    return Quote(tuple(_lines(portions, rules, tariff.currency)), tariff.currency)


def _fits(rule: PriceRule, length: timedelta, booking_type: str) -> bool:
    """Return whether a rule is about bookings like this one, at some hour."""
    if rule.booking_types and booking_type not in rule.booking_types:
        return False
    minutes = length / timedelta(minutes=1)
    return (rule.min_minutes or 0) <= minutes and (rule.max_minutes is None or minutes <= rule.max_minutes)


def occurrence(rule: PriceRule, wall: datetime) -> date | None:
    """Return the day whose window a wall time lies in, or None when the rule does not hold then."""
    since_midnight = wall - datetime.combine(wall.date(), time.min)
    first, last = rule.window_from or 0, rule.window_to or 24 * 60
    for day, passed in ((wall.date(), since_midnight), (wall.date() - ONE_DAY, since_midnight + ONE_DAY)):
        if timedelta(minutes=first) <= passed < timedelta(minutes=last) and _holds_on(rule, day):
            return day
    return None


def _holds_on(rule: PriceRule, day: date) -> bool:
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    return (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_until is None or day <= rule.valid_until)


class _Pricing:
    """The ways in which time is sold, for one booking."""

    def __init__(self, tariff: Tariff, rules: Sequence[PriceRule]) -> None:
        self.tariff = tariff
        self.rules = rules
        self.shares = [rule for rule in rules if rule.percent is not None]

    def hours(self, start: datetime, end: datetime) -> list[Portion]:
        """Return the hours, each at its price; flat prices stand for the hours of their window."""
        return list(self._walk(start, end, _("Hourly rate"), (PriceEffect.HOURLY, PriceEffect.FLAT)))

    def half_day(self, start: datetime, end: datetime) -> list[Portion]:
        """Return half a day and what exceeds it, or a day where that is less."""
        unit = self._unit(start, PriceUnit.HALF_DAY, _("Half day"), self.tariff.half_day_rate)
        if unit is None:
            return self.hours(start, end)
        by_half = [unit, *self._overtime(start + self.tariff.half_day, end)]
        by_day = self.days(start, end) if self._day(start, _("Day")) else by_half
        return min(by_half, by_day, key=_base)

    def days(self, start: datetime, end: datetime) -> list[Portion]:
        """Return a day and what exceeds it, or a day for each 24 hours begun."""
        first = self._day(start, _("Day"))
        if first is None:
            return self.hours(start, end)
        if end > self._days_after(start, 1):
            return self._each_day(start, end, _("Day"))
        overtime = self._overtime(start + self.tariff.day, end)
        return [first, *min(overtime, [first], key=_base)]

    def lockout(self, start: datetime, end: datetime) -> list[Portion]:
        """Return a day for each 24 hours begun."""
        if self._day(start, _("Lockout")) is None:
            return self.hours(start, end)
        return self._each_day(start, end, _("Lockout"))

    def _each_day(self, start: datetime, end: datetime, what: str) -> list[Portion]:
        portions: list[Portion] = []
        begun, number = start, 0
        while begun < end:
            number += 1
            following = self._days_after(start, number)
            unit = self._day(begun, what)
            portions += self.hours(begun, min(following, end)) if unit is None else [unit]
            begun = following
        return portions

    def _days_after(self, start: datetime, number: int) -> datetime:
        """Return the same wall time some days later."""
        wall = start.astimezone(self.tariff.zone).replace(tzinfo=None, fold=0)
        return instant_moved_forward(wall + number * ONE_DAY, self.tariff.zone)

    def _day(self, start: datetime, what: str) -> Portion | None:
        return self._unit(start, PriceUnit.DAY, what, self.tariff.day_rate)

    def _unit(self, start: datetime, unit: PriceUnit, what: str, rate: Decimal | None) -> Portion | None:
        """Return a half day or a day at the price that holds when it begins; None where it is not sold."""
        wall = _wall(start, self.tariff.zone)
        flat = next((r for r in self.rules if r.effect == PriceEffect.FLAT and occurrence(r, wall)), None)
        if flat is not None and flat.amount is not None:
            return Portion(flat.name, unit, flat.amount, Fraction(1), self._shares_at(wall))
        return Portion(what, unit, rate, Fraction(1), self._shares_at(wall)) if rate else None

    def _overtime(self, start: datetime, end: datetime) -> list[Portion]:
        return list(self._walk(start, end, _("Overtime"), (PriceEffect.HOURLY,))) if start < end else []

    def _walk(self, start: datetime, end: datetime, what: str, effects: tuple[PriceEffect, ...]) -> Iterator[Portion]:
        prices = [rule for rule in self.rules if rule.effect in effects]
        charged: set[tuple[int, date]] = set()
        for begins, ends in wall_cuts(start, end, self.rules, self.tariff.zone):
            wall = _wall(begins, self.tariff.zone)
            found = next(((rule, day) for rule in prices if (day := occurrence(rule, wall))), None)
            shares, hours = self._shares_at(wall), Fraction((ends - begins) // timedelta(microseconds=1), 3_600_000_000)
            if found is None:
                if self.tariff.hourly_rate:
                    yield Portion(what, PriceUnit.HOUR, self.tariff.hourly_rate, hours, shares)
                continue
            rule, day = found
            if rule.effect == PriceEffect.HOURLY:
                yield Portion(rule.name, PriceUnit.HOUR, rule.amount or Decimal(0), hours, shares)
            elif (id(rule), day) not in charged:
                charged.add((id(rule), day))
                yield Portion(rule.name, PriceUnit.FLAT, rule.amount or Decimal(0), Fraction(1), shares)

    def _shares_at(self, wall: datetime) -> tuple[PriceRule, ...]:
        return tuple(rule for rule in self.shares if occurrence(rule, wall))


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _base(portions: Sequence[Portion]) -> Fraction:
    return sum((portion.base for portion in portions), Fraction(0))


def _lines(portions: Sequence[Portion], rules: Sequence[PriceRule], currency: str) -> Iterator[QuoteLine]:
    """Yield the lines: what has one name and one price is one line, then each percentage."""
    total = Decimal(0)
    kinds: dict[tuple[str, PriceUnit, Decimal], Fraction] = {}
    for portion in portions:
        key = (portion.what, portion.unit, portion.unit_price)
        kinds[key] = kinds.get(key, Fraction(0)) + portion.quantity
    for (what, unit, price), exact in kinds.items():
        quantity = _decimal(exact).quantize(QUANTITY)
        line = QuoteLine(what, unit, quantity, price, quantise(quantity * price, currency))
        total += line.amount
        yield line
    for rule in rules:
        base = quantise(_decimal(_base([part for part in portions if rule in part.shares])), currency)
        if rule.percent is None or not base:
            continue
        line = _share(rule, rule.percent, base, total, currency)
        total += line.amount
        yield line


def _share(rule: PriceRule, percent: Decimal, base: Decimal, total: Decimal, currency: str) -> QuoteLine:
    what = _("%(name)s, %(percent)s %% of %(base)s") % {
        "name": rule.name,
        "percent": number_format(percent.normalize() if percent % 1 else percent.to_integral_value()),
        "base": number_format(base, decimal_pos=2),
    }
    part = (percent / 100).quantize(QUANTITY)
    amount = quantise(base * part, currency)
    if rule.effect == PriceEffect.SURCHARGE:
        return QuoteLine(what, PriceUnit.SURCHARGE, part, base, amount)
    if amount > total:  # several discounts together: nobody is paid for coming
        return QuoteLine(what, PriceUnit.DISCOUNT, Decimal(1).quantize(QUANTITY), -total, -total)
    return QuoteLine(what, PriceUnit.DISCOUNT, part, -base, -amount)


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
