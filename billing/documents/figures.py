"""Amounts, quantities and days as a document in its language writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_currency, format_decimal

from studio.money import EXPONENTS

# A document speaks one of these; a client's other language is written to in the first.
LOCALES: Mapping[str, str] = {"en": "en_GB", "fr": "fr_FR"}
FALLBACK = "en"
MINUS, PLAIN_MINUS = "\u2212", "-"


def language_of(wanted: str) -> str:
    """Return the language, of those that documents are written in, for one like "fr-CH"."""
    language = wanted.lower().partition("-")[0]
    return language if language in LOCALES else FALLBACK


@dataclass(frozen=True, slots=True)
class Figures:
    """How numbers look in one document.

    currency: of its amounts, ISO 4217
    """

    language: str
    currency: str

    @property
    def locale(self) -> Locale:
        """The region whose customs it follows."""
        return Locale.parse(LOCALES[self.language])

    def money(self, amount: Decimal) -> str:
        """Return an amount with its currency."""
        return _minus(format_currency(amount, self.currency, locale=self.locale))

    def amount(self, amount: Decimal) -> str:
        """Return an amount without its currency, for a column of them."""
        places = EXPONENTS.get(self.currency, 2)
        return _minus(format_decimal(amount, f"#,##0.{'0' * places}" if places else "#,##0", locale=self.locale))

    def quantity(self, quantity: Decimal) -> str:
        """Return a number without needless zeros."""
        return _minus(format_decimal(quantity, "#,##0.###", locale=self.locale))

    def percent(self, percent: Decimal) -> str:
        """Return a rate, e.g. "5.5%"."""
        space = "\u00a0" if self.language == "fr" else ""
        return f"{self.quantity(percent)}{space}%"

    def day(self, day: date | None) -> str:
        """Return a day with its month in words; nothing for none."""
        return format_date(day, "d MMMM y", locale=self.locale) if day else ""

    def days(self, first: date | None, last: date | None) -> str:
        """Return some days, without saying a month or a year twice; one day is itself."""
        if first is None or last is None or first == last:
            return self.day(first or last)
        return str(format_interval(first, last, "yMMMd", locale=self.locale))

    def period(self, starts: datetime, ends: datetime) -> str:
        """Return from when to when, by the clock of both; the day once where it is one."""
        first = format_datetime(starts, "EEE d MMM y, HH:mm", locale=self.locale)
        pattern = "HH:mm" if ends.date() == starts.date() else "EEE d MMM y, HH:mm"
        return f"{first}\u2013{format_datetime(ends, pattern, locale=self.locale)}"

    def country(self, code: str) -> str:
        """Return a country's name, or the code of one that has none."""
        return str(self.locale.territories.get(code, code))


def _minus(text: str) -> str:
    """Return a number with a real minus sign, as wide as the digits."""
    return text.replace(PLAIN_MINUS, MINUS)
