"""VAT, against an oracle in fractions that shares nothing with it."""

import random
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest

from billing.models import PriceMode
from billing.selectors import taxes
from billing.selectors.taxes import Taxed, TaxGroup, line_amount, totals_of
from studio.money import quantum
from tests.billing.vat_oracle import NONE, TAXED, UNTAXED, by_rate, less, line_sum, plus, rounded

DOCUMENTS = 20_000
UNITS = {"EUR": Fraction(1, 100), "JPY": Fraction(1)}
SUMS = ("amount", "base", "tax", "rounding")


def typed_lines(chance, unit, most):
    """Return (quantity, price, discount, category, percent) of lines at a few rates; some take off."""
    rates = [("S", percent) for percent in chance.sample(TAXED, 2)] + [(chance.choice(UNTAXED), "0")]
    lines = []
    for _line in range(chance.randrange(1, most)):
        category, percent = chance.choice(rates)
        price = chance.randrange(1, 90_000) * unit
        quantity = Fraction(chance.randrange(1, 9000), 1000)
        discount = chance.randrange(0, 50) * unit if chance.random() < 0.2 else 0
        if chance.random() < 0.1:
            quantity, discount = -quantity, 0
        lines.append((quantity, price, discount, category, percent))
    return lines


def decimal(value):
    """Return a fraction of tens as a decimal, exactly."""
    return Decimal(value.numerator) / Decimal(value.denominator) if value else Decimal(0)


def taxed(lines, currency):
    """Return lines as the product sees them, each at what the product makes of it; it is what the oracle makes."""
    found = []
    for quantity, price, discount, category, percent in lines:
        given = {"quantity": decimal(quantity), "unit_price": decimal(price), "discount": decimal(Fraction(discount))}
        amount = line_amount(**given, currency=currency)
        assert amount == line_sum(quantity, price, discount, UNITS[currency])
        found.append(Taxed(amount, category, Decimal(percent)))
    return found


def shown(groups):
    return {(group.category, Fraction(group.rate)): (group.base, group.tax, group.rounding) for group in groups}


def facts(lines):
    return [(line.amount, line.category, line.rate) for line in lines]


def play(chance, mode):
    """See that a document, and the credit notes that take it back bit by bit, say to the cent what the oracle says."""
    currency = chance.choice(["EUR", "EUR", "EUR", "JPY"])
    unit = UNITS[currency]
    lines = taxed(typed_lines(chance, unit, most=9), currency)
    whole = totals_of(lines, mode=mode, currency=currency)
    expected = by_rate(facts(lines), mode, unit)
    assert shown(whole.groups) == expected
    base, tax, rounding = (sum(each) for each in zip(*expected.values(), strict=True))
    assert (whole.subtotal, whole.tax_amount, whole.rounding) == (base, tax, rounding)  # BR-CO-13, -14
    if mode != "net":
        assert base + tax + rounding == sum(line.amount for line in lines)
    if chance.random() < 0.1:
        nets_are_parts(lines, whole.nets, expected, mode, unit)
    if chance.random() < 0.1:
        take_back(chance, [line for line in lines if line.amount > 0], mode, currency)


def nets_are_parts(lines, nets, expected, mode, unit):
    """See that the lines of a rate make its base (BR-S-08 and its sisters), each by what it is worth without VAT."""
    for key, said in expected.items():
        of_rate = [pair for pair in zip(lines, nets, strict=True) if key_of(pair[0]) == key]
        assert sum(net for _line, net in of_rate) == said[0]
        exact = 1 if mode == "net" else 100 / (100 + key[1])
        assert all(abs(Fraction(net) - Fraction(line.amount) * exact) <= unit for line, net in of_rate)


def play_all(mode, documents):
    chance = random.Random(f"vat {mode}")
    for _document in range(documents):
        play(chance, mode)


def key_of(line):
    return line.category, Fraction(line.rate)


def take_back(chance, lines, mode, currency):
    """Credit lines in parts, in any order: each note is what the whole up to it says more, and all are the whole."""
    unit, parts = UNITS[currency], []
    for line in lines:
        some = decimal(rounded(Fraction(line.amount) / chance.randrange(2, 5), unit))
        parts += [Taxed(amount, line.category, line.rate) for amount in (some, line.amount - some) if amount]
    chance.shuffle(parts)
    so_far, before, total = [], {}, {}
    while parts:
        some = [parts.pop() for _part in range(min(len(parts), chance.randrange(1, 4)))]
        note = totals_of(some, mode=mode, currency=currency, before=before.values())
        so_far += some
        after = by_rate(facts(so_far), mode, unit)
        added = less(after, total)
        assert shown(note.groups) == {key: added[key] for key in map(key_of, some)}
        assert all(base >= 0 and tax >= 0 for base, tax, _rounding in shown(note.groups).values())
        total = after
        for group in note.groups:
            key = (group.category, group.rate)
            zero = TaxGroup(*key, *(Decimal(0) for _sum in SUMS))
            of = before.get(key, zero)
            before[key] = TaxGroup(*key, *(getattr(of, name) + getattr(group, name) for name in SUMS))
    assert shown(before.values()) == by_rate(facts(lines), mode, unit)


@pytest.mark.parametrize("mode", list(PriceMode))
@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(DOCUMENTS // len(PriceMode) + 1, id="gate"),
        pytest.param(DOCUMENTS, id="long", marks=pytest.mark.long),
    ],
)
def test_random_documents_agree_with_the_oracle_to_the_cent(mode, documents):
    play_all(mode, documents)


@pytest.mark.parametrize("rounding", [ROUND_HALF_EVEN, ROUND_HALF_DOWN, ROUND_DOWN])
@pytest.mark.parametrize("mode", list(PriceMode))
def test_a_product_that_rounds_otherwise_is_found_out(monkeypatch, mode, rounding):
    monkeypatch.setattr(
        taxes, "quantise", lambda amount, currency: amount.quantize(quantum(currency), rounding=rounding)
    )
    with pytest.raises(AssertionError):
        play_all(mode, 2000)


def test_an_oracle_that_rounds_each_line_disagrees():
    lines = [Taxed(Decimal("0.02"), "S", Decimal(20))] * 10
    by_line = NONE
    for line in lines:
        (said,) = by_rate(facts([line]), "net").values()
        by_line = plus(by_line, said)
    assert totals_of(lines, mode=PriceMode.NET, currency="EUR").tax_amount == Decimal("0.04") != by_line[1]


@pytest.mark.parametrize(
    ("mode", "sums"),
    [
        (PriceMode.NET, ("99.99", "19.00", "0.00")),
        (PriceMode.GROSS, ("84.03", "15.96", "0.00")),
        (PriceMode.GROSS_STATED, ("84.03", "15.97", "-0.01")),
    ],
)
def test_a_sum_with_vat_that_no_sum_without_gives(mode, sums):
    totals = totals_of([Taxed(Decimal("99.99"), "S", Decimal(19))], mode=mode, currency="EUR")
    assert (totals.subtotal, totals.tax_amount, totals.rounding) == tuple(map(Decimal, sums))
