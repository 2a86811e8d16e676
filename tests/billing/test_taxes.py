"""VAT, against an oracle in fractions that shares nothing with it."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.models import PriceMode
from billing.selectors.taxes import Taxed, totals_of

RATES = ["0", "2.1", "5.5", "7", "8.1", "10", "19", "20", "25"]
DOCUMENTS = 20_000


def cents(value):
    """Round a fraction to cents, halves away from zero."""
    scaled = abs(value) * 100
    whole = int(scaled)
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole, 100) * (1 if value >= 0 else -1)


def oracle(lines, mode):
    """Return base, tax and rounding by rate."""
    sums = {}
    for line in lines:
        key = (line.category, line.rate)
        sums[key] = sums.get(key, Fraction(0)) + Fraction(line.amount)
    groups = {}
    for (category, rate), amount in sums.items():
        percent = Fraction(rate)
        if mode == PriceMode.NET:
            base, tax, lost = amount, cents(amount * percent / 100), Fraction(0)
        elif mode == PriceMode.GROSS:
            tax = cents(amount * percent / (100 + percent))
            base, lost = amount - tax, Fraction(0)
        else:
            base = cents(amount * 100 / (100 + percent))
            tax = cents(base * percent / 100)
            lost = amount - base - tax
        groups[category, rate] = (base, tax, lost)
    return groups


def some_lines(chance, most=30):
    return [
        Taxed(Decimal(chance.randrange(-2_000, 500_000)) / 100, "S" if rate != "0" else "E", Decimal(rate))
        for rate in chance.choices(RATES, k=chance.randrange(1, most))
    ]


@pytest.mark.parametrize("mode", list(PriceMode))
def test_random_documents_agree_with_the_oracle_to_the_cent(mode):
    chance = random.Random(f"vat {mode}")
    for _document in range(DOCUMENTS // len(PriceMode) + 1):
        lines = some_lines(chance, most=12)
        totals = totals_of(lines, mode=mode, currency="EUR")
        found = {(group.category, group.rate): (group.base, group.tax, group.rounding) for group in totals.groups}
        assert found == oracle(lines, mode)
        assert sum(totals.nets) == totals.subtotal
        if mode != PriceMode.NET:
            assert totals.subtotal + totals.tax_amount + totals.rounding == sum(line.amount for line in lines)


@pytest.mark.parametrize("mode", list(PriceMode))
def test_what_is_credited_bit_by_bit_is_the_whole(mode):
    chance = random.Random(f"credits {mode}")
    for _document in range(300):
        lines = [line for line in some_lines(chance) if line.amount > 0]
        whole = totals_of(lines, mode=mode, currency="EUR")
        stated, rest = {}, list(lines)
        while rest:
            part = [rest.pop() for _line in range(min(len(rest), chance.randrange(1, 4)))]
            credit = totals_of(part, mode=mode, currency="EUR", before=stated.values())
            for group in credit.groups:
                key = (group.category, group.rate)
                assert group.base >= 0
                assert group.tax >= 0
                stated[key] = type(group)(
                    *key, *(getattr(stated.get(key), name, 0) + getattr(group, name) for name in SUMS)
                )
        assert {key: [getattr(group, name) for name in SUMS] for key, group in stated.items()} == {
            (group.category, group.rate): [getattr(group, name) for name in SUMS] for group in whole.groups
        }


SUMS = ("amount", "base", "tax", "rounding")


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


def test_an_oracle_that_rounds_each_line_disagrees():
    lines = [Taxed(Decimal("0.02"), "S", Decimal(20))] * 10
    by_line = sum(cents(Fraction(line.amount) * Fraction(line.rate) / 100) for line in lines)
    assert totals_of(lines, mode=PriceMode.NET, currency="EUR").tax_amount == Decimal("0.04") != by_line
