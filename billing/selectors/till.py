"""What ought to be in the till, and what came in by which method."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from billing.models import CashMove, Direction, Payment, PaymentMethod, PaymentState, TillClosing

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came in and went out by a method."""

    method: PaymentMethod
    came: Decimal
    went: Decimal

    @property
    def rest(self) -> Decimal:
        """What came in less what went out."""
        return self.came - self.went


@dataclass(frozen=True, slots=True)
class OpenTill:
    """The till since it was closed last.

    opening: cash that the closing before left in it
    moved: by each method that moved
    count: of movements
    """

    currency: str
    opening: Decimal
    moved: Sequence[Moved]
    count: int
    last: TillClosing | None

    @property
    def cash(self) -> Moved:
        """What came in and went out in cash."""
        nothing = Moved(PaymentMethod.CASH, NOTHING, NOTHING)
        return next((each for each in self.moved if each.method == PaymentMethod.CASH), nothing)

    @property
    def expected(self) -> Decimal:
        """The cash that ought to be there."""
        return self.opening + self.cash.rest


@dataclass(frozen=True, slots=True)
class Day:
    """What came in and went out on a day, by method."""

    on: date
    moved: Sequence[Moved]

    @property
    def came(self) -> Decimal:
        """What came in."""
        return sum((each.came for each in self.moved), NOTHING)

    @property
    def went(self) -> Decimal:
        """What went out."""
        return sum((each.went for each in self.moved), NOTHING)

    @property
    def rest(self) -> Decimal:
        """What came in less what went out."""
        return self.came - self.went

    def of(self, method: str) -> Decimal:
        """Return what came in less what went out by a method."""
        return sum((each.rest for each in self.moved if each.method == method), NOTHING)


def unclosed(currency: str) -> QuerySet[Payment]:
    """Return the movements that the next closing takes up: all that no closing did.

    A provider's are left out, and those of a former system: their money was never in this till.
    """
    of_house = Payment.objects.filter(currency=currency, provider="", is_former=False, state=PaymentState.SETTLED)
    return of_house.filter(till_movement__isnull=True)


def unclosed_cash(currency: str) -> QuerySet[CashMove]:
    """Return the moves of cash that is no client's which the next closing takes up."""
    return CashMove.objects.filter(currency=currency, till_movement__isnull=True)


def open_till(currency: str) -> OpenTill:
    """Return the till as it stands now.

    queries: 3
    """
    return till_with(unclosed(currency), unclosed_cash(currency), currency)


def till_with(movements: Iterable[Payment], cash: Iterable[CashMove], currency: str) -> OpenTill:
    """Return the till with what moved since it was closed last.

    cash: that is no client's
    queries: 1, and those of the movements
    """
    last = TillClosing.objects.of_currency(currency).first()
    opening = last.counted_cash - last.taken_out if last else NOTHING
    rows = [(each.method, each.direction, each.amount) for each in movements]
    rows += [(PaymentMethod.CASH, Direction.IN if each.is_in else Direction.OUT, each.amount) for each in cash]
    return OpenTill(currency, opening, moved_of(rows), len(rows), last)


def takings(*, first: date, last: date, currency: str) -> Sequence[Day]:
    """Return what came in and went out in [first, last] by day and method, the newest day first.

    queries: 1
    """
    settled = Payment.objects.filter(currency=currency, state=PaymentState.SETTLED)
    rows = (
        settled.filter(received_on__gte=first, received_on__lte=last)
        .values_list("received_on", "method", "direction")
        .annotate(sum=Sum("amount"))
        .order_by("-received_on")
    )
    by_day: dict[date, list[tuple[str, str, Decimal]]] = {}
    for on, method, direction, amount in rows:
        by_day.setdefault(on, []).append((method, direction, amount))
    return [Day(on, moved_of(found)) for on, found in by_day.items()]


def moved_of(rows: Sequence[tuple[str, str, Decimal]]) -> Sequence[Moved]:
    """Return the sums of (method, direction, amount), by method in their usual order."""
    sums: dict[tuple[str, str], Decimal] = {}
    for method, direction, amount in rows:
        sums[method, direction] = sums.get((method, direction), NOTHING) + amount
    return [
        Moved(method, sums.get((method, Direction.IN), NOTHING), sums.get((method, Direction.OUT), NOTHING))
        for method in PaymentMethod
        if (method, Direction.IN) in sums or (method, Direction.OUT) in sums
    ]
