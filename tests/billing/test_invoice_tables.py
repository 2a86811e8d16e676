"""What the tables of documents and money refuse, by raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import Invoice
from billing.services import credit_notes
from studio.db import constraint_name
from studio.tenancy.context import as_owner
from tests.billing_factories import DraftFactory, PaymentFactory, ServiceFactory, issued, line, paid
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def whole(statement, values):
    """Run a statement as a transaction of its own."""
    with transaction.atomic():
        run(statement, values)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def refused(statement, values=()):
    """Return the constraint that refuses a statement of the table's owner, at once or at the end."""
    with as_owner(connection.schema_name), pytest.raises(DatabaseError) as refusal:
        whole(statement, values)
    return constraint_name(refusal.value)


FROZEN = [
    "UPDATE invoices SET total = total + 1, subtotal = subtotal + 1 WHERE id = %s",
    "UPDATE invoices SET invoice_number = 'FAC-2026-0999' WHERE id = %s",
    "UPDATE invoices SET issued_on = issued_on - 1 WHERE id = %s",
    "UPDATE invoices SET notes = 'x' WHERE id = %s",
    "UPDATE invoices SET snapshot = '{}' WHERE id = %s",
    "UPDATE invoices SET content_hash = repeat('0', 64) WHERE id = %s",
    "UPDATE invoices SET status = 'draft', invoice_number = '', number = NULL, series_id = NULL WHERE id = %s",
    "UPDATE invoices SET project_id = NULL WHERE id = %s",
    "DELETE FROM invoices WHERE id = %s",
    "UPDATE invoice_items SET description = 'x' WHERE invoice_id = %s",
    "UPDATE invoice_items SET service_id = NULL WHERE invoice_id = %s",
    "DELETE FROM invoice_items WHERE invoice_id = %s",
    "UPDATE invoice_taxes SET tax = tax + 1 WHERE invoice_id = %s",
    "DELETE FROM invoice_taxes WHERE invoice_id = %s",
    "INSERT INTO invoice_taxes (invoice_id, rate, amount, base, tax) VALUES (%s, 3, 1, 1, 1)",
]


@pytest.mark.parametrize("statement", FROZEN)
def test_an_issued_document_stays_as_it_is(statement):
    project = ProjectFactory()
    given = {"client": project.client, "project": project, "lines": [line(service=ServiceFactory())]}
    invoice = issued(**given)
    assert refused(statement, [invoice.pk]).endswith("_frozen_once_issued")
    # A draft takes all of them but what its own checks refuse.
    with as_owner(connection.schema_name), transaction.atomic():
        assert run(FROZEN[3], [DraftFactory(**given).pk]) == 1


def test_what_one_document_has_never_moves_to_another():
    draft, session = DraftFactory(), SessionFactory(client=ClientFactory())
    invoice = issued(client=session.client, lines=[line(charges=[session])])
    other = SessionFactory()
    moves = {
        "UPDATE invoice_items SET invoice_id = %s, position = 9 WHERE invoice_id = %s": (draft.pk, invoice.pk),
        "UPDATE invoice_items SET invoice_id = %s, position = 8 WHERE invoice_id = %s ": (invoice.pk, draft.pk),
        "UPDATE invoice_sources SET session_id = %s WHERE item_id = %s": (other.pk, invoice.items.get().pk),
        "UPDATE invoice_sources SET session_id = NULL WHERE id > %s AND item_id = %s": (0, invoice.items.get().pk),
    }
    assert {refused(statement, values) for statement, values in moves.items()} == {
        "invoice_items_frozen_once_issued",
        "invoice_sources_frozen_once_issued",
    }


def test_what_it_points_to_may_go():
    project, service = ProjectFactory(), ServiceFactory()
    invoice = issued(client=project.client, project=project, lines=[line(service=service)])
    project.delete()
    service.delete()
    stored = Invoice.objects.get(pk=invoice.pk)
    assert (stored.project_id, stored.project_label, stored.items.get().service_id) == (None, project.name, None)


