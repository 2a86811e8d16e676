"""VAT of whole contracts as it is stored, deposits and credit notes included, against the oracle, to the cent."""

import random
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import pytest
from django.db import connection

from billing.models import Invoice, InvoiceKind, PriceMode, VatRate
from billing.selectors import books, taxes
from billing.services import credit_notes, deposit_drafts, deposits, drafts, issuing
from billing.services.credit_notes import Part
from billing.services.drafts import NewLine
from studio.money import quantum
from tests.billing.vat_oracle import NONE, TAXED, by_rate, less, line_sum, plus
from tests.billing_factories import settle_seller
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db

CENT = Decimal("0.01")
FIRST, LAST = 20, 1000  # documents, until the sizes of the tables are looked at again: ever later
UNTAXED = ("E", "AE", "Z")
ACT = {"actor": None, "now": NOW}


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
        for category, percent in [("S", percent) for percent in TAXED] + [(category, "0") for category in UNTAXED]
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
                lines.append(NewLine("Off", (price / 2).quantize(CENT), rate, quantity=-some))
    return lines


def stated(invoice):
    """Return base, VAT and rounding by rate, as they are stored."""
    is_net = invoice.price_mode == PriceMode.NET
    return {
        (row.category, Fraction(row.rate)): (
            Fraction(row.base),
            Fraction(row.tax),
            Fraction(0) if is_net else Fraction(row.amount - row.base - row.tax),
        )
        for row in invoice.taxes.all()
    }


def facts(items):
    return [(item.amount, item.vat_category, item.vat_percent) for item in items]


def is_whole(invoice):
    """See that the sums of a stored document are what its rates say, and the rates what its lines say."""
    said, items = stated(invoice), list(invoice.items.all())
    base, tax, rounding = (sum(each) for each in zip(*said.values(), strict=True))
    taken = Fraction(sum(part.base + part.tax + part.rounding for part in invoice.deductions.all()))
    found = (invoice.subtotal, invoice.tax_amount, invoice.total, invoice.rounding, invoice.deducted_total)
    assert found == (base, tax, base + tax, rounding, taken)  # BR-CO-13, -14, -15
    assert invoice.payable == base + tax + rounding - taken  # BR-CO-16
    assert sum(item.net for item in items) == base  # BR-CO-10
    for key, (of_rate, vat, _rounding) in said.items():
        lines = [item for item in items if (item.vat_category, Fraction(item.vat_percent)) == key]
        assert sum(item.net for item in lines) == of_rate  # BR-S-08, BR-E-08, BR-AE-08, BR-Z-08
        if key[0] != "S":
            assert vat == 0  # BR-E-09, BR-AE-09, BR-Z-09
    assert all(bool(row.reason) == (row.category in {"E", "AE"}) for row in invoice.taxes.all())  # BR-E-10, BR-AE-10


