"""What was printed against what the rows say now."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

# Of what is printed, by name: every number that is no key.
NUMBERS = frozenset(
    (
        *("subtotal", "tax_amount", "total", "rounding", "deducted_total", "payable", "deposit_amount"),
        *("quantity", "unit_price", "discount", "amount", "net", "vat_percent", "rate", "base", "tax"),
        "deposit_percent",
    )
)
MOMENTS = frozenset(("issued_at", "sent_at", "expires_at"))


def differences(was: Any, now: Any, place: str) -> Iterator[tuple[str, object, object]]:
    """Yield (place, was, now) of each fact that was printed and is another now."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name, value in was.items():
            if name in now:
                yield from differences(value, now[name], f"{place}.{name}")
    elif isinstance(was, list) and isinstance(now, list):
        if len(was) != len(now):
            yield place, len(was), len(now)
        for number, (one, other) in enumerate(zip(was, now, strict=False), 1):
            yield from differences(one, other, f"{place}.{number}")
    elif not _same(was, now, place.rpartition(".")[2]):
        yield place, was, now


def _same(was: object, now: object, field: str) -> bool:
    """Return whether two printed facts are one, however the zeros of a number or the zone of a moment were written."""
    if was == now:
        return True
    if not isinstance(was, str) or not isinstance(now, str) or field not in NUMBERS | MOMENTS:
        return False
    try:
        if field in NUMBERS:
            return Decimal(was) == Decimal(now)
        return datetime.fromisoformat(was) == datetime.fromisoformat(now)
    except (ArithmeticError, ValueError):
        return False
