"""The books of former studios arrive as they were stated, and the proof of the books finds nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import (
    Contract,
    Expense,
    Invoice,
    InvoiceSource,
    LedgerEntry,
    NumberSeries,
    Package,
    Payment,
    Quote,
    Service,
    VatRate,
)
from billing.selectors import books, register
from billing.selectors.till import open_till
from billing.services import credit_notes, payments, quote_answers
from billing.services.issuing import issue_invoice
from billing.services.quote_answers import Signer
from sessions_app.models import Client, Project
from studio.db import constraint_name
from studio.office.models import StudioProfile
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from studio.tenancy.context import as_owner
from tests.billing.adopted_money import became, money_says_how_far_they_are, notes
from tests.billing.former_books import LATER, OF_RECORDING, OF_TRAINING, RECORDING, TAMPERINGS, TRAINING
from tests.billing_factories import SELLER
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql, name="former.sql"):
        path = tmp_path / name
        path.write_text(sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW)

    return from_sql


def counted(report, tables):
    found = {name: report.tables[name] for name in tables}
    return {name: (t.read, t.created, t.existing, t.set_aside) for name, t in found.items()}


def changed(statement):
    """Return what refuses a statement of the tables' owner, and the rules found broken where the guards are off."""
    with as_owner(connection.schema_name), connection.cursor() as cursor:
        with pytest.raises(DatabaseError) as refusal, transaction.atomic():
            cursor.execute(statement)
        refused = constraint_name(refusal.value)
        try:
            with transaction.atomic():
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
                for table in ("invoices", "invoice_items"):
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(statement)
                rules = sorted({finding.rule for finding in books.findings()} - {"L2"})
                transaction.set_rollback(True)
        except DatabaseError:
            return refused, None
    return refused, rules


def contradictions():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return [(finding.rule, finding.says) for finding in books.findings()]


def test_a_recording_studios_books_arrive_as_they_were_stated(take_over, web):
    report = take_over(RECORDING)

    assert contradictions() == []
    assert counted(report, OF_RECORDING) == OF_RECORDING
    assert list(NumberSeries.objects.all()) == []
    _sums_stay_as_stated(report)
    money_says_how_far_they_are(report)
    _what_nobody_can_read_is_set_aside(report)
    _the_rest_arrives(report)
    assert (open_till("EUR").count, open_till("EUR").expected) == (0, 0)
    _pages_show_them(signed_in(web, account("owner")))
    assert {statement: changed(statement) for statement in TAMPERINGS} == TAMPERINGS

    again = take_over(RECORDING)
    assert again.created == 0
    assert [table.reasons for table in again.tables.values()] == [table.reasons for table in report.tables.values()]
    assert {name: (0, table.created + table.existing) for name, table in report.tables.items()} == {
        name: (table.created, table.existing) for name, table in again.tables.items()
    }
    _life_goes_on()
    assert contradictions() == []
    _what_comes_late_keeps_its_number(take_over(LATER, "later.sql"))
    assert contradictions() == []


