"""What is issued stays as it is, what is paid adds up, and numbers follow each other, whoever writes.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# A rate that a line names is part of the past.
RATES = """
CREATE OR REPLACE FUNCTION vat_rates_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_used boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.invoice_items WHERE vat_rate_id = $1)', TG_TABLE_SCHEMA)
        INTO is_used USING OLD.id;
    IF is_used AND (NEW.rate, NEW.category) IS DISTINCT FROM (OLD.rate, OLD.category) THEN
        RAISE EXCEPTION 'VAT rate % is used.', OLD.id
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER vat_rates_frozen_once_used BEFORE UPDATE OF rate, category ON vat_rates
    FOR EACH ROW EXECUTE FUNCTION vat_rates_guard();
"""

RATES_BACK = """
DROP TRIGGER vat_rates_frozen_once_used ON vat_rates;
DROP FUNCTION vat_rates_guard();
"""

# One number after the other: a counter moves by one, and never stands still while its kind and year change.
SERIES = """
CREATE OR REPLACE FUNCTION number_series_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.next_number = 1 THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.next_number IN (OLD.next_number, OLD.next_number + 1)
        AND (NEW.id, NEW.kind, NEW.year, NEW.is_test) = (OLD.id, OLD.kind, OLD.year, OLD.is_test)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Numbers follow each other.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER number_series_step_by_step BEFORE UPDATE OR DELETE ON number_series
    FOR EACH ROW EXECUTE FUNCTION number_series_guard();
"""

SERIES_BACK = """
DROP TRIGGER number_series_step_by_step ON number_series;
DROP FUNCTION number_series_guard();
"""

# The columns named to the trigger may change after the issue: what is paid, sent and stored. A stored PDF stays. A key
# that the database empties because what it pointed to is deleted passes, as do clients that are merged: what was
# printed of both is in the snapshot. At the issue the number is the one that
# the series has just given, and no rate of VAT is below zero.
FROZEN = """
CREATE OR REPLACE FUNCTION invoices_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    given bigint;
    is_below boolean;
    old_row jsonb := to_jsonb(OLD) - TG_ARGV;
    new_row jsonb;
BEGIN
    IF OLD.status = 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.status <> 'draft' AND NEW.series_id IS NOT NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I.invoice_taxes WHERE invoice_id = $1 AND least(base, tax) < 0)',
                TG_TABLE_SCHEMA) INTO is_below USING NEW.id;
            IF is_below THEN
                RAISE EXCEPTION 'Document % takes off more than it charges.', NEW.id
                    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoice_taxes',
                        CONSTRAINT = 'invoice_taxes_not_negative';
            END IF;
            EXECUTE format('SELECT next_number - 1 FROM %I.number_series WHERE id = $1', TG_TABLE_SCHEMA)
                INTO given USING NEW.series_id;
            IF NEW.number <> given THEN
                RAISE EXCEPTION 'Number % was not given by the series.', NEW.number
                    USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                        CONSTRAINT = 'invoices_number_given_by_series';
            END IF;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        new_row := to_jsonb(NEW) - TG_ARGV;
        IF pg_trigger_depth() > 1 AND NEW.project_id IS NULL THEN
            old_row := old_row - 'project_id';
            new_row := new_row - 'project_id';
        END IF;
        IF new_row = old_row AND NEW.status <> 'draft'
            AND (OLD.pdf_s3_key = '' OR (NEW.pdf_s3_key, NEW.pdf_hash) = (OLD.pdf_s3_key, OLD.pdf_hash))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Document % is issued: it stays as it is.', OLD.invoice_number
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER invoices_frozen_once_issued BEFORE UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION invoices_guard(
        'payable', 'status', 'credited_total', 'paid_total', 'remaining_balance', 'deposit_paid_at', 'sent_at',
        'stripe_deposit_payment_intent_id', 'pdf_s3_key', 'pdf_hash', 'client_id', 'updated_at'
    );
