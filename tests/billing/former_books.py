"""The books of two former studios, as SQL: what is right, what contradicts itself, and what nobody can read."""

# Recording: newer databases have the columns of deposits and rates of lines.
RECORDING = """
CREATE TABLE clients (id integer PRIMARY KEY, name text, currency text);
CREATE TABLE projects (id integer PRIMARY KEY, client_id integer, name text);
CREATE TABLE equipment (id integer PRIMARY KEY, name text);
CREATE TABLE vat_rates (id integer PRIMARY KEY, name text, rate text, is_default boolean, is_active boolean);
CREATE TABLE service_catalog (id integer PRIMARY KEY, name text, category text, unit_price text, vat_rate_id integer,
    default_quantity numeric, is_active boolean);
CREATE TABLE quotes (id integer PRIMARY KEY, quote_number text, client_id integer, status text, sent_at timestamp,
    responded_at timestamp, expires_at timestamp, subtotal numeric, tax_rate numeric, tax_amount numeric, total numeric,
    validity_days integer, converted_to_project_id integer, converted_at timestamp, created_at timestamp);
CREATE TABLE quote_items (id integer PRIMARY KEY, quote_id integer, description text, quantity numeric,
    unit_price numeric, amount numeric, vat_rate_id integer);
CREATE TABLE invoices (id integer PRIMARY KEY, invoice_number text, client_id integer, project_id integer,
    currency text, issue_date timestamp, due_date timestamp, status text, subtotal text, tax_rate numeric,
    tax_amount text, total text, deposit_amount numeric, deposit_paid_at timestamp,
    stripe_deposit_payment_intent_id text, remaining_balance numeric, pdf_s3_key text, sent_at timestamp, notes text,
    created_at timestamp);
CREATE TABLE invoice_items (id integer PRIMARY KEY, invoice_id integer, description text, quantity text,
    unit_price text, amount text, vat_rate_id integer, created_at timestamp);
CREATE TABLE credit_notes (id integer PRIMARY KEY, credit_note_number text, client_id integer, invoice_id integer,
    amount numeric, reason text, status text, created_at timestamp);
CREATE TABLE payments (id integer PRIMARY KEY, client_id integer, invoice_id integer, amount text, currency text,
    payment_date timestamp, payment_method text, stripe_payment_intent_id text, status text, refunded_amount numeric,
    refunded_at timestamp, created_at timestamp);
CREATE TABLE payment_transactions (id integer PRIMARY KEY, client_id integer, session_id integer,
    stripe_payment_intent_id text, amount numeric, currency text, payment_type text, status text, paid_at timestamp,
    metadata text, refunded_amount numeric, created_at timestamp);
CREATE TABLE client_packages (id integer PRIMARY KEY, client_id integer, name text, total_hours numeric,
    used_hours numeric, price numeric, status text, valid_until timestamp, created_at timestamp);
CREATE TABLE contracts (id integer PRIMARY KEY, contract_number text, client_id integer, type text, status text,
    title text, terms text, signed_at timestamp, signed_by text, value numeric, signed_document_url text,
    created_at timestamp DEFAULT '2025-01-01');
CREATE TABLE expenses (id integer PRIMARY KEY, category text, description text, vendor text, amount numeric,
    currency text, tax_amount numeric, expense_date text, paid_at timestamp, payment_method text,
    reference_number text, status text, project_id integer, receipt_url text);

INSERT INTO clients VALUES (1, 'Mina', 'EUR'), (2, 'Noor', 'EUR'), (3, '', 'EUR'), (4, 'Omar', 'EUR'),
    (5, 'Pia', 'EUR');
INSERT INTO projects VALUES (1, 1, 'Album');
INSERT INTO vat_rates VALUES (1, 'TVA 20', '20', true, true), (2, 'TVA 10', '10,00', false, true),
    (3, 'Special', '7', false, false), (4, 'Wrong', '120', false, true), (5, 'Without', '0', false, true);
INSERT INTO service_catalog VALUES (1, 'Mixing', 'Studio', '1 250,50', 2, 0, true),
    (2, 'Dear', 'x', '1e40', 1, 1, true);

INSERT INTO quotes (id, quote_number, client_id, status, sent_at, responded_at, expires_at, subtotal, tax_rate,
    tax_amount, total, converted_to_project_id, converted_at, created_at) VALUES
    (1, 'QT-2025-0001', 1, 'converted_to_project', '2025-01-02', '2025-01-03', '2025-02-01', 100, 20, 20, 120, 1,
        '2025-01-04', '2025-01-01'),
    (2, 'Q-2026-0002', 1, 'sent', '2026-05-20', NULL, '2026-06-19', 50, 20, 10, 60, NULL, NULL, '2026-05-01'),
    (3, 'Q-2025-0003', 2, 'sent', '2025-05-20', NULL, '2025-06-19', 50, 20, 10, 60.01, NULL, NULL, '2025-05-01'),
    (4, 'Q-2025-0003', 2, 'rejected', '2025-05-20', '2025-05-21', '2025-06-19', 1, 20, 0.2, 1.2, NULL, NULL, NULL),
    (5, 'Q-2025-0005', 1, 'draft', NULL, NULL, NULL, 50, 20, 10, 60, NULL, NULL, NULL),
    (6, 'Q-2025-0006', 1, 'cancelled', NULL, NULL, NULL, 50, 20, 10, 60, NULL, NULL, NULL),
    (7, 'Q-2025-0007', 1, 'sent', NULL, NULL, NULL, 50, 20, 10, NULL, NULL, NULL, NULL),
    (8, 'Q-2025-0008', 3, 'sent', NULL, NULL, NULL, 50, 20, 10, 60, NULL, NULL, NULL);
INSERT INTO quote_items VALUES (1, 1, 'Recording', 2, 50, 100, 1), (2, 2, 'Mixing', 1, 50, 50, NULL),
    (3, 3, 'Mixing', 1, 50, 50, 1), (4, 7, 'Lost', 1, 50, 50, 1), (5, 99, 'Orphan', 1, 50, 50, 1),
    (6, 5, 'Mixing', 1, 50, 50, 1);

INSERT INTO invoices (id, invoice_number, client_id, project_id, currency, issue_date, due_date, status, subtotal,
    tax_rate, tax_amount, total, deposit_amount, deposit_paid_at, stripe_deposit_payment_intent_id, remaining_balance,
    pdf_s3_key, sent_at, created_at) VALUES
    (1, 'INV-2025-0001', 1, 1, 'EUR', '2025-01-05', '2025-02-04', 'paid', '100.00', 20, '20.00', '120.00', NULL, NULL,
        NULL, 0, 'invoices/1/1/0-a.pdf', '2025-01-05 10:00', '2025-01-05 09:00'),
    (2, 'FAC-2025-0002', 1, NULL, 'EUR', '2025-01-06', '2025-02-05', 'sent', '150.00', 16.67, '25.01', '175.01', 50,
        '2025-01-07', 'pi_deposit', 125.01, NULL, NULL, '2025-01-06'),
    (3, 'FAC-2025-0004', 2, NULL, NULL, '2025-02-06', '2025-03-05', 'paid', '100.01', 20, '20.00', '120.02', NULL, NULL,
        NULL, NULL, NULL, NULL, NULL),
    (4, 'FAC-2025-0004', 2, NULL, 'EUR', '2025-02-07', NULL, 'overdue', '80.00', 20, '16.00', '96.00', NULL, NULL, NULL,
        96, NULL, NULL, NULL),
    (5, 'FAC-2025-0005', 2, NULL, 'EUR', '2025-02-08', '2025-03-05', 'cancelled', '10', 20, '2', '12', NULL, NULL, NULL,
        12, NULL, NULL, NULL),
    (6, 'FAC-2025-0006', 1, NULL, 'EUR', '2025-02-09', '2025-03-05', 'draft', '10.00', 20, '2.00', '12.01', NULL, NULL,
        NULL, NULL, NULL, NULL, NULL),
    (7, 'FAC-2025-0009', 1, NULL, 'EUR', '2025-02-10', '2025-03-05', 'sent', 'NaN', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (8, 'FAC-2025-0010', 1, NULL, 'XXQ', '2025-02-10', '2025-03-05', 'sent', '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (9, 'FAC-2025-0011', 1, NULL, 'EUR', '20222-02-10', '2025-03-05', 'sent', '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (10, 'FAC-2025-0012', 1, NULL, 'EUR', '2025-02-10', '2025-03-05', 'sent', '1e40', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (11, 'FAC-2025-0013', 1, NULL, 'EUR', '2025-02-10', '2025-03-05', 'sent', '10', 20, '2', NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (12, 'FAC-2025-0014', 1, NULL, 'EUR', '2025-02-10', '2025-03-05', 'on hold', '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (13, 'FAC-2025-0015', 77, NULL, 'EUR', '2025-02-10', '2025-03-05', 'sent', '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (14, 'FAC-2025-0016', 3, NULL, 'EUR', '2025-02-10', '2025-03-05', 'sent', '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (15, 'FAC-2026-0003', 1, NULL, 'EUR', '2026-03-10', '2026-04-09', 'cancelled', '10', 20, '2', '12', NULL, NULL,
        NULL, NULL, NULL, NULL, NULL),
    (16, 'FAC-2025-0017', 4, NULL, 'EUR', '2025-04-01', '2025-05-01', 'paid', '500', 20, '100', '600', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL),
    (17, 'FAC-2025-0018', 5, NULL, 'EUR', '2025-05-01', '2025-05-31', 'refunded', '100', 20, '20', '120', NULL, NULL,
        NULL, NULL, NULL, NULL, NULL),
    (18, 'FAC-2025-0019', 5, NULL, 'EUR', '2025-05-01', '2025-05-31', 'refunded', '100', 20, '20', '120', NULL, NULL,
        NULL, NULL, NULL, NULL, NULL),
    (19, 'FAC-2025-0020', 5, NULL, 'EUR', '2025-05-01', '2025-05-31', '', '100', 0, '20', '120', NULL, NULL, NULL,
        NULL, NULL, '2025-05-03', NULL),
    (20, 'FAC-2025-0021', 5, NULL, 'EUR', '2025-05-01', '2025-05-31', NULL, '10', 20, '2', '12', NULL, NULL, NULL,
        NULL, NULL, NULL, NULL);
INSERT INTO invoice_items (id, invoice_id, description, quantity, unit_price, amount, vat_rate_id) VALUES
    (1, 1, 'Recording', '2', '50', '100', 1),
    (2, 2, 'Mixing', '2', '50', '100', 1), (3, 2, 'Session', '1', '50', '50', 2),
    (4, 3, 'Mastering', '3', '33.33', '100.00', NULL),
    (5, 4, 'Hours', '2', '50', '100', 1), (6, 4, 'Package', '1', '-20', '-20', 1),
    (7, 6, 'Draft', '1', '10', '10', 1),
    (8, 2, 'None', '0', '50', '0', 1), (9, 2, 'Sign', '-1', '50', '50', 1), (10, 2, 'Word', 'two', '50', '100', 1),
    (11, 99, 'Orphan', '1', '1', '1', 1), (12, 7, 'Of a set-aside one', '1', '1', '1', 1),
    (13, 5, 'Cancelled', '1', '10', '10', 1), (14, 15, 'Cancelled', '1', '10', '10', 1),
    (15, 16, 'Album', '1', '500', '500', 1), (16, 17, 'Paid back', '1', '100', '100', 1),
    (17, 18, 'Credited', '1', '100', '100', 1), (18, 19, 'Sent', '1', '100', '100', 5),
    (19, 20, 'New', '1', '10', '10', 1);
INSERT INTO credit_notes VALUES (1, 'AV-2025-0001', 1, 2, 24, 'Late', 'applied', '2025-01-20'),
    (2, 'AV-2025-0002', 2, NULL, 5, NULL, 'issued', '2025-01-21'),
    (3, 'AV-2025-0003', 2, 4, 5, 'Wrong', 'cancelled', '2025-01-22'),
    (4, 'AV-2025-0004', 2, 4, 500, 'Too much', 'issued', '2025-01-23'),
    (5, 'AV-2026-0011', 2, 4, 5, 'Wrong', 'cancelled', '2026-03-11'),
    (6, 'AV-2025-0006', 5, 18, 120, 'Paid back', 'issued', '2025-05-20');
INSERT INTO payments (id, client_id, invoice_id, amount, payment_date, payment_method, stripe_payment_intent_id, status,
    refunded_amount, refunded_at, currency) VALUES
    (1, 1, 1, '120.00', '2025-01-10', 'bank_transfer', NULL, 'completed', NULL, NULL, 'EUR'),
    (2, 1, 2, '200', '2025-01-11', 'card', 'pi_2', 'succeeded', 30, '2025-01-12', 'EUR'),
    (3, 2, 4, '40', '2025-02-11', 'card', NULL, 'completed', NULL, NULL, 'EUR'),
    (4, 2, NULL, '15', '2025-02-12', 'cash', NULL, 'completed', NULL, NULL, 'EUR'),
    (5, 2, 5, '12', '2025-02-13', 'bitcoin', NULL, 'completed', NULL, NULL, 'EUR'),
    (6, 2, 4, '9', '2025-02-14', 'check', NULL, 'refunded', NULL, NULL, 'EUR'),
    (7, 2, 4, '9', '2025-02-14', 'card', NULL, 'pending', NULL, NULL, 'EUR'),
    (8, 2, 4, '-9', '2025-02-14', 'card', NULL, 'completed', NULL, NULL, 'EUR'),
    (9, 2, 4, 'nine', '2025-02-14', 'card', NULL, 'completed', NULL, NULL, 'EUR'),
    (10, 2, 7, '9', '2025-02-14', 'card', NULL, 'completed', NULL, NULL, 'EUR'),
    (11, 2, 4, '9', '2025-02-14', 'card', NULL, 'completed', 10, NULL, 'EUR'),
    (12, 2, 4, '0', '2025-02-14', 'card', NULL, 'completed', NULL, NULL, 'EUR');
INSERT INTO payment_transactions (id, client_id, stripe_payment_intent_id, amount, currency, payment_type, status,
    paid_at, metadata) VALUES
    (1, 1, 'pi_2', 200, 'eur', 'full', 'succeeded', '2025-01-11', NULL),
    (2, 2, 'pi_3', 40, 'eur', 'full', 'succeeded', '2025-02-11', '{"invoiceId": 4}'),
    (3, 2, 'pi_4', 39, 'usd', 'deposit', 'succeeded', '2025-02-15', NULL),
    (4, 2, 'pi_5', 39, 'usd', 'deposit', 'failed', NULL, NULL),
    (5, 1, NULL, 10, 'eur', 'refund', 'succeeded', '2025-03-01', 'not json'),
    (6, 1, NULL, 1000, 'eur', 'refund', 'succeeded', '2025-03-01', NULL);
-- Money that both tables tell of: paid back there or here, for a document that takes none, in another currency.
INSERT INTO payments (id, client_id, invoice_id, amount, payment_date, payment_method, stripe_payment_intent_id, status,
    refunded_amount, currency) VALUES
    (13, 4, 16, '600', '2025-04-01', 'card', 'pi_9', 'completed', NULL, 'EUR'),
    (14, 4, NULL, '100', '2025-04-02', 'card', NULL, 'refunded', NULL, 'EUR'),
    (15, 4, NULL, '150', '2025-04-03', 'card', 'pi_15', 'completed', NULL, 'EUR'),
    (16, 4, 5, '12', '2025-04-04', 'card', NULL, 'completed', NULL, 'EUR'),
    (17, 4, NULL, '39', '2025-04-05', 'card', NULL, 'completed', NULL, 'EUR'),
    (18, 4, NULL, '60', '2025-04-06', 'card', 'pi_18', 'completed', 20, 'EUR'),
    (19, 4, NULL, '30', '2025-04-07', 'card', NULL, 'completed', NULL, 'EUR'),
    (20, 5, 17, '120', '2025-05-02', 'card', NULL, 'refunded', NULL, 'EUR'),
    (21, 5, 18, '120', '2025-05-02', 'bank_transfer', NULL, 'refunded', NULL, 'EUR'),
    (22, 5, NULL, '80', '2025-05-04', 'card', 'pi_22', 'completed', 30, 'EUR'),
    (23, 5, NULL, '70', '2025-05-06', 'card', NULL, 'completed', 25, 'EUR');
INSERT INTO payment_transactions (id, client_id, stripe_payment_intent_id, amount, currency, payment_type, status,
    paid_at, metadata, refunded_amount) VALUES
    (7, 4, 'pi_9', 600, 'eur', 'full', 'refunded', '2025-04-01', NULL, NULL),
    (8, 4, NULL, 100, 'eur', 'refund', 'succeeded', '2025-04-10', NULL, NULL),
    (9, 4, 'pi_15', 150, 'eur', 'refund', 'succeeded', '2025-04-11', NULL, NULL),
    (10, 4, 'pi_16', 12, 'eur', 'full', 'succeeded', '2025-04-04', '{"invoiceId": 5}', NULL),
    (11, 4, 'pi_17', 39, 'usd', 'full', 'succeeded', '2025-04-05', NULL, NULL),
    (12, 4, 'pi_18', 60, 'eur', 'full', 'partially_refunded', '2025-04-06', NULL, 25),
    (13, 4, 'pi_19', 30, 'eur', 'full', 'succeeded', '2025-04-07', '{"invoiceId": 16}', NULL),
    (14, 5, 'pi_22', 10, 'eur', 'refund', 'succeeded', '2025-05-10', NULL, NULL),
    (15, 5, 'pi_22', 20, 'eur', 'refund', 'succeeded', '2025-05-11', NULL, NULL),
    (16, 5, NULL, 10, 'eur', 'refund', 'succeeded', '2025-05-12', NULL, NULL),
    (17, 5, NULL, 15, 'eur', 'refund', 'succeeded', '2025-05-13', NULL, NULL);
INSERT INTO client_packages VALUES (1, 1, 'Ten hours', 10, 4, 500, 'active', '2027-01-01', '2025-01-01'),
    (2, 1, 'Old', 10, 12, 500, 'expired', '2024-01-01', '2025-01-01'), (3, 2, 'Free', NULL, 0, 0, 'active', NULL, NULL);
INSERT INTO contracts VALUES (1, 'C-1', 1, 'recording', 'signed', 'Album', 'Text', '2025-01-01', 'Mina', 900, 's3://c1'),
    (2, 'C-1', 1, 'mixing', 'draft', 'Mix', 'Text', NULL, NULL, NULL, NULL),
    (3, 'C-3', 1, 'unheard of', 'signed', 'Mix', 'Text', NULL, NULL, NULL, NULL);
INSERT INTO expenses VALUES
    (1, 'rent', 'Rent', 'SCI', 1200, 'EUR', 200, '2025-01-10', NULL, 'bank_transfer', 'R-1', 'paid', 1, 's3://r1'),
    (2, 'magic', 'Wands', 'SCI', 10, 'EUR', NULL, '2025-01-11', NULL, NULL, 'r-1', 'pending', NULL, NULL),
    (3, 'rent', 'Never', 'SCI', 10, 'EUR', 20, '2025-01-11', NULL, NULL, 'R-3', 'pending', NULL, NULL),
    (4, 'rent', 'When', 'SCI', 10, 'EUR', 1, '31.12.', NULL, NULL, 'R-4', 'pending', NULL, NULL);
"""
# What becomes of each row: read, created, existing, set aside.
OF_RECORDING = {
    "vat_rates": (5, 2, 2, 1),
    "service_catalog": (2, 1, 0, 1),
    "quotes": (8, 6, 0, 2),
    "quote_items": (6, 4, 0, 2),
    "invoices": (20, 12, 0, 8),
    "invoice_items": (19, 14, 0, 5),
    "credit_notes": (6, 6, 0, 0),
    "payments": (23, 17, 0, 6),
    "payment_transactions": (17, 4, 11, 2),
    "client_packages": (3, 2, 0, 1),
    "contracts": (3, 2, 0, 1),
    "expenses": (4, 1, 0, 3),
}

