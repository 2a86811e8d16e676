"""What is paid adds up, what is put against documents is what they say, and postings balance, whoever writes.

As in 0002, the functions live in each studio's own schema.
"""

from django.db import migrations

# The ledger and what is put against documents are added to, never changed.
APPEND_ONLY = """
CREATE TRIGGER allocations_append_only BEFORE UPDATE OR DELETE ON allocations
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('account_id');
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard();
"""

APPEND_ONLY_BACK = """
DROP TRIGGER ledger_entries_append_only ON ledger_entries;
DROP TRIGGER allocations_append_only ON allocations;
"""

# Of a payment only its state changes, from under way to settled or failed; the provider's number, once; and its
# client's key, in a merge. So it is with the postings.
PAYMENTS = """
CREATE OR REPLACE FUNCTION payments_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND NEW.account_id IS NULL THEN
            changing := changing || 'account_id'::text;
        END IF;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (TG_TABLE_NAME <> 'payments' OR (
                to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state')
                AND to_jsonb(OLD) ->> 'provider_id' IN ('', to_jsonb(NEW) ->> 'provider_id')))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER payments_kept BEFORE UPDATE OR DELETE ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_guard('state', 'provider_id', 'client_id', 'updated_at');
CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION payments_guard('client_id', 'updated_at');
"""

PAYMENTS_BACK = """
DROP TRIGGER ledger_transactions_kept ON ledger_transactions;
DROP TRIGGER payments_kept ON payments;
DROP FUNCTION payments_guard();
"""

# Document, then payment, are locked before the sums: of two who put the same money somewhere, or pay it back, the
# second waits and then sees what the first did.
SPENT = """
CREATE OR REPLACE FUNCTION payments_spent_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    spent bigint := CASE WHEN TG_TABLE_NAME = 'payments' THEN (to_jsonb(NEW) ->> 'origin_id')::bigint
                         ELSE (to_jsonb(NEW) ->> 'payment_id')::bigint END;
    document bigint := (to_jsonb(NEW) ->> 'invoice_id')::bigint;
    whole numeric;
    currency_of text;
    client_of bigint;
    way text;
    allocated numeric;
    returned numeric;
    there numeric;
    matches boolean;
BEGIN
    IF spent IS NULL THEN
        RETURN NULL;
    END IF;
    IF document IS NOT NULL THEN
        EXECUTE format('SELECT FROM %I.invoices WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA) USING document;
    END IF;
    EXECUTE format(
        'SELECT amount, currency, client_id, direction FROM %I.payments WHERE id = $1 FOR NO KEY UPDATE',
        TG_TABLE_SCHEMA) INTO whole, currency_of, client_of, way USING spent;
    EXECUTE format('SELECT coalesce(sum(amount), 0) FROM %I.allocations WHERE payment_id = $1', TG_TABLE_SCHEMA)
        INTO allocated USING spent;
    EXECUTE format(
        'SELECT coalesce(sum(amount), 0) FROM %I.payments WHERE origin_id = $1 AND state <> ''failed''',
        TG_TABLE_SCHEMA) INTO returned USING spent;
    IF way <> 'in' OR allocated + returned > whole THEN
        RAISE EXCEPTION 'Payment % of % would be spent with % and paid back with %.', spent, whole, allocated, returned
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'payments_never_overspent';
    END IF;
    IF document IS NULL THEN
        EXECUTE format('SELECT $2 = currency AND $3 = client_id FROM %I.payments WHERE id = $1', TG_TABLE_SCHEMA)
            INTO matches USING spent, to_jsonb(NEW) ->> 'currency', (to_jsonb(NEW) ->> 'client_id')::bigint;
    ELSE
        EXECUTE format(
            'SELECT coalesce(sum(amount), 0) FROM %I.allocations WHERE payment_id = $1 AND invoice_id = $2',
            TG_TABLE_SCHEMA) INTO there USING spent, document;
        EXECUTE format(
            'SELECT $2 = currency AND $3 = client_id AND status <> ''draft'' AND kind <> ''credit_note''
                AND NOT is_test
             FROM %I.invoices WHERE id = $1', TG_TABLE_SCHEMA) INTO matches USING document, currency_of, client_of;
        IF there < 0 THEN
            RAISE EXCEPTION 'More of payment % would be taken off document % than was put there.', spent, document
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                    CONSTRAINT = 'allocations_never_below_zero';
        END IF;
    END IF;
    IF NOT matches THEN
        RAISE EXCEPTION 'Payment % is of another client, in another currency, or the document asks for none.', spent
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'allocations_of_one_client';
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER allocations_within_payment AFTER INSERT ON allocations
    FOR EACH ROW EXECUTE FUNCTION payments_spent_guard();
CREATE TRIGGER payments_within_payment AFTER INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_spent_guard();
"""

