"""For whom work was done that nobody has invoiced yet."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Func, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Ceil, Coalesce, Floor

from billing.models import BillingDetails
from billing.selectors.unbilled import parts_to_bill, priced_hours, worth_of
from sessions_app.models import Client
from sessions_app.selectors.time_totals import LENGTH
from studio.money import quantise

MOST = 200  # clients
NOTHING = Decimal(0)
EXACT = DecimalField(max_digits=30, decimal_places=10)
SECONDS_OF_A_MINUTE = 60
SECONDS = Func(LENGTH, template="EXTRACT(EPOCH FROM %(expressions)s)", output_field=EXACT)
CLIENT_OF_HOURS = Coalesce("project__client", "session__client", "track__project__client")
CURRENCY_OF_CLIENT = Coalesce(
    "project__client__currency", "session__client__currency", "track__project__client__currency"
)


@dataclass(slots=True)
class Waiting:
    """One client.

    amount: of sessions, extras, fees and hours, without VAT, in the client's currency
    since: when the oldest of it began
    """

    client: Client
    sessions: int = 0
    entries: int = 0
    amount: Decimal = NOTHING
    since: datetime | None = field(default=None)

    def add(self, *, amount: Decimal, since: datetime, sessions: int = 0, entries: int = 0) -> None:
        """Count something in."""
        self.sessions += sessions
        self.entries += entries
        self.amount = quantise(self.amount + amount, self.client.currency)
        self.since = min(self.since or since, since)


def waiting_clients(now: datetime) -> list[Waiting]:
    """Return the clients for whom work is over and on no document, the largest sum first, 200 at most.

    queries: 6, however many clients
    """
    parts = parts_to_bill(now)
    priced = parts.priced.filter(currency=F("client__currency")).values(payer=F("client"))
    rows: list[Any] = [
        *priced.annotate(amount=Sum("total"), since=Min("starts_at")),
        *_by_session(parts.fees),
        *_by_session(parts.extras),
        *parts.sessions.values(payer=F("client")).annotate(sessions=Count("pk"), since=Min("starts_at")),
        *_hours(now),
    ]
    clients = Client.objects.in_bulk({row["payer"] for row in rows})
    found = {key: Waiting(client) for key, client in clients.items()}
    for row in rows:
        found[row["payer"]].add(
            amount=row.get("amount") or NOTHING,
            since=row["since"],
            sessions=row.get("sessions", 0),
            entries=row.get("entries", 0),
        )
    return sorted(found.values(), key=lambda waiting: (-waiting.amount, waiting.client.pk))[:MOST]


def _hours(now: datetime) -> list[dict[str, Any]]:
    """Return hours by client, task and rate: each of these is a line, and costs what the line will."""
    steps = BillingDetails.objects.filter(client=OuterRef("payer")).values("time_step_minutes")
    rows = (
        priced_hours(now)
        .annotate(payer=CLIENT_OF_HOURS, theirs=CURRENCY_OF_CLIENT)
        .filter(currency=F("theirs"))
        .annotate(step=Subquery(steps) * SECONDS_OF_A_MINUTE)
        .annotate(charged=Coalesce(Ceil(SECONDS / F("step"), output_field=EXACT) * F("step"), Floor(SECONDS)))
        .values("payer", "theirs", "task_type", "hourly_rate")
        .annotate(entries=Count("pk"), seconds=Sum("charged"), since=Min("started_at"))
    )
    return [dict(row) | {"amount": worth_of(row["seconds"], row["hourly_rate"], row["theirs"])} for row in rows]


def _by_session(parts: Any) -> Any:
    mine = parts.filter(session__client__isnull=False, session__currency=F("session__client__currency"))
    return mine.values(payer=F("session__client")).annotate(amount=Sum("amount"), since=Min("session__starts_at"))
