"""How amounts, days and sums in words look in both languages, and the code that a bank reads."""

from datetime import date
from decimal import Decimal

import pytest
import segno

from billing.documents.figures import Figures, language_of
from billing.documents.in_words import amount_in_words
from billing.documents.payment_code import payment_code

NARROW, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("language", "currency", "money", "amount", "percent"),
    [
        ("en", "EUR", "\u22121,234.50".replace("\u2212", "\u2212\u20ac"), "\u22121,234.50", "5.5%"),
        ("fr", "EUR", f"\u22121{NARROW}234,50{HARD}\u20ac", f"\u22121{NARROW}234,50", f"5,5{HARD}%"),
        ("en", "JPY", "\u2212JP\u00a51,234", "\u22121,234", "5.5%"),
        ("fr", "MAD", f"\u22121{NARROW}234,50{HARD}MAD", f"\u22121{NARROW}234,50", f"5,5{HARD}%"),
    ],
)
def test_figures_follow_the_language(language, currency, money, amount, percent):
    figures = Figures(language, currency)
    sum_ = Decimal("-1234.50") if currency != "JPY" else Decimal(-1234)

    assert (figures.money(sum_), figures.amount(sum_), figures.percent(Decimal("5.50"))) == (money, amount, percent)


def test_days_say_no_month_twice():
    figures = Figures("fr", "EUR")
    first, last = date(2026, 11, 3), date(2026, 11, 14)

    assert figures.days(first, last) == "3\u201314 nov. 2026"
    assert figures.days(first, first) == figures.day(first) == "3 novembre 2026"
    assert figures.days(None, last) == "14 novembre 2026"


def test_a_language_that_no_document_is_written_in_is_english():
    assert [language_of(wanted) for wanted in ("fr-CH", "FR", "de", "")] == ["fr", "fr", "en", "en"]


@pytest.mark.parametrize(
    ("amount", "currency", "english", "french"),
    [
        ("0.01", "EUR", "zero euros and one cent", "z\u00e9ro euro et un centime"),
        ("1", "EUR", "one euro", "un euro"),
        ("71.91", "GBP", "seventy-one pounds and ninety-one pence", "soixante et onze livres sterling"),
        ("80", "EUR", "eighty euros", "quatre-vingts euros"),
        ("281.80", "MAD", "two hundred and eighty-one dirhams", "deux cent quatre-vingt-un dirhams"),
        ("200000", "EUR", "two hundred thousand euros", "deux cent mille euros"),
        ("80000000", "EUR", "eighty million euros", "quatre-vingts millions d\u2019euros"),
        ("1021", "GBP", "one thousand and twenty-one pounds", "mille vingt et une livres sterling"),
        ("1000000000000", "EUR", "", ""),
    ],
)
def test_amounts_in_words(amount, currency, english, french):
    assert amount_in_words(Decimal(amount), currency, "en").startswith(english)
    assert amount_in_words(Decimal(amount), currency, "fr").startswith(french)
    assert bool(amount_in_words(Decimal(amount), currency, "fr")) == bool(french)


TRANSFER = {
    "holder": "Grande  Arm\u00e9e\nProductions",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "bic": "AGRIFRPP",
    "amount": Decimal("3057.26"),
    "currency": "EUR",
    "reference": "FAC-2026-0042",
}


def test_the_code_says_what_the_standard_wants():
    payload = "BCD\n002\n2\nSCT\nAGRIFRPP\nGrande Arm\u00e9e Productions\nFR7630006000011234567890189\nEUR3057.26\n\n\n"
    expected = segno.make(f"{payload}FAC-2026-0042".encode("latin-1"), error="m", boost_error=False, micro=False)

    code = payment_code(**TRANSFER)

    assert (code.error, code.matrix) == ("M", expected.matrix)


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "USD"},
        {"amount": Decimal(0)},
        {"amount": Decimal("1000000000.00")},
        {"iban": "FR76 3000 6000 0112 3456 7890 188"},
        {"iban": "MA64 0117 8000 0001 2100 0060 5021"},
        {"iban": ""},
        {"holder": " "},
        {"holder": "\u5de5\u4f5c" * 50, "reference": "\u5de5\u4f5c" * 70},
    ],
)
def test_there_is_no_code_for_what_it_cannot_say(wrong):
    assert payment_code(**(TRANSFER | wrong)) is None
