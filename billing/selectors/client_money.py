"""What stands between the studio and a client: open, overdue, drafts, not invoiced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from billing.models import Invoice, InvoiceStatus
from billing.selectors.ageing import late_sum, with_next_due
from billing.selectors.credit import credit_of
from billing.selectors.unbilled import waiting
from sessions_app.models import Client

NOTHING = Decimal(0)
NEWEST = 5


@dataclass(frozen=True, slots=True)
class ClientMoney:
    """One client, in the client's currency.

    credit: what is left over of what they paid
    sessions, hours: how many sessions and entries of work are over, and on no document
    latest: the newest documents and drafts
    """

    currency: str
    open: Decimal
    open_count: int
    overdue: Decimal
    overdue_count: int
    credit: Decimal
    drafts: Decimal
    drafts_count: int
    sessions: int
    hours: int
    latest: Sequence[Invoice]


def client_money(client: Client, today: date, now: datetime) -> ClientMoney:
    """Return what stands between the studio and a client.

    queries: 5
    """
    mine = Invoice.objects.filter(client=client, currency=client.currency, is_test=False)
    claims = Q(pk__in=mine.unpaid().values("pk"))
    late = claims & Q(past__gt=0)
    drafts = Q(status=InvoiceStatus.DRAFT)
    sums: dict[str, Any] = mine.annotate(past=late_sum(today)).aggregate(
        open=Sum("remaining_balance", filter=claims),
        open_count=Count("pk", filter=claims),
        overdue=Sum("past", filter=late),
        overdue_count=Count("pk", filter=late),
        drafts=Sum("payable", filter=drafts),
        drafts_count=Count("pk", filter=drafts),
    )
    sessions, hours = waiting(client, now)
    newest = with_next_due(Invoice.objects.filter(client=client)).order_by("-issued_on", "-pk")
    return ClientMoney(
        currency=client.currency,
        sessions=sessions,
        hours=hours,
        latest=list(newest[:NEWEST]),
        open=sums["open"] or NOTHING,
        open_count=sums["open_count"],
        overdue=sums["overdue"] or NOTHING,
        overdue_count=sums["overdue_count"],
        credit=credit_of(client, client.currency),
        drafts=sums["drafts"] or NOTHING,
        drafts_count=sums["drafts_count"],
    )
