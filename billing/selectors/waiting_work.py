"""For whom work was done that nobody has invoiced yet."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Min, Sum
from django.db.models.functions import Coalesce

from billing.selectors.unbilled import parts_to_bill, priced_hours
from sessions_app.models import Client
from sessions_app.selectors.time_totals import WORTH
from studio.money import quantise

MOST = 200  # clients
NOTHING = Decimal(0)
EXACT = DecimalField(max_digits=30, decimal_places=10)
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

    queries: 5, however many clients
    """
    parts = parts_to_bill()
    over = parts.priced.filter(ends_at__lte=now, currency=F("client__currency"))
    sums: dict[str, Any] = {
        "sessions": over.values(payer=F("client")).annotate(
            count=Count("pk"), amount=Sum("total"), since=Min("starts_at")
        ),
        "fees": _by_session(parts.fees),
        "extras": _by_session(parts.extras.filter(session__ends_at__lte=now)),
        "entries": priced_hours()
        .annotate(payer=CLIENT_OF_HOURS, theirs=CURRENCY_OF_CLIENT)
        .filter(currency=F("theirs"))
        .values("payer")
        .annotate(count=Count("pk"), amount=Sum(WORTH, output_field=EXACT), since=Min("started_at")),
    }
    rows = {name: list(each) for name, each in sums.items()}
    clients = Client.objects.in_bulk({row["payer"] for each in rows.values() for row in each})
    found = {key: Waiting(client) for key, client in clients.items()}
    for name, each in rows.items():
        for row in each:
            counted = {name: row["count"]} if name in {"sessions", "entries"} else {}
            found[row["payer"]].add(amount=row["amount"] or NOTHING, since=row["since"], **counted)
    return sorted(found.values(), key=lambda waiting: (-waiting.amount, waiting.client.pk))[:MOST]


def _by_session(parts: Any) -> Any:
    mine = parts.filter(session__client__isnull=False, session__currency=F("session__client__currency"))
    return mine.values(payer=F("session__client")).annotate(
        count=Count("pk"), amount=Sum("amount"), since=Min("session__starts_at")
    )
