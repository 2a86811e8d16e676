"""Whatever is drafted, issued, deducted, paid, moved, paid back and credited: tables, ledger and a model agree.

After each step all that `billing.selectors.books` lists holds, and the model, which knows no table, says what every
document, client and account must show.
"""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from billing.models import Invoice, InvoiceItem, Payment
from billing.selectors import books
from billing.services import credit_notes, deposits, drafts, issuing, mistakes, payments, vat_rates
from billing.services.credit_notes import Part
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from sessions_app.models import Client
from studio.clock import local_day
from studio.db import refusing
from studio.errors import DomainError
from tests.billing.test_payments import balances
from tests.billing_factories import settle_seller
from tests.factories import NOW, ClientFactory
from tests.properties.money_model import MODES, Books, Document, Line, Money, Note, cents
from tests.properties.test_timetable_machine import play

PARIS = ZoneInfo("Europe/Paris")
RATES = ("0", "7", "8.1", "19", "25")
picks = st.integers(0, 50)
shares = st.sampled_from([1, 33, 50, 99, 100, 101])
quantities = st.one_of(st.integers(1, 4000), st.just(1000), st.integers(-900, -1))
lines = st.tuples(st.sampled_from(RATES), quantities, st.integers(0, 20_000), st.sampled_from([0, 0, 10, 100]))


class Crash(Exception):
    """The process dies here."""


def euros(amount):
    return Decimal(amount) / 100


def in_cents(amount):
    return int(amount * 100)


