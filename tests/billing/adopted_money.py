"""What is expected of the money of a former studio, beside its documents."""

from datetime import UTC, datetime

from billing.models import Invoice, Payment
from sessions_app.models import Client
from studio.office.models import AdoptionLink, AdoptionRow


def became(table, row, model):
    return model.objects.get(pk=AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id)


def notes(report, table, row=None):
    return [note.what for note in report.notes if note.table == table and row in {None, note.row}]


def money_says_how_far_they_are(report):
    facts = ("status", "paid_total", "credited_total", "remaining_balance", "former_status", "former_balance")
    found = {row: [str(getattr(became("invoices", row, Invoice), name)) for name in facts] for row in range(1, 7)}
    assert found == {
        1: ["paid", "120.00", "0.00", "0.00", "paid", "0.00"],
        2: ["paid", "151.01", "24.00", "0.00", "sent", "125.01"],
        3: ["issued", "0.00", "0.00", "120.02", "paid", "None"],
        4: ["partially_paid", "40.00", "0.00", "56.00", "overdue", "96.00"],
        5: ["cancelled", "0.00", "0.00", "0.00", "cancelled", "12.00"],
        6: ["draft", "0.00", "0.00", "0.00", "", "None"],
    }
    second = became("invoices", 2, Invoice)
    assert (second.deposit_amount, second.deposit_paid_at) == (50, datetime(2025, 1, 6, 23, 0, tzinfo=UTC))
    assert second.stripe_deposit_payment_intent_id == "pi_deposit"
    first = became("invoices", 1, Invoice)
    assert (first.pdf_s3_key, first.was_printed, str(first.project)) == ("invoices/1/1/0-a.pdf", False, "Album")
    assert [became("invoices", row, Invoice).status for row in (17, 18, 19, 20)] == [
        *("cancelled", "credited", "issued", "draft"),
    ]
    assert [notes(report, "invoices", row)[0] for row in (17, 19, 20)] == [
        "It was paid back, and no credit note takes it back: it counts for nothing, as if cancelled.",
        "It had no status; it was sent or paid, so it was issued.",
        "It had no status, and was neither sent nor paid; taken as a draft.",
    ]
    assert 'It was called "paid"; 0.00 of 120.02 is paid, so it is: issued.' in notes(report, "invoices", 3)
    assert "To pay was 96.00 as stated there; by its payments it is 56.00." in notes(report, "invoices", 4)
    assert [str(client.balance_due) for client in Client.objects.order_by("pk")] == [
        *("-8.99", "-355.98", "484.00", "25.00"),
    ]
    assert notes(report, "clients") == [
        "The former system had 125.01 EUR to get; by the ledger it is -8.99.",
        "The former system had 96.00 EUR to get; by the ledger it is -355.98.",
        "The former system had 0.00 EUR to get; by the ledger it is 484.00.",
        "The former system had 120.00 EUR to get; by the ledger it is 25.00.",
    ]
    rows = Payment.objects.order_by("pk").values_list("direction", "amount", "method", "provider_id")
    assert [(way, str(amount), method, number) for way, amount, method, number in rows] == [
        ("in", "120.00", "transfer", ""),
        ("in", "200.00", "card", "pi_2"),
        ("out", "30.00", "card", ""),
        ("in", "40.00", "card", ""),
        ("in", "15.00", "cash", ""),
        ("in", "12.00", "other", ""),
        ("in", "9.00", "cheque", ""),
        ("out", "9.00", "cheque", ""),
        ("in", "600.00", "card", "pi_9"),
        ("in", "100.00", "card", ""),
        ("out", "100.00", "card", ""),
        ("in", "150.00", "card", "pi_15"),
        ("in", "12.00", "card", ""),
        ("in", "39.00", "card", ""),
        ("in", "60.00", "card", "pi_18"),
        ("out", "20.00", "card", ""),
        ("in", "30.00", "card", ""),
        ("in", "120.00", "card", ""),
        ("out", "120.00", "card", ""),
        ("in", "120.00", "transfer", ""),
        ("out", "120.00", "transfer", ""),
        ("in", "80.00", "card", "pi_22"),
        ("out", "30.00", "card", ""),
        ("in", "70.00", "card", ""),
        ("out", "25.00", "card", ""),
        ("in", "39.00", "card", "pi_4"),
        ("out", "600.00", "card", ""),
        ("in", "39.00", "card", "pi_17"),
        ("out", "5.00", "card", ""),
        ("out", "10.00", "card", ""),
        ("out", "150.00", "card", ""),
    ]
    assert became("payment_transactions", 1, Payment) == became("payments", 2, Payment)
    assert became("payment_transactions", 2, Payment) == became("payments", 3, Payment)
    _one_movement_is_written_once()
    kept = AdoptionRow.objects.get(table_name="payment_transactions", row_id="2")
    assert kept.content["stripe_payment_intent_id"] == "pi_3"


def _one_movement_is_written_once():
    moved = {}
    for payment in Payment.objects.filter(client__name="Omar", direction="in").order_by("pk"):
        back = [str(amount) for amount in payment.returns.order_by("pk").values_list("amount", flat=True)]
        moved[f"{payment.amount} {payment.currency} {payment.provider_id}".strip()] = back
    assert moved == {
        "600.00 EUR pi_9": ["600.00"],
        "100.00 EUR": ["100.00"],
        "150.00 EUR pi_15": ["150.00"],
        "12.00 EUR": [],
        "39.00 EUR": [],
        "60.00 EUR pi_18": ["20.00", "5.00"],
        "30.00 EUR": [],
        "39.00 USD pi_17": [],
    }
    album = became("invoices", 16, Invoice)
    assert (album.status, album.paid_total, album.remaining_balance) == ("partially_paid", 30, 570)
    assert became("payment_transactions", 8, Payment).origin == became("payments", 14, Payment)
    assert became("payment_transactions", 10, Payment) == became("payments", 16, Payment)
