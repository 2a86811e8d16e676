"""What the tables refuse of documents as a whole and of the books, by raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from studio.db import constraint_name
from studio.tenancy.context import as_owner
from tests.billing.test_deposits import deposit_of, final_of
from tests.billing.test_invoice_tables import refused, run
from tests.billing_factories import DraftFactory, issued, line, paid
from tests.factories import ClientFactory, SessionFactory

pytestmark = pytest.mark.django_db


def test_a_posting_balances_or_is_not_stored():
    invoice = issued()
    posting = invoice.ledger_transactions.get().pk
    sql = "INSERT INTO ledger_entries (transaction_id, ledger_account, debit) VALUES (%s, 'cash', 5)"
    assert refused(sql, [posting]) == "ledger_transactions_balance"
    alone = """INSERT INTO ledger_transactions (kind, currency, booked_on, at, client_id)
        VALUES ('fee', 'EUR', now(), now(), %s)"""
    assert refused(alone, [invoice.client_id]) == "ledger_transactions_balance"


def in_one(statements):
    """Run statements as one transaction."""
    with transaction.atomic():
        for statement, values in statements:
            run(statement, values)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def refused_in_one(*statements):
    """Return the constraint that refuses statements, one transaction together."""
    with as_owner(connection.schema_name), pytest.raises(IntegrityError) as refusal:
        in_one(statements)
    return constraint_name(refusal.value)


def test_nothing_is_added_to_a_posting_of_the_past():
    past = """INSERT INTO ledger_transactions (kind, currency, booked_on, at, client_id, created_at)
        VALUES ('fee', 'EUR', now(), now(), %s, now() - interval '1 day')"""
    sides = """INSERT INTO ledger_entries (transaction_id, ledger_account, debit)
        SELECT id, 'cash', 5 FROM ledger_transactions"""
    found = refused_in_one((past, [ClientFactory().pk]), (sides, ()))
    assert found == "ledger_entries_with_their_posting"


def issued_past_the_services(draft, **columns):
    """Issue a draft as somebody would by hand: number and chain as they should be, the rest as it is given."""
    given = {"invoice_number": "F-2026-001", "remaining_balance": 120} | columns
    sets = ", ".join(f"{name} = %s" for name in given)
    document = f"""UPDATE invoices SET status = 'issued', series_id = (SELECT id FROM number_series), number = 1,
        issued_on = now(), issued_at = now(), snapshot = '{{}}', content_hash = repeat('a', 64), {sets}
        WHERE id = %s"""
    return refused_in_one(
        ("INSERT INTO number_series (kind, year, pattern) VALUES ('invoice', 2026, 'F-{year}-{number:03}')", ()),
        ("UPDATE number_series SET next_number = 2, last_hash = repeat('a', 64)", ()),
        (document, [*given.values(), draft.pk]),
    )


@pytest.mark.parametrize(
    "columns",
    [{}, {"invoice_number": "X"}, {"subtotal": 7, "total": 27, "remaining_balance": 27}],
)
def test_an_issued_document_is_what_its_lines_and_its_posting_say(columns):
    assert issued_past_the_services(DraftFactory(), **columns) == "invoices_whole"


def test_what_was_charged_for_or_taken_off_is_let_go_by_a_credit_note_alone():
    session = SessionFactory(client=ClientFactory())
    issued(client=session.client, lines=[line(charges=[session])])
    sql = "UPDATE invoice_sources SET released_at = now() WHERE session_id = %s"
    assert refused(sql, [session.pk]) == "invoice_sources_released"
    final = final_of(deposit_of())
    sql = "UPDATE invoice_deductions SET released_at = now() WHERE invoice_id = %s"
    assert refused(sql, [final.pk]) == "invoice_deductions_released"


@pytest.mark.parametrize("table", ["invoices", "payments", "ledger_transactions"])
def test_what_belongs_together_stays_with_one_client(table):
    invoice, other = issued(), ClientFactory()
    paid(invoice, "60")
    sql = f"UPDATE {table} SET client_id = %s WHERE client_id = %s"
    assert refused(sql, [other.pk, invoice.client_id]) == f"{table}_one_client"