class Contract:
    """Deposits, the final invoice that takes them off, and credit notes until nothing is left of any."""

    def __init__(self, chance, rates, mode):
        self.chance, self.rates, self.mode = chance, rates, mode
        self.client, self.count = ClientFactory(), 0

    def draft(self, lines, kind=InvoiceKind.INVOICE):
        return drafts.create_draft(client=self.client, kind=kind, lines=lines, price_mode=self.mode, **ACT)

    def issued(self, draft, lines=()):
        """Issue a draft, and see that what is stored of it is what the oracle says of its lines, as they were typed."""
        invoice = issuing.issue_invoice(invoice=draft, **ACT)
        self.count += 1
        items = list(invoice.items.order_by("position"))
        typed = [line_sum(line.quantity, line.unit_price, line.discount) for line in lines or items]
        assert [item.amount for item in items] == typed
        assert stated(invoice) == by_rate(facts(items), invoice.price_mode)
        is_whole(invoice)
        return invoice

    def play(self):
        lines = some_lines(self.chance, self.rates, 9)
        draft = self.draft(lines)
        asked = self.deposits(draft, lines)
        if asked:
            deposits.deduct_deposits(invoice=draft, deposits=asked, **ACT)
        final = self.issued(draft, lines)
        self.is_the_contract_once(final, asked)
        for invoice in (final, *asked):
            self.credit(invoice)

    def deposits(self, draft, lines):
        """Ask for a part first: some lines, or so much of the draft; of a few, some is credited before the end."""
        way = self.chance.random()
        if way < 0.35:
            parts = [self.part_of(line) for line in lines if line.quantity > 0][:2]
            parts = [part for part in parts if part.unit_price]
            asked = [self.issued(self.draft(parts, InvoiceKind.DEPOSIT), parts)] if parts else []
        elif way < 0.6 and draft.payable > 1:
            percent = Decimal(self.chance.randrange(5, 45))
            asked = [self.issued(deposit_drafts.ask_percent(invoice=draft, percent=percent, **ACT))]
        else:
            asked = []
        if asked and self.chance.random() < 0.2:
            item = asked[0].items.first()
            self.credit_part({}, item, (item.amount / 3).quantize(CENT))
        return asked

    def part_of(self, line):
        return NewLine("Deposit", (line.unit_price * line.quantity / 3).quantize(CENT), line.vat_rate)

    def is_the_contract_once(self, final, asked):
        """See that what is asked in all, and the VAT in it, are those of the lines computed once."""
        whole = by_rate(facts(final.items.all()), self.mode)
        given_back = list(Invoice.objects.filter(refers_to__in=asked))
        payable = sum(invoice.payable for invoice in (final, *asked)) - sum(note.payable for note in given_back)
        assert payable == sum(map(sum, whole.values()))
        taken = sum(part.tax for part in final.deductions.all())
        vat = sum(invoice.tax_amount for invoice in (final, *asked)) - sum(note.tax_amount for note in given_back)
        assert vat - taken == sum(tax for _base, tax, _rounding in whole.values())

    def credit(self, invoice):
        """Take parts of lines back, then the rest; each note is the whole up to it, less the notes before."""
        taken = {}
        for item in Invoice.objects.filter(refers_to=invoice).values_list("items__credits_item", "items__amount"):
            taken[item[0]] = taken.get(item[0], 0) + item[1]
        for item in invoice.items.filter(amount__gt=Decimal("0.05"))[: self.chance.randrange(0, 3)]:
            self.credit_part(taken, item, (item.amount / self.chance.randrange(2, 9)).quantize(CENT))
        rest = [(item, item.amount - taken.get(item.pk, 0)) for item in invoice.items.all()]
        rest = [(item, amount) for item, amount in rest if amount or item.pk not in taken]
        note = credit_notes.credit_in_full(invoice=invoice, reason="x", **ACT)
        self.is_what_it_adds(note, taken, rest)
        whole = stated(invoice)
        notes = Invoice.objects.filter(refers_to=invoice)
        assert {key: sums(notes, key) for key in whole} == whole
        assert sum(each.payable for each in notes) == invoice.payable

    def credit_part(self, taken, item, amount):
        """Take a part of a line back, unless lines that take off, or a deposit, leave less than that."""
        part = Part(item, amount)
        try:
            note = credit_notes.credit_in_part(invoice=item.invoice, parts=[part], reason="x", **ACT)
        except credit_notes.MoreThanInvoiced:
            return
        self.is_what_it_adds(note, taken, [(item, amount)])

    def is_what_it_adds(self, note, taken, parts):
        self.count += 1
        before = self.up_to(note.refers_to, taken)
        for item, amount in parts:
            taken[item.pk] = taken.get(item.pk, 0) + amount
        added = less(self.up_to(note.refers_to, taken), before)
        keys = {(item.vat_category, Fraction(item.vat_percent)) for item, _amount in parts}
        assert stated(note) == {key: added[key] for key in keys}
        is_whole(note)

    def up_to(self, invoice, taken):
        """Return what is taken back so far, by rate."""
        items = [item for item in invoice.items.all() if item.pk in taken]
        lines = [(taken[item.pk], item.vat_category, item.vat_percent) for item in items]
        return by_rate(lines, invoice.price_mode)


def sums(notes, key):
    total = NONE
    for note in notes:
        total = plus(total, stated(note).get(key, NONE))
    return total


def play(rates, mode, documents):
    chance, count, look = random.Random(f"contracts {mode}"), 0, FIRST
    while count < documents:
        contract = Contract(chance, rates, mode)
        contract.play()
        count += contract.count
        if count >= look:
            look += min(look, LAST)
            learn_sizes()


def learn_sizes():
    """Tell the planner how large the tables are: of rows of one open transaction nobody else can."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize("mode", list(PriceMode))
@pytest.mark.parametrize("documents", [12, pytest.param(20_000 // len(PriceMode) + 1, marks=pytest.mark.long)])
def test_every_document_of_a_contract_agrees_with_the_oracle(rates, mode, documents):
    play(rates, mode, documents)
    assert list(books.findings()) == []


def test_documents_that_round_otherwise_are_found_out(monkeypatch, rates):
    monkeypatch.setattr(
        taxes, "quantise", lambda amount, currency: amount.quantize(quantum(currency), rounding=ROUND_DOWN)
    )
    with pytest.raises(AssertionError):
        play(rates, PriceMode.GROSS, 12)