"""

FROZEN_BACK = """
DROP TRIGGER invoices_frozen_once_issued ON invoices;
DROP FUNCTION invoices_guard();
"""

# Lines, VAT and deductions belong to their document. Its row is read with a lock that an issue has to wait for, so no
# line slips in beside it. What an issued one charged for can be released, once; the keys named to the trigger are
# emptied by the database when what they pointed to is deleted. Nothing moves from one document to another.
PARTS = """
CREATE OR REPLACE FUNCTION invoice_parts_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    part jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    document bigint := (part ->> 'invoice_id')::bigint;
    changing text[] := ARRAY['updated_at'];
    link text;
    state text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(OLD) ->> 'released_at' IS NULL THEN
            changing := changing || 'released_at'::text;
        END IF;
        IF pg_trigger_depth() > 1 THEN
            FOREACH link IN ARRAY TG_ARGV LOOP
                IF part ->> link IS NULL THEN
                    changing := changing || link;
                END IF;
            END LOOP;
        END IF;
        IF part - changing = to_jsonb(OLD) - changing THEN
            RETURN NEW;
        END IF;
    END IF;
    IF document IS NULL THEN
        EXECUTE format('SELECT invoice_id FROM %I.invoice_items WHERE id = $1', TG_TABLE_SCHEMA)
            INTO document USING (part ->> 'item_id')::bigint;
    END IF;
    EXECUTE format('SELECT status FROM %I.invoices WHERE id = $1 FOR SHARE', TG_TABLE_SCHEMA)
        INTO state USING document;
    IF state <> 'draft' OR (TG_OP = 'UPDATE' AND (part -> 'invoice_id', part -> 'item_id')
        IS DISTINCT FROM (to_jsonb(OLD) -> 'invoice_id', to_jsonb(OLD) -> 'item_id'))
    THEN
        RAISE EXCEPTION 'What document % has stays as it is, or it is not its own.', document
            USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = TG_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$;

CREATE TRIGGER invoice_items_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_items
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard('service_id');
CREATE TRIGGER invoice_taxes_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_taxes
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard();
CREATE TRIGGER invoice_deductions_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_deductions
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard();
CREATE TRIGGER invoice_sources_frozen_once_issued BEFORE INSERT OR UPDATE OR DELETE ON invoice_sources
    FOR EACH ROW EXECUTE FUNCTION invoice_parts_guard(
        'session_id', 'extra_id', 'fee_id', 'time_entry_id', 'training_session_id', 'subscription_id'
    );
"""

PARTS_BACK = """
DROP TRIGGER invoice_sources_frozen_once_issued ON invoice_sources;
DROP TRIGGER invoice_deductions_frozen_once_issued ON invoice_deductions;
DROP TRIGGER invoice_taxes_frozen_once_issued ON invoice_taxes;
DROP TRIGGER invoice_items_frozen_once_issued ON invoice_items;
DROP FUNCTION invoice_parts_guard();
"""

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

# Of a payment only its state changes, from under way to settled or failed; and its client's key, in a merge. So it is
# with the postings.
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
            AND (TG_TABLE_NAME <> 'payments' OR to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state'))
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
             FROM %I.invoices WHERE id = $1', TG_TABLE_SCHEMA) INTO matches USING document, currency_of, client_of;
        IF there < 0 THEN
            RAISE EXCEPTION 'More of payment % would be taken off document % than was put there.', spent, document
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                    CONSTRAINT = 'allocations_never_below_zero';
        END IF;
    END IF;
    IF NOT matches THEN
        RAISE EXCEPTION 'Payment % is of another client, in another currency, or the document asks for no money.', spent
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

# At the end of the transaction: what a document says is paid and credited is what was put against it.
SETTLED = """
CREATE OR REPLACE FUNCTION invoices_settled_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    document bigint := coalesce((to_jsonb(NEW) ->> 'invoice_id')::bigint, (to_jsonb(NEW) ->> 'id')::bigint);
    agrees boolean;
BEGIN
    EXECUTE format(
        'SELECT i.paid_total = (SELECT coalesce(sum(amount), 0) FROM %1$I.allocations WHERE invoice_id = i.id)
            AND (i.former_series <> '''' OR i.credited_total = (
                SELECT coalesce(sum(payable), 0) FROM %1$I.invoices
                WHERE refers_to_id = i.id AND kind = ''credit_note'' AND status <> ''draft''))
         FROM %1$I.invoices i WHERE i.id = $1', TG_TABLE_SCHEMA) INTO agrees USING document;
    IF NOT agrees THEN
        RAISE EXCEPTION 'Document % does not say what was put against it.', document
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'invoices_settled_as_allocated';
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
    dependencies = [("billing", "0001_initial"), ("training", "0012_membership_guards")]

    operations = [
        migrations.RunSQL(RATES, RATES_BACK),
        migrations.RunSQL(SERIES, SERIES_BACK),
        migrations.RunSQL(FROZEN, FROZEN_BACK),
        migrations.RunSQL(PARTS, PARTS_BACK),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(PAYMENTS, PAYMENTS_BACK),
        migrations.RunSQL(SPENT, SPENT_BACK),
        migrations.RunSQL(SETTLED, SETTLED_BACK),
        migrations.RunSQL(BALANCED, BALANCED_BACK),
    ]
