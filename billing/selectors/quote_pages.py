"""A version of a quote as its page shows it: out of what was sent, never out of what the quote is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

from billing.models import PriceMode, QuoteVersion, ServiceUnit, VersionOutcome
from billing.selectors.quote_snapshots import slot_times
from studio.showing import CLOCK, day, money, stamp, when_exactly


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line as it is read.

    slot: when and where, of one that holds a slot; empty elsewhere
    """

    description: str
    quantity: str
    unit_price: str
    discount: str
    vat: str
    amount: str
    slot: str


@dataclass(frozen=True, slots=True)
class QuotePage:
    """What a client reads.

    state: open, accepted, rejected, expired or replaced
    taxes: of each rate (percent, base, VAT, why none is charged)
    """

    document: Mapping[str, Any]
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    lines: Sequence[PageLine]
    taxes: Sequence[tuple[str, str, str, str]]
    subtotal: str
    tax_amount: str
    payable: str
    deposit: str
    slots: int
    has_discounts: bool
    is_net: bool
    state: str
    until: str
    sent_on: str
    answered: str


def page_of(version: QuoteVersion, *, now: datetime) -> QuotePage:
    """Return what the page of a version shows.

    queries: none
    """
    printed, currency = version.snapshot, version.currency
    document = printed["document"]
    lines = [_line(line, currency) for line in printed["lines"]]
    deposit = Decimal(document["deposit_amount"])
    is_over = version.outcome == VersionOutcome.OPEN and version.expires_at <= now
    return QuotePage(
        document=document,
        seller=printed["seller"],
        buyer=printed["buyer"],
        lines=lines,
        taxes=[_tax(tax, currency) for tax in printed["taxes"]],
        subtotal=_money(document["subtotal"], currency),
        tax_amount=_money(document["tax_amount"], currency),
        payable=_money(document["payable"], currency),
        deposit=money(deposit, currency) if deposit else "",
        slots=len(slot_times(printed)),
        has_discounts=any(line.discount for line in lines),
        is_net=document["price_mode"] == PriceMode.NET,
        state=VersionOutcome.EXPIRED.value if is_over else version.outcome,
        until=until(version),
        sent_on=day(date.fromisoformat(document["issued_on"])),
        answered=stamp(version.ended_at) if version.ended_at else "",
    )


def _line(line: Mapping[str, Any], currency: str) -> PageLine:
    slot, discount = line.get("slot"), Decimal(line["discount"])
    unit = ServiceUnit(line["unit"])
    quantity = Decimal(line["quantity"])
    counted = number_format(quantity.normalize(), use_l10n=True)
    told = ""
    if slot:
        start, end = datetime.fromisoformat(slot["starts_at"]), datetime.fromisoformat(slot["ends_at"])
        told = ", ".join(filter(None, [when_exactly(start, end), slot["room"]]))
    return PageLine(
        description=line["description"],
        quantity=f"{counted} {_unit(unit, quantity)}".strip(),
        unit_price=_money(line["unit_price"], currency),
        discount=money(-discount, currency) if discount else "",
        vat=_percent(line["vat_percent"]),
        amount=_money(line["amount"], currency),
        slot=told,
    )


def until(version: QuoteVersion) -> str:
    """Return until when a version can be answered: the last day, or the hour where it ends with a slot."""
    last = day(date.fromisoformat(version.snapshot["document"]["valid_until"]))
    ends = timezone.localtime(version.expires_at)
    return last if ends.time() == time.min else f"{last}, {date_format(ends, CLOCK)}"


def _unit(unit: ServiceUnit, quantity: Decimal) -> str:
    many = 1 if abs(quantity) <= 1 else 2
    return {
        ServiceUnit.PIECE: "",
        ServiceUnit.HOUR: gettext("h"),
        ServiceUnit.DAY: ngettext("day", "days", many),
        ServiceUnit.MONTH: ngettext("month", "months", many),
    }[unit]


def _tax(tax: Mapping[str, Any], currency: str) -> tuple[str, str, str, str]:
    return _percent(tax["rate"]), _money(tax["base"], currency), _money(tax["tax"], currency), tax["reason"]


def _percent(text: str) -> str:
    return f"{number_format(Decimal(text).normalize(), use_l10n=True)} %"


def _money(text: str, currency: str) -> str:
    return money(Decimal(text), currency)
