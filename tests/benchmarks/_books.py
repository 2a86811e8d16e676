"""Books of many documents, written by a few statements with the guards off, the same for every run."""

from types import SimpleNamespace

from django.db import connection

from billing.services.ledger_days import rebuild_ledger_days
from studio.tenancy.context import as_owner, inside

CLIENTS, A_DAY = 500, 30
TABLES = ("invoices", "invoice_items", "ledger_transactions", "ledger_entries")
EMPTY = "TRUNCATE invoices, ledger_transactions CASCADE"
# Document n is of client n % 500, on day n / 30 from 2018 on; every 25th is a credit note.
FILL = """
    INSERT INTO clients (name) SELECT 'Client ' || n FROM generate_series(1, {clients}) n;
    INSERT INTO invoices (kind, invoice_number, former_series, client_id, status, issued_on, due_on,
        subtotal, tax_amount, total, remaining_balance, reason, snapshot, content_hash)
    SELECT CASE WHEN n % 25 = 0 THEN 'credit_note' ELSE 'invoice' END, 'B' || n, 'bench', ids[1 + n % {clients}],
        'issued', day, day + 30, 100 + n % 900, (100 + n % 900) * 0.2, (100 + n % 900) * 1.2,
        CASE WHEN n % 25 = 0 THEN 0 ELSE (100 + n % 900) * 1.2 END,
        CASE WHEN n % 25 = 0 THEN 'Agreed' ELSE '' END, '{{}}', repeat('0', 64)
    FROM generate_series(0, {documents} - 1) n,
        LATERAL (SELECT date '2018-01-01' + n / {a_day} AS day) placed,
        (SELECT array_agg(id ORDER BY id) AS ids FROM clients) people;
    INSERT INTO invoice_items (invoice_id, position, description, unit_price, amount, net, vat_rate_id, vat_percent)
    SELECT i.id, 1, 'Recording', i.subtotal, i.subtotal, i.subtotal, r.id, r.rate
    FROM invoices i, (SELECT id, rate FROM vat_rates WHERE rate = 20) r;
    INSERT INTO ledger_transactions (kind, currency, booked_on, at, client_id, invoice_id)
    SELECT CASE kind WHEN 'credit_note' THEN 'credit' ELSE 'issue' END, 'EUR', issued_on, issued_on, client_id, id
    FROM invoices;
    INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit, vat_category, vat_percent)
    SELECT t.id, side.account, CASE WHEN side.is_debit = (t.kind = 'issue') THEN side.amount ELSE 0 END,
        CASE WHEN side.is_debit = (t.kind = 'issue') THEN 0 ELSE side.amount END, side.category, side.percent
    FROM ledger_transactions t JOIN invoices i ON i.id = t.invoice_id, LATERAL (VALUES
        ('receivables', true, i.total, '', NULL::numeric), ('revenue', false, i.subtotal, 'S', 20),
        ('vat', false, i.tax_amount, 'S', 20)) AS side (account, is_debit, amount, category, percent);
"""
POST = """
    WITH posted AS (
        INSERT INTO ledger_transactions (kind, currency, booked_on, at, client_id)
        SELECT 'payment', 'EUR', date '2027-06-01', now(), min(id) FROM clients RETURNING id)
    INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit)
    SELECT id, side.account, side.debit, side.credit
    FROM posted, (VALUES ('bank', 50, 0), ('client_credit', 0, 50)) AS side (account, debit, credit)
"""
SALE = """
    WITH posted AS (
        INSERT INTO ledger_transactions (kind, currency, booked_on, at, client_id)
        SELECT 'opening', 'EUR', %s, now(), min(id) FROM clients RETURNING id)
    INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit)
    SELECT id, side.account, side.debit, side.credit
    FROM posted, (VALUES ('receivables', 50, 0), ('revenue', 0, 50)) AS side (account, debit, credit)
"""


def write_books(schema: str, documents: int) -> None:
    """Fill a studio's books; those of an earlier run are used again."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM invoices")
        if cursor.fetchone()[0] == documents:
            return
        cursor.execute(EMPTY)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(FILL.format(clients=CLIENTS, documents=documents, a_day=A_DAY))
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")
    with inside(SimpleNamespace(schema_name=schema)):
        rebuild_ledger_days()
