"""Of what is issued and of the books no column changes by raw SQL, but for those that are written here."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from billing.services import posting_numbers
from studio.db import constraint_name
from studio.tenancy.context import as_owner
from tests.billing.kept_books import kept_books
from tests.billing.test_invoice_tables import run, whole

pytestmark = pytest.mark.django_db

ISSUED = "SELECT id FROM invoices WHERE status <> 'draft'"
OF_ISSUED = f"invoice_id IN ({ISSUED})"
# Table -> its rows that stay, the guard, and the columns that the guard lets through: constraints say what of them.
TABLES = {
    "invoices": (
        f"id IN ({ISSUED})",
        "invoices_frozen_once_issued",
        {
            *("status", "credited_total", "paid_total", "remaining_balance", "deposit_paid_at", "sent_at"),
            *("stripe_deposit_payment_intent_id", "pdf_s3_key", "pdf_hash", "pdf_problem", "client_id", "updated_at"),
        },
    ),
    "invoice_items": (OF_ISSUED, "invoice_items_frozen_once_issued", {"updated_at"}),
    "invoice_taxes": (OF_ISSUED, "invoice_taxes_frozen_once_issued", {"updated_at"}),
    "invoice_deductions": (OF_ISSUED, "invoice_deductions_frozen_once_issued", {"updated_at", "released_at"}),
    "invoice_sources": (
        f"item_id IN (SELECT id FROM invoice_items WHERE {OF_ISSUED}) AND released_at IS NULL",
        "invoice_sources_frozen_once_issued",
        {"updated_at", "released_at"},
    ),
    "payments": ("provider_id <> ''", "payments_kept", {"client_id", "updated_at"}),
    "allocations": ("true", "allocations_append_only", set()),
    "ledger_transactions": ("true", "ledger_transactions_kept", {"client_id", "updated_at"}),
    "ledger_entries": ("true", "ledger_entries_append_only", set()),
    "payment_receipts": ("true", "payment_receipts_append_only", set()),
    "till_closings": ("true", "till_closings_append_only", set()),
    "till_movements": ("true", "till_movements_append_only", set()),
    "instalments": ("true", "instalments_append_only", set()),
    "package_entries": ("true", "package_entries_append_only", set()),
    "reminder_letters": ("true", "reminder_letters_kept", {"client_id", "email_id", "updated_at"}),
    "invoice_reminders": ("true", "invoice_reminders_kept", {"withdrawn_at", "updated_at"}),
    "number_series": ("next_number > 1", "number_series_step_by_step", {"next_number", "updated_at"}),
}
COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
# Another value of the same length, or nearly.
OTHER_TEXT = "CASE left({0}, 1) WHEN 'x' THEN 'y' ELSE 'x' END || substr(coalesce({0}, ''), 2)"
OTHER = {
    "boolean": "NOT {0}",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "jsonb": """'{{"x": 1}}'""",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 day'",
    "uuid": "gen_random_uuid()",
    "character varying": OTHER_TEXT,
    "text": OTHER_TEXT,
}
OTHER_NUMBER = "coalesce({0}, 0) + 1"


def refusal_of(statement):
    """Return the constraint that refuses a statement of the table's owner, None where it is taken; all is undone."""
    try:
        with transaction.atomic():
            whole(statement, ())
            transaction.set_rollback(True)
    except DatabaseError as error:
        return constraint_name(error)
    return None


def columns_of(table):
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return cursor.fetchall()


def test_no_column_changes_and_no_row_goes():
    kept_books()
    posting_numbers.number_postings()
    let_through, kept = {}, {}
    with as_owner(connection.schema_name):
        for table, (rows, guard, _open) in TABLES.items():
            one = f"WHERE id = (SELECT min(id) FROM {table} WHERE {rows})"
            changes = {
                name: f"UPDATE {table} SET {name} = {OTHER.get(kind, OTHER_NUMBER).format(name)} {one}"
                for name, kind in columns_of(table)
            }
            let_through[table] = {name for name, sql in changes.items() if refusal_of(sql) != guard}
            kept[table] = refusal_of(f"DELETE FROM {table} {one}")
    assert let_through == {table: is_open for table, (_rows, _guard, is_open) in TABLES.items()}
    assert kept == {table: guard for table, (_rows, guard, _open) in TABLES.items()}


@pytest.mark.parametrize("statement", ["TRUNCATE {} CASCADE", "ALTER TABLE {} DISABLE TRIGGER USER", "DROP TABLE {}"])
def test_a_studio_itself_gets_round_no_guard(statement):
    for table in TABLES:
        with pytest.raises(ProgrammingError), transaction.atomic():
            run(statement.format(table))