class Till(Books, RuleBasedStateMachine):
    """Two clients of a studio whose clock is set forwards and backwards, also over a new year."""

    def __init__(self):
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()
        settle_seller()
        given = {"category": "E", "reason": "Training."}
        self.rates = {
            percent: vat_rates.create_rate(
                name=f"{percent} percent",
                rate=Decimal(percent),
                actor=None,
                now=NOW,
                **(given if percent == "0" else {}),
            )
            for percent in RATES
        }
        self.clients = [ClientFactory(), ClientFactory()]
        self.now = NOW
        self.last = {}  # (kind of the number, year) -> how many, and when the last

    def teardown(self):
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    # Who is meant -------------------------------------------------------------------------------

    def one(self, keys, pick):
        key = sorted(keys)[pick % len(keys)]
        return Invoice.objects.get(pk=key), self.docs[key]

    def payment(self, pick):
        key = sorted(self.money)[pick % len(self.money)]
        return Payment.objects.get(pk=key), self.money[key]

    def asked(self, is_fine, act, **given):
        """Do something, or see it refused; return what came of it."""
        if is_fine:
            return act(**given, actor=None, now=self.now)
        with pytest.raises(DomainError):
            act(**given, actor=None, now=self.now)
        return None

    def new_line(self, percent, quantity, price, off):
        amount = cents(Fraction(quantity, 1000) * price)
        discount = amount * off // 100 if amount > 0 else 0
        line = NewLine(
            "Mix",
            euros(price),
            self.rates[percent],
            quantity=Decimal(quantity) / 1000,
            discount=euros(discount),
        )
        return line, Line(Fraction(percent), amount - discount)

    # What can happen ----------------------------------------------------------------------------

    @rule(
        client=st.integers(0, 1),
        kind=st.sampled_from(["invoice", "invoice", "deposit_invoice"]),
        mode=st.sampled_from(MODES),
        what=st.lists(lines, max_size=4),
        asked=st.sampled_from([None, None, 1, 5000]),
        at_once=st.booleans(),
    )
    def draft(self, client, kind, mode, what, asked, at_once):
        both = [self.new_line(*each) for each in what]
        draft = drafts.create_draft(
            client=self.clients[client],
            kind=kind,
            lines=[line for line, _known in both],
            price_mode=mode,
            deposit_amount=euros(asked) if asked else None,
            actor=None,
            now=self.now,
        )
        keys = draft.items.order_by("position").values_list("pk", flat=True)
        known = dict(zip(keys, (known for _line, known in both), strict=True))
        self.docs[draft.pk] = Document(client, kind, mode, known, asked=asked)
        if at_once:
            self.issued(draft, self.docs[draft.pk])

    @precondition(lambda self: self.drafts())
    @rule(pick=picks, what=lines)
    def add_line(self, pick, what):
        draft, doc = self.one(self.drafts(), pick)
        line, known = self.new_line(*what)
        drafts.add_lines(invoice=draft, lines=[line], actor=None, now=self.now)
        doc.lines[draft.items.order_by("position").last().pk] = known

    @precondition(lambda self: any(self.docs[key].lines for key in self.drafts()))
    @rule(pick=picks, which=picks, what=st.none() | lines)
    def change_line(self, pick, which, what):
        _draft, doc = self.one([key for key in self.drafts() if self.docs[key].lines], pick)
        key = sorted(doc.lines)[which % len(doc.lines)]
        item = InvoiceItem.objects.select_related("invoice").get(pk=key)
        if what is None:
            drafts.remove_line(item=item, actor=None, now=self.now)
            del doc.lines[key]
        else:
            line, doc.lines[key] = self.new_line(*what)
            drafts.replace_line(item=item, line=line, actor=None, now=self.now)

    @precondition(lambda self: self.drafts())
    @rule(pick=picks, mode=st.sampled_from(MODES))
    def change_mode(self, pick, mode):
        draft, doc = self.one(self.drafts(), pick)
        drafts.change_draft(invoice=draft, price_mode=mode, actor=None, now=self.now)
        doc.mode = mode

    @precondition(lambda self: self.drafts())
    @rule(pick=picks)
    def delete(self, pick):
        draft, _doc = self.one(self.drafts(), pick)
        key = draft.pk
        drafts.delete_draft(invoice=draft, actor=None, now=self.now)
        del self.docs[key]

    @precondition(lambda self: self.drafts() and self.claims())
    @rule(pick=picks, which=picks)
    def deduct(self, pick, which):
        draft, doc = self.one(self.drafts(), pick)
        deposit, _its = self.one(self.claims(), which)
        parts = self.deductible(draft.pk, deposit.pk)
        self.asked(parts, deposits.deduct_deposits, invoice=draft, deposits=[deposit])
        doc.deducts = parts or doc.deducts

    @precondition(lambda self: self.drafts())
    @rule(pick=picks)
    def issue(self, pick):
        self.issued(*self.one(self.drafts(), pick))

    def issued(self, draft, doc):
        is_fine = doc.is_issuable() and self.is_still_there(doc)
        invoice = self.asked(is_fine, issuing.issue_invoice, invoice=draft)
        if is_fine:
            doc.number = self.numbered(invoice, "FAC", self.now)

    def numbered(self, document, series, since):
        """Count a number, and see that it and its day are the next ones."""
        year = local_day(since, PARIS).year
        count, at = self.last.get((series, year), (0, since))
        self.last[series, year] = (count + 1, max(at, since))
        on = local_day(max(at, since), PARIS)
        assert (document.invoice_number, document.issued_on) == (f"{series}-{year}-{count + 1:04}", on)
        return count + 1

    @precondition(lambda self: self.claims())
    @rule(pick=picks, which=st.lists(picks, max_size=2), share=shares)
    def credit_in_part(self, pick, which, share):
        invoice, doc = self.one(self.claims(), pick)
        keys = sorted(doc.lines)
        chosen = {keys[each % len(keys)] for each in which}
        parts = {key: doc.lines[key].rest * share // 100 for key in chosen}
        note = doc.after(parts) if all(doc.may_take_back(*part) for part in parts.items()) else None
        is_fine = bool(parts) and self.is_creditable(invoice.pk) and note is not None
        is_fine = is_fine and 0 <= note.payable <= doc.payable - doc.credited
        given = [Part(InvoiceItem.objects.get(pk=key), euros(amount)) for key, amount in parts.items()]
        made = self.asked(is_fine, credit_notes.credit_in_part, invoice=invoice, parts=given, reason="Late")
        if is_fine:
            self.credited(doc, invoice, parts, note, made)

    @precondition(lambda self: self.claims())
    @rule(pick=picks)
    def credit_in_full(self, pick):
        invoice, doc = self.one(self.claims(), pick)
        is_fine = self.is_creditable(invoice.pk)
        made = self.asked(is_fine, credit_notes.credit_in_full, invoice=invoice, reason="Mistake")
        if is_fine:
            parts = {key: line.rest for key, line in doc.lines.items() if line.is_left}
            note = Note(doc.after(parts).by_rate, {} if doc.deducts_released else doc.deducts)
            doc.deducts_released = bool(doc.deducts)
            self.credited(doc, invoice, parts, note, made)

    def credited(self, doc, invoice, parts, note, made):
        self.numbered(made, "AV", max(self.now, invoice.issued_at))
        assert in_cents(made.payable) == note.payable
        self.take_back(doc, parts, note)

    @rule(
        client=st.integers(0, 1), which=st.lists(picks, max_size=2), share=shares, more=st.sampled_from([0, 0, 1, 900])
    )
    def pay(self, client, which, share, more):
        chosen = dict.fromkeys(self.one(self.claims(), each)[0] for each in which if self.claims())
        docs = [self.docs[invoice.pk] for invoice in chosen]
        amount = sum(doc.remaining for doc in docs) * share // 100 + more
        left, puts = amount, []
        for invoice, doc in zip(chosen, docs, strict=True):
            puts.append((invoice.pk, doc, min(left, doc.remaining)))
            left -= puts[-1][2]
        is_fine = amount > 0 and all(doc.client == client for _key, doc, part in puts if part)
        receipt = Receipt(amount=euros(amount), currency="EUR", received_on=local_day(self.now, PARIS))
        given = {"client": self.clients[client], "receipt": receipt, "against": list(chosen)}
        payment = self.asked(is_fine, payments.receive_payment, **given)
        if is_fine:
            self.money[payment.pk] = Money(client, amount)
            for _key, doc, part in puts:
                self.move(payment.pk, doc, part)

    @precondition(lambda self: self.money and self.claims())
    @rule(pick=picks, which=picks, share=shares)
    def put_elsewhere(self, pick, which, share):
        payment, money = self.payment(pick)
        invoice, doc = self.one(self.claims(), which)
        amount = min(money.left, doc.remaining) * share // 100
        is_fine = 0 < amount <= min(money.left, doc.remaining) and money.client == doc.client
        given = {"payment": payment, "invoice": invoice, "amount": euros(amount)}
        self.asked(is_fine, payments.allocate_payment, **given)
        if is_fine:
            self.move(payment.pk, doc, amount)

    @precondition(lambda self: any(doc.paid for doc in self.docs.values()))
    @rule(pick=picks, which=picks, share=shares)
    def take_off(self, pick, which, share):
        invoice, doc = self.one([key for key, doc in self.docs.items() if doc.paid], pick)
        key = sorted(doc.put)[which % len(doc.put)]
        amount = doc.put[key] * share // 100
        is_fine = 0 < amount <= doc.put[key]
        given = {"payment": Payment.objects.get(pk=key), "invoice": invoice, "amount": euros(amount)}
        self.asked(is_fine, payments.take_off_payment, **given, reason="Elsewhere")
        if is_fine:
            self.move(key, doc, -amount)

    @precondition(lambda self: self.money)
    @rule(pick=picks, share=shares)
    def refund(self, pick, share):
        payment, money = self.payment(pick)
        amount = money.left * share // 100
        is_fine = 0 < amount <= money.left
        given = {"payment": payment, "amount": euros(amount), "reason": "Over", "method": "transfer"}
        self.asked(is_fine, payments.refund_payment, **given)
        if is_fine:
            money.back += amount

    @precondition(lambda self: self.money)
    @rule(pick=picks)
    def write_by_mistake(self, pick):
        payment, money = self.payment(pick)
        is_fine = not money.back
        self.asked(is_fine, mistakes.take_back_payment, payment=payment, reason="Never came")
        if is_fine:
            for doc in self.docs.values():
                self.move(payment.pk, doc, -doc.put.get(payment.pk, 0))
            money.back = money.amount

    @rule(hours=st.sampled_from([-72, -1, 1, 30, 24 * 250]))
    def clock_is_set(self, hours):
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.docs)
    @rule(pick=picks)
    def crash(self, pick):
        """Everything at once, and then the lights go out."""
        with suppress(Crash), transaction.atomic():
            for key, doc in self.docs.items():
                row = Invoice.objects.get(pk=key)
                given = {"invoice": row, "actor": None, "now": self.now}
                with suppress(DomainError):
                    if doc.number is None:
                        issuing.issue_invoice(**given)
                    elif pick % 2:
                        credit_notes.credit_in_full(**given, reason="x")
                    else:
                        receipt = Receipt(amount=Decimal(5), currency="EUR", received_on=self.now.date())
                        given.pop("invoice")
                        payments.receive_payment(client=row.client, receipt=receipt, against=[row], **given)
            raise Crash

    # What always holds --------------------------------------------------------------------------

    @invariant()
    def the_books_hold(self):
        with refusing():  # what is deferred to the end of a transaction is asked now
            pass
        assert [(finding.rule, finding.says) for finding in books.findings()] == []

    @invariant()
    def documents_are_what_the_model_says(self):
        shown = {
            row.pk: (
                row.status,
                *map(in_cents, (row.payable, row.credited_total, row.paid_total, row.remaining_balance)),
            )
            for row in Invoice.objects.exclude(kind="credit_note")
        }
        expected = {}
        for key, doc in self.docs.items():
            remaining = 0 if doc.number is None else doc.remaining
            expected[key] = (doc.status, doc.payable, doc.credited, doc.paid, remaining)
        assert shown == expected
        for row in Invoice.objects.filter(deposit_amount__isnull=False):
            doc = self.docs[row.pk]
            assert (row.deposit_paid_at is not None) == (doc.number is not None and doc.paid >= doc.asked)

    @invariant()
    def accounts_and_clients_are_what_the_model_says(self):
        assert {account: in_cents(amount) for account, amount in balances().items()} == self.accounts()
        rows = Client.objects.in_bulk([client.pk for client in self.clients])
        assert [in_cents(rows[client.pk].balance_due) for client in self.clients] == [self.owed(0), self.owed(1)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(4, 25, id="gate"), pytest.param(200, 80, id="long", marks=pytest.mark.long)]
)
def test_documents_money_ledger_and_model_agree(studio, examples, steps):
    play(Till, examples, steps)


class Forgetful(Till):
    """The same, with a model that forgets what was paid back."""

    @precondition(lambda self: any(each.back for each in self.money.values()))
    @rule()
    def forget(self):
        for each in self.money.values():
            each.back = 0


@pytest.mark.django_db
def test_a_model_that_forgets_is_found_out(studio):
    with pytest.raises(AssertionError):
        play(Forgetful, 40, 40)