def _sums_stay_as_stated(report):
    facts = ("invoice_number", "former_series", "subtotal", "tax_amount", "total", "net_difference", "tax_difference")
    rows = Invoice.objects.filter(kind="invoice").order_by("pk").values_list(*facts)
    assert [(row[0], row[1], *map(str, row[2:])) for row in rows] == [
        ("INV-2025-0001", "adopted", "100.00", "20.00", "120.00", "0.00", "0.00"),
        ("FAC-2025-0002", "adopted", "150.00", "25.01", "175.01", "0.00", "0.01"),
        ("FAC-2025-0004", "adopted", "100.01", "20.00", "120.02", "0.01", "0.00"),
        ("FAC-2025-0004", "adopted-2", "80.00", "16.00", "96.00", "0.00", "0.00"),
        ("FAC-2025-0005", "adopted", "10.00", "2.00", "12.00", "0.00", "0.00"),
        ("", "", "10.00", "2.00", "12.00", "0.00", "0.00"),
        ("FAC-2026-0003", "adopted", "10.00", "2.00", "12.00", "0.00", "0.00"),
        ("FAC-2025-0017", "adopted", "500.00", "100.00", "600.00", "0.00", "0.00"),
        ("FAC-2025-0018", "adopted", "100.00", "20.00", "120.00", "0.00", "0.00"),
        ("FAC-2025-0019", "adopted", "100.00", "20.00", "120.00", "0.00", "0.00"),
        ("FAC-2025-0020", "adopted", "100.00", "20.00", "120.00", "0.00", "20.00"),
        ("", "", "10.00", "2.00", "12.00", "0.00", "0.00"),
    ]
    second = became("invoices", 2, Invoice)
    assert list(second.taxes.order_by("rate").values_list("rate", "base", "tax")) == [
        (Decimal(10), Decimal(50), Decimal(5)),
        (Decimal(20), Decimal(100), Decimal("20.01")),
    ]
    at_none = became("invoices", 19, Invoice)
    assert list(at_none.taxes.values_list("rate", "base", "tax")) == [(20, 100, 20)]
    assert not VatRate.objects.filter(rate="16.67").exists()
    assert list(became("invoices", 4, Invoice).items.values_list("quantity", "unit_price", "amount")) == [
        (2, 50, 100),
        (-1, 20, -20),
    ]
    assert [note for note in notes(report, "invoices") if "stated" in note and "there" not in note] == [
        "The VAT stated is 25.01; its lines make 25.00.",
        "The net sum stated is 100.01; its lines make 100.00.",
        "The total stated is 120.02; net and VAT make 120.01.",
        "The VAT stated is 20.00; its lines make 0.00.",
    ]
    assert notes(report, "invoice_items", 4) == ["3 times 33.33 is 99.99; it stated 100.00, which is kept."]
    rounding = LedgerEntry.objects.filter(ledger_account="rounding").values_list("credit", flat=True)
    assert list(rounding) == [Decimal("0.01")]
    assert "Another document has the number FAC-2025-0004; this one is told apart as adopted-2." in notes(
        report, "invoices", 4
    )
    assert notes(report, "invoices", "FAC-2025-") == [
        "The number FAC-2025-0003 is missing.",
        "The numbers from FAC-2025-0007 to FAC-2025-0008 are missing.",
    ]


def _what_nobody_can_read_is_set_aside(report):
    reasons = {name: dict(table.reasons) for name, table in report.tables.items() if table.reasons}
    assert reasons["invoices"] == {
        7: 'subtotal is not a number: "NaN".',
        8: '"XXQ" is no currency that sums can be kept in.',
        9: 'issue_date is no usable date: "20222-02-10T00:00:00".',
        10: "subtotal is no amount in cents: 1E+40.",
        11: "total is missing.",
        12: 'status is unknown: "on hold".',
        13: "client_id names no row of clients: 77.",
        14: "It belongs to row 3 of clients, which was set aside.",
    }
    assert reasons["invoice_items"] == {
        8: "quantity cannot be 0.",
        9: "-1 times 50.00 cannot be 50.00.",
        10: 'quantity is not a number: "two".',
        11: "invoice_id names no row of invoices: 99.",
        12: "It belongs to row 7 of invoices, which was set aside.",
    }
    assert reasons["payments"] == {
        7: 'No money came: it is "pending".',
        8: "amount is negative: -9.",
        9: 'amount is not a number: "nine".',
        10: "It belongs to row 7 of invoices, which was set aside.",
        11: "10.00 went back, but only 9.00 came.",
        12: "It is over nothing.",
    }
    assert reasons["payment_transactions"] == {
        4: 'No money came: it is "failed".',
        6: "Nothing that came in by card is left for it to have come from.",
    }
    assert reasons["quotes"] == {
        7: "total is missing.",
        8: "It belongs to row 3 of clients, which was set aside.",
    }
    assert list(reasons["expenses"]) == [2, 3, 4]
    assert reasons["vat_rates"] == {4: "rate is no rate: 120."}


