"""Amounts of money: the only place that rounds."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Self

# ISO 4217 minor units other than two, of the currencies a studio may choose.
EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "PYG": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0}
DEFAULT_EXPONENT = 2
# Sums are kept with two decimals: these currencies have more.
TOO_FINE = ("BHD", "CLF", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "UYW")


class CurrencyMismatch(TypeError):
    """Two amounts of different currencies met: a mistake in the program, not of a person."""


def quantum(currency: str) -> Decimal:
    """Return the smallest amount of a currency, e.g. Decimal("0.01")."""
    return Decimal(1).scaleb(-EXPONENTS.get(currency, DEFAULT_EXPONENT))


def quantise(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up, away from zero, to the currency's minor unit."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency; exact until `quantise()`."""

    amount: Decimal
    currency: str

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def quantise(self) -> "Money":
        """Return this amount rounded to the currency's minor unit."""
        return Money(quantise(self.amount, self.currency), self.currency)

    def split(self, n: int) -> list["Money"]:
        """Share out into n parts, largest first, that differ by at most one unit and sum to the whole."""
        unit = quantum(self.currency)
        whole = self.quantise().amount
        part = (whole / n).quantize(unit, rounding=ROUND_DOWN)
        left = int((whole - part * n) / unit)
        step = unit if left >= 0 else -unit
        return [Money(part + (step if i < abs(left) else 0), self.currency) for i in range(n)]
