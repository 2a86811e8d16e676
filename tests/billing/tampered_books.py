"""What somebody with the owner's login could do to the kept books, one statement each."""


def of(number, table="invoices"):
    """Return the condition for the rows of a document; of an invoice itself, or of a table that names it."""
    if table == "invoices":
        return f"invoice_number = '{number}'"
    return f"invoice_id = (SELECT id FROM invoices WHERE invoice_number = '{number}')"


def document(changes, number="FAC-2026-0004"):
    return f"UPDATE invoices SET {changes} WHERE {of(number)}"


def rows(table, changes, number="FAC-2026-0004", also="true"):
    return f"UPDATE {table} SET {changes} WHERE {of(number, table)} AND {also}"


def unique_gone(index, statement):
    return f"DROP INDEX {index};{statement}"


SERIES = "UPDATE number_series SET {} WHERE kind = 'invoice' AND NOT is_test"
POSTING = "transaction_id IN (SELECT id FROM ledger_transactions WHERE {})"
SALE = POSTING.format(f"kind = 'issue' AND {of('FAC-2026-0004', 't')}")
PAID = "id = (SELECT min(id) FROM payments)"
FORGED = "content_hash = repeat('f', 64)"
SPLIT = "ledger_account = 'rounding'"
ADDED_LINE = """INSERT INTO invoice_items (invoice_id, position, description, unit_price, amount, net, vat_rate_id,
    vat_percent) SELECT invoice_id, 2, 'Added', 5, 5, 5, vat_rate_id, vat_percent FROM invoice_items WHERE {}"""
COPIED = "direction, kind, client_id, amount, currency, method, received_on, provider, provider_id"
COPY = f"INSERT INTO payments ({COPIED}) SELECT {COPIED} FROM payments WHERE provider_id = 'pi_1'"
PAIR = """INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit)
    SELECT t.id, side.account, side.debit, side.credit
    FROM ledger_transactions t, (VALUES ('cash', 500, 0), ('revenue', 0, 500)) AS side (account, debit, credit)
    WHERE t.id = (SELECT min(id) FROM ledger_transactions)"""
CHARGED_AGAIN = """INSERT INTO invoice_sources (item_id, session_id, label)
    SELECT (SELECT id FROM invoice_items WHERE {}), session_id, label FROM invoice_sources WHERE label LIKE '%Mina%'"""

