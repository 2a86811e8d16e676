"""VAT of whole contracts as it is stored, deposits and credit notes included, against the oracle, to the cent."""

import random
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import pytest

from billing.models import Invoice, InvoiceKind, PriceMode, VatRate
from billing.selectors import books
from billing.selectors.taxes import Taxed
from billing.services import credit_notes, deposits, drafts, issuing
from billing.services.credit_notes import Part
from billing.services.drafts import NewLine
from tests.billing.test_taxes import cents, oracle
from tests.billing_factories import settle_seller
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db

RATES = (("S", "2.1"), ("S", "5.5"), ("S", "7"), ("S", "8.1"), ("S", "19"), ("S", "20"), ("S", "25"))
UNTAXED = (("E", "0"), ("AE", "0"), ("Z", "0"))
NONE = (Fraction(0),) * 3


@pytest.fixture
def rates():
    """Return every kind of rate: taxed ones, exempt, reverse charge and zero."""
    settle_seller()
    VatRate.objects.all().delete()
    return [
        VatRate.objects.create(
            name=f"{category} {percent}",
            rate=Decimal(percent),
            category=category,
            reason="Why." if category in {"E", "AE"} else "",
        )
        for category, percent in RATES + UNTAXED
    ]


def some_lines(chance, rates, most):
    """Return lines at a few rates; a few take off what another one charges."""
    used = chance.sample(rates, chance.randrange(1, 5))
    lines = []
    for _line in range(chance.randrange(1, most)):
        rate, price = chance.choice(used), Decimal(chance.randrange(100, 90_000)) / 100
        quantity = Decimal(chance.randrange(1, 9000)) / 1000
        discount = Decimal(chance.randrange(0, 50)) / 100 if chance.random() < 0.3 and quantity > 1 else Decimal(0)
        lines.append(NewLine("Mix", price, rate, quantity=quantity, discount=discount))
        if chance.random() < 0.1:
            some = (quantity / 2).quantize(Decimal("0.001"), rounding=ROUND_DOWN)
            if some:
                lines.append(NewLine("Off", (price / 2).quantize(Decimal("0.01")), rate, quantity=-some))
    return lines


def stated(invoice):
    """Return base, VAT and rounding by rate, as they are stored."""
    is_net = invoice.price_mode == PriceMode.NET
    return {
        (row.category, row.rate): (
            Fraction(row.base),
            Fraction(row.tax),
            Fraction(0) if is_net else Fraction(row.amount - row.base - row.tax),
        )
        for row in invoice.taxes.all()
    }


def taxed(lines):
    """Return lines with amounts of our own reckoning."""
    found = []
    for line in lines:
        amount = cents(Fraction(line.quantity) * Fraction(line.unit_price)) - Fraction(line.discount)
        found.append(Taxed(Decimal(int(amount * 100)) / 100, line.vat_rate.category, line.vat_rate.rate))
    return found


def plus(one, other, sign=1):
    return tuple(mine + sign * its for mine, its in zip(one, other, strict=True))


class Contract:
    """A deposit at some rates, the final invoice, and credit notes until nothing is left of either."""

    def __init__(self, chance, rates, mode):
        self.chance, self.rates, self.mode = chance, rates, mode
        self.client, self.count = ClientFactory(), 0

    def issued(self, lines, kind=InvoiceKind.INVOICE, takes_off=()):
        given = {"client": self.client, "kind": kind, "lines": lines, "price_mode": self.mode}
        draft = drafts.create_draft(**given, actor=None, now=NOW)
        if takes_off:
            deposits.deduct_deposits(invoice=draft, deposits=takes_off, actor=None, now=NOW)
        invoice = issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
        self.count += 1
        assert stated(invoice) == oracle(taxed(lines), self.mode)
        return invoice

    def play(self):
        lines = some_lines(self.chance, self.rates, 9)
        asked = []
        if self.chance.random() < 0.5:
            parts = [self.part_of(line) for line in lines if line.quantity > 0][:2]
            if parts := [part for part in parts if part.unit_price]:
                asked.append(self.issued(parts, InvoiceKind.DEPOSIT))
        final = self.issued(lines, takes_off=asked)
        self.is_the_contract_once(final, asked)
        for invoice in (final, *asked):
            self.credit(invoice)

    def part_of(self, line):
        return NewLine("Deposit", (line.unit_price * line.quantity / 3).quantize(Decimal("0.01")), line.vat_rate)

    def is_the_contract_once(self, final, asked):
        """See that what is asked in all, and the VAT in it, are those of the lines computed once."""
        whole = oracle(taxed_items(final), self.mode)
        payable = sum(Fraction(invoice.payable) for invoice in (final, *asked))
        assert payable == sum(map(sum, whole.values()))
        taken = sum((Fraction(part.tax) for part in final.deductions.all()), Fraction(0))
        vat = sum(Fraction(invoice.tax_amount) for invoice in (final, *asked)) - taken
        assert vat == sum(tax for _base, tax, _rounding in whole.values())

    def credit(self, invoice):
        """Take parts of lines back, then the rest; each note is the whole up to it, less the notes before."""
        taken = {}
        for item in invoice.items.filter(amount__gt=Decimal("0.05"))[: self.chance.randrange(0, 3)]:
            part = Part(item, (item.amount / self.chance.randrange(2, 9)).quantize(Decimal("0.01")))
            try:
                note = credit_notes.credit_in_part(invoice=invoice, parts=[part], reason="x", actor=None, now=NOW)
            except credit_notes.MoreThanInvoiced:  # lines that take off, or a deposit, leave less than that
                continue
            self.is_what_it_adds(note, taken, [(item, part.amount)])
        rest = [(item, item.amount - taken.get(item.pk, 0)) for item in invoice.items.all()]
        rest = [(item, amount) for item, amount in rest if amount or item.pk not in taken]
        note = credit_notes.credit_in_full(invoice=invoice, reason="x", actor=None, now=NOW)
        self.is_what_it_adds(note, taken, rest)
        whole = stated(invoice)
        notes = Invoice.objects.filter(refers_to=invoice)
        assert {key: sums(notes, key) for key in whole} == whole
        assert sum(each.payable for each in notes) == invoice.payable

    def is_what_it_adds(self, note, taken, parts):
        self.count += 1
        before = self.up_to(note.refers_to, taken)
        for item, amount in parts:
            taken[item.pk] = taken.get(item.pk, 0) + amount
        after = self.up_to(note.refers_to, taken)
        keys = {(item.vat_category, item.vat_percent) for item, _amount in parts}
        assert stated(note) == {key: plus(after[key], before.get(key, NONE), -1) for key in keys}

    def up_to(self, invoice, taken):
        """Return what is taken back so far, by rate."""
        items = [item for item in invoice.items.all() if item.pk in taken]
        return oracle([Taxed(taken[item.pk], item.vat_category, item.vat_percent) for item in items], self.mode)


def taxed_items(invoice):
    return [Taxed(item.amount, item.vat_category, item.vat_percent) for item in invoice.items.all()]


def sums(notes, key):
    total = NONE
    for note in notes:
        total = plus(total, stated(note).get(key, NONE))
    return total


@pytest.mark.parametrize("mode", list(PriceMode))
@pytest.mark.parametrize("documents", [12, pytest.param(20_000 // len(PriceMode) + 1, marks=pytest.mark.long)])
def test_every_document_of_a_contract_agrees_with_the_oracle(rates, mode, documents):
    chance, count = random.Random(f"contracts {mode}"), 0
    while count < documents:
        contract = Contract(chance, rates, mode)
        contract.play()
        count += contract.count
    assert list(books.findings()) == []