SPENT_BACK = """
DROP TRIGGER payments_within_payment ON payments;
DROP TRIGGER allocations_within_payment ON allocations;
DROP FUNCTION payments_spent_guard();
"""

# At the end of the transaction: what a document says is paid and credited is what was put against it; and at no rate
# of VAT is more of it credited, or taken off final invoices, than it came to. So it is with what it refers to and the
# deposits that it takes off.
SETTLED = """
CREATE OR REPLACE FUNCTION invoices_settled_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    document bigint := coalesce((to_jsonb(NEW) ->> 'invoice_id')::bigint, (to_jsonb(NEW) ->> 'id')::bigint);
    about bigint := (to_jsonb(NEW) ->> 'refers_to_id')::bigint;
    agrees boolean;
    is_over boolean;
BEGIN
    EXECUTE format(
        'SELECT bool_and(i.paid_total = (SELECT coalesce(sum(amount), 0) FROM %1$I.allocations WHERE invoice_id = i.id)
            AND (i.former_series <> '''' OR i.credited_total = (
                SELECT coalesce(sum(payable), 0) FROM %1$I.invoices
                WHERE refers_to_id = i.id AND kind = ''credit_note'' AND status <> ''draft'')))
         FROM %1$I.invoices i WHERE i.id IN ($1, $2)', TG_TABLE_SCHEMA) INTO agrees USING document, about;
    IF NOT agrees THEN
        RAISE EXCEPTION 'Document % does not say what was put against it.', document
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'invoices_settled_as_allocated';
    END IF;
    IF TG_TABLE_NAME = 'allocations' THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'WITH original AS (
            SELECT id FROM %1$I.invoices WHERE former_series = '''' AND (id IN ($1, $2)
                OR id IN (SELECT deposit_id FROM %1$I.invoice_deductions WHERE invoice_id = $1))),
        taken AS (
            SELECT n.refers_to_id AS id, t.category, t.rate, t.base, t.tax
            FROM %1$I.invoices n JOIN %1$I.invoice_taxes t ON t.invoice_id = n.id
            WHERE n.refers_to_id IN (SELECT id FROM original) AND n.kind = ''credit_note'' AND n.status <> ''draft''
            UNION ALL
            SELECT d.deposit_id, d.category, d.rate, d.base, d.tax
            FROM %1$I.invoice_deductions d JOIN %1$I.invoices f ON f.id = d.invoice_id
            WHERE d.deposit_id IN (SELECT id FROM original) AND d.released_at IS NULL AND f.status <> ''draft'')
        SELECT EXISTS (SELECT FROM taken LEFT JOIN %1$I.invoice_taxes o
                ON (o.invoice_id, o.category, o.rate) = (taken.id, taken.category, taken.rate)
            GROUP BY taken.id, taken.category, taken.rate
            HAVING sum(taken.base) > coalesce(max(o.base), 0) OR sum(taken.tax) > coalesce(max(o.tax), 0))',
        TG_TABLE_SCHEMA) INTO is_over USING document, about;
    IF is_over THEN
        RAISE EXCEPTION 'More is taken back of a document than it came to: %.', document
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'invoices_taken_back_within';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER invoices_settled AFTER INSERT OR UPDATE ON invoices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoices_settled_guard();
CREATE CONSTRAINT TRIGGER allocations_settled AFTER INSERT ON allocations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoices_settled_guard();
"""

SETTLED_BACK = """
DROP TRIGGER allocations_settled ON allocations;
DROP TRIGGER invoices_settled ON invoices;
DROP FUNCTION invoices_settled_guard();
"""

# At the end of the transaction: debits and credits of a posting are equal, and there are some.
BALANCED = """
CREATE OR REPLACE FUNCTION ledger_balance_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    posting bigint := coalesce((to_jsonb(NEW) ->> 'transaction_id')::bigint, (to_jsonb(NEW) ->> 'id')::bigint);
    lines bigint;
    left_over numeric;
BEGIN
    EXECUTE format('SELECT count(*), sum(debit - credit) FROM %I.ledger_entries WHERE transaction_id = $1',
        TG_TABLE_SCHEMA) INTO lines, left_over USING posting;
    IF lines < 2 OR left_over <> 0 THEN
        RAISE EXCEPTION 'Posting % does not balance.', posting
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'ledger_transactions_balance';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER ledger_transactions_balanced AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balance_guard();
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balance_guard();
"""

BALANCED_BACK = """
DROP TRIGGER ledger_entries_balanced ON ledger_entries;
DROP TRIGGER ledger_transactions_balanced ON ledger_transactions;
DROP FUNCTION ledger_balance_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_guards"), ("training", "0012_membership_guards")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(PAYMENTS, PAYMENTS_BACK),
        migrations.RunSQL(SPENT, SPENT_BACK),
        migrations.RunSQL(SETTLED, SETTLED_BACK),
        migrations.RunSQL(BALANCED, BALANCED_BACK),
    ]
