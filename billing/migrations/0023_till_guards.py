"""A number is given to something, whatever is numbered; and what was closed and signed before is completed."""

from importlib import import_module

from django.db import migrations

# As in 0002, for everything that is numbered: quotes and contracts may be sent anew, so theirs is asked for alone.
GIVEN_BACK = import_module("billing.migrations.0002_guards").GIVEN
DROPPED = import_module("billing.migrations.0002_guards").GIVEN_BACK
GIVEN = """
CREATE OR REPLACE FUNCTION number_series_given_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format(
        CASE NEW.kind
            WHEN 'receipt' THEN
                'SELECT EXISTS (SELECT FROM %I.payment_receipts
                    WHERE series_id = $1 AND number = $2 - 1 AND content_hash = $3)'
            WHEN 'quote' THEN 'SELECT EXISTS (SELECT FROM %I.quotes WHERE series_id = $1 AND number = $2 - 1)'
            WHEN 'contract' THEN 'SELECT EXISTS (SELECT FROM %I.contracts WHERE series_id = $1 AND number = $2 - 1)'
            ELSE 'SELECT EXISTS (SELECT FROM %I.invoices WHERE series_id = $1 AND number = $2 - 1 AND content_hash = $3)'
        END, TG_TABLE_SCHEMA) INTO is_there USING NEW.id, NEW.next_number, NEW.last_hash;
    IF NOT is_there THEN
        RAISE EXCEPTION 'Number % of series % was given to no document.', NEW.next_number - 1, NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'number_series_given_to_documents';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER number_series_given AFTER UPDATE OF next_number ON number_series
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION number_series_given_guard();
"""

# Of a contract that was sent nothing changes; this column is new, and says what its fingerprint covers already.
SIGNED = """
ALTER TABLE contracts DISABLE TRIGGER contracts_frozen_once_sent;
UPDATE contracts SET client_label = clients.name FROM clients
    WHERE clients.id = contracts.client_id AND contracts.content_hash <> '';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE contracts ENABLE TRIGGER contracts_frozen_once_sent;
"""

# The last thing: what is deferred to the end of the transaction allows no change of these tables before it.
CLOSED = """
INSERT INTO ledger_transactions (kind, currency, booked_on, at, closing_id, reason, account_id, actor_label)
SELECT 'closing', currency,
    (closed_at AT TIME ZONE coalesce((SELECT time_zone FROM studio_profile LIMIT 1), 'UTC'))::date, closed_at, id, note,
    account_id, actor_label
FROM till_closings WHERE (difference, taken_out) <> (0, 0) ORDER BY id;

INSERT INTO ledger_entries (transaction_id, ledger_account, debit, credit)
SELECT t.id, side.account, greatest(side.amount, 0), greatest(-side.amount, 0)
FROM ledger_transactions t JOIN till_closings c ON c.id = t.closing_id,
    LATERAL (VALUES ('cash', c.difference - c.taken_out), ('cash_difference', -c.difference),
        ('transit', c.taken_out)) AS side (account, amount)
WHERE side.amount <> 0;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0022_till_in_the_ledger")]

    operations = [
        migrations.RunSQL(DROPPED + GIVEN, DROPPED + GIVEN_BACK),
        migrations.RunSQL(SIGNED, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
