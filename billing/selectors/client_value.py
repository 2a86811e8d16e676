"""What clients are worth: billed, paid, how often they came, since when and until when."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Max, Min, Sum, When

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


def client_values(*, first: date, last: date, currency: str, zone: ZoneInfo) -> list[ClientValue]:
    """Return the clients that were billed in a currency, paid in it or came on some days, the most worth first.

    Tests, and what a former system cancelled, count for nothing.
    queries: 7, however many clients; of those who are not returned no session is read but those of these days
    """
    billed, paid = dict(_billed(first, last, currency)), dict(_paid(first, last, currency))
    came = _came(local_midnight(first, zone), local_midnight(last + ONE_DAY, zone))
    shown = {*billed, *paid, *came}
    ever = _ever(shown)
    rows = []
    for key, name, artist_name in Client.objects.filter(pk__in=shown).values_list("pk", "name", "artist_name"):
        since, until = ever.get(key, (None, None))
        rows.append(
            ClientValue(
                key=key,
                name=known_as(name, artist_name),
                billed=billed.get(key, NOTHING),
                paid=paid.get(key, NOTHING),
                visits=came.get(key, 0),
                first_on=local_day(since, zone) if since else None,
                last_on=local_day(until, zone) if until else None,
            )
        )
    return sorted(rows, key=lambda row: (-row.billed, -row.paid, -row.visits, row.name.casefold(), row.key))


def billed_and_paid(*, first: date, last: date, currency: str) -> tuple[Decimal, Decimal]:
    """Return what all clients together were billed and paid on some days.

    queries: 2
    """
    billed, paid = (sum(dict(of(first, last, currency)).values(), NOTHING) for of in (_billed, _paid))
    return billed, paid


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


def _completed() -> Sequence[tuple[Any, str, str]]:
    """Return the completed sessions of both timetables, with the columns of their client and their start."""
    booked = StudioSession.objects.filter(status=SessionStatus.COMPLETED, client__isnull=False).order_by()
    trained = TrainingSession.objects.filter(status=TrainingStatus.COMPLETED, member__isnull=False).order_by()
    return (booked, "client", "starts_at"), (trained, "member__client", "scheduled_start")


def _came(start: datetime, end: datetime) -> Mapping[int, int]:
    """Return of each client how many completed sessions began in [start, end)."""
    found: Counter[int] = Counter()
    for sessions, client, column in _completed():
        within = sessions.filter((f"{column}__gte", start), (f"{column}__lt", end))
        found.update(dict(within.values_list(client).annotate(count=Count("pk"))))
    return found


def _ever(clients: Collection[int]) -> Mapping[int, tuple[datetime, datetime]]:
    """Return when the first and the last completed session of each of some clients began."""
    found: dict[int, tuple[datetime, datetime]] = {}
    for sessions, client, column in _completed():
        theirs = sessions.filter((f"{client}__in", clients)).values_list(client)
        for key, since, until in theirs.annotate(since=Min(column), until=Max(column)):
            known = found.get(key, (since, until))
            found[key] = (min(known[0], since), max(known[1], until))
    return found
