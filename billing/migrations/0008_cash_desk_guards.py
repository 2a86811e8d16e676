"""What was handed out, counted or agreed at the desk is added to, never changed."""

from django.db import migrations

# What the database computes is not known before a row is stored.
KEPT = """
CREATE TRIGGER payment_receipts_append_only BEFORE UPDATE OR DELETE ON payment_receipts
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('account_id');
CREATE TRIGGER till_closings_append_only BEFORE UPDATE OR DELETE ON till_closings
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('account_id', 'expected_cash', 'difference');
CREATE TRIGGER till_movements_append_only BEFORE UPDATE OR DELETE ON till_movements
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard();
CREATE TRIGGER instalments_append_only BEFORE UPDATE OR DELETE ON instalments
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard();
"""

KEPT_BACK = """
DROP TRIGGER instalments_append_only ON instalments;
DROP TRIGGER till_movements_append_only ON till_movements;
DROP TRIGGER till_closings_append_only ON till_closings;
DROP TRIGGER payment_receipts_append_only ON payment_receipts;
"""

# A series of receipts gives each number to one, and to the one that names it.
GIVEN = """
CREATE OR REPLACE FUNCTION payment_receipts_given_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    is_next boolean;
BEGIN
    EXECUTE format(
        'SELECT s.kind = ''receipt'' AND s.next_number = $1.number + 1 AND s.last_hash = $1.content_hash
            AND p.direction = ''in''
         FROM %1$I.number_series s, %1$I.payments p WHERE s.id = $1.series_id AND p.id = $1.payment_id',
        TG_TABLE_SCHEMA) INTO is_next USING NEW;
    IF is_next IS NOT TRUE THEN
        RAISE EXCEPTION 'Number % was not given by the series.', NEW.number
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$body$;

CREATE TRIGGER payment_receipts_number_given BEFORE INSERT ON payment_receipts
    FOR EACH ROW EXECUTE FUNCTION payment_receipts_given_guard();
"""

GIVEN_BACK = """
DROP TRIGGER payment_receipts_number_given ON payment_receipts;
DROP FUNCTION payment_receipts_given_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_cash_desk")]

    operations = [migrations.RunSQL(KEPT, KEPT_BACK), migrations.RunSQL(GIVEN, GIVEN_BACK)]
