"""VAT as EN 16931 asks for it, in fractions: written from the standard, and sharing nothing with the product."""

from fractions import Fraction

CENT = Fraction(1, 100)
NONE = (Fraction(0),) * 3
TAXED = ("2.1", "5.5", "7", "8.1", "10", "19", "20", "25")
UNTAXED = ("Z", "E", "AE", "K", "G", "O")  # of UNTDID 5305, each at nothing


def rounded(value, unit=CENT):
    """Round to whole units, halves away from zero."""
    whole = int(abs(Fraction(value)) / unit + Fraction(1, 2))
    return unit * (whole if value >= 0 else -whole)


def line_sum(quantity, price, discount=0, unit=CENT):
    """Return BT-131: so many at a price, rounded, less the allowance of the line."""
    return rounded(Fraction(quantity) * Fraction(price), unit) - Fraction(discount)


def stated(mode, percent, amount, unit=CENT):
    """Return what a sum at one rate is stated as: base (BT-116), VAT (BT-117), and its share of the rounding (BT-114).

    net: the sum is the base, VAT is its percentage (BR-CO-17)
    gross: VAT is the part of the sum that it is in a hundred and the percentage; the base is the rest
    gross_stated: the base is the nearest, VAT its percentage (BR-CO-17), and what they miss of the sum is stated
    """
    percent, amount = Fraction(percent), Fraction(amount)
    if mode == "net":
        return amount, rounded(amount * percent / 100, unit), Fraction(0)
    if mode == "gross":
        tax = rounded(amount * percent / (100 + percent), unit)
        return amount - tax, tax, Fraction(0)
    base = rounded(amount * 100 / (100 + percent), unit)
    tax = rounded(base * percent / 100, unit)
    return base, tax, amount - base - tax


def by_rate(lines, mode, unit=CENT):
    """Return what lines are stated as, by category and rate; the lines of a rate are rounded once, together.

    lines: (amount, category, percent) of each
    """
    sums = {}
    for amount, category, percent in lines:
        key = (category, Fraction(percent))
        sums[key] = sums.get(key, Fraction(0)) + Fraction(amount)
    return {key: stated(mode, key[1], amount, unit) for key, amount in sums.items()}


def plus(one, other, sign=1):
    return tuple(mine + sign * its for mine, its in zip(one, other, strict=True))


def less(after, before):
    """Return by rate what was added between two states of a whole."""
    return {key: plus(said, before.get(key, NONE), -1) for key, said in after.items()}
