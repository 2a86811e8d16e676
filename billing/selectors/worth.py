"""What work costs as it stands: sessions with their extras and fees, and hours."""

from decimal import Decimal

from billing.models import InvoiceSource
from sessions_app.models import SessionExtra, SessionFee, StudioSession, TimeEntry

WORK = ("session", "extra", "fee", "time_entry")


def price_of(thing: object) -> Decimal | None:
    """Return what a thing costs as it stands, without VAT; None for one whose price is not kept with it.

    A session without a total costs nothing yet, hours that are still running have no price yet.
    """
    if isinstance(thing, StudioSession):
        return thing.total or Decimal(0)
    if isinstance(thing, SessionExtra | SessionFee):
        return thing.amount
    if isinstance(thing, TimeEntry) and thing.ended_at is not None:
        return thing.worth(thing.ended_at)
    return None


def price_now(source: InvoiceSource) -> Decimal | None:
    """Return what a line charges for costs now; None where that is not known, or the thing is gone."""
    prices = [price_of(getattr(source, name)) for name in WORK if getattr(source, f"{name}_id")]
    return prices[0] if prices else None


def currency_of(thing: object) -> str:
    """Return the currency in which work was agreed; "" for what has none of its own."""
    if isinstance(thing, SessionExtra | SessionFee):
        return thing.session.currency
    return thing.currency if isinstance(thing, StudioSession | TimeEntry) else ""