# What was done -> statement, rule, and what the sentence of the finding has.
TAMPERINGS = {
    "a day of revenue": (
        "UPDATE ledger_days SET credit = credit + 7 WHERE ledger_account = 'revenue' AND vat_percent = 10",
        (
            "R1",
            "2026-06-01: reports have 0.00 debit and 57.00 credit in EUR on revenue at 10.00 %, the ledger has 0.00",
        ),
    ),
    "both sides of a day": (
        "UPDATE ledger_days SET debit = debit + 7, credit = credit + 7 WHERE ledger_account = 'bank'",
        ("R1", "191.00 debit and 21.00 credit in EUR on bank at 0 %, the ledger has 170.00 and 0.00."),
    ),
    "a day of sessions": (
        "ALTER TABLE session_days DISABLE TRIGGER USER; DELETE FROM session_days",
        ("R1", "reports have 0 sessions (scheduled, 0 s), there are 1 (7200 s)."),
    ),
    "a document is gone": (
        f"DELETE FROM invoices WHERE {of('FAC-2026-0004')}",
        ("N1", "FAC-2026-*: the numbers from 4 to 4 are missing."),
    ),
    "the counter ran ahead": (
        SERIES.format("next_number = 9"),
        ("N1", "FAC-2026-*: the numbers from 6 to 8 are missing."),
    ),
    "the series begins later": (
        SERIES.format("first_number = 2"),
        ("N1", "FAC-2026-* begins at 2, but no former document has the number FAC-2026-0001."),
    ),
    "the counter was set back": (
        SERIES.format("next_number = 5"),
        ("N1", "FAC-2026-0005 was given the number 5, but the next one of its series is 5."),
    ),
    "a number is there twice": (
        (
            "ALTER TABLE invoices DROP CONSTRAINT invoices_once_in_series;"
            + unique_gone("invoices_number_unique", document("number = 3, invoice_number = 'FAC-2026-0003'"))
        ),
        ("N1", "The number FAC-2026-0003 was given to 2 documents."),
    ),
    "a number reads otherwise": (
        document("invoice_number = 'FAC-2026-0040'"),
        ("N1", "FAC-2026-0040 is number 4 of its series, which reads FAC-2026-0004."),
    ),
    "a posting lost its number": (
        "UPDATE ledger_transactions SET number = 2 WHERE id = (SELECT min(id) FROM ledger_transactions)",
        ("N1", "in EUR have numbers up to 2, but only 1 of them have one."),
    ),
    "a document changed its series": (
        document("series_id = (SELECT id FROM number_series WHERE kind = 'credit_note')"),
        ("N1", "FAC-2026-0004 stands in a series of another kind"),
    ),
    "a document left its series": (
        document("series_id = NULL"),
        ("N1", "(FAC-2026-0004) is issued, but in no series"),
    ),
    "a draft has a number": (
        "UPDATE invoices SET number = 6 WHERE status = 'draft'",
        ("N1", "() is issued, but in no series, or a draft with a number."),
    ),
    "a test became real": (
        "UPDATE invoices SET is_test = false WHERE is_test",
        ("N1", "TEST-FAC-2026-0001 stands in a series of another kind, another year, or of the test mode."),
    ),
    "it was issued earlier": (
        document("issued_at = issued_at - interval '2 days', issued_on = issued_on - 2"),
        ("N2", "FAC-2026-0004 was issued before FAC-2026-0003"),
    ),
    "it has another day": (
        document("issued_on = issued_on + 9", "FAC-2026-0005"),
        ("N2", "FAC-2026-0005 is dated 2026-06-10"),
    ),
    "the series forgot when": (
        SERIES.format("last_issued_at = last_issued_at - interval '1 hour'"),
        ("N2", "The series of FAC-2026-0005 says that its last number was taken at"),
    ),
    "a byte of a line": (
        rows("invoice_items", "description = 'Recordinq'"),
        ("N3", "FAC-2026-0004: lines.1.description was issued as Recording and is now Recordinq."),
    ),
    "a byte of what was issued": (
        document("snapshot = jsonb_set(snapshot, '{buyer,name}', '\"Noon\"')"),
        ("N3", "FAC-2026-0004: its fingerprint is not that of what was issued."),
    ),
    "a fingerprint": (document(FORGED), ("N3", "FAC-2026-0005 is chained to another document than FAC-2026-0004")),
    "the chain": (
        document("previous_hash = repeat('f', 64)"),
        ("N3", "FAC-2026-0004 is chained to another document than FAC-2026-0003"),
    ),
    "where the chain goes on": (
        SERIES.format("last_hash = repeat('f', 64)"),
        ("N3", "The series of FAC-2026-0005, its last document, goes on from another fingerprint."),
    ),
    "a PDF without a fingerprint": (document("pdf_s3_key = 'x'"), ("N3", "FAC-2026-0004 has a stored PDF without")),
    "a note": (document("notes = 'Paid in cash'"), ("N3", "document.notes was issued as  and is now Paid in cash.")),
    "an order number that counts the same": (
        document("purchase_order = '10.0'", "FAC-2026-0005"),
        ("N3", "FAC-2026-0005: document.purchase_order was issued as 10 and is now 10.0."),
    ),
    "when it is due": (document("due_on = due_on + 60"), ("N3", "FAC-2026-0004: document.due_on was issued as")),
    "a line is gone": (
        f"DELETE FROM invoice_items WHERE position = 2 AND {of('FAC-2026-0001', 'i')}",
        ("N3", "FAC-2026-0001: lines was issued as 2 and is now 1."),
    ),
    "a line was added": (
        ADDED_LINE.format(of("FAC-2026-0004", "i")),
        ("N3", "FAC-2026-0004: lines was issued as 1 and is now 2."),
    ),
    "a credit note is about another": (
        document("refers_to_id = (SELECT id FROM invoices WHERE invoice_number = 'FAC-2026-0004')", "AV-2026-0001"),
        ("N3", "AV-2026-0001: document.refers_to.number was issued as FAC-2026-0005 and is now FAC-2026-0004."),
    ),
    "what a line comes to": (
        rows("invoice_items", "amount = 89.99"),
        ("T1", "FAC-2026-0004: line 1 comes to 99.99, not to 89.99."),
    ),
    "VAT at a rate": (
        rows("invoice_taxes", "tax = tax - 1, base = base + 1"),
        ("T1", "FAC-2026-0004: at 20.00 % it states 84.33 + 15.67, and its lines make 83.33 + 16.67."),
    ),
    "a rate that documents name": (
        "UPDATE vat_rates SET rate = 19 WHERE rate = 20",
        ("T1", "FAC-2026-0004: line 1 is at 20.00 %, its rate is 19.00 % now."),
    ),
    "net and VAT": (
        document("subtotal = subtotal + 5, tax_amount = tax_amount - 5"),
        ("T1", "FAC-2026-0004: subtotal is 88.33, and its parts make 83.33."),
    ),
    "the cent": (document("rounding = 0.01"), ("T1", "FAC-2026-0004: rounding is 0.01, and its parts make -0.01.")),
    "a deposit that comes off": (
        rows("invoice_deductions", "base = base + 10", "FAC-2026-0003"),
        ("T1", "FAC-2026-0003: deducted_total is 40.00, and its parts make 50.00."),
    ),
    "more is credited at a rate": (
        rows("invoice_taxes", "base = base + 100", "AV-2026-0002"),
        ("T2", "FAC-2026-0001: at 20.00 % 120.00 + 4.00 are taken back of 100.00 + 20.00."),
    ),
    "more is credited of a line": (
        rows("invoice_items", "amount = 101", "AV-2026-0002"),
        ("T2", "FAC-2026-0001: of line 1, over 100.00, 101.00 is credited."),
    ),
    "another line is credited": (
        rows("invoice_items", "credits_item_id = (SELECT max(id) FROM invoice_items)", "AV-2026-0002"),
        ("T2", "AV-2026-0002: line 1 credits no line of the document that it is about."),
    ),
    "a deposit is none": (
        document("kind = 'invoice'", "FAC-2026-0002"),
        ("T2", "FAC-2026-0003 takes FAC-2026-0002 off, which is no issued deposit"),
    ),
    "a deposit is let go": (
        rows("invoice_deductions", "released_at = now()", "FAC-2026-0003"),
        ("T2", "FAC-2026-0003 lets FAC-2026-0002 go, but no credit note gives it back"),
    ),
    "a session is let go": (
        "UPDATE invoice_sources SET released_at = now() WHERE label LIKE '%Mina%'",
        ("T2", "FAC-2026-0001: line 1 lets #"),
    ),
    "a session is charged twice": (
        unique_gone("invoice_sources_session_once", CHARGED_AGAIN.format(of("FAC-2026-0004", "i"))),
        ("T2", " is charged on 2 documents at once."),
    ),
    "a side of a posting": (
        f"UPDATE ledger_entries SET debit = debit + 7 WHERE debit > 0 AND ledger_account = 'receivables' AND {SALE}",
        ("L1", "FAC-2026-0004) does not balance: 107.00 against 100.00."),
    ),
    "both sides of a posting": (
        f"UPDATE ledger_entries SET debit = debit * 2, credit = credit * 2 WHERE {SALE}",
        ("L1", "FAC-2026-0004: the ledger has 199.98 on receivables at 0 %, the document says 99.99."),
    ),
    "a side is gone": (f"DELETE FROM ledger_entries WHERE {SPLIT} AND {SALE}", ("L1", "FAC-2026-0004) does not bal")),
    "a posting is gone": (
        f"DELETE FROM ledger_entries WHERE {SALE}; DELETE FROM ledger_transactions t WHERE kind = 'issue' AND "
        + of("FAC-2026-0004", "t"),
        ("L1", "FAC-2026-0004: the ledger has 0 on revenue at 20.00 %, the document says -83.33."),
    ),
    "earned at another rate": (
        f"UPDATE ledger_entries SET vat_percent = 10 WHERE ledger_account = 'revenue' AND {SALE}",
        ("L1", "FAC-2026-0004: the ledger has -83.33 on revenue at 10.00 %, the document says 0."),
    ),
    "a pair was added to the past": (PAIR, ("L1", "FAC-2026-0001: the ledger has -500.00 on revenue at 0 %")),
    "a posting is another's": (
        rows("ledger_transactions", "client_id = (SELECT id FROM clients WHERE name = 'Mina')", also="kind = 'issue'"),
        ("L1", "is of another client, in another currency or mode than FAC-2026-0004."),
    ),
    "money came in elsewhere": (
        f"UPDATE payments SET method = 'cash' WHERE {PAID}",
        ("L1", "the ledger has 100.00 on bank, the payment says 0."),
    ),
    "a guard is off": (
        "SELECT 1",
        ("L2", "Rows of invoices can be rewritten: invoices_frozen_once_issued does not stand guard."),
    ),
    "money was moved to another document": (
        rows("allocations", "invoice_id = (SELECT id FROM invoices WHERE invoice_number = 'FAC-2026-0001')"),
        ("P2", "FAC-2026-0004 says that 30.00 is paid; 0 is put against it."),
    ),
    "money was moved to another's document": (
        rows("allocations", "invoice_id = (SELECT id FROM invoices WHERE invoice_number = 'FAC-2026-0001')"),
        ("P1", "FAC-2026-0001: payment"),
    ),
    "more is put against it": (
        rows("allocations", "amount = amount + 5"),
        ("P1", "over 30.00 EUR, 35.00 is used and 0 paid back."),
    ),
    "nothing is put against it": (
        f"DELETE FROM allocations a WHERE {of('FAC-2026-0004', 'a')}",
        ("L1", "FAC-2026-0004: the ledger has put 30.00 of payment"),
    ),
    "less is put than nothing": (
        rows("allocations", "amount = -30"),
        ("P1", "FAC-2026-0004: -30.00 of payment"),
    ),
    "less came in": (f"UPDATE payments SET amount = 90 WHERE {PAID}", ("P1", "over 90.00 EUR, 100.00 is used")),
    "more went back": (
        "UPDATE payments SET amount = 120 WHERE direction = 'out'",
        ("P5", "over 100.00, 120.00 is paid back."),
    ),
    "a refund is called a mistake": (
        "UPDATE payments SET kind = 'mistake' WHERE direction = 'out'",
        ("P5", "was a mistake, and does not take back all of what that says."),
    ),
    "it came from elsewhere": (
        "UPDATE payments SET origin_id = (SELECT max(id) FROM payments WHERE amount = 30) WHERE direction = 'out'",
        ("P1", "pays back one that did not come in, of another client or in another currency."),
    ),
    "a document calls itself paid": (
        document("paid_total = 99.99, remaining_balance = 0, status = 'paid'"),
        ("P2", "FAC-2026-0004 says that 99.99 is paid; 30.00 is put against it."),
    ),
    "a document calls itself credited": (
        document("credited_total = 50"),
        ("P2", "FAC-2026-0004 says that 50.00 is credited; credit notes come to 0."),
    ),
    "less is to be paid": (
        document("remaining_balance = 1"),
        ("P2", "FAC-2026-0004 says that 1.00 is to be paid; 69.99 is left of 99.99."),
    ),
    "a status": (
        document("status = 'issued'"),
        ("P3", "FAC-2026-0004 is called issued; its money makes it partially_paid."),
    ),
    "a deposit is not called paid": (
        document("deposit_paid_at = NULL"),
        ("P3", "FAC-2026-0004: its deposit of 30.00 is called paid or not, against the 30.00 that are paid."),
    ),
    "the provider's number twice": (
        unique_gone("payments_provider_once", COPY),
        ("P4", "pi_1 of stripe is written down 2 times."),
    ),
    "money that is not in the ledger": (
        unique_gone("payments_provider_once", COPY),
        ("P4", "is in the ledger 0 times."),
    ),
    "what a client owes": (
        "UPDATE clients SET balance_due = balance_due - 10 WHERE name = 'Noor'",
        ("B1", "Noor: the balance says 59.99 EUR, the ledger 69.99."),
    ),
}
