"""What somebody has looked at before it is issued, in so few letters that a form brings it back."""

from collections.abc import Iterable
from hashlib import sha256

from billing.models import Invoice

LENGTH = 16
OF_A_LINE = ("pk", "position", "description", "quantity", "unit", "unit_price", "discount", "amount", "vat_rate")


def mark_of(facts: Iterable[object]) -> str:
    """Return the mark of some facts; others have another."""
    return sha256(repr([str(fact) for fact in facts]).encode()).hexdigest()[:LENGTH]


def mark_of_draft(draft: Invoice) -> str:
    """Return the mark of what a draft asks for, from whom, and with which lines.

    queries: 1
    """
    lines = draft.items.order_by("position", "pk").values_list(*OF_A_LINE)
    return mark_of([draft.client_id, draft.payable, *lines])