def _the_rest_arrives(report):
    assert list(Quote.objects.order_by("pk").values_list("quote_number", "former_series", "status", "version")) == [
        ("QT-2025-0001", "adopted", "accepted", 1),
        ("Q-2026-0002", "adopted", "sent", 1),
        ("Q-2025-0003", "adopted", "expired", 1),
        ("Q-2025-0003", "adopted-2", "rejected", 1),
        ("Q-2025-0005", "adopted", "draft", 0),
        ("Q-2025-0006", "adopted", "cancelled", 0),
    ]
    album = Project.objects.get(name="Album")
    assert became("quotes", 1, Quote).converted_to_project == album
    source = InvoiceSource.objects.get()
    assert (source.item.invoice, source.quote_item.quote) == (
        became("invoices", 1, Invoice),
        became("quotes", 1, Quote),
    )
    service = Service.objects.get()
    assert (service.unit_price, service.vat_rate.rate, service.default_quantity) == (Decimal("1250.50"), 10, 1)
    assert VatRate.objects.get(rate=7).archived_at is not None
    assert list(Package.objects.order_by("pk").values_list("name", "hours_left")) == [("Ten hours", 6), ("Old", 0)]
    assert list(Contract.objects.order_by("pk").values_list("contract_number", "status", "former_signed_document")) == [
        ("C-1", "signed", "s3://c1"),
        ("C-1", "draft", ""),
    ]
    expense = Expense.objects.get()
    assert (expense.net_amount, expense.paid_on.isoformat(), expense.former_receipt) == (1000, "2025-01-10", "s3://r1")
    assert Project.objects.get(pk=album.pk).actual_cost == 1000
    notes_of = {note.invoice_number: note for note in Invoice.objects.filter(kind="credit_note")}
    assert {
        number: (str(note.total), str(note.tax_amount), note.refers_to_id) for number, note in notes_of.items()
    } == {
        "AV-2025-0001": ("24.00", "3.43", became("invoices", 2, Invoice).pk),
        "AV-2025-0002": ("5.00", "0.00", None),
        "AV-2025-0003": ("5.00", "0.00", None),
        "AV-2025-0004": ("500.00", "0.00", None),
        "AV-2026-0011": ("5.00", "0.00", None),
        "AV-2025-0006": ("120.00", "20.00", became("invoices", 18, Invoice).pk),
    }
    assert notes_of["AV-2025-0003"].status == "cancelled"


def _pages_show_them(office):
    shown = {}
    for model in (Invoice, Quote, Payment, Contract, Expense, Package):
        name = model._meta.model_name
        assert office.get(f"/admin/billing/{name}/").status_code == 200
        for row in model.objects.all():
            answer = office.get(f"/admin/billing/{name}/{row.pk}/change/")
            assert answer.status_code == 200, row
            shown[row] = " ".join(answer.content.decode().split())
    second, twin = shown[became("invoices", 2, Invoice)], shown[became("invoices", 4, Invoice)]
    assert "VAT stated beyond its lines</dt><dd>0.01 EUR</dd>" in second
    assert "adopted-2" in twin
    assert "adopted" not in second
    assert "<code>invoices/1/1/0-a.pdf</code>" in shown[became("invoices", 1, Invoice)]
    assert "Cancelled in the former system." in shown[became("invoices", 5, Invoice)]