def test_a_stored_pdf_is_stored_once():
    invoice = issued()
    assert run("UPDATE invoices SET pdf_s3_key = 'a', pdf_hash = 'b' WHERE id = %s", [invoice.pk]) == 1
    assert refused("UPDATE invoices SET pdf_s3_key = 'c' WHERE id = %s", [invoice.pk]) == "invoices_frozen_once_issued"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("deposit_amount = 121", "invoices_frozen_once_issued"),
        ("deposit_paid_at = now()", "invoices_deposit_paid_is_asked"),
        ("paid_total = 120, remaining_balance = 0, status = 'paid'", "invoices_settled_as_allocated"),
        ("remaining_balance = 1", "invoices_remaining_is_the_rest"),
        ("status = 'paid'", "invoices_status_follows_money"),
        ("status = 'credited'", "invoices_status_follows_money"),
        ("status = 'void'", "invoices_status_"),
    ],
)
def test_a_document_says_what_was_put_against_it(change, constraint):
    assert refused(f"UPDATE invoices SET {change} WHERE id = %s", [issued().pk]).startswith(constraint)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("deposit_amount = 0", "invoices_deposit_within_total"),
        ("invoice_number = 'FAC-2026-0001'", "invoices_draft_has_no_number"),
        ("currency = 'eur'", "invoices_currency_code"),
        ("kind = 'credit_note'", "invoices_refers_by_kind"),
        ("supplied_from = '2026-06-02', supplied_to = '2026-06-01'", "invoices_supplied_to_after_from"),
    ],
)
def test_a_draft_refuses_nonsense(change, constraint):
    assert refused(f"UPDATE invoices SET {change} WHERE id = %s", [DraftFactory().pk]) == constraint


def test_a_deposit_is_at_most_the_total():
    sql = """INSERT INTO invoices (client_id, former_series, status, invoice_number, issued_on, total, subtotal,
        remaining_balance, snapshot, content_hash, deposit_amount)
        VALUES (%s, 'old', 'issued', 'X', now(), 120, 120, 120, '{}', repeat('a', 64), %s)"""
    client = ClientFactory()
    assert refused(sql, [client.pk, 121]) == "invoices_deposit_within_total"
    assert refused(sql, [client.pk, 120]) == "invoices_whole_as_stated"
    with transaction.atomic():
        assert run(sql, [client.pk, 120]) == 1
        transaction.set_rollback(True)


def test_numbers_follow_each_other():
    invoice = issued()
    series = invoice.series_id
    assert refused("UPDATE number_series SET next_number = 9 WHERE id = %s", [series]) == "number_series_step_by_step"
    assert refused("UPDATE number_series SET next_number = 1 WHERE id = %s", [series]) == "number_series_step_by_step"
    assert refused("DELETE FROM number_series WHERE id = %s", [series]) == "number_series_step_by_step"
    sql = "UPDATE number_series SET next_number = next_number + 1 WHERE id = %s"
    assert refused(sql, [series]) == "number_series_given_to_documents"
    sql = "UPDATE number_series SET last_hash = repeat('0', 64) WHERE id = %s"
    assert refused(sql, [series]) == "number_series_step_by_step"
    sql = """UPDATE invoices SET status = 'issued', series_id = %s, number = 7, invoice_number = 'FAC-2026-0007',
        issued_on = now(), issued_at = now(), snapshot = '{}', content_hash = repeat('a', 64), remaining_balance = 120
        WHERE id = %s"""
    assert refused(sql, [series, DraftFactory().pk]) == "invoices_number_given_by_series"


