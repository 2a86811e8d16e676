"""A deposit comes off with the cent that it added so that its price with VAT stayed what it was; patterns stay."""

from importlib import import_module

from django.db import migrations, models

# As in 0004, the trigger stays; what is taken off is now the whole of what the deposit asked for.
WHOLE = import_module("billing.migrations.0004_whole_documents").WHOLE.partition("CREATE CONSTRAINT TRIGGER")[0]
WHOLE_ROUNDED = WHOLE.replace("sum(base + tax), 0) AS whole", "sum(base + tax + rounding), 0) AS whole")

# As in 0002; but of a series that has given a number nothing changes except what giving the next one changes.
SERIES = import_module("billing.migrations.0002_guards").SERIES.partition("CREATE TRIGGER")[0]
SERIES_KEPT = """
CREATE OR REPLACE FUNCTION number_series_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    moving text[] := ARRAY['next_number', 'last_hash', 'last_issued_at', 'updated_at'];
BEGIN
    IF OLD.next_number = 1 THEN
        moving := moving || 'pattern'::text;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.next_number = 1 THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(NEW) - moving = to_jsonb(OLD) - moving
        AND (NEW.next_number = OLD.next_number + 1 OR (NEW.next_number, NEW.last_hash, NEW.last_issued_at)
            IS NOT DISTINCT FROM (OLD.next_number, OLD.last_hash, OLD.last_issued_at))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Numbers follow each other.'
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_prices_of_sources")]

    operations = [
        migrations.AddField(
            model_name="invoicededuction",
            name="rounding",
            field=models.DecimalField(
                db_default=0, decimal_places=2, default=0, max_digits=12, verbose_name="rounding"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicededuction",
            constraint=models.CheckConstraint(
                condition=models.Q(("rounding__gt", -1), ("rounding__lt", 1)),
                name="invoice_deductions_rounding_is_small",
            ),
        ),
        migrations.RunSQL(WHOLE_ROUNDED, WHOLE),
        migrations.RunSQL(SERIES_KEPT, SERIES),
    ]
