"""Cash that left the till was in it, and what it paid is what expenses say, whoever writes.

As in 0002, the functions live in each studio's own schema.
"""

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER cash_moves_append_only BEFORE UPDATE OR DELETE ON cash_moves
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('account_id');
"""

APPEND_ONLY_BACK = "DROP TRIGGER cash_moves_append_only ON cash_moves;"

# What the last closing left in the till, and what moved since. A provider's money and that of a former system was
# never there.
WITHIN = """
CREATE OR REPLACE FUNCTION till_cash_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    held numeric;
BEGIN
    EXECUTE format(
        'SELECT coalesce((SELECT counted_cash - taken_out FROM %1$I.till_closings WHERE currency = $1
                ORDER BY number DESC LIMIT 1), 0)
            + coalesce((SELECT sum(CASE p.direction WHEN ''in'' THEN p.amount ELSE -p.amount END)
                FROM %1$I.payments p WHERE p.currency = $1 AND p.method = ''cash'' AND p.provider = ''''
                    AND NOT p.is_former AND p.state <> ''failed''
                    AND NOT EXISTS (SELECT FROM %1$I.till_movements m WHERE m.payment_id = p.id)), 0)
            + coalesce((SELECT sum(CASE WHEN c.kind IN (''put_in'', ''expense_back'') THEN c.amount ELSE -c.amount END)
                FROM %1$I.cash_moves c WHERE c.currency = $1
                    AND NOT EXISTS (SELECT FROM %1$I.till_movements m WHERE m.cash_move_id = c.id)), 0)',
        TG_TABLE_SCHEMA) INTO held USING NEW.currency;
    IF held < 0 THEN
        RAISE EXCEPTION 'The till would hold %.', held
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'till_never_below_zero';
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER cash_moves_within_till AFTER INSERT ON cash_moves
    FOR EACH ROW WHEN (NEW.kind IN ('expense', 'taken_out')) EXECUTE FUNCTION till_cash_guard();
CREATE TRIGGER payments_within_till AFTER INSERT ON payments
    FOR EACH ROW WHEN (NEW.direction = 'out' AND NEW.method = 'cash' AND NEW.provider = '' AND NOT NEW.is_former)
    EXECUTE FUNCTION till_cash_guard();
"""

WITHIN_BACK = """
DROP TRIGGER payments_within_till ON payments;
DROP TRIGGER cash_moves_within_till ON cash_moves;
DROP FUNCTION till_cash_guard();
"""

# At the end of the transaction, of an expense that moved cash: as much as it says was paid in cash, and nothing of one
# that was not.
SETTLED = """
CREATE OR REPLACE FUNCTION cash_moves_settled_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    spent bigint := CASE WHEN TG_TABLE_NAME = 'expenses' THEN (to_jsonb(NEW) ->> 'id')::bigint
                         ELSE (to_jsonb(NEW) ->> 'expense_id')::bigint END;
    agrees boolean;
BEGIN
    EXECUTE format(
        'SELECT bool_and(moved.currencies = ARRAY[e.currency]::text[] AND moved.amount =
            CASE WHEN e.status = ''paid'' AND e.payment_method = ''cash'' THEN e.amount ELSE 0 END)
         FROM %1$I.expenses e, LATERAL (
            SELECT sum(CASE c.kind WHEN ''expense'' THEN c.amount ELSE -c.amount END) AS amount,
                array_agg(DISTINCT c.currency::text) AS currencies
            FROM %1$I.cash_moves c WHERE c.expense_id = e.id) moved
         WHERE e.id = $1 AND moved.amount IS NOT NULL', TG_TABLE_SCHEMA) INTO agrees USING spent;
    IF NOT agrees THEN
        RAISE EXCEPTION 'Expense % does not say what the till paid for it.', spent
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'cash_moves_paid_as_said';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER cash_moves_settled AFTER INSERT ON cash_moves
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.expense_id IS NOT NULL)
    EXECUTE FUNCTION cash_moves_settled_guard();
CREATE CONSTRAINT TRIGGER expenses_cash_settled AFTER UPDATE OF status, amount, payment_method, currency ON expenses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cash_moves_settled_guard();
"""

SETTLED_BACK = """
DROP TRIGGER expenses_cash_settled ON expenses;
DROP TRIGGER cash_moves_settled ON cash_moves;
DROP FUNCTION cash_moves_settled_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0035_cash_moves")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(WITHIN, WITHIN_BACK),
        migrations.RunSQL(SETTLED, SETTLED_BACK),
    ]
