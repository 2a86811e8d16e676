"""A quote as it is printed: every fact of it, under the same names as an invoice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from billing.models import Quote, QuoteItem, VatRate
from billing.selectors import printed
from billing.selectors.printed import plain
from billing.selectors.quote_sums import computed, deposit_of
from billing.selectors.snapshots import ITEM_FIELDS
from studio.clock import local_day
from studio.office.selectors.profile import current_profile

MOMENT = timedelta(seconds=1)  # what ends with a day is valid on that day
QUOTE_FIELDS = (
    *("version", "title", "language", "currency", "price_mode", "purchase_order", "notes", "terms"),
    *("project_label", "validity_days", "sent_at", "expires_at", "subtotal", "tax_amount", "total", "rounding"),
    "deposit_percent",
)


def snapshot_of(quote: Quote, items: Sequence[QuoteItem]) -> dict[str, Any]:
    """Return everything that is printed of a quote, in values that JSON holds; sums as text.

    items: in their order, with rate and session; `document`, `seller`, `buyer`, `lines` and `taxes` are as of an
        invoice, and a line that holds a slot says which
    """
    own = quoted_parts(quote, items)
    zone = {"time_zone": str(current_profile().time_zone)}
    days = {"issued_on": quote.sent_at, "valid_until": quote.expires_at and quote.expires_at - MOMENT}
    reasons = _reasons(item.vat_rate for item in items)
    return {
        "document": own["document"] | zone | {name: plain(_day(at)) for name, at in days.items()},
        "seller": printed.seller(),
        "buyer": printed.buyer(quote.client),
        "lines": [line | {"slot": _slot(item)} for line, item in zip(own["lines"], items, strict=True)],
        "taxes": [tax | {"reason": reasons.get(tax["category"], "")} for tax in own["taxes"]],
        "deductions": [],
    }


def quoted_parts(quote: Quote, items: Sequence[QuoteItem]) -> dict[str, Any]:
    """Return what is printed of a quote out of its own rows alone, which never change while it is out.

    items: in their order, with rate
    """
    document = {name: plain(getattr(quote, name)) for name in QUOTE_FIELDS}
    document |= {
        "kind": "quote",
        "invoice_number": quote.quote_number,
        "deducted_total": "0",
        "payable": plain(quote.payable),
        "deposit_amount": plain(deposit_of(quote, items)),
    }
    return {
        "document": document,
        "lines": [{name: plain(getattr(item, name)) for name in ITEM_FIELDS} for item in items],
        "taxes": [
            {name: plain(getattr(group, name)) for name in ("category", "rate", "amount", "base", "tax")}
            for group in computed(quote, items).groups
        ],
    }


def slot_times(snapshot: Mapping[str, Any]) -> list[tuple[datetime, datetime, str]]:
    """Return the slots that a quote holds, as (start, end, room)."""
    slots = [line["slot"] for line in snapshot["lines"] if line.get("slot")]
    return [
        (datetime.fromisoformat(slot["starts_at"]), datetime.fromisoformat(slot["ends_at"]), slot["room"])
        for slot in slots
    ]


def _day(at: datetime | None) -> date | None:
    return local_day(at, current_profile().zone) if at else None


def _slot(item: QuoteItem) -> dict[str, Any] | None:
    session = item.session
    if session is None:
        return None
    return {
        "title": session.title,
        "starts_at": plain(session.starts_at),
        "ends_at": plain(session.ends_at),
        "room": session.room.name if session.room else session.location,
    }


def _reasons(rates: Iterable[VatRate]) -> dict[str, str]:
    found: dict[str, str] = {}
    for rate in rates:
        if rate.reason:
            found[rate.category] = min(found.get(rate.category, rate.reason), rate.reason)
    return found