def test_documents_begin_as_drafts_and_stay_in_their_mode():
    sql = """INSERT INTO invoices (client_id, status, series_id, number, invoice_number, issued_on, issued_at, snapshot,
        content_hash) SELECT client_id, status, series_id, 500, 'FAC-2026-0500', issued_on, issued_at, snapshot,
        content_hash FROM invoices WHERE id = %s"""
    assert refused(sql, [issued().pk]) == "invoices_frozen_once_issued"
    draft = DraftFactory()
    for change in ("is_test = true", "former_series = 'old'"):
        assert refused(f"UPDATE invoices SET {change} WHERE id = %s", [draft.pk]) == "invoices_frozen_once_issued"


LEDGER = {
    "UPDATE ledger_entries SET debit = debit + 1 WHERE debit > 0": "ledger_entries_append_only",
    "DELETE FROM ledger_entries": "ledger_entries_append_only",
    "UPDATE ledger_transactions SET booked_on = booked_on - 1": "ledger_transactions_kept",
    "DELETE FROM ledger_transactions": "ledger_transactions_kept",
    "UPDATE allocations SET amount = 1": "allocations_append_only",
    "DELETE FROM allocations": "allocations_append_only",
    "UPDATE payments SET amount = amount + 1": "payments_kept",
    "UPDATE payments SET state = 'failed'": "payments_kept",
    "DELETE FROM payments": "payments_kept",
}


def test_the_books_are_only_added_to():
    paid(issued())
    assert {statement: refused(statement) for statement in LEDGER} == LEDGER


def test_a_test_charges_for_nothing_in_the_tables_either():
    item = DraftFactory(is_test=True).items.get().pk
    sql = "INSERT INTO invoice_sources (item_id, label) VALUES (%s, 'x')"
    assert refused(sql, [item]) == "invoice_sources_of_no_test"
    assert run(sql, [DraftFactory().items.get().pk]) == 1


def test_the_providers_number_is_written_once():
    payment = paid(issued(), provider="stripe")
    sql = "UPDATE payments SET provider_id = %s WHERE id = %s"
    assert run(sql, ["pi_1", payment.pk]) == 1
    assert refused(sql, ["pi_2", payment.pk]) == refused(sql, ["", payment.pk]) == "payments_kept"


def test_a_payment_is_never_spent_twice():
    first = issued()
    second = issued(client=first.client)
    payment = paid(first, "130")
    sql = "INSERT INTO allocations (payment_id, invoice_id, amount, at) VALUES (%s, %s, %s, now())"
    assert refused(sql, [payment.pk, second.pk, 11]) == "payments_never_overspent"
    assert refused(sql, [payment.pk, second.pk, -1]) == "allocations_never_below_zero"
    assert refused(sql, [PaymentFactory().pk, second.pk, 1]) == "allocations_of_one_client"
    tested = issued(client=first.client, is_test=True)
    assert refused(sql, [payment.pk, tested.pk, 1]) == "allocations_of_one_client"
    assert refused(sql, [payment.pk, second.pk, 10]) == "invoices_settled_as_allocated"
    back = """INSERT INTO payments (direction, kind, client_id, origin_id, amount, received_on, reason)
        VALUES ('out', 'refund', %s, %s, %s, now(), 'x')"""
    assert refused(back, [first.client_id, payment.pk, 11]) == "payments_never_overspent"
    assert run(back, [first.client_id, payment.pk, 10]) == 1


def test_a_rate_that_documents_name_stays_what_it_is():
    assert run("UPDATE vat_rates SET rate = 21 WHERE rate = 20") == 1
    issued(lines=[line(percent="21")])
    assert refused("UPDATE vat_rates SET rate = 22 WHERE rate = 21") == "vat_rates_frozen_once_used"


def test_an_account_may_go_and_the_books_keep_its_name():
    user = UserFactory()
    invoice = issued()
    note = credit_notes.credit_in_full(invoice=invoice, reason="Mistake", actor=user, now=NOW)
    label = user.label
    user.delete()
    posting = note.ledger_transactions.get()
    assert (posting.account_id, posting.actor_label) == (None, label)
