"""What is taken back as a mistake is all of what was written down, by whoever; and cash that was counted stays."""

from django.db import migrations

# Of a payment that stood for no money all goes, the way it came. Its cash was counted when the till was closed: what
# was missing is posted there already.
MISTAKEN = """
CREATE OR REPLACE FUNCTION payments_mistaken_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_whole boolean;
    is_counted boolean;
BEGIN
    EXECUTE format(
        'SELECT ($2, $3, $4) = (amount, method, is_former) AND provider = '''',
            method = ''cash'' AND EXISTS (SELECT FROM %1$I.till_movements WHERE payment_id = p.id)
         FROM %1$I.payments p WHERE id = $1 FOR NO KEY UPDATE',
        TG_TABLE_SCHEMA) INTO is_whole, is_counted USING NEW.origin_id, NEW.amount, NEW.method, NEW.is_former;
    IF NOT is_whole THEN
        RAISE EXCEPTION 'Payment % takes back something else than % says.', NEW.id, NEW.origin_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'payments_mistaken_in_whole';
    END IF;
    IF is_counted THEN
        RAISE EXCEPTION 'The cash of payment % was counted.', NEW.origin_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'payments_mistaken_before_closing';
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER payments_mistaken_whole AFTER INSERT ON payments
    FOR EACH ROW WHEN (NEW.kind = 'mistake') EXECUTE FUNCTION payments_mistaken_guard();
"""

MISTAKEN_BACK = """
DROP TRIGGER payments_mistaken_whole ON payments;
DROP FUNCTION payments_mistaken_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0033_mistakes")]

    operations = [migrations.RunSQL(MISTAKEN, MISTAKEN_BACK)]
