"""What somebody with the owner's login could do to what stands beside the documents, one statement each."""

from tests.billing.tampered_books import POSTING


def receipt(changes, number="REC-2026-0002"):
    return f"UPDATE payment_receipts SET {changes} WHERE receipt_number = '{number}'"


def quote(changes, number="DEV-2026-0001"):
    return f"UPDATE quotes SET {changes} WHERE quote_number = '{number}'"


def quote_part(table, changes, number="DEV-2026-0001", also="true"):
    return f"UPDATE {table} SET {changes} WHERE {also} AND {OF_QUOTE.format(number)}"


def contract(changes, number="CTR-2026-0001"):
    return f"UPDATE contracts SET {changes} WHERE contract_number = '{number}'"


def closing(changes, number=1):
    return f"UPDATE till_closings SET {changes} WHERE number = {number}"


OF_QUOTE = "quote_id = (SELECT id FROM quotes WHERE quote_number = '{}')"
SECOND_CLOSING = "closing_id = (SELECT id FROM till_closings WHERE number = 2)"
OF_CLOSING = POSTING.format(SECOND_CLOSING)
CASH_ADDED = """INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit)
    SELECT t.id, side.account, side.debit, side.credit
    FROM ledger_transactions t, (VALUES ('cash', 5, 0), ('revenue', 0, 5)) AS side (account, debit, credit)
    WHERE t.id = (SELECT min(id) FROM ledger_transactions WHERE kind = 'allocation')"""

