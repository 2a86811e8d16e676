"""What clients are worth: billed, paid, how often they came, since when and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Max, Min, Q, Sum, When

from billing.models import Invoice, InvoiceKind, Payment
from billing.models.payment import Direction, PaymentState
from sessions_app.models import Client, SessionStatus, StudioSession
from sessions_app.models.client import known_as
from studio.clock import local_day, local_midnight
from training.models import TrainingSession, TrainingStatus

ONE_DAY = timedelta(days=1)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class ClientValue:
    """One client.

    billed: of the documents issued on the days asked about, with VAT, less what was credited
    paid: of the money that came in on those days, less what went back
    visits: completed sessions that began on those days
    first_on, last_on: the days of the first and the last completed session ever; None without one
    """

    key: int
    name: str
    billed: Decimal
    paid: Decimal
    visits: int
    first_on: date | None
    last_on: date | None


@dataclass(slots=True)
class _Visits:
    """Of one client, as both timetables say it."""

    count: int = 0
    first_at: Any = None
    last_at: Any = None

    def add(self, count: int, first_at: Any, last_at: Any) -> None:
        self.count += count
        self.first_at = min(filter(None, (self.first_at, first_at)), default=None)
        self.last_at = max(filter(None, (self.last_at, last_at)), default=None)


def client_values(*, first: date, last: date, currency: str, zone: ZoneInfo) -> list[ClientValue]:
    """Return the clients that were billed in a currency, paid in it or came on some days, the most worth first.

    Tests, and what a former system cancelled, count for nothing.
    queries: 5, however many clients
    """
    billed, paid = dict(_billed(first, last, currency)), dict(_paid(first, last, currency))
    visits = _visits(local_midnight(first, zone), local_midnight(last + ONE_DAY, zone))
    came = {key for key, found in visits.items() if found.count}
    shown = {*billed, *paid, *came}
    rows = []
    for key, name, artist_name in Client.objects.order_by().values_list("pk", "name", "artist_name"):
        if key not in shown:
            continue
        theirs = visits.get(key, _Visits())
        rows.append(
            ClientValue(
                key=key,
                name=known_as(name, artist_name),
                billed=billed.get(key, NOTHING),
                paid=paid.get(key, NOTHING),
                visits=theirs.count,
                first_on=local_day(theirs.first_at, zone) if theirs.first_at else None,
                last_on=local_day(theirs.last_at, zone) if theirs.last_at else None,
            )
        )
    return sorted(rows, key=lambda row: (-row.billed, -row.paid, -row.visits, row.name.casefold(), row.key))


def _billed(first: date, last: date, currency: str) -> Iterable[tuple[int, Decimal]]:
    counted = Invoice.objects.counted().filter(
        is_test=False, currency=currency, issued_on__gte=first, issued_on__lte=last
    )
    signed = Case(When(kind=InvoiceKind.CREDIT_NOTE, then=-F("payable")), default=F("payable"))
    return counted.order_by().values_list("client").annotate(sum=Sum(signed))


def _paid(first: date, last: date, currency: str) -> Iterable[tuple[int, Decimal]]:
    moved = Payment.objects.filter(
        state=PaymentState.SETTLED, currency=currency, received_on__gte=first, received_on__lte=last
    )
    signed = Case(When(direction=Direction.OUT, then=-F("amount")), default=F("amount"))
    return moved.order_by().values_list("client").annotate(sum=Sum(signed))


def _visits(start: Any, end: Any) -> dict[int, _Visits]:
    """Return of each client's completed sessions how many began in [start, end), and the first and last start ever."""
    booked = StudioSession.objects.filter(status=SessionStatus.COMPLETED, client__isnull=False).order_by()
    trained = TrainingSession.objects.filter(status=TrainingStatus.COMPLETED, member__isnull=False).order_by()
    found: dict[int, _Visits] = {}
    for sessions, client, column in ((booked, "client", "starts_at"), (trained, "member__client", "scheduled_start")):
        within = Q((f"{column}__gte", start), (f"{column}__lt", end))
        rows: Any = sessions.values_list(client)
        for key, *theirs in rows.annotate(count=Count("pk", filter=within), since=Min(column), until=Max(column)):
            found.setdefault(key, _Visits()).add(*theirs)
    return found
