"""Paying a document in parts: how much is due on which day, as it is printed and as it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Instalment, Invoice
from billing.services.drafts import InvoiceFacts
from studio.money import Money
from training.selectors.dates import months_later


@dataclass(frozen=True, slots=True)
class Due:
    """A part, and the day on which it is due."""

    due_on: date
    amount: Money


def parts_of(whole: Decimal, currency: str, *, count: int, first: date) -> Sequence[Due]:
    """Return so many monthly parts of a sum, the first one due at once; they differ by a cent at most."""
    amounts = Money(whole, currency).split(count)
    return [Due(months_later(first, place), amount) for place, amount in enumerate(amounts) if amount.amount]


def terms_of(parts: Sequence[Due], today: date) -> InvoiceFacts:
    """Return how long a document takes that is paid in parts; nothing where it is paid at once."""
    return {"payment_term_days": (parts[-1].due_on - today).days} if len(parts) > 1 else {}


def write(*, invoice: Invoice, parts: Sequence[Due]) -> None:
    """Write down the parts of a document that is issued in the same transaction, which prints those that it finds.

    One that is paid at once has none.
    """
    if len(parts) > 1:
        Instalment.objects.bulk_create(
            Instalment(invoice=invoice, position=place, due_on=part.due_on, amount=part.amount.amount)
            for place, part in enumerate(parts, 1)
        )