# As in `tests.billing.tampered_books`.
TAMPERINGS = {
    "a receipt is gone": (
        "DELETE FROM payment_receipts WHERE receipt_number = 'REC-2026-0002'",
        ("N1", "REC-2026-*: the numbers from 2 to 2 are missing."),
    ),
    "a receipt has another's number": (
        "ALTER TABLE payment_receipts DROP CONSTRAINT payment_receipts_number_unique;"
        + receipt("receipt_number = 'REC-2026-0001'"),
        ("N1", "The number REC-2026-0001 was given to 2 documents."),
    ),
    "a receipt says another sum": (
        receipt("""snapshot = jsonb_set(snapshot, '{payment,amount}', '"1.00"')"""),
        ("N3", "REC-2026-0002: its fingerprint is not that of what was issued."),
    ),
    "a receipt is of another day": (
        receipt("issued_on = issued_on - 1"),
        ("N3", "REC-2026-0002: receipt.issued_on was issued as 2026-06-01 and is now 2026-05-31."),
    ),
    "other money than the receipt says": (
        "UPDATE payments SET reference = 'Cheque 7' WHERE amount = 30",
        ("N3", "REC-2026-0003: payment.reference was issued as  and is now Cheque 7."),
    ),
    "the chain of receipts": (
        receipt("previous_hash = repeat('f', 64)"),
        ("N3", "REC-2026-0002 is chained to another document than REC-2026-0001"),
    ),
    "a receipt was handed out earlier": (
        receipt("issued_at = issued_at - interval '1 hour'"),
        ("N2", "REC-2026-0002 was issued before REC-2026-0001"),
    ),
    "a quote is gone": (
        "DELETE FROM quotes WHERE quote_number = 'DEV-2026-0001'",
        ("N1", "DEV-2026-*: the numbers from 1 to 1 are missing."),
    ),
    "a quote has no number": (
        quote("series_id = NULL, number = NULL, quote_number = ''"),
        ("N1", "Album was sent, but has no number of a series; or has one, and was not."),
    ),
    "a quote changed": (
        quote("purchase_order = 'PO 7'"),
        ("N3", "DEV-2026-0001: document.purchase_order was sent as  and is now PO 7."),
    ),
    "a line of a quote": (
        quote_part("quote_items", "description = 'Recordinq'", also="position = 1"),
        ("N3", "DEV-2026-0001: lines.1.description was sent as Recording and is now Recordinq."),
    ),
    "a line of a quote is gone": (
        f"DELETE FROM quote_items WHERE position = 2 AND {OF_QUOTE.format('DEV-2026-0001')}",
        ("T1", "DEV-2026-0001: subtotal is 109.99, and its parts make 100.00."),
    ),
    "a byte of what was sent": (
        quote_part("quote_versions", "snapshot = jsonb_set(snapshot, '{buyer,name}', '\"Minb\"')"),
        ("N3", "DEV-2026-0001, 1: its fingerprint is not that of what was sent."),
    ),
    "a version is gone": (
        f"DELETE FROM quote_versions WHERE number = 1 AND {OF_QUOTE.format('DEV-2026-0002')}",
        ("N3", "DEV-2026-0002 was sent 2 times; 1 versions are there."),
    ),
    "a contract is gone": (
        "DELETE FROM contracts WHERE contract_number = 'CTR-2026-0001'",
        ("N1", "CTR-2026-*: the numbers from 1 to 1 are missing."),
    ),
    "a contract reads otherwise": (
        contract("contract_number = 'CTR-2026-0007'", "CTR-2026-0002"),
        ("N1", "CTR-2026-0007 is number 2 of its series, which reads CTR-2026-0002."),
    ),
    "a byte of what was signed": (
        contract("terms = terms || '.'"),
        ("N3", "CTR-2026-0001: its fingerprint is not that of what was sent."),
    ),
    "less in a part": (
        "UPDATE instalments SET amount = amount - 1 WHERE position = 1",
        ("T1", "FAC-2026-0004: its 3 parts to pay come to 98.99, not to 99.99, or not in order."),
    ),
    "a part is gone": (
        "DELETE FROM instalments WHERE position = 3",
        ("T1", "FAC-2026-0004: its 2 parts to pay come to 66.66, not to 99.99"),
    ),
    "a part is due before the first": (
        "UPDATE instalments SET due_on = due_on - 90 WHERE position = 3",
        ("T1", "FAC-2026-0004: its 3 parts to pay come to 99.99, not to 99.99, or not in order."),
    ),
    "a closing is gone": (
        "DELETE FROM till_closings WHERE number = 1",
        ("C1", "Closings: the numbers from 1 to 1 are missing."),
    ),
    "the till began with more": (
        closing("opening_cash = 25", 2),
        ("C1", "Closing 2 begins with 25.00 in the till; the one before left 20.00."),
    ),
    "more was counted": (
        closing("counted_cash = 35"),
        ("C1", "Closing 1: the ledger has -30.00 on cash_difference, the closing says -35.00."),
    ),
    "more was taken out": (
        closing("taken_out = 12"),
        ("C1", "Closing 1: the ledger has 10.00 on transit, the closing says 12.00."),
    ),
    "less went out in cash": (
        closing("cash_out = 10"),
        ("C1", "Closing 1, cash: it says 20.00 in and 10.00 out; 20.00 and 20.00 moved."),
    ),
    "what a method took": (
        closing("""sums = jsonb_set(sums, '{transfer,0}', '"x"')"""),
        ("C1", "Closing 1, transfer: it says x in and 0 out; 170.00 and 0 moved."),
    ),
    "a movement was let go": (
        "DELETE FROM till_movements WHERE payment_id = (SELECT id FROM payments WHERE direction = 'out')",
        ("C1", "Closing 1, cash: it says 20.00 in and 20.00 out; 20.00 and 0 moved."),
    ),
    "a provider's money in the till": (
        """UPDATE till_movements SET payment_id = (SELECT id FROM payments WHERE provider_id = 'pi_1')
            WHERE id = (SELECT min(id) FROM till_movements)""",
        ("C1", "Closing 1 takes up payment "),
    ),
    "what was missing is not in the ledger": (
        f"DELETE FROM ledger_entries WHERE {OF_CLOSING}; DELETE FROM ledger_transactions WHERE {SECOND_CLOSING}",
        ("C1", "Closing 2: the ledger has 0 on cash_difference, the closing says 5.00."),
    ),
    "cash was put in that was not": (
        "UPDATE cash_moves SET amount = 25 WHERE kind = 'put_in'",
        ("C1", " the ledger has 20.00 on cash, the move says 25.00."),
    ),
    "an expense cost more of the till": (
        "UPDATE expenses SET amount = 7 WHERE description = 'Tape'",
        ("C1", "Expense Tape: 6.00 went out of the till for it, it says 7.00."),
    ),
    "cash that nobody paid": (
        CASH_ADDED,
        ("C1", "In EUR the ledger has 14.00 in cash; the till holds 9.00."),
    ),
    "hours that nobody bought": (
        "UPDATE packages SET hours_left = hours_left + 5",
        ("H1", "Ten hours of Noor: it says that 15.00 hours are left; its moves come to 10.00."),
    ),
    "hours that were used are gone": (
        "DELETE FROM package_entries WHERE kind = 'used'; UPDATE packages SET hours_left = hours_left + 3",
        ("H1", "FAC-2026-0005: 0 hours of Ten hours are used and 3.00 returned; its lines take off 3.00"),
    ),
    "hours came back twice": (
        """INSERT INTO package_entries (package_id, kind, hours, invoice_id, at)
            SELECT package_id, kind, hours, invoice_id, at FROM package_entries WHERE kind = 'returned';
            UPDATE packages SET hours_left = hours_left + 3""",
        ("H1", "FAC-2026-0005: 3.00 hours of Ten hours are used and 6.00 returned"),
    ),
    "reminded of what was not due": (
        "UPDATE invoice_reminders SET due_on = sent_on",
        ("M1", "FAC-2026-0001 was reminded of on 2026-07-02, and was not overdue then: it was due on 2026-07-01."),
    ),
    "reminded of what was paid": (
        "UPDATE invoice_reminders SET invoice_id = (SELECT id FROM invoices WHERE invoice_number = 'FAC-2026-0003')",
        ("M1", "FAC-2026-0003 was reminded of on 2026-07-02 with 51.00 to pay, and the ledger had 0.00 open then."),
    ),
    "another was reminded": (
        "UPDATE reminder_letters SET client_id = (SELECT id FROM clients WHERE name = 'Noor')",
        ("M1", "A letter of 2026-07-02 reminds of FAC-2026-0001, which is another client's"),
    ),
    "hours of another": (
        "UPDATE packages SET client_id = (SELECT id FROM clients WHERE name = 'Mina')",
        ("H1", "FAC-2026-0005 uses hours of Ten hours, which is another client's or in another currency."),
    ),
}