def _life_goes_on():
    """What was adopted open is paid, credited and answered as what is written here."""
    open_one = became("invoices", 4, Invoice)
    credit = Payment.objects.get(method="cash")
    payments.allocate_payment(payment=credit, invoice=open_one, amount=Decimal(15), actor=None, now=NOW)
    note = credit_notes.credit_in_full(invoice=open_one, reason="Never recorded", actor=None, now=NOW)
    assert note.invoice_number == "AV-2026-0012"
    StudioProfile.objects.update(**SELLER)
    issued = issue_invoice(invoice=became("invoices", 6, Invoice), actor=None, now=NOW)
    assert issued.invoice_number == "FAC-2026-0004"
    assert [(proof.first, proof.count, proof.missing, proof.is_chained) for proof in register.series_proofs()] == [
        ("AV-2026-0012", 1, 0, True),
        ("FAC-2026-0004", 1, 0, True),
    ]
    open_one.refresh_from_db()
    assert (open_one.remaining_balance, open_one.credited_total, open_one.status) == (0, 96, "credited")
    quote = became("quotes", 2, Quote)
    version = quote.versions.get()
    accepted = quote_answers.accept_quote(
        version=version, fingerprint=version.content_hash, signer=Signer("Mina"), actor=None, now=NOW
    )
    assert accepted.status == "accepted"


def _what_comes_late_keeps_its_number(report):
    assert counted(report, ["invoices"]) == {"invoices": (4, 4, 0, 0)}
    late = Invoice.objects.filter(client__name="Quinn").order_by("pk").values_list("invoice_number", "former_series")
    assert list(late) == [
        ("FAC-2026-0004", "adopted-2"),
        ("FAC-2026-0057", "adopted-2"),
        ("AV-2026-0013", "adopted-2"),
        ("FAC-2026-0002", "adopted"),
    ]
    told = "A series that has begun here gives the number FAC-2026-0004 to another; this is told apart as adopted-2."
    assert told in notes(report, "invoices", 1)


def test_a_training_studios_payments_arrive_with_their_invoices(take_over):
    report = take_over(TRAINING)

    assert contradictions() == []
    assert (open_till("EUR").count, open_till("EUR").expected) == (0, 0)
    cash = LedgerEntry.objects.filter(ledger_account__in=["cash", "transit"]).order_by("pk")
    assert [(each.ledger_account, each.debit - each.credit) for each in cash] == [
        ("transit", 900),
        ("transit", 60),
        ("transit", -60),
        ("transit", -200),
    ]
    assert counted(report, OF_TRAINING) == OF_TRAINING
    assert dict(report.tables["subscription_payments"].reasons) == {
        4: 'No money came: it is "pending".',
        5: "It names no member.",
        6: "refunded_payment_id names no row of subscription_payments: 77.",
        9: 'No money came: it is "pending".',
    }
    rows = Payment.objects.order_by("pk").values_list("client__name", "direction", "amount", "origin__amount")
    assert [(name, way, int(amount), origin and int(origin)) for name, way, amount, origin in rows] == [
        ("Ada Morel", "in", 1200, None),
        ("Bea Nord", "in", 900, None),
        ("Bea Nord", "in", 60, None),
        ("Bea Nord", "out", 60, 60),
        ("Ada Morel", "in", 80, None),
        ("Ada Morel", "out", 80, 80),
        ("Ada Morel", "in", 90, None),
        ("Ada Morel", "out", 30, 90),
        ("Bea Nord", "out", 200, 900),
        ("Ada Morel", "out", 20, 90),
    ]
    facts = ("invoice_number", "status", "total", "paid_total", "tax_difference", "snapshot__seller__name")
    assert list(Invoice.objects.order_by("pk").values_list(*facts)) == [
        ("02052026-01", "paid", 1200, 1200, 0, "Pulse"),
        ("02052026-02", "paid", 700, 700, Decimal("-0.01"), "Pulse"),
        ("02052026-04", "cancelled", 12, 0, 0, "Pulse"),
        ("03052026-01", "issued", 12, 0, 0, "Pulse"),
    ]
    assert notes(report, "invoices", "02052026-") == ["The number 02052026-03 is missing."]
    assert [str(client.balance_due) for client in Client.objects.order_by("pk")] == ["-40.00", "12.00"]
    assert sorted(notes(report, "members")) == [
        "The former system had 0.00 EUR to get; by the ledger it is -40.00.",
        "The former system had 500.00 EUR to get; by the ledger it is 12.00.",
    ]
    assert take_over(TRAINING).created == 0