# What somebody could do to former documents -> the guard that refuses it, and the rules that tell of it without guards.
OF_SECOND = "WHERE invoice_number = 'FAC-2025-0002'"
TAMPERINGS = {
    f"UPDATE invoices SET tax_amount = 25, tax_difference = 0 {OF_SECOND}": (
        "invoices_frozen_once_issued",
        ["L1", "N3", "T1"],
    ),
    f"UPDATE invoices SET net_difference = 1 {OF_SECOND}": ("invoices_frozen_once_issued", ["T1"]),
    "UPDATE invoice_items SET amount = 99, net = 99 WHERE description = 'Mastering'": (
        "invoice_items_frozen_once_issued",
        ["N3", "T1"],
    ),
    "UPDATE invoices SET status = 'cancelled', remaining_balance = 0, reason = 'x' WHERE former_series = 'adopted-2'": (
        "invoices_frozen_once_issued",
        None,
    ),
    "UPDATE quote_items SET amount = 1 WHERE description = 'Recording'": ("quote_items_kept_if_former", None),
}

TRAINING = """
CREATE TABLE members (id integer PRIMARY KEY, first_name text, last_name text);
CREATE TABLE subscription_plans (id integer PRIMARY KEY, name text, price numeric, sessions_count integer,
    duration_months integer);
CREATE TABLE member_subscriptions (id integer PRIMARY KEY, member_id integer, plan_id integer, status text,
    start_date date, end_date date, total_sessions_snapshot integer, used_sessions integer, price numeric,
    total_amount_snapshot numeric, paid_amount numeric);
CREATE TABLE subscription_payments (id integer PRIMARY KEY, subscription_id integer, member_id integer, amount numeric,
    currency text, payment_method text, payment_status text, payment_date date, receipt_number text, is_refund boolean,
    refunded_payment_id integer, refund_amount numeric, refund_reason text);
CREATE TABLE invoices (id integer PRIMARY KEY, invoice_number text, payment_id integer, member_id integer,
    subscription_id integer, issue_date date, amount numeric, tax_amount numeric, total_amount numeric,
    vat_rate numeric, business_name text, pdf_url text, status text);
INSERT INTO members VALUES (1, 'Ada', 'Morel'), (2, 'Bea', 'Nord');
INSERT INTO subscription_plans VALUES (1, 'Pack 10', 1200, 10, 3);
INSERT INTO member_subscriptions VALUES (1, 1, 1, 'active', '2026-05-01', '2026-08-01', 10, 2, 1200, 1200, 1200),
    (2, 2, 1, 'active', '2026-05-01', '2026-08-01', 10, 2, 1200, 1200, 700);
INSERT INTO subscription_payments VALUES
    (1, NULL, NULL, -200, 'EUR', 'cash', 'completed', '2026-05-03', 'RCPT-2026-1003', true, 3, NULL, 'Too much'),
    (2, 1, 1, 1200, 'EUR', 'online', 'completed', '2026-05-02', 'RCPT-2026-1001', false, NULL, NULL, NULL),
    (3, 2, NULL, 900, 'EUR', 'cash', 'completed', '2026-05-02', 'RCPT-2026-1002', false, NULL, 200, NULL),
    (4, 2, 2, 500, 'EUR', 'cash', 'pending', '2026-05-04', 'RCPT-2026-1004', false, NULL, NULL, NULL),
    (5, NULL, NULL, 500, 'EUR', 'cash', 'completed', '2026-05-04', 'RCPT-2026-1005', false, NULL, NULL, NULL),
    (6, 2, 2, -50, 'EUR', 'cash', 'completed', '2026-05-05', 'RCPT-2026-1006', true, 77, NULL, NULL),
    (7, 2, 2, 60, 'EUR', 'cash', 'refunded', '2026-05-05', 'RCPT-2026-1007', false, NULL, NULL, NULL),
    (8, 1, 1, 80, 'EUR', 'online', 'refunded', '2026-05-05', 'RCPT-2026-1008', false, NULL, NULL, NULL),
    (9, 1, 1, -80, 'EUR', 'online', 'pending', '2026-05-06', 'RCPT-2026-1009', true, 8, NULL, NULL),
    (10, 1, 1, 90, 'EUR', 'online', 'completed', '2026-05-05', 'RCPT-2026-1010', false, NULL, 50, NULL),
    (11, 1, 1, -20, 'EUR', 'online', 'completed', '2026-05-06', 'RCPT-2026-1011', true, 10, NULL, NULL);
INSERT INTO invoices VALUES
    (1, '02052026-01', 2, 1, 1, '2026-05-02', 1000, 200, 1200, 20, 'Pulse', 's3://1', 'paid'),
    (2, '02052026-02', 3, 2, 2, '2026-05-02', 583.33, 116.66, 700, 20, 'Pulse', NULL, 'paid'),
    (3, '02052026-04', NULL, 2, 2, '2026-05-02', 10, 2, 12, 20, 'Pulse', NULL, 'cancelled'),
    (4, '03052026-01', NULL, 2, 2, '2026-05-03', 10, 2, 12, 20, 'Pulse', NULL, 'issued'),
    (5, '04052026-01', 4, 2, 2, '2026-05-04', 10, 2, 12, 20, 'Pulse', NULL, 'issued');
"""
OF_TRAINING = {"subscription_payments": (11, 7, 0, 4), "invoices": (5, 4, 0, 1)}

# Moved in once more, after numbers of this year were given here.
LATER = """
CREATE TABLE clients (id integer PRIMARY KEY, name text, currency text);
CREATE TABLE invoices (id integer PRIMARY KEY, invoice_number text, client_id integer, currency text,
    issue_date timestamp, due_date timestamp, status text, subtotal text, tax_rate numeric, tax_amount text,
    total text);
INSERT INTO clients VALUES (1, 'Quinn', 'EUR');
INSERT INTO invoices VALUES (1, 'FAC-2026-0004', 1, 'EUR', '2026-02-01', '2026-03-01', 'sent', '10', 20, '2', '12'),
    (2, 'FAC-2026-0057', 1, 'EUR', '2026-02-02', '2026-03-01', 'sent', '10', 20, '2', '12'),
    (3, 'AV-2026-0013', 1, 'EUR', '2026-02-03', '2026-03-01', 'sent', '10', 20, '2', '12'),
    (4, 'FAC-2026-0002', 1, 'EUR', '2026-02-04', '2026-03-01', 'sent', '10', 20, '2', '12');
"""
