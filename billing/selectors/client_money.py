"""What stands between the studio and a client: open, overdue, drafts, not invoiced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from billing.models import Invoice, InvoiceStatus
from billing.selectors.unbilled import waiting
from sessions_app.models import Client

NOTHING = Decimal(0)
NEWEST = 5


@dataclass(frozen=True, slots=True)
class ClientMoney:
    """One client, in the client's currency.

    sessions, hours: how many sessions and entries of work are over, and on no document
    latest: the newest documents and drafts
    """

    currency: str
    open: Decimal
    open_count: int
    overdue: Decimal
    overdue_count: int
    drafts: Decimal
    drafts_count: int
    sessions: int
    hours: int
    latest: Sequence[Invoice]


def client_money(client: Client, today: date, now: datetime) -> ClientMoney:
    """Return what stands between the studio and a client.

    queries: 4
    """
    mine = Invoice.objects.filter(client=client, currency=client.currency, is_test=False)
    claims = Q(pk__in=mine.unpaid().values("pk"))
    late = claims & Q(due_on__lt=today)
    drafts = Q(status=InvoiceStatus.DRAFT)
    sums: dict[str, Any] = mine.aggregate(
        open=Sum("remaining_balance", filter=claims),
        open_count=Count("pk", filter=claims),
        overdue=Sum("remaining_balance", filter=late),
        overdue_count=Count("pk", filter=late),
        drafts=Sum("payable", filter=drafts),
        drafts_count=Count("pk", filter=drafts),
    )
    sessions, hours = waiting(client, now)
    newest = Invoice.objects.filter(client=client).order_by("-issued_on", "-pk")
    return ClientMoney(
        currency=client.currency,
        sessions=sessions,
        hours=hours,
        latest=list(newest[:NEWEST]),
        open=sums["open"] or NOTHING,
        open_count=sums["open_count"],
        overdue=sums["overdue"] or NOTHING,
        overdue_count=sums["overdue_count"],
        drafts=sums["drafts"] or NOTHING,
        drafts_count=sums["drafts_count"],
    )
