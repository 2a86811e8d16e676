"""Where a series of ours begins: after the numbers that documents of a former system carry in its form."""

import re

from billing.models import Contract, Invoice, NumberSeries, Quote, SeriesKind

# Invoices and credit notes are in one table, where a number stands once whatever has it.
OF_INVOICES = (SeriesKind.INVOICE, SeriesKind.CREDIT_NOTE)
PLACE = re.compile(r"[{]number(?::0[1-9])?[}]")
MOST_DIGITS = 9  # a longer number is none that a series comes to


def first_number(kind: SeriesKind, pattern: str, year: int) -> int:
    """Return the number at which a series that is still to be begun begins.

    queries: 1; none for receipts, which no former system's are kept as
    """
    head = PLACE.split(pattern)[0].replace("{year}", str(year))
    given = (number_in(pattern, year, text) or 0 for text in _former(kind, head))
    return max(given, default=0) + 1


def number_in(pattern: str, year: int, text: str) -> int | None:
    """Return the number that a series would print as this text, None when it never does."""
    head, tail = (re.escape(part.replace("{year}", str(year))) for part in PLACE.split(pattern))
    found = re.fullmatch(f"{head}([0-9]{{1,{MOST_DIGITS}}}){tail}", text)
    number = int(found[1]) if found else 0
    return number if number and pattern.format(year=year, number=number) == text else None


def is_of_ours(kind: SeriesKind, text: str) -> bool:
    """Return whether a series that has begun gave this number, or will.

    queries: 1
    """
    kinds = OF_INVOICES if kind in OF_INVOICES else (kind,)
    begun = NumberSeries.objects.filter(kind__in=kinds)
    return any((number_in(each.pattern, each.year, text) or 0) >= each.first_number for each in begun)


def _former(kind: SeriesKind, head: str) -> list[str]:
    """Return the numbers of former documents that begin as those of a series."""
    if kind in OF_INVOICES:
        invoices = Invoice.objects.filter(former_series__gt="", invoice_number__startswith=head)
        return list(invoices.values_list("invoice_number", flat=True))
    if kind == SeriesKind.QUOTE:
        quotes = Quote.objects.filter(former_series__gt="", quote_number__startswith=head)
        return list(quotes.values_list("quote_number", flat=True))
    if kind == SeriesKind.CONTRACT:
        contracts = Contract.objects.filter(former_series__gt="", contract_number__startswith=head)
        return list(contracts.values_list("contract_number", flat=True))
    return []
